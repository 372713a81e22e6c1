//! Growth that comes in lumps: imports, tables and pools that are made one by one as a program warms up. Each lump looks
//! like a step of a leak, and some dozens of them, ever rarer, like its steps at random times. So lumps are growth that
//! goes on only where they come as evenly as chance would not have them, or where there are so many that they are known
//! not to become rarer.

use super::judgement::FEWEST_RISES;
use super::stairs::evenness;
use crate::statistics::{Series, median};

/// The least lump, in bytes: below it are pages as a program writes them.
const LEAST: f64 = 4.0 * 4096.0;
/// Parts of the series between whose levels growth is taken. The level is their median, so that no step lies on both sides
/// of it; in many parts few lumps fall together, and in few there is little noise.
const PARTS: [usize; 3] = [200, 80, 40];
/// Lumps only rise. What falls more than this wanders, by the finest parts, and others judge it.
const WANDERS: f64 = 0.6;
/// The same by the parts that are looked at.
const FALLS: f64 = 0.3;
/// By how many times the usual move a lump is above it.
const ABOVE: f64 = 4.0;
/// Lumps make at least this part of the growth.
const PART: f64 = 0.5;
/// The probability that lumps at random times are as even, at most.
const CHANCE: f64 = 1e-4;
/// Where the middle of growth lies that becomes rarer exponentially, over half of the time that it takes: as a part of it.
const RARER: f64 = 0.343;
/// How many standard deviations the middle of these lumps is later than that, at least.
const DEVIATIONS: f64 = 4.0;

/// How many lumps there were, where they make most of the growth and may become ever rarer.
pub(super) fn rarer_lumps(steady: &Series) -> Option<usize> {
    let levels = PARTS.map(|parts| levels(steady, parts));
    let [fine, .., few] = &levels;
    if falling(fine) > WANDERS {
        return None;
    }
    let rising = levels.iter().filter(|levels| falling(levels) <= FALLS);
    let lumps: Vec<Vec<(f64, f64)>> = rising.filter_map(lumps).collect();
    // Coarser parts make even ones of those that fall together.
    let even = |lumps: &Vec<(f64, f64)>| lumps.len() >= FEWEST_RISES && evenness(lumps) <= CHANCE;
    if lumps.first().is_some_and(even) {
        return None;
    }
    let rarer = lumps.iter().find(|lumps| may_become_rarer(lumps, steady)).map(Vec::len);
    rarer.or_else(|| (falling(few) <= FALLS).then(|| uneven(few))?)
}

/// How much of what moves falls, by the squares of the moves.
fn falling(parts: &Series) -> f64 {
    let moves = |falls: bool| -> f64 {
        let moves = parts.bytes().windows(2).map(|pair| pair[1] - pair[0]);
        moves.filter(|&step| (step < 0.0) == falls).map(|step| step * step).sum()
    };
    moves(true) / moves(false).max(f64::MIN_POSITIVE)
}

/// When lumps that stand out came, and how large they were, where they make most of the growth.
fn lumps(parts: &Series) -> Option<Vec<(f64, f64)>> {
    let (at, bytes) = (parts.at(), parts.bytes());
    let growth = bytes.last()? - bytes.first()?;
    // When, for how long, and by how much.
    let moves: Vec<[f64; 3]> = (1..bytes.len())
        .map(|i| [f64::midpoint(at[i], at[i - 1]), at[i] - at[i - 1], bytes[i] - bytes[i - 1]])
        .filter(|step| step[1] > 0.0)
        .collect();
    let usual = median(&mut moves.iter().map(|step| step[2] / step[1]).collect::<Vec<_>>());
    let above = moves.iter().map(|step| (step[0], step[2] - usual * step[1]));
    // Noise is as large above the usual move as below it; lumps are above it alone.
    let below: Vec<f64> = above.clone().map(|step| step.1).filter(|&above| above < 0.0).collect();
    let noise =
        (below.iter().map(|below| below * below).sum::<f64>() / below.len().max(1) as f64).sqrt();
    let lumps: Vec<(f64, f64)> = above.filter(|step| step.1 >= LEAST.max(ABOVE * noise)).collect();
    let whole: f64 = lumps.iter().map(|lump| lump.1).sum();
    (!lumps.is_empty() && whole >= PART * growth).then_some(lumps)
}

