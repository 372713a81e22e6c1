//! Stairs: memory that rises by steps large enough to be jobs, connections or batches. A few of them that
//! happened to come before the first that ends are no leak; by a sign test, ten are.

use super::judgement::FEWEST_RISES;
use crate::statistics::Series;

/// The least step, in bytes: below it are pages as a program writes them.
const STEP: f64 = 8.0 * 4096.0;
/// Stairs are still at most of their samples; where more than one in so many is a step, it is noise or steady.
const STILL: usize = 4;
/// Stairs make at least this part of the growth.
const PART: f64 = 0.5;
/// The probability that rises and falls that are as likely come out like this, at most.
const CHANCE: f64 = 0.001;

/// When it rose or fell by a step, and by how much, where it grew by stairs.
pub(super) fn stairs(steady: &Series) -> Option<Vec<(f64, f64)>> {
    let bytes = steady.bytes();
    let steps = steps_of(steady.at(), bytes);
    let growth = bytes.last()? - bytes.first()?;
    let by_steps: f64 = steps.iter().map(|step| step.1).sum();
    let moved = |step: f64| -> f64 {
        let moves = bytes.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        moves.filter(|&size| (size >= STEP) == (step >= STEP)).sum()
    };
    // What moves as much between its steps is noise, or grows beside them.
    let beside = moved(0.0) > PART * moved(STEP) || by_steps < PART * growth;
    (!beside && !steps.is_empty() && steps.len() * STILL <= bytes.len()).then_some(steps)
}

/// How often it rose, where it grew by stairs that could be an accident. Where the steady part begins was chosen to
/// make it look steady, so steps before it count too.
pub(super) fn accident(series: &Series, steady: &Series) -> Option<usize> {
    let steps = stairs(steady)?;
    let rises = steps.iter().filter(|step| step.1 > 0.0).count();
    let least = steps.iter().map(|step| step.1.abs()).fold(f64::INFINITY, f64::min);
    let before = steps_of(series.at(), series.bytes());
    let falls = before.iter().filter(|step| -step.1 >= least).count();
    let even = if falls == 0 && rises >= FEWEST_RISES { evenness(&steps) } else { 1.0 };
    (even * chance(rises, rises + falls) > CHANCE).then_some(rises)
}

/// When it rose or fell by a step, and by how much.
fn steps_of(at: &[f64], bytes: &[f64]) -> Vec<(f64, f64)> {
    let steps = (1..bytes.len()).map(|i| (at[i], bytes[i] - bytes[i - 1]));
    steps.filter(|step| step.1.abs() >= STEP).collect()
}

/// The probability that waits between steps that come at random are as even as these, or more.
///
/// As parts of their sum, `n` such waits are a point of the simplex, all of it as likely; the points no farther from its
/// middle than these are the ball within. Where that reaches beyond the simplex, this is above the probability.
pub(super) fn evenness(steps: &[(f64, f64)]) -> f64 {
    let waits: Vec<f64> = steps.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let (n, whole) = (waits.len() as f64, waits.iter().sum::<f64>());
    let distance = waits.iter().map(|wait| (wait / whole - 1.0 / n).powi(2)).sum::<f64>().sqrt();
    // Volume of the ball over that of the simplex, in n - 1 dimensions: (d - 1)! d/sqrt(d + 1) times the ball's.
    let dimensions = waits.len().saturating_sub(1);
    let (mut ball, mut simplex) =
        if dimensions.is_multiple_of(2) { (1.0, 1.0) } else { (2.0 * distance, 1.0) };
    for k in (dimensions % 2 + 2..=dimensions).step_by(2) {
        ball *= std::f64::consts::TAU / k as f64 * distance * distance;
    }
    for k in 1..=dimensions {
        simplex /= k as f64;
    }
    (ball / (simplex * n.sqrt())).min(1.0)
}

