//! Growth that comes in lumps: imports, tables and pools that are made one by one as a program warms up. Each lump looks
//! like a step of a leak, and some dozens of them, ever rarer, like its steps at random times. So lumps are growth that
//! goes on only where they come as evenly as chance would not have them, or where there are so many that they are known
//! not to become rarer; or where what lies beside them grows by itself.

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
/// What falls by this at least wanders where it falls like that about the rate at which it grows.
const FEW_FALLS: f64 = 0.05;
/// The same by the parts that are looked at.
const FALLS: f64 = 0.3;
/// By how many times the usual move a lump is above it.
const ABOVE: f64 = 4.0;
/// Lumps make at least this part of the growth.
const PART: f64 = 0.5;
/// What grows beside lumps matters from this part of the growth on: smaller lumps and noise are taken for it too.
const MATERIAL: f64 = 0.1;
/// The probability that lumps at random times are as even, at most.
const CHANCE: f64 = 1e-4;
/// Lumps are told one by one where they are so many parts apart on average.
const APART: usize = 2;
/// Lumps that become rarer do so exponentially, over this part of the time watched.
const FADING: f64 = 0.5;
/// How many standard deviations the middle of these lumps is later than that, at least: of their number, in which one
/// counts for no more than so many usual ones; and of what they weigh, since lumps that become smaller slow down too.
const DEVIATIONS: f64 = 4.0;
const USUAL: f64 = 2.0;
const WEIGHED_DEVIATIONS: f64 = 3.0;

/// How many lumps there were, where they make most of the growth and may become ever rarer, of a steady state at the end
/// of so much time watched.
pub(super) fn rarer_lumps(steady: &Series, watched: f64) -> Option<usize> {
    let fading = Fading::over(steady.span() / (FADING * watched));
    let levels = PARTS.map(|parts| levels(steady, parts));
    let [fine, .., few] = &levels;
    let falls = falling(fine, 0.0);
    let grown = fine.bytes().last()? - fine.bytes().first()?;
    // Steps up and down beside growth: about it they fall as they rise, and some fall by more than it grows.
    let beside_growth = falls > FEW_FALLS && falling(fine, grown / fine.span()) > WANDERS;
    if falls > WANDERS || beside_growth {
        return None;
    }
    // Told one by one in the finest parts in which noise lets them: coarser ones put more of them together.
    let told = levels.iter().filter(|levels| falling(levels, 0.0) <= FALLS).find_map(|levels| {
        let lumps = Lumps::of(levels)?;
        (lumps.whole() >= PART * lumps.growth).then_some(lumps)
    });
    let by_variance = || (falling(few, 0.0) <= FALLS).then(|| uneven(few, fading)).flatten();
    match told {
        Some(lumps) if lumps.are_even() => None,
        Some(lumps) if lumps.may_become_rarer(steady, fading) => {
            // So many that they fall together: their variance may know more.
            let rises = lumps.each.len();
            (lumps.are_apart() || by_variance().is_some()).then_some(rises)
        }
        Some(_) => None,
        None => by_variance(),
    }
}

/// What grows beside lumps that stand out, where that is a part of the growth that matters: the series without them.
pub(super) fn beside_lumps(steady: &Series) -> Option<Series> {
    let Lumps { growth, beside, .. } = Lumps::of(&levels(steady, PARTS[0]))?;
    (beside.bytes().last()? - beside.bytes().first()? >= MATERIAL * growth).then_some(beside)
}

/// How much of what moves falls, by the squares of the moves, beside growth at `rate`.
fn falling(parts: &Series, rate: f64) -> f64 {
    let (mut falls, mut rises) = (0.0, 0.0);
    for step in moves(parts).map(|step| step.bytes - rate * step.time) {
        *if step < 0.0 { &mut falls } else { &mut rises } += step * step;
    }
    falls / f64::max(rises, f64::MIN_POSITIVE)
}

/// The rate about which most moves lie: the middle of the shortest interval that holds half of them.
fn commonest_rate(parts: &Series) -> f64 {
    let mut rates: Vec<f64> = moves(parts).map(|step| step.bytes / step.time).collect();
    rates.sort_by(f64::total_cmp);
    let half = rates.len() / 2 + 1;
    let halves = rates.windows(half.min(rates.len().max(1)));
    let width = |half: &[f64]| half[half.len() - 1] - half[0];
    let shortest = halves.min_by(|a, b| width(a).total_cmp(&width(b)));
    shortest.map_or(0.0, |half| half.iter().sum::<f64>() / half.len() as f64)
}

