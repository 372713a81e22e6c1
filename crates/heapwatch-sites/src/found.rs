//! What was found: a site with its verdict, and what leaks stack by stack.

use crate::record::Stack;
use heapwatch::statistics::{Interval, Slope, filling_rate};
use heapwatch::verdict::{Noise, doubles_alike, judge_counted, judge_sampled};
use heapwatch::{Frame, InconclusiveReason, Judgement, Series, Verdict};

/// How many standard deviations an interval of 99.9 % has to either side.
const DEVIATIONS: f64 = 3.29;
/// By how much the variance of a slope through a sum of independent steps exceeds that of its ends.
const OF_A_SLOPE: f64 = 1.2;

/// How a site was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Calls of `malloc`, sampled by bytes.
    Sampled,
    /// Every call of `malloc`.
    Whole,
    /// By `CPython`'s `tracemalloc`.
    Traced,
}

impl Counted {
    /// `sampled`, `whole` or `traced`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::Whole => "whole",
            Self::Traced => "traced",
        }
    }
}

/// A place in the code of a process.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSite {
    /// The process's number.
    pub pid: u32,
    /// The first frame of the stacks that is the program's own code; under `CPython`, whose frames have no names,
    /// the text of the line.
    pub place: Frame,
    /// The stack that holds most, innermost first.
    pub frames: Vec<Frame>,
    /// Live bytes over seconds.
    pub series: Series,
    /// Live blocks at the end; of a sampled site those that were sampled.
    pub blocks: u64,
    /// How it was counted.
    pub counted: Counted,
    /// The verdict, from the statistics that judge whole processes; its interval is widened for the sampling.
    pub judgement: Judgement,
    /// Every stack to this place with what it grew by in the steady state, in bytes; outermost first.
    pub stacks: Vec<(Vec<String>, f64)>,
}

/// A stack with what is known of it.
pub(crate) struct Seen {
    pub(crate) stack: Stack,
    pub(crate) series: Series,
    pub(crate) blocks: u64,
    pub(crate) variance: f64,
}

/// Puts stacks to one place together, and judges each place.
pub(crate) fn judge(pid: u32, counted: Counted, seen: Vec<Seen>, noise: &Noise) -> Vec<FoundSite> {
    let mut places: Vec<(Frame, Vec<Seen>)> = Vec::new();
    for one in seen {
        let Some(place) = one.stack.culprit().cloned() else { continue };
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, stacks)) => stacks.push(one),
            None => places.push((place, vec![one])),
        }
    }
    places
        .into_iter()
        .map(|(place, stacks)| of_place(pid, counted, place, &stacks, noise))
        .collect()
}

fn of_place(pid: u32, counted: Counted, place: Frame, stacks: &[Seen], noise: &Noise) -> FoundSite {
    let series = sum(stacks);
    let variance: f64 = stacks.iter().map(|stack| stack.variance).sum();
    let noise = &Noise { drawn: matches!(counted, Counted::Sampled), ..*noise };
    let judgement = widened(judge_site(&series, noise), &series, variance, noise);
    let from = series.at().get(judgement.steady_from).copied().unwrap_or(0.0);
    let grown = |stack: &Seen| {
        let (at, bytes) = (stack.series.at(), stack.series.bytes());
        let first = at.partition_point(|&at| at < from);
        let last = bytes.last().copied().unwrap_or(0.0);
        (last - bytes.get(first).copied().unwrap_or(last)).max(0.0)
    };
    let holding = |stack: &&Seen| stack.series.bytes().last().copied().unwrap_or(0.0);
    let most = stacks.iter().max_by(|a, b| holding(a).total_cmp(&holding(b)));
    FoundSite {
        pid,
        place,
        frames: most.map_or_else(Vec::new, |most| most.stack.frames.clone()),
        blocks: stacks.iter().map(|stack| stack.blocks).sum(),
        series,
        counted,
        judgement,
        stacks: stacks
            .iter()
            .map(|stack| {
                let names = stack.stack.frames.iter().rev().map(ToString::to_string);
                (names.collect(), grown(stack))
            })
            .collect(),
    }
}

