//! Assertions for anybody's tests. Each has a form that answers a `Result` and one that panics.
//!
//! They count what the calling thread does, so that tests that run beside each other do not disturb
//! each other. What other threads allocate for the code under test is not seen here: use
//! [`subject`](crate::subject) with [`Scope::Process`](crate::Scope::Process).

use crate::allocator::{Frame, culprit, installed, peak_within, thread_counts};
use crate::guard::{GuardError, no_alloc};
use crate::statistics::{Series, theil_sen};
use crate::verdict::{FEWEST_SAMPLES, InconclusiveReason, Judgement, Verdict, judge_counted};

/// Why an assertion does not hold, or cannot be trusted to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing was counted.
    #[error("the counting allocator is not installed")]
    NotInstalled,
    /// It allocated.
    #[error(
        "repetition {repetition} asked for memory {requests} times ({bytes} bytes), first in {}",
        culprit(stack).map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
    )]
    Allocates {
        /// Which repetition after the warm-up, from 0.
        repetition: u64,
        /// Allocations and reallocations in it.
        requests: u64,
        /// Bytes asked for in it.
        bytes: u64,
        /// Call stack of the first request, innermost first.
        stack: Vec<Frame>,
    },
    /// It grows on.
    #[error("it grows on: {0}")]
    Grows(Verdict),
    /// It held more than it may.
    #[error("it held {peak} bytes at a time, and may hold {cap}")]
    OverCap {
        /// The most that was held, in bytes.
        peak: u64,
        /// What may be held, in bytes.
        cap: u64,
    },
    /// It grows faster than in proportion to `n`.
    #[error("its memory grows with n to the power of {exponent:.2}; {allowed:.2} is allowed")]
    MoreThanLinear {
        /// Exponent measured.
        exponent: f64,
        /// Exponent allowed: 1 and what capacities that double may add over these sizes.
        allowed: f64,
    },
    /// The run was too short to be trusted.
    #[error("too short to be trusted: {got} repetitions or sizes, of at least {needed}")]
    TooShort {
        /// How many there were.
        got: u64,
        /// How many would do.
        needed: u64,
    },
    /// The run did not settle the question.
    #[error("undecided: {doubt}; {settled_by:.0} repetitions would settle it")]
    Undecided {
        /// Why.
        doubt: InconclusiveReason,
        /// Repetitions that would be enough.
        settled_by: f64,
    },
    /// Sizes lie too close together to tell linear growth from faster.
    #[error("the largest size is {ratio:.1} times the smallest, of at least {SPREAD}")]
    TooNarrow {
        /// Largest size by smallest.
        ratio: f64,
    },
    /// Nothing was allocated, so nothing was tried.
    #[error("too still to be trusted: nothing was allocated in the whole run")]
    TooStill,
}

/// Least ratio of the largest size to the smallest in [`grows_at_most_linearly`].
const SPREAD: f64 = 8.0;

/// Nothing allocates in `work`, repeated `times` after `warm_up` repetitions that may. `work` is told
/// the number of the repetition.
///
/// # Errors
/// [`Failure::Allocates`] for the first repetition that does, [`Failure::TooShort`] for none.
pub fn nothing_allocates(
    warm_up: u64,
    times: u64,
    mut work: impl FnMut(u64),
) -> Result<(), Failure> {
    (0..warm_up).for_each(&mut work);
    if times == 0 {
        return Err(Failure::TooShort { got: 0, needed: 1 });
    }
    for repetition in 0..times {
        match no_alloc(|| work(warm_up + repetition)) {
            Ok(()) => {}
            Err(GuardError::NotInstalled) => return Err(Failure::NotInstalled),
            Err(GuardError::Allocated(seen)) => {
                let (requests, bytes, stack) = (seen.requests, seen.bytes, seen.stack);
                return Err(Failure::Allocates { repetition, requests, bytes, stack });
            }
        }
    }
    Ok(())
}

/// What `work` holds reaches a plateau within `times` repetitions. Live bytes are sampled after each,
/// or after every so many where there are more than 10 000.
///
/// # Errors
/// [`Failure::Grows`] for a leak, [`Failure::Undecided`] where the run does not say,
/// [`Failure::TooShort`] below 20 repetitions, [`Failure::TooStill`] where nothing was allocated.
pub fn plateaus(times: u64, mut work: impl FnMut(u64)) -> Result<Judgement, Failure> {
    let needed = FEWEST_SAMPLES as u64;
    check(times, needed)?;
    let every = times.div_ceil(10_000);
    let mut series = Series::with_capacity((times / every) as usize + 2);
    let before = thread_counts();
    series.push(0.0, 0.0);
    for repetition in 1..=times {
        work(repetition - 1);
        if repetition % every == 0 {
            series.push(repetition as f64, thread_counts().since(&before).live_bytes() as f64);
        }
    }
    if thread_counts().since(&before).requests() == 0 {
        return Err(Failure::TooStill);
    }
    let judgement = judge_counted(&series);
    match judgement.verdict {
        Verdict::Leak { .. } => Err(Failure::Grows(judgement.verdict)),
        Verdict::Inconclusive { doubt, settled_by } => {
            Err(Failure::Undecided { doubt, settled_by })
        }
        _ => Ok(judgement),
    }
}

