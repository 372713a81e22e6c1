//! Judging bytes that were counted: what rises did rise, so the question is only whether it goes on.
//!
//! Growth that goes on keeps setting new highest values. Where the last one lies back much longer than
//! any wait between two before it, growth has stopped. The waits of a buffer that doubles double too;
//! hence a stretch of little more than twice the longest wait is asked for, and a buffer that may
//! still be due to double is not called bounded. Growth is called a leak where it rose often enough
//! and as late as in the last quarter of the run, did not slow down, and lifted the floor (what the
//! series never again fell below) along with the highest values.

use super::doubling::{beside, doubles};
use super::judgement::{
    FEWEST_RISES, FEWEST_SAMPLES, FEWEST_TEETH, InconclusiveReason, Judgement, Verdict, stopped,
    too_few, too_fresh,
};
use super::noise::Noise;
use super::noisy::judge_sampled;
use super::warming::{named, of_curve};
use crate::statistics::{
    Interval, LastRise, SawTooth, Series, Slope, change_point, filling_rate, last_rise,
    mann_kendall, mean, saw_tooth, theil_sen, warming,
};

/// Growth is still going on where the last rise lies in this last part of the run.
const LATE: f64 = 0.25;

/// What grows beside a buffer that doubles is looked at by itself where it is this part of the growth.
const MOST: f64 = 0.4;

/// Judges a series of bytes that were counted exactly (live bytes of an allocator).
pub fn judge_counted(series: &Series) -> Judgement {
    if series.len() < FEWEST_SAMPLES {
        return too_few(series);
    }
    let steady_from = change_point(series);
    let steady = series.from_index(steady_from);
    // A peak before the steady state that it does not reach again would hide its growth.
    let judged = if steady.peak() < series.peak() { steady } else { series.clone() };
    let (growth, verdict) = verdict_of(series, &judged, steady_from);
    Judgement::of(series, steady_from, growth, verdict)
}

fn verdict_of(series: &Series, judged: &Series, steady_from: usize) -> (Slope, Verdict) {
    let teeth = saw_tooth(judged);
    let mut after = judged.clone();
    if let Some(&valley) = teeth.valleys.last() {
        if teeth.teeth() >= FEWEST_TEETH {
            return of_teeth(series, judged, &teeth);
        }
        // A fall or two: what follows the last one is judged, if it is most of the run.
        after = judged.from_index(valley);
        if after.span() < 0.5 * series.span() {
            let settled_by = series.span() * (FEWEST_TEETH + 1) as f64 / teeth.teeth() as f64;
            let doubt = InconclusiveReason::FewTeeth { teeth: teeth.teeth() };
            return (Slope::default(), Verdict::Inconclusive { doubt, settled_by });
        }
    }
    of_rises(series, &after, steady_from)
}

