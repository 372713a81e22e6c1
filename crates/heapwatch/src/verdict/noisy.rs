//! Judging bytes that were sampled from outside: resident memory comes in pages, goes back late, and
//! wanders.

use super::judgement::{
    FEWEST_RISES, FEWEST_SAMPLES, FEWEST_TEETH, InconclusiveReason, Judgement, Verdict, stopped,
    too_few, too_fresh,
};
use crate::statistics::{
    Interval, SawTooth, Series, Slope, Warming, change_point, last_rise, median, one_time_cost,
    saw_tooth, slope, theil_sen, warming,
};

/// What a sampled series is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Growth below this is not called a leak, in bytes a second (or a step).
    pub floor: f64,
    /// Confidence of the interval whose lower end must lie above the floor; between 0 and 1.
    pub confidence: f64,
}

impl Default for Noise {
    /// 500 bytes a second, 99.9 %.
    fn default() -> Self {
        Self { floor: 500.0, confidence: 0.999 }
    }
}

/// Teeth of fewer samples than this are noise.
const SAMPLES_A_TOOTH: usize = 5;
/// Least height of a usual tooth, as a part of the whole range.
const FULL_TOOTH: f64 = 0.65;
/// From this many teeth on, they are averaged over instead of looked at one by one.
const MANY_TEETH: usize = 12;

/// Judges a series of bytes that were sampled (private or resident memory of a process).
pub fn judge_sampled(series: &Series, noise: &Noise) -> Judgement {
    if series.len() < FEWEST_SAMPLES {
        return too_few(series);
    }
    let steady_from = change_point(series);
    let steady = series.from_index(steady_from);
    let growth = slope(&steady, noise.confidence);
    let teeth = saw_tooth(series);
    let some = (FEWEST_TEETH..MANY_TEETH).contains(&teeth.teeth());
    let verdict = if some && are_teeth(series, &teeth) {
        of_teeth(series, &teeth, noise)
    } else {
        of_slope(series, &steady, growth, noise)
    };
    Judgement::of(series, steady_from, growth, verdict)
}

/// Whether the falls are teeth and not noise: far enough apart, and most of them nearly as high as the
/// series is wide, which falls of noise are not.
fn are_teeth(series: &Series, teeth: &SawTooth) -> bool {
    let lowest = series.bytes().iter().copied().fold(f64::INFINITY, f64::min);
    let width = series.peak() - lowest;
    series.len() >= teeth.teeth() * SAMPLES_A_TOOTH && height(series, teeth) >= FULL_TOOTH * width
}

/// Median height of the teeth, in bytes.
fn height(series: &Series, teeth: &SawTooth) -> f64 {
    let falls = teeth.peaks.iter().zip(&teeth.valleys);
    let mut heights: Vec<f64> =
        falls.map(|(&peak, &valley)| series.bytes()[peak] - series.bytes()[valley]).collect();
    median(&mut heights)
}

fn of_slope(series: &Series, steady: &Series, growth: Slope, noise: &Noise) -> Verdict {
    let span = series.span();
    let (rate, interval) = (growth.rate, growth.interval);
    let inconclusive = |doubt, settled_by| Verdict::Inconclusive { doubt, settled_by };
    if interval.low > noise.floor {
        if let Some(rises) = few_rises(steady) {
            return inconclusive(InconclusiveReason::FewRises { rises }, 2.0 * span);
        }
        if let Some(teeth) = unfinished_tooth(series) {
            return inconclusive(InconclusiveReason::FewTeeth { teeth }, 3.0 * span);
        }
        // Growth must go on in the second half of the steady state.
        let end = slope(&steady.from_index(steady.len() / 2), 0.95);
        if end.interval.low <= noise.floor || end.rate < 0.5 * rate {
            return inconclusive(
                InconclusiveReason::Slowing { before: rate, at_end: end.rate },
                2.0 * span,
            );
        }
        if let Some(curve) = warming(series, series.len() - steady.len()) {
            let Warming { level, horizon, settled_by } = curve;
            return inconclusive(InconclusiveReason::Warming { level, horizon }, settled_by);
        }
        return Verdict::Leak { rate, interval, site: None };
    }
    if interval.high <= noise.floor || plateau(steady) {
        let grown = one_time_cost(series, series.len() - steady.len());
        // What lies within the noise, or would be no leak if it went on, is nothing.
        if grown <= (6.0 * scatter(steady)).max(noise.floor * span) {
            return Verdict::Clean;
        }
        let end = series.len() - steady.len();
        // Noise keeps setting new highest values; without it the last of them is where growth ended.
        let quiet = last_rise(steady).filter(|_| !falls(steady));
        let quiet = quiet.map_or(steady.span(), |rise| rise.quiet);
        if let Some((doubt, settled_by)) = too_fresh(span - quiet, quiet) {
            return inconclusive(doubt, settled_by);
        }
        let at_once =
            series.bytes()[..=end].windows(2).any(|pair| pair[1] - pair[0] >= 0.8 * grown);
        // What filled up later is bounded by the most that it held.
        let grown = if at_once { grown } else { grown.max(series.peak() - series.bytes()[0]) };
        return stopped(series, grown, end, usize::from(at_once));
    }
    // Many teeth widen the interval of the slope; their valleys may still be known well.
    let teeth = saw_tooth(series);
    if teeth.teeth() >= MANY_TEETH && are_teeth(series, &teeth) {
        let of_teeth = of_teeth(series, &teeth, noise);
        if of_teeth.is_innocent() {
            return of_teeth;
        }
    }
    // The width of a slope's interval falls with the 3/2 power of the length.
    let longer = (interval.high / noise.floor.max(1e-9)).powf(2.0 / 3.0).clamp(2.0, 20.0);
    inconclusive(InconclusiveReason::Rough { interval, floor: noise.floor }, longer * span)
}

