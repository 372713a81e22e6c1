//! Assertions for anybody's tests. Each has a form that returns a `Result` and one that panics.
//!
//! [`plateaus`] counts by origin: what the calling thread and the threads that it started allocate,
//! wherever it is freed. The others count what the calling thread does. So tests that run beside each other
//! do not disturb each other.

mod failure;
mod plateau;

pub use failure::{FAILURES, Failure};
pub use plateau::{assert_plateaus, assert_plateaus_async, plateaus, plateaus_async};

use crate::allocator::{peak_within, thread_counts};
use crate::guard::{GuardError, no_alloc};
use crate::statistics::{Series, theil_sen};
use failure::{SPREAD, check, hold};

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

/// `work` never holds more than `cap` bytes above what its thread held before. Returns its result and
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

/// The most that `work(n)` holds grows at most in proportion to `n`. Returns the exponent measured:
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

/// As [`nothing_allocates`].
///
/// # Panics
/// Where it returns an error.
#[track_caller]
pub fn assert_nothing_allocates(warm_up: u64, times: u64, work: impl FnMut(u64)) {
    hold(nothing_allocates(warm_up, times, work));
}

/// As [`stays_under`]. Returns the result of `work`.
///
/// # Panics
/// Where it returns an error.
#[track_caller]
pub fn assert_stays_under<T>(cap: u64, work: impl FnOnce() -> T) -> T {
    hold(stays_under(cap, work)).0
}

/// As [`grows_at_most_linearly`].
///
/// # Panics
/// Where it returns an error.
#[track_caller]
pub fn assert_grows_at_most_linearly<T>(sizes: &[u64], work: impl FnMut(u64) -> T) -> f64 {
    hold(grows_at_most_linearly(sizes, work))
}