/// Whether the middle of these lumps is not known to be later than that of lumps that become rarer.
fn may_become_rarer(lumps: &[(f64, f64)], steady: &Series) -> bool {
    let whole: f64 = lumps.iter().map(|lump| lump.1).sum();
    let squares: f64 = lumps.iter().map(|lump| lump.1 * lump.1).sum();
    // As many lumps of one size would be as uncertain.
    let alike = whole * whole / squares;
    let first = steady.at().first().copied().unwrap_or(0.0);
    let when = |lump: &(f64, f64)| (lump.0 - first) / steady.span();
    let middle = lumps.iter().map(|lump| when(lump) * lump.1).sum::<f64>() / whole;
    let spread =
        lumps.iter().map(|lump| (when(lump) - middle).powi(2) * lump.1).sum::<f64>() / whole;
    middle - DEVIATIONS * (spread / alike).sqrt() <= RARER
}

/// The same of growth whose lumps lie too close together, or in too much noise, to be told one by one: how many alike and
/// independent ones would make moves as uneven as these. Noise about a level is not counted: each of its moves is undone
/// by the next one.
fn uneven(parts: &Series) -> Option<usize> {
    let (at, bytes) = (parts.at(), parts.bytes());
    let growth = bytes.last()? - bytes.first()?;
    let usual = growth / parts.span();
    let moves: Vec<f64> =
        (1..bytes.len()).map(|i| bytes[i] - bytes[i - 1] - usual * (at[i] - at[i - 1])).collect();
    let variance = moves.iter().map(|step| step * step).sum::<f64>()
        + 2.0 * moves.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
    if variance <= LEAST * growth {
        return None;
    }
    let alike = growth * growth / variance;
    let level = bytes.iter().sum::<f64>() / bytes.len() as f64 - bytes[0];
    let middle = 1.0 - level / growth;
    // What comes at any time as likely has a variance of a twelfth.
    (middle - DEVIATIONS / (12.0 * alike).sqrt() <= RARER).then_some(alike as usize)
}

/// The median of each of the parts.
fn levels(series: &Series, parts: usize) -> Series {
    let n = series.len();
    let parts = parts.min(n);
    (0..parts)
        .map(|part| {
            let (from, to) = (part * n / parts, (part + 1) * n / parts);
            let at = f64::midpoint(series.at()[from], series.at()[to - 1]);
            (at, median(&mut series.bytes()[from..to].to_vec()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute of steps of 100 kB at these parts of it, and of growth at `rate` bytes a second beside them.
    fn steps_at(parts: impl Iterator<Item = f64>, rate: f64) -> Series {
        let parts: Vec<f64> = parts.collect();
        let level = |t: f64| parts.iter().filter(|&&part| 60.0 * part <= t).count() as f64 * 1e5;
        let at = (0..600).map(|i| f64::from(i) / 10.0);
        at.map(|t| (t, 4096.0 * ((level(t) + rate * t) / 4096.0).floor())).collect()
    }

    /// Numbers between 0 and 1 that follow each other like random ones.
    fn scattered(count: u32) -> impl Iterator<Item = f64> {
        (0..count)
            .map(|i| (f64::from(i) * 0.618_034 + 0.3).fract())
            .map(|part| (part * 7.3).fract())
    }

    #[test]
    fn steps_that_become_rarer_are_told_from_even_ones_and_from_very_many() {
        let rarer = |part: f64| -0.5 * (-(-2_f64).exp_m1().abs() * part).ln_1p();
        for count in [8, 12, 20, 40, 80] {
            let found = rarer_lumps(&steps_at(scattered(count).map(rarer), 0.0));
            assert!(found.is_some(), "{count} ever rarer");
        }
        for count in [8, 12, 20, 40] {
            let even = (0..count).map(|i| (f64::from(i) + 0.5) / f64::from(count));
            assert_eq!(rarer_lumps(&steps_at(even, 0.0)), None, "{count} even ones");
        }
        assert_eq!(rarer_lumps(&steps_at(scattered(400), 0.0)), None, "four hundred");
    }

    #[test]
    fn growth_beside_a_few_steps_is_judged_by_itself() {
        assert_eq!(rarer_lumps(&steps_at([0.1, 0.15, 0.3].into_iter(), 5e4)), None);
        assert_eq!(rarer_lumps(&steps_at(std::iter::empty(), 800.0)), None);
    }
}
