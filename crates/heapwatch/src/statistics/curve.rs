//! Whether growth slows down, and what it then heads for.
//!
//! Families of curves that slow down: `1 - exp(-t/s)` and `t/(t + s)`, which have a bound, and `sqrt(t + s)` and
//! `ln(1 + t/s)`, which have none; and those that are first slow, then fast, then slow again, about a time `c`: the
//! logistic curve, Gompertz's, and an exponential that begins at `c`. Each is fitted by least squares over a grid of
//! `s` and `c`; beside them stand one straight line and, where warm-up ended at a change point, two.

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
/// A start-up is over within this part of the watch, and rises from sample to sample by this part of the range: a curve
/// of which so much lies in one of 200 samples has come to its end at the next.
const STARTING: f64 = 0.05;
const LOADED: f64 = 0.1;
/// Centres that are tried, over the time watched.
const CENTRES: u32 = 25;
/// Parts between whose rates a curve is said to slow down, and the part of the fastest that the last is then at most.
const EIGHTHS: usize = 8;
const SLOWED: f64 = 0.75;
/// That of a curve through stairs, and how much more than lines it may leave over.
const STEEP: f64 = 0.3;
const SLACK: f64 = 1.5;
/// By how much more than chance a curve must beat straight lines to take back that growth is steady: twelve times as much
/// as one more number to fit would gain. A random walk with a drift still has such a curve now and then.
const BY_CHANCE: f64 = 12.0;
/// A curve explains growth where it leaves over at most this part of its variance, and beats lines by this factor.
const UNEXPLAINED: f64 = 0.03;
const BETTER: f64 = 0.7;

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

/// The curve that a series follows which would else be called steady growth: its rates fall after the change point,
/// or one curve fits all of it better than the straight lines before and after that point do, or than any line does by
/// more than chance. Of `stairs`, which leave much over whatever goes through them, a curve that slows down a great
/// deal may leave over somewhat more than the lines.
pub fn warming(series: &Series, steady_from: usize, stairs: bool) -> Option<Warming> {
    let fitted = Fitted::to(series, steady_from)?;
    let steady = series.from_index(steady_from);
    (fitted.follows(stairs) || fitted.bends() || rates_fall(&steady)).then(|| fitted.heads_for())
}

/// The curve that a series follows which is known to slow down, or known too roughly: one that explains nearly all of
/// it, and better than straight lines.
pub fn slowing_curve(series: &Series, steady_from: usize) -> Option<Warming> {
    let fitted = Fitted::to(series, steady_from)?;
    let explains = fitted.curve.left_over <= UNEXPLAINED * fitted.spread;
    let better = fitted.curve.left_over < BETTER * fitted.line.min(fitted.lines);
    (explains && better && fitted.slows()).then(|| fitted.heads_for())
}

/// The series in bins none of which reaches over the split, and where the split then lies: a mean over both sides of a
/// cost paid once would be on neither line.
fn binned_apart(series: &Series, split: usize) -> (Series, usize) {
    let (n, split) = (series.len(), split.min(series.len()));
    if n <= BINS || split == 0 {
        return (series.binned(BINS), split);
    }
    let before_bins = (BINS * split / n).clamp(1, BINS - 1);
    let before: Series = (0..split).map(|i| (series.at()[i], series.bytes()[i])).collect();
    let (before, after) =
        (before.binned(before_bins), series.from_index(split).binned(BINS - before_bins));
    let samples =
        |of: &Series| of.at().iter().copied().zip(of.bytes().iter().copied()).collect::<Vec<_>>();
    (samples(&before).into_iter().chain(samples(&after)).collect(), before.len())
}

/// The best curve beside the straight lines.
struct Fitted {
    all: Series,
    /// What the first sample held, which its bin may be above.
    first: f64,
    split: usize,
    curve: Curve,
    /// What they leave over: no line at all, one, and one before and one after the split.
    spread: f64,
    line: f64,
    lines: f64,
}

