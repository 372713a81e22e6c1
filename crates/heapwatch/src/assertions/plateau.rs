//! Whether what some work holds reaches a plateau, counted by origin.

use super::failure::{Failure, check, hold};
use crate::allocator::{Group, Origin, SiteLimits, SiteRecorder, within};
use crate::statistics::Series;
use crate::verdict::{FEWEST_SAMPLES, Judgement, Verdict, judge_counted};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

/// The most samples that are taken.
const SAMPLES: u64 = 10_000;

/// Threads of others that exchanged a block at least once in so many steps belong to the work.
const STEPS_A_CROSSING: u64 = 100;

/// Call sites are recorded from here on, as a part of the run, where memory grew in the half before it: a
/// buffer that doubles does so once in each.
const SUSPECTED: f64 = 0.4;

/// From here on, growth names the site: what is held for a while only has come to its level.
const MARKED: f64 = 0.7;

/// How many times a millisecond is waited at most for what other threads free late.
const WAITS: u32 = 200;

/// What `work` holds reaches a plateau within `times` repetitions: what the calling thread and the threads
/// that it started, before or meanwhile, allocate and what is not freed, by whichever thread. Live bytes are
/// sampled after each repetition, or after every so many where there are more than 10 000. `work` is told the
/// number of the repetition.
///
/// Where several threads take part, what one of them frees late is no growth: what the bytes never again fall below
/// is judged.
///
/// Which thread started which is known on Linux, where every thread has a timer slack of its own, within a
/// microsecond of the process's. What a thread keeps that somebody else started counts where it exchanges
/// memory with the work at least once in a hundred steps, or where nobody knows who started it, and cannot be
/// told from theirs.
///
/// # Errors
/// [`Failure::Grows`] for a leak, with its rate in bytes a step and, where it grew in the last part of the run,
/// its call site. [`Failure::Undecided`] where the run does not say, [`Failure::OtherThreads`] where it cannot be
/// told whose memory grows, [`Failure::TooShort`] below 20 repetitions, [`Failure::TooStill`] where nothing was
/// allocated, [`Failure::TooManyAtOnce`] where 64 others are counted.
pub fn plateaus(times: u64, mut work: impl FnMut(u64)) -> Result<Judgement, Failure> {
    let mut run = Run::begin(times)?;
    for repetition in 1..=times {
        work(repetition - 1);
        run.done(repetition);
    }
    run.judge()
}

/// As [`plateaus`], for work that waits, under whichever executor. Beside the thread on which it begins and
/// those that this one started, every thread counts that polls it, while it does. Two of them are not to take
/// turns on one thread. The closure may borrow; what it returns can be sent to other threads only where it
/// borrows nothing.
///
/// # Errors
/// As [`plateaus`].
///
/// ```
/// # #[global_allocator]
/// # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
/// # use std::task::{Context, Poll, Waker};
/// # fn block_on<T>(future: impl Future<Output = T>) -> T {
/// #     let mut future = std::pin::pin!(future);
/// #     loop {
/// #         if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
/// #             return done;
/// #         }
/// #     }
/// # }
/// let mut recent = std::collections::VecDeque::new();
/// block_on(async {
///     heapwatch::assert_plateaus_async(1000, async |i| {
///         recent.push_back(std::future::ready(i).await);
///         recent.truncate(50);
///     })
///     .await;
/// });
/// ```
pub async fn plateaus_async(
    times: u64,
    mut work: impl AsyncFnMut(u64),
) -> Result<Judgement, Failure> {
    let mut run = Run::begin(times)?;
    for repetition in 1..=times {
        Within { group: run.origin.group(), work: pin!(work(repetition - 1)) }.await;
        run.done(repetition);
    }
    run.judge()
}

/// As [`plateaus`].
///
/// # Panics
/// Where it returns an error; its message names rate and call site. Where the environment variable
/// [`FAILURES`](super::FAILURES) names a file, a line of JSON is appended to it.
#[track_caller]
pub fn assert_plateaus(times: u64, work: impl FnMut(u64)) -> Judgement {
    hold(plateaus(times, work))
}

/// As [`plateaus_async`].
///
/// # Panics
/// As [`assert_plateaus`].
pub async fn assert_plateaus_async(times: u64, work: impl AsyncFnMut(u64)) -> Judgement {
    hold(plateaus_async(times, work).await)
}

/// A future whose polls belong to a group of threads.
struct Within<'a, F> {
    group: Group,
    work: Pin<&'a mut F>,
}

impl<F: Future> Future for Within<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        within(self.group, || self.work.as_mut().poll(context))
    }
}

struct Run {
    origin: Origin,
    times: u64,
    every: u64,
    own: Series,
    beside: Series,
    recorder: Option<SiteRecorder>,
    /// Live bytes half-way to where call sites may be recorded.
    early: i64,
}

