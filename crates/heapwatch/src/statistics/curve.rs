//! Whether growth slows down, and what it then heads for.
//!
//! Three families slow down: `1 - exp(-t/s)`, which has a bound, and `sqrt(t + s)` and `ln(1 + t/s)`, which
//! have none. Each is fitted by least squares over a grid of `s`; beside them stand one straight line and,
//! where warm-up ended at a change point, two.

use super::normal::student_quantile;
use super::series::{Series, mean};

/// Samples that curves are fitted to; longer series are averaged.
const BINS: usize = 200;
/// Parts between which rates are taken. Even less two, for Student's distribution.
const PARTS: usize = 9;
/// How sure it must be that rates fall, on one side.
const SURE: f64 = 0.005;
/// Rates that fall by less than this part of their mean are those of a leak beside which something small
/// warmed up: over one time constant those of an exponential fall by all of it.
const MATERIAL: f64 = 0.15;
/// Where a curve has no bound, its level is told after so many times the time watched.
const HORIZON: f64 = 10.0;
/// From this many time constants on, an exponential is as good as at its bound.
const SETTLED: f64 = 5.0;

/// What growth that slows down heads for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warming {
    /// Bytes above the first sample: the bound, or the level at `horizon` where there is none.
    pub level: f64,
    /// Position at which an unbounded curve has that level; nothing where the level is a bound.
    pub horizon: Option<f64>,
    /// How long a run, from its first sample, would tell.
    pub settled_by: f64,
}

/// The curve that the series follows, where it slows down: its rates fall after the change point, or
/// one curve fits all of it better than the straight lines before and after that point do.
pub fn warming(series: &Series, steady_from: usize) -> Option<Warming> {
    let all = series.binned(BINS);
    let split = steady_from * all.len() / series.len().max(1);
    let curve = best_curve(&all)?;
    let lines = left_over(&all, 0, split) + left_over(&all, split, all.len());
    let steady = series.from_index(steady_from);
    // Of a leak after a cost paid once, one curve makes nothing: its growth after the point is straight.
    let follows = split > 0 && curve.left_over < lines && curve.slows_after(split, &all);
    (follows || rates_fall(&steady)).then(|| curve.heads_for(&all))
}

/// Whether the rates from part to part fall, by Student's test of their slope.
fn rates_fall(series: &Series) -> bool {
    if series.len() < 2 * PARTS {
        return false;
    }
    let parts = series.binned(PARTS);
    let (at, bytes) = (parts.at(), parts.bytes());
    let rates: Vec<(f64, f64)> = (1..PARTS)
        .filter(|&i| at[i] > at[i - 1])
        .map(|i| (f64::midpoint(at[i], at[i - 1]), (bytes[i] - bytes[i - 1]) / (at[i] - at[i - 1])))
        .collect();
    if rates.len() < PARTS - 1 {
        return false;
    }
    let x = mean(&rates.iter().map(|rate| rate.0).collect::<Vec<_>>());
    let y = mean(&rates.iter().map(|rate| rate.1).collect::<Vec<_>>());
    let spread: f64 = rates.iter().map(|rate| (rate.0 - x).powi(2)).sum();
    let slope = rates.iter().map(|rate| (rate.0 - x) * (rate.1 - y)).sum::<f64>() / spread;
    let rest: f64 = rates.iter().map(|rate| (rate.1 - y - slope * (rate.0 - x)).powi(2)).sum();
    let fall = -slope * (rates[rates.len() - 1].0 - rates[0].0);
    if fall < MATERIAL * y {
        return false;
    }
    let freedom = PARTS as u32 - 3;
    let error = (rest / f64::from(freedom) / spread).sqrt();
    // Numbers that agree to rounding have no error, and no slope either.
    let rounding = 1e-9 * y.abs() / series.span();
    slope + student_quantile(2.0 * SURE, freedom) * error.max(rounding) < 0.0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Exponential,
    Root,
    Logarithm,
}

impl Family {
    fn of(self, t: f64, scale: f64) -> f64 {
        match self {
            Self::Exponential => -(-t / scale).exp_m1(),
            Self::Root => (t + scale).sqrt(),
            Self::Logarithm => (t / scale).ln_1p(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Curve {
    family: Family,
    scale: f64,
    factor: f64,
    left_over: f64,
}

impl Curve {
    /// Whether it slows down by a part that matters, from this sample on.
    fn slows_after(&self, split: usize, series: &Series) -> bool {
        let (at, n) = (series.at(), series.len());
        let of = |i: usize| self.family.of(at[i] - at[0], self.scale);
        let middle = usize::midpoint(split, n - 1);
        let rate = |from: usize, to: usize| (of(to) - of(from)) / (at[to] - at[from]);
        // Between the middles of its halves; from end to end it is twice as much.
        let (early, late) = (rate(split, middle), rate(middle, n - 1));
        2.0 * (early - late) >= MATERIAL * f64::midpoint(early, late)
    }

    fn heads_for(&self, series: &Series) -> Warming {
        let span = series.span();
        let at = |t: f64| {
            self.factor * (self.family.of(t, self.scale) - self.family.of(0.0, self.scale))
        };
        match self.family {
            Family::Exponential => Warming {
                level: self.factor,
                horizon: None,
                settled_by: (1.25 * SETTLED * self.scale).max(1.5 * span),
            },
            Family::Root | Family::Logarithm => Warming {
                level: at(HORIZON * span),
                horizon: Some(HORIZON * span),
                settled_by: HORIZON * span,
            },
        }
    }
}

/// The rising curve that leaves least over.
fn best_curve(series: &Series) -> Option<Curve> {
    let span = series.span();
    if series.len() < 2 * PARTS || span <= 0.0 {
        return None;
    }
    let mut best = None::<Curve>;
    for family in [Family::Exponential, Family::Root, Family::Logarithm] {
        for step in 0..48 {
            // From a hundredth of the time watched to three times it.
            let scale = span * 0.01 * 300_f64.powf(f64::from(step) / 47.0);
            let curve = fit(series, family, scale);
            let better = best.is_none_or(|best| curve.left_over < best.left_over);
            if curve.factor > 0.0 && better {
                best = Some(curve);
            }
        }
    }
    best
}

fn fit(series: &Series, family: Family, scale: f64) -> Curve {
    let first = series.at().first().copied().unwrap_or(0.0);
    let shape: Vec<f64> = series.at().iter().map(|at| family.of(at - first, scale)).collect();
    let (factor, left_over) = line(&shape, series.bytes());
    Curve { family, scale, factor, left_over }
}

/// What one straight line leaves over of a part.
fn left_over(series: &Series, from: usize, to: usize) -> f64 {
    line(&series.at()[from..to], &series.bytes()[from..to]).1
}

/// Slope and sum of squares of the least squares line.
fn line(x: &[f64], y: &[f64]) -> (f64, f64) {
    let (centre, level) = (mean(x), mean(y));
    let pairs = || x.iter().zip(y).map(|(x, y)| (x - centre, y - level));
    let spread: f64 = pairs().map(|(x, _)| x * x).sum();
    let slope = if spread > 0.0 { pairs().map(|(x, y)| x * y).sum::<f64>() / spread } else { 0.0 };
    (slope, pairs().map(|(x, y)| (y - slope * x).powi(2)).sum())
}
