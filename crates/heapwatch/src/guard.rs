//! A closed section in which allocating fails.

use crate::allocator::{Frame, installed, place, thread_counters};
use std::fmt;

/// Memory was asked for where it is forbidden.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allocated {
    /// Allocations and reallocations.
    pub requests: u64,
    /// Bytes asked for.
    pub bytes: u64,
    /// The call stack of the first request, innermost first.
    pub stack: Vec<Frame>,
}

impl fmt::Display for Allocated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, bytes, stack } = self;
        let place = place(stack);
        write!(
            f,
            "memory was asked for {requests} times ({bytes} bytes) where that is forbidden, first in {place}"
        )
    }
}

impl std::error::Error for Allocated {}

/// Why a closed section is not known to have kept from allocating.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardError {
    /// It asked for memory.
    Allocated(Allocated),
    /// Nothing was counted, so nothing is known.
    NotInstalled,
}

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allocated(allocated) => allocated.fmt(f),
            Self::NotInstalled => f.write_str("the counting allocator is not installed"),
        }
    }
}

impl std::error::Error for GuardError {}

/// Runs `work`, in which the calling thread must not allocate; freeing is allowed. Works in every
/// build profile. Sections nest; what an inner one saw, the outer one saw too. A section in
/// [`permit_alloc`] is exempt.
///
/// # Errors
/// Where memory was asked for: how often, how much, and from where first.
///
/// ```
/// # #[global_allocator]
/// # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
/// let mut ring = [0.0; 8];
/// assert!(heapwatch::no_alloc(|| ring[0] = 1.0).is_ok());
/// assert!(heapwatch::no_alloc(|| Box::new(1)).is_err());
/// ```
pub fn no_alloc<T>(work: impl FnOnce() -> T) -> Result<T, GuardError> {
    if !installed_unseen() {
        return Err(GuardError::NotInstalled);
    }
    let (result, seen) = thread_counters::forbidding(work);
    if seen.requests == 0 {
        return Ok(result);
    }
    let stack = permit_alloc(|| seen.first.resolve());
    let (requests, bytes) = (seen.requests, seen.bytes);
    Err(GuardError::Allocated(Allocated { requests, bytes, stack }))
}

/// Runs `work` with allocating permitted, inside a section of [`no_alloc`].
pub fn permit_alloc<T>(work: impl FnOnce() -> T) -> T {
    thread_counters::permitting(work)
}

/// The probe of [`installed`] allocates, which an outer section is not to be blamed for.
fn installed_unseen() -> bool {
    permit_alloc(installed)
}