/// Where lumps lie that become rarer, as parts of the time over which they are seen: their mean and their standard deviation.
#[derive(Debug, Clone, Copy)]
struct Fading {
    middle: f64,
    scatter: f64,
}

impl Fading {
    /// Seen over so many times as they take to become rarer by a factor of e: with a density `exp(-s x)` the mean is
    /// `1/s - 1/(e^s - 1)`, and the variance `1/s^2 - e^s/(e^s - 1)^2`.
    fn over(s: f64) -> Self {
        let less = s.exp_m1();
        let variance = 1.0 / (s * s) - s.exp() / (less * less);
        Self { middle: 1.0 / s - 1.0 / less, scatter: variance.sqrt() }
    }
}

/// From one level to the next.
#[derive(Debug, Clone, Copy)]
struct Move {
    at: f64,
    time: f64,
    bytes: f64,
}

fn moves(parts: &Series) -> impl Iterator<Item = Move> {
    let (at, bytes) = (parts.at(), parts.bytes());
    (1..bytes.len())
        .map(|i| Move {
            at: f64::midpoint(at[i], at[i - 1]),
            time: at[i] - at[i - 1],
            bytes: bytes[i] - bytes[i - 1],
        })
        .filter(|step| step.time > 0.0)
}

/// Lumps that stand out of the other moves.
#[derive(Debug)]
struct Lumps {
    /// When, and how large.
    each: Vec<(f64, f64)>,
    /// By how much all of it grew.
    growth: f64,
    /// The series without them.
    beside: Series,
}

impl Lumps {
    fn of(parts: &Series) -> Option<Self> {
        let growth = parts.bytes().last()? - parts.bytes().first()?;
        let usual = commonest_rate(parts);
        let above = |step: &Move| step.bytes - usual * step.time;
        // Noise is as large above the usual move as below it; lumps are above it alone.
        let (mut below, mut count) = (0.0, 0_u32);
        for less in moves(parts).map(|step| above(&step)).filter(|&above| above < 0.0) {
            (below, count) = (below + less * less, count + 1);
        }
        let least = LEAST.max(ABOVE * (below / f64::from(count.max(1))).sqrt());
        let (mut each, mut level) = (Vec::new(), 0.0);
        let first = (parts.at()[0], 0.0);
        let beside = moves(parts).map(|step| {
            if above(&step) >= least {
                each.push((step.at, above(&step)));
            } else {
                level += step.bytes;
            }
            (step.at + 0.5 * step.time, level)
        });
        let beside = std::iter::once(first).chain(beside).collect();
        (!each.is_empty()).then_some(Self { each, growth, beside })
    }

    fn whole(&self) -> f64 {
        self.each.iter().map(|lump| lump.1).sum()
    }

    /// Whether they are so few that hardly any fall together.
    fn are_apart(&self) -> bool {
        self.each.len() * APART <= self.beside.len()
    }

    /// Whether they are known to come evenly. Of many, waits are no shorter than a part, and so even by themselves.
    fn are_even(&self) -> bool {
        self.are_apart() && self.each.len() >= FEWEST_RISES && evenness(&self.each) <= CHANCE
    }

    /// Whether the middle of these lumps is not known to be later than that of lumps that become rarer.
    fn may_become_rarer(&self, steady: &Series, fading: Fading) -> bool {
        let usual = median(&mut self.each.iter().map(|lump| lump.1).collect::<Vec<_>>());
        self.later_by(steady, fading, |size| size.min(USUAL * usual)) <= DEVIATIONS
            || self.later_by(steady, fading, |size| size) <= WEIGHED_DEVIATIONS
    }

