//! Stairs: memory that rises by steps large enough to be jobs, connections or batches. A few of them that
//! happened to come before the first that ends are no leak; by a sign test, ten are.

use super::judgement::FEWEST_RISES;
use crate::statistics::{Series, mean};

/// The least step, in bytes: below it are pages as a program writes them.
const STEP: f64 = 8.0 * 4096.0;
/// Stairs are still at most of their samples; where more than one in so many is a step, it is noise or steady.
const STILL: usize = 4;
/// Stairs make at least this part of the growth.
const PART: f64 = 0.5;
/// Steps as even in time as this (standard deviation of the waits over their mean) are no accident.
const REGULAR: f64 = 0.25;
/// The probability that rises and falls that are as likely come out like this, at most.
const CHANCE: f64 = 0.001;

/// How often it rose, where it grew by stairs that could be an accident.
pub(super) fn accident(steady: &Series) -> Option<usize> {
    let (at, bytes) = (steady.at(), steady.bytes());
    let steps: Vec<(f64, f64)> = (1..bytes.len())
        .map(|i| (at[i], bytes[i] - bytes[i - 1]))
        .filter(|step| step.1.abs() >= STEP)
        .collect();
    let growth = bytes.last()? - bytes.first()?;
    let by_steps: f64 = steps.iter().map(|step| step.1).sum();
    let moved = |step: f64| -> f64 {
        let moves = bytes.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        moves.filter(|&size| (size >= STEP) == (step >= STEP)).sum()
    };
    // What moves as much between its steps is noise, or grows beside them.
    if moved(0.0) > PART * moved(STEP)
        || steps.is_empty()
        || steps.len() * STILL > bytes.len()
        || by_steps < PART * growth
    {
        return None;
    }
    let rises = steps.iter().filter(|step| step.1 > 0.0).count();
    if rises == steps.len() && rises >= FEWEST_RISES && regular(&steps) {
        return None;
    }
    (chance(rises, steps.len()) > CHANCE).then_some(rises)
}

fn regular(steps: &[(f64, f64)]) -> bool {
    let waits: Vec<f64> = steps.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let centre = mean(&waits);
    let scatter =
        mean(&waits.iter().map(|wait| (wait - centre).powi(2)).collect::<Vec<_>>()).sqrt();
    scatter < REGULAR * centre
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

    fn stairs(at: &[f64]) -> Series {
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
    fn a_few_uneven_steps_may_be_an_accident_and_many_or_even_ones_are_none() {
        assert_eq!(accident(&stairs(&[3.0, 5.0, 17.0, 21.0, 44.0])), Some(5));
        assert_eq!(accident(&stairs(&[5.0, 15.0, 25.0, 35.0, 45.0])), None);
        let many: Vec<f64> = (0..12_i32).map(|i| f64::from(i * i) / 3.0).collect();
        assert_eq!(accident(&stairs(&many)), None);
        let pages = (0..600).map(|i| (f64::from(i), 4096.0 * f64::from(i / 3))).collect();
        assert_eq!(accident(&pages), None);
    }
}