/// A site is judged as sampled memory, but for a buffer that doubles: its blocks are large enough to be counted to the
/// byte, and whether it goes on is known from when it doubled, which noise would not let one see.
fn judge_site(series: &Series, noise: &Noise) -> Judgement {
    if !doubles_alike(series) {
        return judge_sampled(series, noise);
    }
    let judgement = judge_counted(series);
    let rate = filling_rate(series).unwrap_or_default();
    if !matches!(judgement.verdict, Verdict::Inconclusive { .. }) || rate <= 0.0 {
        return judgement;
    }
    // It may have stopped, or fill on as before.
    let interval = Interval { low: 0.0, high: rate };
    Judgement { growth: Slope { rate, interval }, ..judgement }
}

/// The sum of series, each of which holds its value until its next sample.
fn sum(stacks: &[Seen]) -> Series {
    let Some(longest) = stacks.iter().max_by_key(|stack| stack.series.len()) else {
        return Series::default();
    };
    let at_time = |series: &Series, time: f64| {
        let next = series.at().partition_point(|&at| at <= time);
        next.checked_sub(1).map_or(0.0, |last| series.bytes()[last])
    };
    let times = longest.series.at().iter();
    times
        .map(|&time| (time, stacks.iter().map(|stack| at_time(&stack.series, time)).sum()))
        .collect()
}

/// A judgement whose interval allows for what sampling leaves unknown.
fn widened(mut judgement: Judgement, series: &Series, variance: f64, noise: &Noise) -> Judgement {
    let steady = series.from_index(judgement.steady_from).span();
    if variance <= 0.0 || steady <= 0.0 {
        return judgement;
    }
    let by = DEVIATIONS * (OF_A_SLOPE * variance).sqrt() / steady;
    let widen = |interval: Interval| Interval { low: interval.low - by, high: interval.high + by };
    judgement.growth.interval = widen(judgement.growth.interval);
    if let Verdict::Leak { interval, .. } = &mut judgement.verdict {
        *interval = widen(*interval);
        let interval = *interval;
        if interval.low <= noise.floor {
            let longer = (interval.high / interval.low.max(noise.floor).max(1.0)).clamp(2.0, 20.0);
            judgement.verdict = Verdict::Inconclusive {
                doubt: InconclusiveReason::Rough { interval, floor: noise.floor },
                settled_by: longer * series.span(),
            };
        }
    }
    judgement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubling(until: f64, last: f64) -> Series {
        let capacity = |t: f64| 16.0 * 2_f64.powf((t.min(until) * 1e5).max(1.0).log2().ceil());
        let samples = (last * 10.0) as u32;
        (0..samples).map(|i| f64::from(i) / 10.0).map(|t| (t, capacity(t))).collect()
    }

    #[test]
    fn a_buffer_that_doubles_for_ever_is_a_leak_or_open_and_never_bounded() {
        // 100 000 entries of 16 bytes a second; it doubles after 10.5 s and 21 s.
        for last in [11.0, 12.0, 13.0, 16.0, 20.0, 22.0, 25.0] {
            let judgement = judge_site(&doubling(last, last), &Noise::default());
            let rate = judgement.growth.rate;
            assert!(!judgement.verdict.is_innocent(), "{last}: {}", judgement.verdict);
            assert!((rate - 1.6e6).abs() < 0.1e6, "{last}: {rate}");
        }
        let leak = judge_site(&doubling(25.0, 25.0), &Noise::default());
        assert!(leak.verdict.is_leak(), "{}", leak.verdict);
        // One that was full long ago is none.
        let full = judge_site(&doubling(5.0, 40.0), &Noise::default());
        assert!(full.verdict.is_innocent(), "{}", full.verdict);
    }
}