impl Run {
    fn begin(times: u64) -> Result<Self, Failure> {
        check(times, FEWEST_SAMPLES as u64)?;
        let every = times.div_ceil(SAMPLES);
        // Room for all samples beforehand: what is counted is the work alone.
        let samples = (times / every) as usize + 2;
        let (mut own, mut beside) =
            (Series::with_capacity(samples), Series::with_capacity(samples));
        own.push(0.0, 0.0);
        beside.push(0.0, 0.0);
        let origin = Origin::begin().ok_or(Failure::TooManyAtOnce)?;
        Ok(Self { origin, times, every, own, beside, recorder: None, early: 0 })
    }

    fn done(&mut self, repetition: u64) {
        let from = (SUSPECTED * self.times as f64) as u64;
        if repetition == from / 2 {
            self.early = self.origin.live_bytes();
        } else if repetition == from && self.origin.live_bytes() > self.early {
            let limits = SiteLimits::default();
            // Without one, the leak has no name.
            self.recorder = SiteRecorder::of_group(self.origin.group(), limits).ok();
        } else if repetition == (MARKED * self.times as f64) as u64
            && let Some(recorder) = &self.recorder
        {
            recorder.mark();
        }
        if repetition.is_multiple_of(self.every) {
            let at = repetition as f64;
            self.own.push(at, self.origin.live_bytes() as f64);
            let often = (self.times / STEPS_A_CROSSING).max(3);
            let beside = self.origin.beside(u32::try_from(often).unwrap_or(u32::MAX));
            self.beside.push(at, beside as f64);
        }
    }

    /// Gives a thread that was kept waiting the time to free what it holds, and takes a last sample.
    fn wait_for_late_frees(&mut self) {
        let (at, bytes) = (self.own.at(), self.own.bytes());
        let last = at.last().copied().unwrap_or(0.0);
        let level = bytes[bytes.len() / 2..].iter().copied().fold(f64::INFINITY, f64::min);
        for _ in 0..WAITS {
            if self.origin.live_bytes() as f64 <= level {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.own.push(last + self.every as f64, self.origin.live_bytes() as f64);
    }

    fn judge(mut self) -> Result<Judgement, Failure> {
        let (requests, others) = (self.origin.requests(), self.origin.others());
        let several = self.origin.has_others();
        // Before a site is named: what names take is this thread's too, and no growth.
        if several {
            self.wait_for_late_frees();
        }
        let site = self.recorder.take().and_then(|recorder| {
            recorder.growing_most(1).pop().or_else(|| recorder.holding_most(1).pop())
        });
        drop(self.origin);
        if requests == 0 {
            return Err(Failure::TooStill);
        }
        let judgement = if several { judge_late(&self.own) } else { judge_counted(&self.own) };
        match judgement.verdict {
            Verdict::Leak { .. } => return Err(Failure::Grows(judgement.verdict.with_site(site))),
            Verdict::Inconclusive { doubt, settled_by } => {
                return Err(Failure::Undecided { doubt, settled_by });
            }
            _ => {}
        }
        let beside = judge_late(&self.beside);
        if beside.verdict.is_innocent() {
            return Ok(judgement);
        }
        let rate = self.beside.bytes().last().copied().unwrap_or(0.0) / self.times as f64;
        if rate > 0.0 {
            Err(Failure::OtherThreads { threads: others, rate })
        } else {
            Ok(judgement)
        }
    }
}

/// Judges bytes that several threads allocate and free: what one frees late, because it was kept waiting, stands
/// in the samples meanwhile. What the series never again falls below is free of that.
fn judge_late(series: &Series) -> Judgement {
    let mut least = f64::INFINITY;
    let mut floor: Vec<(f64, f64)> = Vec::with_capacity(series.len());
    for (&at, &bytes) in series.at().iter().zip(series.bytes()).rev() {
        least = least.min(bytes);
        floor.push((at, least));
    }
    let floor: Series = floor.into_iter().rev().collect();
    let judgement = judge_counted(&floor);
    if !matches!(judgement.verdict, Verdict::Inconclusive { .. }) {
        return judgement;
    }
    // What is in flight between threads, at most, is no growth either.
    let in_flight = series.bytes().iter().zip(floor.bytes()).map(|(bytes, floor)| bytes - floor);
    let in_flight = in_flight.fold(0.0, f64::max);
    let early = floor.bytes()[floor.len() / 4];
    if floor.peak() - early > 2.0 * in_flight {
        return judgement;
    }
    judge_counted(
        &floor.at().iter().zip(floor.bytes()).map(|(&at, &bytes)| (at, bytes.min(early))).collect(),
    )
}
