//! Judging bytes that were sampled from outside: resident memory comes in pages, goes back late, and
//! wanders.

use super::collected::kept;
use super::doubling::may_go_on;
use super::judgement::{
    FEWEST_RISES, FEWEST_SAMPLES, InconclusiveReason, Judgement, STILL, Verdict, stopped, too_few,
    too_fresh,
};
use super::lumps::{beside_lumps, rarer_lumps};
use super::noise::Noise;
use super::stairs::{accident, stairs};
use super::teeth::{JudgedTeeth, MANY_TEETH, SAMPLES_A_TOOTH, Teeth, scatter};
use super::warming::{named, of_curve};
use crate::statistics::{
    Series, Slope, change_point, last_rise, one_time_cost, saw_tooth, slope, warming,
};

/// What falls by more than this part of its peak in the steady state is not steady.
const FALLEN: f64 = 0.1;

/// Judges a series of bytes that were sampled (private or resident memory of a process).
pub fn judge_sampled(series: &Series, noise: &Noise) -> Judgement {
    if series.len() < FEWEST_SAMPLES {
        return too_few(series);
    }
    let steady_from = change_point(series);
    let steady = series.from_index(steady_from);
    let growth = slope(&steady, noise.confidence);
    if noise.collected
        && let Some((growth, verdict)) = kept(series, &steady, growth, noise)
    {
        return Judgement::of(series, steady_from, growth, verdict);
    }
    match of_teeth(series, &steady, growth, noise) {
        Ok(JudgedTeeth { growth, verdict, teeth }) => {
            Judgement { teeth, ..Judgement::of(series, steady_from, growth, verdict) }
        }
        Err(verdict) => {
            Judgement::of(series, steady_from, growth, named(verdict, series, steady_from))
        }
    }
}

/// What teeth say, where there are some; else what the slope says.
fn of_teeth(
    series: &Series,
    steady: &Series,
    growth: Slope,
    noise: &Noise,
) -> Result<JudgedTeeth, Verdict> {
    let found = Teeth::find(series, steady);
    let first = series.bytes()[0];
    if let Some(few) = found.as_ref().filter(|teeth| teeth.count() < MANY_TEETH) {
        return Ok(few.judge(first, noise));
    }
    let verdict = of_slope(series, steady, growth, noise);
    let rough =
        matches!(verdict, Verdict::Inconclusive { doubt: InconclusiveReason::Rough { .. }, .. });
    // Many teeth widen the interval of the slope; their valleys may still be known well.
    let many = found.filter(|_| rough).map(|teeth| teeth.judge(first, noise));
    many.filter(|judged| judged.verdict.is_innocent()).ok_or(verdict)
}

fn of_slope(series: &Series, steady: &Series, growth: Slope, noise: &Noise) -> Verdict {
    let span = series.span();
    let (rate, interval) = (growth.rate, growth.interval);
    let inconclusive = |doubt, settled_by| Verdict::Inconclusive { doubt, settled_by };
    if interval.low > noise.floor {
        if let Some(rises) = few_rises(steady).or_else(|| accident(series, steady)) {
            return inconclusive(InconclusiveReason::FewRises { rises }, 2.0 * span);
        }
        if !noise.drawn
            && let Some(rises) = rarer_lumps(steady, span)
            && !grows_beside_lumps(steady, span, noise)
        {
            return inconclusive(InconclusiveReason::Uneven { rises }, 2.0 * span);
        }
        if let Some(teeth) = unfinished_tooth(series) {
            return inconclusive(InconclusiveReason::FewTeeth { teeth }, 3.0 * span);
        }
        if let Some((still_for, needed)) = ended(steady) {
            let doubt = InconclusiveReason::NotStillLongEnough { still_for, needed };
            return inconclusive(doubt, span - still_for + needed);
        }
        // Growth must go on in the second half of the steady state.
        let end = slope(&steady.from_index(steady.len() / 2), 0.95);
        if end.interval.low <= noise.floor || end.rate < 0.5 * rate {
            return inconclusive(
                InconclusiveReason::Slowing { before: rate, at_end: end.rate },
                2.0 * span,
            );
        }
        if let Some(curve) = warming(series, series.len() - steady.len(), stairs(steady).is_some())
        {
            return of_curve(curve);
        }
        return Verdict::Leak { rate, interval, site: None };
    }
    let fallen = -interval.high * steady.span();
    if fallen > (FALLEN * series.peak()).max(noise.floor * span) {
        return inconclusive(InconclusiveReason::Falling { rate }, 3.0 * span);
    }
    if interval.high <= noise.floor || plateau(steady) {
        if let Some((doubt, settled_by)) = may_go_on(series) {
            return inconclusive(doubt, settled_by);
        }
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
    // The width of a slope's interval falls with the 3/2 power of the length.
    let longer = (interval.high / noise.floor.max(1e-9)).powf(2.0 / 3.0).clamp(2.0, 20.0);
    inconclusive(InconclusiveReason::Rough { interval, floor: noise.floor }, longer * span)
}

/// Whether what lies beside lumps would be called growth that goes on by itself.
fn grows_beside_lumps(steady: &Series, watched: f64, noise: &Noise) -> bool {
    let Some(beside) = beside_lumps(steady) else { return false };
    let goes_on = |part: &Series, confidence| slope(part, confidence).interval.low > noise.floor;
    goes_on(&beside, noise.confidence)
        && goes_on(&beside.from_index(beside.len() / 2), 0.95)
        && few_rises(&beside).is_none()
        && accident(&beside, &beside).is_none()
        && rarer_lumps(&beside, watched).is_none()
        && warming(&beside, 0, false).is_none()
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

/// How long it has not risen, and how long that would have to be to say that it has ended, where it is longer than
/// growth that goes on as before would let one expect: of rises that come at random, in one case of a hundred. The
/// series is taken in 50 parts, so that noise from sample to sample does not count.
fn ended(steady: &Series) -> Option<(f64, f64)> {
    let parts = steady.binned(50);
    let bytes = parts.bytes();
    let each = (bytes.last()? - bytes.first()?) / bytes.len() as f64;
    let (mut longest, mut still, mut rises) = (0_u32, 0_u32, 0_u32);
    for pair in bytes.windows(2) {
        if pair[1] - pair[0] > 0.25 * each {
            (longest, still, rises) = (longest.max(still), 0, rises + 1);
        } else {
            still += 1;
        }
    }
    let usual = f64::from(longest.max(2)) * (1.5 + 2.0 / f64::from(rises.max(1)));
    let part = steady.span() / bytes.len() as f64;
    let still_for = part * f64::from(still);
    let needed = (STILL * (steady.span() - still_for)).max(1.25 * still_for);
    (f64::from(still) > usual).then_some((still_for, needed))
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
