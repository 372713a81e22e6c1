//! Counts by phase: what a thread did while a label was on it.
//!
//! A phase costs nothing while it runs: the thread's counts are read when a label comes and when it
//! goes, and the difference belongs to the label.

use super::counts::Counts;
use super::thread_counters;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// How many different labels are told apart; further ones are counted under [`OTHER_PHASES`].
pub const PHASES: usize = 64;

/// The label of all phases beyond the first [`PHASES`] - 1 different ones.
pub const OTHER_PHASES: &str = "(other phases)";

/// What was done under a label, by all threads that had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseCounts {
    /// The label.
    pub label: &'static str,
    /// Allocations and frees made under it, those of phases nested in it left out. What is freed in
    /// a phase may have been allocated in another.
    pub counts: Counts,
    /// The most that a thread held above what it held on entering, nested phases included, in bytes.
    pub peak_bytes: u64,
}

struct Total {
    label: OnceLock<&'static str>,
    allocations: AtomicU64,
    frees: AtomicU64,
    reallocations: AtomicU64,
    allocated_bytes: AtomicU64,
    freed_bytes: AtomicU64,
    peak: AtomicI64,
}

static TOTALS: [Total; PHASES] = [const {
    Total {
        label: OnceLock::new(),
        allocations: AtomicU64::new(0),
        frees: AtomicU64::new(0),
        reallocations: AtomicU64::new(0),
        allocated_bytes: AtomicU64::new(0),
        freed_bytes: AtomicU64::new(0),
        peak: AtomicI64::new(0),
    }
}; PHASES];

/// No label.
const NONE: usize = usize::MAX;

thread_local! {
    /// The label on this thread, and its counts when the label's present stretch began.
    static CURRENT: Cell<(usize, Counts)> = const { Cell::new((NONE, Counts::ZERO)) };
}

/// Puts a label on the calling thread until the answer is dropped; then the label before returns.
/// Guards are to be dropped in the reverse order of their making. Other threads are not labelled.
#[must_use = "the phase ends when the guard is dropped"]
pub fn phase(label: &'static str) -> Phase {
    let (outer, _) = settle();
    let (outer_peak, entered_at) = thread_counters::thread_peak();
    thread_counters::set_thread_peak(entered_at);
    let index = index_of(label);
    CURRENT.with(|current| current.set((index, thread_counters::thread_counts())));
    Phase { outer, index, outer_peak, entered_at, _not_send: PhantomData }
}

/// A label on the calling thread; see [`phase()`].
#[derive(Debug)]
pub struct Phase {
    outer: usize,
    index: usize,
    outer_peak: i64,
    entered_at: i64,
    _not_send: PhantomData<*const ()>,
}

impl Drop for Phase {
    fn drop(&mut self) {
        settle();
        let (peak, _) = thread_counters::thread_peak();
        if let Some(total) = TOTALS.get(self.index) {
            total.peak.fetch_max(peak.wrapping_sub(self.entered_at), Relaxed);
        }
        thread_counters::set_thread_peak(self.outer_peak.max(peak));
        CURRENT.with(|current| current.set((self.outer, thread_counters::thread_counts())));
    }
}

/// What was done under `label`, or nothing if no thread ever had it. Stretches that other threads
/// are in the middle of are not in it.
pub fn phase_counts(label: &str) -> Option<PhaseCounts> {
    settle();
    TOTALS.iter().find_map(|total| total.read().filter(|found| found.label == label))
}

/// What was done under every label, in the order of their first use.
pub fn phases() -> Vec<PhaseCounts> {
    settle();
    TOTALS.iter().filter_map(Total::read).collect()
}

/// Adds the present stretch to its label and begins a new one.
fn settle() -> (usize, Counts) {
    CURRENT.with(|current| {
        let (index, began) = current.get();
        let now = thread_counters::thread_counts();
        if let Some(total) = TOTALS.get(index) {
            total.add(&now.since(&began));
        }
        current.set((index, now));
        (index, now)
    })
}

fn index_of(label: &'static str) -> usize {
    let last = PHASES - 1;
    for (index, total) in TOTALS[..last].iter().enumerate() {
        if *total.label.get_or_init(|| label) == label {
            return index;
        }
    }
    TOTALS[last].label.get_or_init(|| OTHER_PHASES);
    last
}

impl Total {
    fn add(&self, counts: &Counts) {
        self.allocations.fetch_add(counts.allocations, Relaxed);
        self.frees.fetch_add(counts.frees, Relaxed);
        self.reallocations.fetch_add(counts.reallocations, Relaxed);
        self.allocated_bytes.fetch_add(counts.allocated_bytes, Relaxed);
        self.freed_bytes.fetch_add(counts.freed_bytes, Relaxed);
    }

    fn read(&self) -> Option<PhaseCounts> {
        Some(PhaseCounts {
            label: self.label.get()?,
            counts: Counts {
                allocations: self.allocations.load(Relaxed),
                frees: self.frees.load(Relaxed),
                reallocations: self.reallocations.load(Relaxed),
                allocated_bytes: self.allocated_bytes.load(Relaxed),
                freed_bytes: self.freed_bytes.load(Relaxed),
            },
            peak_bytes: self.peak.load(Relaxed).max(0) as u64,
        })
    }
}