/// How many rises there were, if without the largest half of the growth is gone, or if they are too
/// few. The series is taken in 24 parts, so that noise from sample to sample does not count.
fn few_rises(steady: &Series) -> Option<usize> {
    let parts = steady.binned(24);
    let steps: Vec<f64> = parts.bytes().windows(2).map(|pair| pair[1] - pair[0]).collect();
    let whole: f64 = steps.iter().sum();
    // One rise can lie in two steps.
    let largest = steps.windows(2).map(|pair| pair[0] + pair[1]).fold(0.0, f64::max);
    let rises = steps.iter().filter(|&&step| step > 0.02 * whole).count();
    (whole - largest < 0.5 * whole || rises < FEWEST_RISES).then_some(rises)
}

/// How many falls there were, of a third of the range or more, if too few to average over: memory
/// that comes back down like this has not been watched long enough to say that it grows.
fn unfinished_tooth(series: &Series) -> Option<usize> {
    let teeth = saw_tooth(series).teeth();
    let slow = series.len() >= teeth * SAMPLES_A_TOOTH;
    (slow && (1..MANY_TEETH).contains(&teeth)).then_some(teeth)
}

/// Whether it rose no more for much longer than it ever waited between two rises. Only a series
/// without falls is judged so.
fn plateau(steady: &Series) -> bool {
    !falls(steady)
        && last_rise(steady)
            .is_none_or(|rise| rise.quiet > rise.longest_wait * (2.2 + 4.0 / rise.rises as f64))
}

fn falls(series: &Series) -> bool {
    series.bytes().windows(2).any(|pair| pair[1] < pair[0])
}

/// Median distance from the Theil-Sen line.
fn scatter(series: &Series) -> f64 {
    let rate = theil_sen(&series.binned(100));
    let rest = || series.at().iter().zip(series.bytes()).map(|(at, bytes)| bytes - rate * at);
    let centre = median(&mut rest().collect::<Vec<_>>());
    median(&mut rest().map(|value| (value - centre).abs()).collect::<Vec<_>>())
}

/// Teeth are judged by their valleys and peaks: bounded where these stay, as far as the samples can
/// tell; a leak where all of them rise by more than half the height of a tooth.
fn of_teeth(series: &Series, teeth: &SawTooth, noise: &Noise) -> Verdict {
    let pick = |indices: &[usize]| -> Series {
        indices.iter().map(|&i| (series.at()[i], series.bytes()[i])).collect()
    };
    let (valleys, peaks) = (pick(&teeth.valleys), pick(&teeth.peaks));
    let height = height(series, teeth);
    let (of_valleys, of_peaks) = (theil_sen(&valleys), theil_sen(&peaks));
    let lifted = of_valleys.min(of_peaks) * series.span();
    // A valley is seen at the sample after it, by when the next tooth has begun to rise.
    let sample = height * teeth.teeth() as f64 / series.len() as f64;
    // Off by a sample at either end of the valleys, and drawn out over the whole run.
    let blur = sample * series.span() / valleys.span().max(f64::MIN_POSITIVE);
    let unsure = blur.max(3.0 * scatter(&valleys)).min(0.25 * height);
    if lifted <= 2.0 * unsure + noise.floor * series.span() {
        return Verdict::Bounded { capacity: series.peak() - series.bytes()[0] };
    }
    let strictly = |of: &Series| of.bytes().windows(2).all(|pair| pair[1] > pair[0]);
    let enough = teeth.teeth() > FEWEST_RISES && lifted > (0.5 * height).max(4.0 * unsure);
    if enough && strictly(&valleys) && strictly(&peaks) {
        let interval = Interval { low: of_valleys.min(of_peaks), high: of_valleys.max(of_peaks) };
        return Verdict::Leak { rate: of_valleys, interval, site: None };
    }
    let doubt = InconclusiveReason::FewTeeth { teeth: teeth.teeth() };
    Verdict::Inconclusive { doubt, settled_by: 3.0 * series.span() }
}
