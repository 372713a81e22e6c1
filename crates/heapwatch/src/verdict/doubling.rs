//! Buffers that double: stairs whose steps and waits grow by a like factor. Between two of them such a buffer is still
//! for as long as it has been there, so that stillness says little of whether it goes on.

use super::judgement::InconclusiveReason;
use crate::statistics::{Series, median};

/// A rise of less than this part of the range is no step of its own: the last four of a buffer that doubles are larger.
const STEP: f64 = 0.04;
/// Steps of one buffer agree in the factor by which they grow to this part, where samples only blur when they came.
const ALIKE: f64 = 0.05;

/// Whether the last rises and the waits before them grow by a like factor, as with a buffer that
/// doubles; or the last large rises, where small ones go on beside it.
pub(super) fn doubles(series: &Series) -> bool {
    let (at, bytes) = (series.at(), series.bytes());
    let mut rises: Vec<(f64, f64)> = (1..bytes.len())
        .filter(|&i| bytes[i] > bytes[i - 1])
        .map(|i| (at[i], bytes[i] - bytes[i - 1]))
        .collect();
    if last_four_double(&rises) {
        return true;
    }
    let usual = median(&mut rises.iter().map(|rise| rise.1).collect::<Vec<_>>());
    rises.retain(|rise| rise.1 >= 4.0 * usual);
    last_four_double(&rises)
}

/// What grows beside a buffer that doubles: the series without its large rises.
pub(super) fn beside(series: &Series) -> Series {
    let (at, bytes) = (series.at(), series.bytes());
    let moves = || bytes.windows(2).map(|pair| pair[1] - pair[0]);
    let usual = median(&mut moves().filter(|&rise| rise > 0.0).collect::<Vec<_>>());
    let mut level = 0.0;
    let small = moves().map(|step| {
        level += if step < 4.0 * usual { step } else { 0.0 };
        level
    });
    at.iter().copied().zip(std::iter::once(0.0).chain(small)).collect()
}

fn last_four_double(rises: &[(f64, f64)]) -> bool {
    let [.., a, b, c, d] = rises else { return false };
    let like_two = |ratio: f64| (1.3..=3.0).contains(&ratio);
    let waits = [b.0 - a.0, c.0 - b.0, d.0 - c.0];
    like_two(c.1 / b.1)
        && like_two(d.1 / c.1)
        && like_two(waits[1] / waits[0])
        && like_two(waits[2] / waits[1])
}

/// Why a sampled series that looks still is not told from a buffer that doubles, and how long a run would tell.
pub(super) fn may_go_on(series: &Series) -> Option<(InconclusiveReason, f64)> {
    let steps = steps(series);
    if !last_four_double(&steps) {
        return None;
    }
    let last = steps.last()?.0;
    let still_for = series.at().last()? - last;
    let longest = steps.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(0.0, f64::max);
    let needed = longest * (2.2 + 4.0 / steps.len() as f64);
    let doubt = InconclusiveReason::NotStillLongEnough { still_for, needed };
    (still_for <= needed).then(|| (doubt, last - series.at()[0] + needed))
}

/// Whether counted bytes rise as one buffer that doubles: its steps grow by one factor, which accidents do not.
pub fn doubles_alike(series: &Series) -> bool {
    let steps = steps(series);
    let [.., _, b, c, d] = steps[..] else { return false };
    last_four_double(&steps) && ((d.1 / c.1) / (c.1 / b.1) - 1.0).abs() <= ALIKE
}

/// When it rose by a step, and by how much. One that fell between two samples is one step.
fn steps(series: &Series) -> Vec<(f64, f64)> {
    let (at, bytes) = (series.at(), series.bytes());
    let lowest = bytes.iter().copied().fold(f64::INFINITY, f64::min);
    let least = STEP * (series.peak() - lowest);
    let mut steps: Vec<(f64, f64)> = Vec::new();
    let mut last = 0;
    for i in 1..bytes.len() {
        let rise = bytes[i] - bytes[i - 1];
        match steps.last_mut() {
            _ if rise < least => continue,
            Some(step) if last + 1 == i => step.1 += rise,
            _ => steps.push((at[i], rise)),
        }
        last = i;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(factor: f64, last: f64) -> Series {
        let capacity = |t: f64| factor.powf((t / last).max(1e-9).log(factor).floor());
        (0..600).map(|i| f64::from(i) / 10.0).map(|t| (t, 3e6 + 16e6 * capacity(t))).collect()
    }

    #[test]
    fn a_buffer_that_doubled_may_double_again_until_it_is_still_for_long() {
        for last in [32.0, 40.0, 55.0] {
            let series = buffer(2.0, last);
            let (doubt, settled_by) = may_go_on(&series).expect("a buffer that doubles");
            assert!(matches!(doubt, InconclusiveReason::NotStillLongEnough { .. }), "{doubt}");
            assert!(settled_by > 2.0 * last, "{last}: {settled_by}");
            assert!(doubles_alike(&series));
        }
        // Beyond that it has stopped.
        let stopped: Series = (0..600)
            .map(|i| f64::from(i) / 10.0)
            .map(|t| (t, 16e6 * 2_f64.powf((t.min(10.0) / 8.0).max(1e-9).log2().floor())))
            .collect();
        assert!(may_go_on(&stopped).is_none());
    }

    #[test]
    fn steps_of_any_size_are_no_buffer() {
        let at = [(2.0, 3e6), (5.0, 4.5e6), (11.0, 10e6), (25.0, 15e6)];
        let level = |t: f64| at.iter().filter(|step| step.0 <= t).map(|step| step.1).sum::<f64>();
        let series: Series = (0..600).map(|i| f64::from(i) / 10.0).map(|t| (t, level(t))).collect();
        assert!(!doubles_alike(&series));
    }
}
