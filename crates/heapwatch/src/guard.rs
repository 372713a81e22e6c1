//! A closed section in which allocating fails.

use crate::allocator::{Frame, culprit, installed, thread_counters};

/// Memory was asked for where it is forbidden.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "memory was asked for {requests} times ({bytes} bytes) where that is forbidden, first in {}",
    culprit(stack).map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
)]
pub struct Allocated {
    /// Allocations and reallocations.
    pub requests: u64,
    /// Bytes asked for.
    pub bytes: u64,
    /// The call stack of the first request, innermost first.
    pub stack: Vec<Frame>,
}

/// Why a closed section is not known to have kept from allocating.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// It asked for memory.
    #[error(transparent)]
    Allocated(#[from] Allocated),
    /// Nothing was counted, so nothing is known.
    #[error("the counting allocator is not installed")]
    NotInstalled,
}

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
    Err(Allocated { requests: seen.requests, bytes: seen.bytes, stack }.into())
}

/// Runs `work` with allocating permitted, inside a section of [`no_alloc`].
pub fn permit_alloc<T>(work: impl FnOnce() -> T) -> T {
    thread_counters::permitting(work)
}

/// The probe of [`installed`] allocates, which an outer section is not to be blamed for.
fn installed_unseen() -> bool {
    permit_alloc(installed)
}
