//! The counting allocator and what can be asked of it.
//!
//! The counts belong to the process, not to the allocator's value: install one.

mod counts;
mod follow;
mod frames;
mod global;
mod group;
mod lineage;
mod origin;
mod phase;
mod site;
mod slots;
pub(crate) mod thread_counters;
mod trace;

pub use counts::Counts;
pub use frames::Frame;
pub(crate) use frames::{culprit, place};
pub(crate) use group::{GROUPS, Group};
pub(crate) use origin::{Origin, within};
pub use phase::{OTHER_PHASES, PHASES, Phase, PhaseCounts, phase, phase_counts, phases};
pub use site::{RECORDERS, RecordError, Site, SiteLimits, SiteRecorder};
pub use thread_counters::GRAIN;

use std::alloc::System;

/// An allocator that counts what passes through it to `A`.
///
/// ```
/// #[global_allocator]
/// static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
///
/// let before = heapwatch::thread_counts();
/// let numbers = vec![0_u8; 1000];
/// assert_eq!(heapwatch::thread_counts().since(&before).live_bytes(), 1000);
/// drop(numbers);
/// assert_eq!(heapwatch::thread_counts().since(&before).live_bytes(), 0);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator<A = System> {
    inner: A,
}

impl CountingAllocator<System> {
    /// Counts what the system's allocator gives.
    pub const fn new() -> Self {
        Self { inner: System }
    }
}

impl<A> CountingAllocator<A> {
    /// Counts what another allocator gives.
    pub const fn over(inner: A) -> Self {
        Self { inner }
    }
}

/// Whether a [`CountingAllocator`] is this program's global allocator: makes an allocation and looks.
pub fn installed() -> bool {
    let before = thread_counts();
    drop(std::hint::black_box(Box::new(std::hint::black_box(0_u8))));
    thread_counts().since(&before).allocations > 0
}

/// Counts of the whole process, threads that have ended included. Exact where no other thread is
/// allocating at this moment.
pub fn process_counts() -> Counts {
    slots::sum()
}

/// Counts of the calling thread since it began. What it frees is counted here, whoever allocated it.
pub fn thread_counts() -> Counts {
    thread_counters::thread_counts()
}

/// The most bytes that the process held at a time, since it began or since [`reset_peak`]. Exact
/// while one thread allocates; else within [`GRAIN`] bytes for each further thread that lives.
pub fn peak_bytes() -> u64 {
    thread_counters::process_peak().max(0) as u64
}

/// Lets [`peak_bytes`] begin again at what the process holds now.
pub fn reset_peak() {
    thread_counters::reset_process_peak();
}

/// Runs `work` and returns its result with the most bytes that the calling thread held in it, above
/// what it held before.
pub fn peak_within<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let (outer, before) = thread_counters::thread_peak();
    thread_counters::set_thread_peak(before);
    let result = work();
    let (peak, _) = thread_counters::thread_peak();
    thread_counters::set_thread_peak(outer.max(peak));
    (result, peak.wrapping_sub(before).max(0) as u64)
}