fn of_rises(series: &Series, judged: &Series, steady_from: usize) -> (Slope, Verdict) {
    let flat = Slope::default();
    let first = series.bytes()[0];
    let grown = judged.peak() - first;
    let Some(rise) = last_rise(judged) else {
        return (flat, stopped(series, grown, series.len() - judged.len(), 1));
    };
    let offset = series.len() - judged.len();
    let doubling = doubles(judged);
    let steady = series.from_index(steady_from.max(offset));
    let in_steady = last_rise(&steady).map_or(0, |rise| rise.rises);
    // The fewer waits were seen, the less is known of how long the longest may be; those of the
    // warm-up say nothing of those after it.
    let known = if doubling || in_steady == 0 { rise.rises } else { in_steady };
    let needed = rise.longest_wait * (2.2 + 4.0 / known as f64);
    let last_at = series.at()[offset + rise.index] - series.at()[0];
    if rise.quiet > needed {
        if let Some((doubt, settled_by)) = too_fresh(last_at, rise.quiet).filter(|_| rise.rises > 1)
        {
            return (flat, Verdict::Inconclusive { doubt, settled_by });
        }
        return (flat, stopped(series, grown, offset + rise.index, rise.rises));
    }
    let rises = if doubling { rise.rises } else { in_steady };
    let inconclusive =
        |doubt| (flat, Verdict::Inconclusive { doubt, settled_by: last_at + needed });
    if rises < FEWEST_RISES {
        let mean_wait = (last_at / rise.rises as f64).max(rise.longest_wait);
        let settled_by = last_at + mean_wait * FEWEST_RISES as f64;
        let doubt = InconclusiveReason::FewRises { rises };
        return (
            flat,
            Verdict::Inconclusive { doubt, settled_by: settled_by.max(last_at + needed) },
        );
    }
    if rise.quiet > LATE * judged.span() {
        return inconclusive(InconclusiveReason::NotStillLongEnough {
            still_for: rise.quiet,
            needed,
        });
    }
    let growing = if doubling { judged } else { &steady };
    let rate = filling_rate(growing).unwrap_or(0.0);
    if rate * growing.span() < 0.5 * (growing.peak() - growing.bytes()[0]) && !doubling {
        // The highest values rise and the floor does not follow: other threads, or noise.
        let judgement = judge_sampled(series, &Noise { floor: 0.0, ..Noise::default() });
        return (judgement.growth, judgement.verdict);
    }
    let third = growing.from_index(growing.len() - growing.len() / 3);
    let at_end = theil_sen(&third.binned(100));
    if !doubling && at_end < 0.5 * rate && last_rise(&third).is_none_or(|end| end.rises > 8) {
        let doubt = InconclusiveReason::Slowing { before: rate, at_end };
        let slowing = Verdict::Inconclusive { doubt, settled_by: 2.0 * series.span() };
        return (flat, named(slowing, series, steady_from));
    }
    if !doubling && let Some(curve) = warming(series, series.len() - growing.len(), false) {
        return (flat, of_curve(curve));
    }
    // A list that doubles beside what is in it: most of the growth is judged without it.
    let (small, split) = if doubling {
        (beside(growing), 0)
    } else {
        (beside(series), series.len() - growing.len())
    };
    if small.peak() > MOST * grown && warming(&small, split, false).is_some() {
        let doubt = InconclusiveReason::Slowing { before: theil_sen(&small.binned(100)), at_end };
        let slowing = Verdict::Inconclusive { doubt, settled_by: 2.0 * series.span() };
        return (flat, named(slowing, series, steady_from));
    }
    let interval = interval_of(growing, rate, &rise, doubling);
    (Slope { rate, interval }, Verdict::Leak { rate, interval, site: None })
}

/// The rate is known to one sampling interval in the extent over which it is taken, and where rises
/// come at uneven waits, to their scatter (3.29 standard errors, 99.9 %).
fn interval_of(series: &Series, rate: f64, rise: &LastRise, doubling: bool) -> Interval {
    let (at, bytes) = (series.at(), series.bytes());
    let rises: Vec<f64> =
        (1..bytes.len()).filter(|&i| bytes[i] > bytes[i - 1]).map(|i| at[i]).collect();
    let gap = at.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    let extent = (series.span() - rise.quiet).max(gap);
    let waits: Vec<f64> = rises.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut part = 2.0 * gap / extent;
    if !doubling && waits.len() > 1 {
        let centre = mean(&waits);
        let scatter = mean(&waits.iter().map(|wait| (wait - centre).powi(2)).collect::<Vec<_>>());
        part += 3.29 * scatter.sqrt() / centre / (waits.len() as f64).sqrt();
    }
    Interval { low: rate * (1.0 - part.min(1.0)), high: rate * (1.0 + part) }
}

/// A saw-tooth leaks where both its valleys and its peaks rise.
fn of_teeth(series: &Series, judged: &Series, teeth: &SawTooth) -> (Slope, Verdict) {
    let pick = |indices: &[usize]| -> Series {
        indices.iter().map(|&i| (judged.at()[i], judged.bytes()[i])).collect()
    };
    let (valleys, peaks) = (pick(&teeth.valleys), pick(&teeth.peaks));
    let rises = |series: &Series| {
        let n = series.len() as f64;
        let trend = mann_kendall(series.bytes());
        // Every pair rises, of at least four; or as good as every one of many.
        (series.len() >= FEWEST_RISES && trend.s >= n * (n - 1.0) / 2.0)
            || (trend.s > 0.0 && trend.p < 0.001)
    };
    let capacity = judged.peak() - series.bytes()[0];
    let rate = theil_sen(&valleys);
    if rises(&valleys) && rises(&peaks) {
        let of_peaks = theil_sen(&peaks);
        let interval = Interval { low: rate.min(of_peaks), high: rate.max(of_peaks) };
        return (Slope { rate, interval }, Verdict::Leak { rate, interval, site: None });
    }
    let lifted = rate * judged.span() > 0.25 * capacity;
    if lifted && theil_sen(&peaks) > 0.0 {
        let doubt = InconclusiveReason::FewTeeth { teeth: teeth.teeth() };
        let verdict = Verdict::Inconclusive { doubt, settled_by: 2.0 * series.span() };
        return (Slope { rate, interval: Interval::default() }, verdict);
    }
    (Slope::default(), if capacity > 0.0 { Verdict::Bounded { capacity } } else { Verdict::Clean })
}
