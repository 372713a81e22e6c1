//! What the rows of a study say together.

use crate::metrics::{Metrics, Verdict};
use crate::row::Row;
use serde::Serialize;
use std::collections::BTreeMap;

/// The normal quantile of a two-sided interval of 95 %.
const Z: f64 = 1.959963984540054;

/// A share of the runs, with the interval of E. B. Wilson (J. Am. Stat. Assoc. 22 (1927) 209-212),
/// in which the true rate lies with a confidence of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// Runs of which it holds.
    pub count: u64,
    /// Their share, 0 to 1; zero where there are no runs.
    pub rate: f64,
    /// Lower and upper bound of the true rate.
    pub interval: [f64; 2],
}

impl Rate {
    /// Share of `count` among `runs`, with its interval.
    pub fn new(count: u64, runs: u64) -> Self {
        if runs == 0 {
            return Self { count, rate: 0.0, interval: [0.0, 1.0] };
        }
        let n = runs as f64;
        let rate = count as f64 / n;
        let square = Z * Z / n;
        let middle = rate + square / 2.0;
        let half = Z * ((rate * (1.0 - rate) + square / 4.0) / n).sqrt();
        let at = |x: f64| (x / (1.0 + square)).clamp(0.0, 1.0);
        // At the ends the bound is the rate itself, but for rounding.
        let low = if count == 0 { 0.0 } else { at(middle - half) };
        let high = if count == runs { 1.0 } else { at(middle + half) };
        Self { count, rate, interval: [low, high] }
    }
}

/// The quantiles that a summary has, with their names.
const QUANTILES: [(&str, f64); 7] = [
    ("min", 0.0),
    ("q05", 0.05),
    ("q25", 0.25),
    ("median", 0.5),
    ("q75", 0.75),
    ("q95", 0.95),
    ("max", 1.0),
];

/// How a metric is spread over the runs that have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// Runs that have the metric, and a finite one.
    pub count: u64,
    /// Quantiles by name; none where no run has it.
    #[serde(flatten)]
    pub quantiles: BTreeMap<&'static str, f64>,
}

/// Statistics of the rows so far. Holds each metric of each row, 96 bytes a row, for the quantiles.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    runs: u64,
    verdicts: BTreeMap<&'static str, u64>,
    upright: u64,
    settled: u64,
    first_try: u64,
    values: [Vec<f64>; Metrics::KEYS.len()],
}

impl Statistics {
    /// Takes in a row.
    pub fn add(&mut self, row: &Row) {
        self.note(row.verdict, row.metrics.values());
    }

    /// Takes in a row that is known by its verdict and its metrics in the order of [`Metrics::KEYS`].
    pub fn note(&mut self, verdict: Verdict, metrics: [Option<f64>; Metrics::KEYS.len()]) {
        self.runs += 1;
        *self.verdicts.entry(verdict.word()).or_default() += 1;
        self.upright += u64::from(verdict.upright());
        let settled = verdict == Verdict::Settled;
        self.settled += u64::from(settled);
        let tries = Metrics::KEYS.iter().position(|(key, _)| *key == "tries");
        let tries = tries.and_then(|place| metrics[place]);
        self.first_try += u64::from(settled && tries.is_some_and(|tries| tries <= 1.0));
        for (values, value) in self.values.iter_mut().zip(metrics) {
            values.extend(value.filter(|value| value.is_finite()));
        }
    }

    /// Sorts what was taken in.
    #[must_use]
    pub fn finish(mut self) -> Summary {
        for values in &mut self.values {
            values.sort_by(f64::total_cmp);
        }
        Summary(self)
    }
}

/// The statistics of a study.
#[derive(Debug, Clone)]
pub struct Summary(Statistics);

impl Summary {
    /// How many rows there were.
    pub fn runs(&self) -> u64 {
        self.0.runs
    }

    /// Runs that stayed upright and on the track.
    pub fn upright(&self) -> Rate {
        Rate::new(self.0.upright, self.0.runs)
    }

    /// Runs that settled.
    pub fn settled(&self) -> Rate {
        Rate::new(self.0.settled, self.0.runs)
    }

    /// Swing-ups that settled with no more than one plan followed.
    pub fn first_try(&self) -> Rate {
        Rate::new(self.0.first_try, self.0.runs)
    }

    /// How many runs had each verdict that occurred, by its word.
    pub fn verdicts(&self) -> &BTreeMap<&'static str, u64> {
        &self.0.verdicts
    }

    /// How many runs have the metric `key` (of [`Metrics::KEYS`]), and a finite one.
    pub fn count(&self, key: &str) -> u64 {
        self.sorted(key).len() as u64
    }

    /// The quantile `share` (0 to 1) of the metric `key`, linear between its neighbours; absent
    /// where no run has the metric.
    pub fn quantile(&self, key: &str, share: f64) -> Option<f64> {
        let values = self.sorted(key);
        let last = values.len().checked_sub(1)?;
        let place = share.clamp(0.0, 1.0) * last as f64;
        let below = place as usize;
        let (low, high) = (values[below], values[(below + 1).min(last)]);
        let part = place - below as f64;
        // Written so that equal neighbours give themselves.
        Some(if part > 0.0 { low + part * (high - low) } else { low })
    }

    fn sorted(&self, key: &str) -> &[f64] {
        let index = Metrics::KEYS.iter().position(|(name, _)| *name == key);
        index.map_or(&[], |index| &self.0.values[index])
    }

    /// Every metric's spread, by its key.
    pub fn metrics(&self) -> BTreeMap<&'static str, Spread> {
        let spread = |key| Spread {
            count: self.count(key),
            quantiles: QUANTILES
                .iter()
                .filter_map(|&(name, share)| Some((name, self.quantile(key, share)?)))
                .collect(),
        };
        Metrics::KEYS.iter().map(|&(key, _)| (key, spread(key))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_intervals_are_those_of_the_textbook() {
        // R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        for (count, runs, interval) in [
            (81, 263, [0.2553, 0.3662]),
            (15, 148, [0.0624, 0.1605]),
            (0, 20, [0.0, 0.1611]),
            (1, 29, [0.0061, 0.1718]),
        ] {
            let found = Rate::new(count, runs).interval;
            for (found, expected) in found.iter().zip(interval) {
                // Four digits are printed.
                assert!((found - expected).abs() < 5.1e-5, "{count} of {runs}: {found}");
            }
        }
        assert_eq!(Rate::new(20, 20).interval[1], 1.0);
        assert_eq!(Rate::new(0, 0).interval, [0.0, 1.0]);
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let mut statistics = Statistics { runs: 4, ..Statistics::default() };
        statistics.values[0] = vec![4.0, 1.0, 3.0, 2.0];
        let summary = statistics.finish();
        let key = Metrics::KEYS[0].0;
        for (share, expected) in [(0.0, 1.0), (0.5, 2.5), (0.25, 1.75), (1.0, 4.0)] {
            assert_eq!(summary.quantile(key, share), Some(expected));
        }
        assert_eq!(summary.quantile(Metrics::KEYS[1].0, 0.5), None);
        assert_eq!(summary.metrics()[key].quantiles["median"], 2.5);
    }
}