    /// By how many standard deviations the middle of these lumps, by the weights of their sizes, is later than that of
    /// lumps that become rarer.
    fn later_by(&self, steady: &Series, fading: Fading, weight: impl Fn(f64) -> f64) -> f64 {
        let first = steady.at().first().copied().unwrap_or(0.0);
        let (mut whole, mut squares, mut middle) = (0.0, 0.0, 0.0);
        for &(at, size) in &self.each {
            let weight = weight(size);
            whole += weight;
            squares += weight * weight;
            middle += weight * (at - first) / steady.span();
        }
        // As many lumps of one size would be as uncertain.
        let alike = whole * whole / squares;
        (middle / whole - fading.middle) / (fading.scatter / alike.sqrt())
    }
}

/// The same of growth whose lumps lie too close together, or in too much noise, to be told one by one: how many alike and
/// independent ones would make moves as uneven as these. Noise about a level is not counted: each of its moves is undone
/// by the next one.
fn uneven(parts: &Series, fading: Fading) -> Option<usize> {
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
    (middle - DEVIATIONS / (12.0 * alike).sqrt() <= fading.middle).then_some(alike as usize)
}

/// The median of each of the parts, of two values in the middle the lower: that between them would be half of a step.
fn levels(series: &Series, parts: usize) -> Series {
    let n = series.len();
    let parts = parts.min(n);
    (0..parts)
        .map(|part| {
            let (from, to) = (part * n / parts, (part + 1) * n / parts);
            let at = f64::midpoint(series.at()[from], series.at()[to - 1]);
            let mut bytes = series.bytes()[from..to].to_vec();
            let middle = (bytes.len() - 1) / 2;
            (at, *bytes.select_nth_unstable_by(middle, f64::total_cmp).1)
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
            let found = rarer_lumps(&steps_at(scattered(count).map(rarer), 0.0), 60.0);
            assert!(found.is_some(), "{count} ever rarer");
        }
        for count in [8, 12, 20, 40] {
            let even = (0..count).map(|i| (f64::from(i) + 0.5) / f64::from(count));
            assert_eq!(rarer_lumps(&steps_at(even, 0.0), 60.0), None, "{count} even ones");
        }
        assert_eq!(rarer_lumps(&steps_at(scattered(400), 0.0), 60.0), None, "four hundred");
    }

    #[test]
    fn growth_beside_a_few_steps_is_judged_by_itself() {
        assert_eq!(rarer_lumps(&steps_at([0.1, 0.15, 0.3].into_iter(), 5e4), 60.0), None);
        assert_eq!(rarer_lumps(&steps_at(std::iter::empty(), 800.0), 60.0), None);
    }

    /// Uniform numbers, ever the same ones.
    fn uniform(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    /// A minute of lumps of 100 kB on average, alike or of exponential sizes, at times that become rarer or do not.
    fn drawn(seed: u64, count: u32, alike: bool, rarer: bool) -> Series {
        let mut next = uniform(seed);
        let lumps: Vec<(f64, f64)> = (0..count)
            .map(|_| {
                let (part, size) = (next(), next());
                let time = if rarer { -0.5 * ((-2_f64).exp_m1() * part).ln_1p() } else { part };
                (60.0 * time, if alike { 1e5 } else { -1e5 * (-size).ln_1p() })
            })
            .collect();
        let level =
            |t: f64| lumps.iter().filter(|lump| lump.0 <= t).map(|lump| lump.1).sum::<f64>();
        let at = (0..600).map(|i| f64::from(i) / 10.0);
        at.map(|t| (t, 4096.0 * (level(t) / 4096.0).floor())).collect()
    }

    #[test]
    fn lumps_that_become_rarer_are_hardly_ever_taken_for_a_leak_and_hundreds_that_do_not_are() {
        for alike in [true, false] {
            for count in [8, 12, 20, 40, 80, 160, 320] {
                let cleared = (0..1000)
                    .filter(|&seed| rarer_lumps(&drawn(seed, count, alike, true), 60.0).is_none());
                let cleared = cleared.count();
                assert!(cleared <= 1, "{count} ever rarer, alike: {alike}: {cleared}");
            }
            for (count, least) in [(120, 700), (160, 850), (320, 850)] {
                let told = (0..1000)
                    .filter(|&seed| rarer_lumps(&drawn(seed, count, alike, false), 60.0).is_none());
                let told = told.count();
                assert!(told >= least, "{count} at any time, alike: {alike}: {told}");
            }
        }
    }
}
