//! How fast a series rises: the Theil-Sen slope and an interval that allows for autocorrelation.
//!
//! The slope is the median of the slopes of all pairs (H. Theil, *Proc. Kon. Ned. Akad. Wet.* A 53
//! (1950) 386-392; P. K. Sen, *JASA* 63 (1968) 1379-1389, doi:10.1080/01621459.1968.10480934).
//!
//! The interval is the hull of three, since each is too narrow where another is not. First, Sen's
//! interval from the order statistics of the slopes, with the variance of Kendall's S inflated after
//! Hamed and Rao (1998): it holds for noise that forgets within a few samples. Second, batch means:
//! the line through the means of eight consecutive parts with Student's distribution (A. M. Law,
//! *Simulation Modeling and Analysis*, ch. 9): it holds for noise that forgets within a part. Third, where
//! neighbours are strongly correlated, least squares with as many samples as there are independent ones
//! (C. E. P. Brooks, N. Carruthers, *Handbook of Statistical Methods in Meteorology* (1953)), the correlation
//! corrected for its bias in short series (F. H. C. Marriott, J. A. Pope, *Biometrika* 41 (1954) 390-402); of a short series
//! it is as wide, at least, as noise that never forgets would make it: a random walk with the moves that were seen.

use super::normal::{quantile, student_quantile};
use super::series::{Series, median};
use super::theil_sen::pair_slopes;
use super::trend::{inflation, variance_of_s};

/// How many samples, at most, the slopes of pairs are taken of; longer series are averaged in bins.
const BINS: usize = 400;

/// From this correlation of neighbours on, samples are counted as fewer independent ones.
const CORRELATED: f64 = 0.4;
/// Where less than this part of what rises falls again, neighbours are alike by the shape of the growth and
/// not by noise.
const WANDERS: f64 = 0.1;
/// Series shorter than this are short.
const FEW: usize = 120;

/// Parts of the batch means. Even, for Student's distribution with two degrees less.
const BATCHES: usize = 8;

/// An interval of slopes, in bytes a second or bytes a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a slope lies in it.
    pub fn contains(&self, slope: f64) -> bool {
        (self.low..=self.high).contains(&slope)
    }

    pub(crate) fn hull(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// A slope with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Slope {
    /// Bytes a second or a step.
    pub rate: f64,
    /// Where the true slope lies with the confidence asked for.
    pub interval: Interval,
}

/// The Theil-Sen slope with its interval at `confidence` (between 0 and 1; 0.999 for three nines).
pub fn slope(series: &Series, confidence: f64) -> Slope {
    let binned = series.binned(BINS);
    let mut slopes = pair_slopes(&binned);
    let rate = median(&mut slopes);
    if slopes.is_empty() {
        return Slope::default();
    }
    let p = (1.0 - confidence).clamp(1e-12, 1.0);
    let half_width = quantile(p) * (variance_of_s(binned.bytes()) * inflation(&binned)).sqrt();
    let sen = sen_interval(&mut slopes, half_width);
    let interval = sen.hull(batch_interval(&binned, p).unwrap_or(sen));
    let interval = interval.hull(correlated_interval(&binned, p).unwrap_or(interval));
    // The batches' interval lies about their own line.
    Slope { rate, interval: interval.hull(Interval { low: rate, high: rate }) }
}

/// Sen's interval: the order statistics `(N - C)/2` and `(N + C)/2 + 1` of the `N` slopes. Reorders them.
fn sen_interval(slopes: &mut [f64], half_width: f64) -> Interval {
    let count = slopes.len() as f64;
    let last = slopes.len() - 1;
    let low = (0.5 * (count - half_width)).round() - 1.0;
    let high = (0.5 * (count + half_width)).round();
    let mut nth = |index: f64| {
        let index = (index.max(0.0) as usize).min(last);
        *slopes.select_nth_unstable_by(index, f64::total_cmp).1
    };
    Interval { low: nth(low), high: nth(high) }
}

fn batch_interval(series: &Series, p: f64) -> Option<Interval> {
    if series.len() < 2 * BATCHES {
        return None;
    }
    let means = series.binned(BATCHES);
    let n = BATCHES as f64;
    let (x, y) = (super::series::mean(means.at()), super::series::mean(means.bytes()));
    let pairs = || means.at().iter().zip(means.bytes()).map(|(at, bytes)| (at - x, bytes - y));
    let spread: f64 = pairs().map(|(at, _)| at * at).sum();
    if spread <= 0.0 {
        return None;
    }
    let rate = pairs().map(|(at, bytes)| at * bytes).sum::<f64>() / spread;
    let rest: f64 = pairs().map(|(at, bytes)| (bytes - rate * at).powi(2)).sum();
    let error = (rest / (n - 2.0) / spread).sqrt() * student_quantile(p, BATCHES as u32 - 2);
    Some(Interval { low: rate - error, high: rate + error })
}

fn correlated_interval(series: &Series, p: f64) -> Option<Interval> {
    let n = series.len() as f64;
    let (x, y) = (super::series::mean(series.at()), super::series::mean(series.bytes()));
    let pairs = || series.at().iter().zip(series.bytes()).map(|(at, bytes)| (at - x, bytes - y));
    let spread: f64 = pairs().map(|(at, _)| at * at).sum();
    let moves = || series.bytes().windows(2).map(|pair| pair[1] - pair[0]);
    let rises: f64 = moves().map(|step| step.max(0.0)).sum();
    let falls: f64 = moves().map(|step| (-step).max(0.0)).sum();
    if series.len() < 2 * BATCHES || spread <= 0.0 || falls < WANDERS * rises {
        return None;
    }
    let rate = pairs().map(|(at, bytes)| at * bytes).sum::<f64>() / spread;
    let rest: Vec<f64> = pairs().map(|(at, bytes)| bytes - rate * at).collect();
    let whole: f64 = rest.iter().map(|rest| rest * rest).sum();
    let neighbours: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = if whole > 0.0 { neighbours / whole } else { 0.0 };
    // A line through few samples takes correlation away.
    let correlation = (correlation + (2.0 + 4.0 * correlation) / n).min(0.99);
    if correlation < CORRELATED {
        return None;
    }
    let inflated = (1.0 + correlation) / (1.0 - correlation);
    // Of few samples it is not even known how few are independent.
    let least = if series.len() < FEW { 2.0 } else { 4.0 };
    let independent = n * (1.0 - correlation) / (1.0 + correlation);
    let freedom = (independent - 2.0).max(least) as u32;
    let error = (whole / (n - 2.0) / spread * inflated).sqrt() * student_quantile(p, freedom & !1);
    let error =
        if series.len() < FEW { error.max(walk_error(&rest, p) / series.span()) } else { error };
    Some(Interval { low: rate - error, high: rate + error })
}

/// How far noise that forgets nothing within the watch may have come from its first sample to its last: a random walk
/// whose steps have the variance of these moves over a batch's length.
fn walk_error(rest: &[f64], p: f64) -> f64 {
    let length = (rest.len() / BATCHES).max(1);
    let moves: Vec<f64> =
        rest.windows(length + 1).map(|part| (part[length] - part[0]).powi(2)).collect();
    let steps = rest.len().saturating_sub(1) as f64 / length as f64;
    quantile(p) * (super::series::mean(&moves) * steps).sqrt()
}