impl Fitted {
    fn to(series: &Series, steady_from: usize) -> Option<Self> {
        let (all, split) = binned_apart(series, steady_from);
        let curve = best_curve(&all)?;
        let level = mean(all.bytes());
        Some(Self {
            first: series.bytes().first().copied()?,
            split,
            curve,
            spread: all.bytes().iter().map(|bytes| (bytes - level).powi(2)).sum(),
            line: left_over(&all, 0, all.len()),
            lines: left_over(&all, 0, split) + left_over(&all, split, all.len()),
            all,
        })
    }

    /// Of a leak after a cost paid once, one curve makes nothing: its growth after the point is straight.
    fn follows(&self, stairs: bool) -> bool {
        let (left_over, lines) = (self.curve.left_over, self.lines);
        let better =
            left_over < lines || (stairs && left_over < SLACK * lines && self.slows_by(STEEP));
        self.split > 0 && better && self.curve.slows_after(self.split, &self.all)
    }

    /// Whether the curve beats the lines by more than their two shapes less would by chance (an F test), where what is
    /// left over may be correlated from sample to sample: of a random walk few samples are independent.
    fn bends(&self) -> bool {
        let n = self.all.len() as f64;
        let rest = self.curve.rest(&self.all);
        let whole: f64 = rest.iter().map(|rest| rest * rest).sum();
        let neighbours: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let correlation = if whole > 0.0 { (neighbours / whole).max(0.0) } else { 0.0 };
        let freedom = (n * (1.0 - correlation) / (1.0 + correlation) - 4.0).max(1.0);
        let gained = self.line.min(self.lines) - self.curve.left_over;
        self.slows() && gained * freedom > 2.0 * BY_CHANCE * self.curve.left_over
    }

    /// Whether the curve is slower in its last eighth than in its fastest, by a part that matters.
    fn slows(&self) -> bool {
        self.slows_by(SLOWED)
    }

    fn slows_by(&self, part: f64) -> bool {
        let (at, last) = (self.all.at(), self.all.len() - 1);
        let ends: Vec<usize> = (0..=EIGHTHS).map(|part| part * last / EIGHTHS).collect();
        let mut rates = ends.windows(2).map(|part| self.curve.rate(at, part[0], part[1]));
        let fastest = rates.clone().fold(0.0, f64::max);
        rates.next_back().is_some_and(|late| late <= part * fastest)
    }

    /// What it heads for, as the curve after the start-up tells: never less than it has, since a curve may end below
    /// its last samples.
    fn heads_for(&self) -> Warming {
        let (at, bytes) = (self.all.at(), self.all.bytes());
        let has = bytes.last().map_or(0.0, |last| last - self.first);
        let start = start_up(&self.all);
        let later = self.all.from_index(start);
        let found = match best_curve(&later).filter(|_| start > 0) {
            Some(curve) => {
                let (after, above) = (at[start] - at[0], bytes[start] - self.first);
                let found = curve.heads_for(&later);
                Warming {
                    level: found.level + above,
                    horizon: found.horizon.map(|at| at + after),
                    settled_by: found.settled_by + after,
                }
            }
            None => self.curve.heads_for(&self.all),
        };
        Warming { level: found.level.max(has), ..found }
    }
}

/// Index of the first sample after a start-up: what is loaded at once, within the first part of the watch, is on no
/// curve with what follows.
fn start_up(series: &Series) -> usize {
    let (at, bytes) = (series.at(), series.bytes());
    let Some(&first) = bytes.first() else { return 0 };
    let lowest = bytes.iter().copied().fold(first, f64::min);
    let least = LOADED * (series.peak() - lowest);
    let early = at.partition_point(|t| t - at[0] <= STARTING * series.span());
    (1..early).rev().find(|&i| bytes[i] - bytes[i - 1] >= least).unwrap_or(0)
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
    Hyperbola,
    Root,
    Logarithm,
    Logistic,
    Gompertz,
    Delayed,
}

/// Families with a scale alone, and those that have a centre too.
const SCALED: [Family; 4] =
    [Family::Exponential, Family::Hyperbola, Family::Root, Family::Logarithm];
const CENTRED: [Family; 3] = [Family::Logistic, Family::Gompertz, Family::Delayed];