/// `work` never holds more than `cap` bytes above what its thread held before. Answers its result and
/// the most that it held.
///
/// # Errors
/// [`Failure::OverCap`], or [`Failure::TooStill`] where nothing was allocated.
pub fn stays_under<T>(cap: u64, work: impl FnOnce() -> T) -> Result<(T, u64), Failure> {
    check(1, 1)?;
    let before = thread_counts();
    let (result, peak) = peak_within(work);
    if peak > cap {
        return Err(Failure::OverCap { peak, cap });
    }
    if thread_counts().since(&before).requests() == 0 {
        return Err(Failure::TooStill);
    }
    Ok((result, peak))
}

/// The most that `work(n)` holds grows at most in proportion to `n`. Answers the exponent measured:
/// the Theil-Sen slope of the logarithm of the peak over that of `n`. Capacities that are rounded up
/// to powers of two move a peak by up to a factor of two, which is allowed for: 1 and one by the
/// number of doublings from the smallest size to the largest. Growth like `n log n` passes.
///
/// # Errors
/// [`Failure::MoreThanLinear`]; [`Failure::TooShort`] below four different sizes,
/// [`Failure::TooNarrow`] where they span less than a factor of eight, [`Failure::TooStill`] where a
/// size allocated nothing.
pub fn grows_at_most_linearly<T>(
    sizes: &[u64],
    mut work: impl FnMut(u64) -> T,
) -> Result<f64, Failure> {
    let mut sizes: Vec<u64> = sizes.iter().copied().filter(|&n| n > 0).collect();
    sizes.sort_unstable();
    sizes.dedup();
    check(sizes.len() as u64, 4)?;
    let ratio = sizes[sizes.len() - 1] as f64 / sizes[0] as f64;
    if ratio < SPREAD {
        return Err(Failure::TooNarrow { ratio });
    }
    let mut logarithms = Series::with_capacity(sizes.len());
    for &n in &sizes {
        let ((), peak) = peak_within(|| drop(work(n)));
        if peak == 0 {
            return Err(Failure::TooStill);
        }
        logarithms.push((n as f64).ln(), (peak as f64).ln());
    }
    let exponent = theil_sen(&logarithms);
    let allowed = 1.0 + 1.0 / ratio.log2();
    if exponent > allowed {
        Err(Failure::MoreThanLinear { exponent, allowed })
    } else {
        Ok(exponent)
    }
}

fn check(got: u64, needed: u64) -> Result<(), Failure> {
    if !installed() {
        Err(Failure::NotInstalled)
    } else if got < needed {
        Err(Failure::TooShort { got, needed })
    } else {
        Ok(())
    }
}

#[track_caller]
fn hold<T>(result: Result<T, Failure>) -> T {
    match result {
        Ok(value) => value,
        Err(failure) => panic!("{failure}"),
    }
}

/// As [`nothing_allocates`].
///
/// # Panics
/// Where it answers an error.
#[track_caller]
pub fn assert_nothing_allocates(warm_up: u64, times: u64, work: impl FnMut(u64)) {
    hold(nothing_allocates(warm_up, times, work));
}

/// As [`plateaus`].
///
/// # Panics
/// Where it answers an error.
#[track_caller]
pub fn assert_plateaus(times: u64, work: impl FnMut(u64)) -> Judgement {
    hold(plateaus(times, work))
}

/// As [`stays_under`]. Answers the result of `work`.
///
/// # Panics
/// Where it answers an error.
#[track_caller]
pub fn assert_stays_under<T>(cap: u64, work: impl FnOnce() -> T) -> T {
    hold(stays_under(cap, work)).0
}

/// As [`grows_at_most_linearly`].
///
/// # Panics
/// Where it answers an error.
#[track_caller]
pub fn assert_grows_at_most_linearly<T>(sizes: &[u64], work: impl FnMut(u64) -> T) -> f64 {
    hold(grows_at_most_linearly(sizes, work))
}