/// The probability of at least so many rises among so many steps, each as likely to be a fall.
fn chance(rises: usize, steps: usize) -> f64 {
    // Of 2^-n times the binomial coefficients, from all rises down.
    let mut term = 0.5_f64.powf(steps as f64);
    let mut sum = term;
    for falls in 1..=(steps - rises) {
        term *= (steps - falls + 1) as f64 / falls as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stairs_at(at: &[f64]) -> Series {
        let level = |t: f64| at.iter().filter(|&&step| step <= t).count() as f64 * 2e6;
        (0..600).map(|i| f64::from(i) / 10.0).map(|t| (t, level(t))).collect()
    }

    #[test]
    fn the_sign_test_is_that_of_the_tables() {
        // Binomial distribution with one half: P(X >= 9 of 10) = 11/1024, P(10 of 10) = 1/1024.
        assert!((chance(9, 10) - 11.0 / 1024.0).abs() < 1e-15);
        assert!((chance(10, 10) - 1.0 / 1024.0).abs() < 1e-15);
        assert!((chance(0, 10) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn even_waits_are_as_likely_as_drawn_ones_are_even() {
        // Of three waits the ball is a disk: pi d^2 over the triangle of side sqrt 2, whose area is sqrt(3)/2.
        let steps = |at: &[f64]| at.iter().map(|&at| (at, 2e6)).collect::<Vec<_>>();
        let three = evenness(&steps(&[0.0, 1.2, 2.0, 3.0]));
        let distance = 2.0 * (0.2_f64 / 3.0).powi(2);
        let area = std::f64::consts::PI * distance / (0.75_f64.sqrt());
        assert!((three - area).abs() < 1e-12, "{three} {area}");
        // Of two waits it is the part of the line: w and 1 - w no farther from the middle than 0.6 and 0.4.
        assert!((evenness(&steps(&[0.0, 0.6, 1.0])) - 0.2).abs() < 1e-12);
        // Of four, drawn.
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            -((((state >> 11) + 1) as f64) / (1_u64 << 53) as f64).ln()
        };
        let seen = evenness(&steps(&[0.0, 1.0, 1.8, 3.1, 4.0]));
        let as_even = (0..100_000).filter(|_| {
            let mut at = 0.0;
            let drawn: Vec<f64> = std::iter::once(0.0)
                .chain((0..4).map(|_| {
                    at += draw();
                    at
                }))
                .collect();
            evenness(&steps(&drawn)) <= seen
        });
        let part = as_even.count() as f64 / 1e5;
        // Five standard deviations of a share of 100 000 draws.
        assert!((part - seen).abs() < 5.0 * (seen / 1e5).sqrt(), "{part} {seen}");
    }

    #[test]
    fn a_few_uneven_steps_may_be_an_accident_and_many_or_even_ones_are_none() {
        let accident = |series: &Series| super::accident(series, series);
        assert_eq!(accident(&stairs_at(&[3.0, 5.0, 17.0, 21.0, 44.0])), Some(5));
        assert_eq!(accident(&stairs_at(&[5.0, 15.0, 25.0, 35.0, 45.0])), None);
        let many: Vec<f64> = (0..12_i32).map(|i| f64::from(i * i) / 3.0).collect();
        assert_eq!(accident(&stairs_at(&many)), None);
        let pages = (0..600).map(|i| (f64::from(i), 4096.0 * f64::from(i / 3))).collect();
        assert_eq!(accident(&pages), None);
    }

    #[test]
    fn a_fall_before_the_steady_part_speaks_against_even_steps_in_it() {
        let level = |i: i32| if i < 50 { 4e6 } else { 2e6 * f64::from((i - 50) / 50) };
        let series: Series = (0..300).map(|i| (f64::from(i), level(i))).collect();
        let steady = series.from_index(50);
        assert_eq!(accident(&steady, &steady), None, "four steps as even as can be");
        assert_eq!(accident(&series, &steady), Some(4));
    }
}