impl Family {
    fn of(self, t: f64, centre: f64, scale: f64) -> f64 {
        let from = (t - centre) / scale;
        match self {
            Self::Exponential => -(-t / scale).exp_m1(),
            Self::Hyperbola => t / (t + scale),
            Self::Root => (t + scale).sqrt(),
            Self::Logarithm => (t / scale).ln_1p(),
            Self::Logistic => 1.0 / (1.0 + (-from).exp()),
            Self::Gompertz => (-(-from).exp()).exp(),
            Self::Delayed => -(-from.max(0.0)).exp_m1(),
        }
    }

    /// After how many scales it is as good as at its bound; nothing where it has none.
    fn settles(self) -> Option<f64> {
        match self {
            Self::Root | Self::Logarithm => None,
            // A hyperbola comes to within a twentieth; the others to within a hundredth.
            Self::Hyperbola => Some(19.0),
            _ => Some(SETTLED),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Curve {
    family: Family,
    centre: f64,
    scale: f64,
    factor: f64,
    left_over: f64,
}

impl Curve {
    fn of(&self, t: f64) -> f64 {
        self.family.of(t, self.centre, self.scale)
    }

    /// How fast it is between two samples, in its own measure.
    fn rate(&self, at: &[f64], from: usize, to: usize) -> f64 {
        let of = |i: usize| self.of(at[i] - at[0]);
        (of(to) - of(from)) / (at[to] - at[from]).max(f64::MIN_POSITIVE)
    }

    /// Whether it slows down by a part that matters, from this sample on.
    fn slows_after(&self, split: usize, series: &Series) -> bool {
        let (at, n) = (series.at(), series.len());
        let middle = usize::midpoint(split, n - 1);
        // Between the middles of its halves; from end to end it is twice as much.
        let (early, late) = (self.rate(at, split, middle), self.rate(at, middle, n - 1));
        2.0 * (early - late) >= MATERIAL * f64::midpoint(early, late)
    }

    /// What it leaves over, sample by sample.
    fn rest(&self, series: &Series) -> Vec<f64> {
        let (at, bytes) = (series.at(), series.bytes());
        let shape: Vec<f64> = at.iter().map(|t| self.of(t - at[0])).collect();
        let (centre, level) = (mean(&shape), mean(bytes));
        let rest = |(x, y): (&f64, &f64)| y - level - self.factor * (x - centre);
        shape.iter().zip(bytes).map(rest).collect()
    }

    fn heads_for(&self, series: &Series) -> Warming {
        let span = series.span();
        match self.family.settles() {
            Some(scales) => Warming {
                level: self.factor * (1.0 - self.of(0.0)),
                horizon: None,
                settled_by: (self.centre + 1.25 * scales * self.scale).max(1.5 * span),
            },
            None => Warming {
                level: self.factor * (self.of(HORIZON * span) - self.of(0.0)),
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
    // From a hundredth of the time watched to three times it.
    let scales = |steps: u32| {
        (0..steps)
            .map(move |step| span * 0.01 * 300_f64.powf(f64::from(step) / f64::from(steps - 1)))
    };
    let scaled =
        SCALED.into_iter().flat_map(|family| scales(48).map(move |scale| (family, 0.0, scale)));
    let centred = CENTRED.into_iter().flat_map(|family| {
        (0..CENTRES).flat_map(move |step| {
            let centre = span * f64::from(step) / f64::from(CENTRES - 1);
            scales(20).map(move |scale| (family, centre, scale))
        })
    });
    let curves =
        scaled.chain(centred).map(|(family, centre, scale)| fit(series, family, centre, scale));
    curves.filter(|curve| curve.factor > 0.0).min_by(|a, b| a.left_over.total_cmp(&b.left_over))
}

fn fit(series: &Series, family: Family, centre: f64, scale: f64) -> Curve {
    let first = series.at().first().copied().unwrap_or(0.0);
    let shape: Vec<f64> =
        series.at().iter().map(|at| family.of(at - first, centre, scale)).collect();
    let (factor, left_over) = line(&shape, series.bytes());
    Curve { family, centre, scale, factor, left_over }
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
