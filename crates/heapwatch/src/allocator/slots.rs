//! Where the counts of all threads lie: a fixed table of slots, one a thread.
//!
//! A thread that owns its slot writes it with plain loads and stores, so that counting costs no
//! locked instruction and no cache line moves between cores. The sum over the table is taken on
//! demand. Threads beyond the table, and threads that are being destroyed, share one more slot with
//! atomic additions. A slot that is given back keeps its counts: the sums go on.

use super::counts::Counts;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many threads can own a slot at a time.
const OWNED: usize = 256;

/// The slot of threads that own none.
pub(super) const SHARED: usize = OWNED;

/// A slot's counts, on cache lines of their own.
#[repr(align(128))]
pub(super) struct Slot {
    allocations: AtomicU64,
    frees: AtomicU64,
    reallocations: AtomicU64,
    allocated_bytes: AtomicU64,
    freed_bytes: AtomicU64,
}

static SLOTS: [Slot; OWNED + 1] = [const { Slot::new() }; OWNED + 1];

/// One bit an owned slot.
static TAKEN: [AtomicU64; OWNED / 64] = [const { AtomicU64::new(0) }; OWNED / 64];

/// The slot at an index; beyond the table, the shared one.
#[inline]
pub(super) fn slot(index: usize) -> &'static Slot {
    &SLOTS[index.min(SHARED)]
}

/// The sum over all threads, living and gone.
pub(super) fn sum() -> Counts {
    SLOTS.iter().fold(Counts::ZERO, |sum, slot| sum.plus(&slot.read()))
}

/// Takes a free slot, or the shared one where all are taken.
pub(super) fn claim() -> usize {
    for (word, bits) in TAKEN.iter().enumerate() {
        let mut seen = bits.load(Relaxed);
        while seen != u64::MAX {
            let bit = seen.trailing_ones();
            let before = bits.fetch_or(1 << bit, std::sync::atomic::Ordering::Acquire);
            if before & (1 << bit) == 0 {
                return word * 64 + bit as usize;
            }
            seen = before | (1 << bit);
        }
    }
    SHARED
}

/// Gives a slot back. Release, so that its next owner reads the last values written.
pub(super) fn release(index: usize) {
    if let Some(bits) = TAKEN.get(index / 64) {
        bits.fetch_and(!(1 << (index % 64)), std::sync::atomic::Ordering::Release);
    }
}

/// What happened to a block, in bytes.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Allocated(usize),
    Freed(usize),
    Resized { from: usize, to: usize },
}

impl Event {
    /// By how much it changes what is live.
    #[inline]
    pub(super) fn change(self) -> i64 {
        match self {
            Self::Allocated(size) => size as i64,
            Self::Freed(size) => (size as i64).wrapping_neg(),
            Self::Resized { from, to } => (to as i64).wrapping_sub(from as i64),
        }
    }

    /// As counts.
    pub(super) fn counts(self) -> Counts {
        let mut counts = Counts::ZERO;
        match self {
            Self::Allocated(size) => {
                counts.allocations = 1;
                counts.allocated_bytes = size as u64;
            }
            Self::Freed(size) => {
                counts.frees = 1;
                counts.freed_bytes = size as u64;
            }
            Self::Resized { from, to } => {
                counts.reallocations = 1;
                counts.allocated_bytes = to.saturating_sub(from) as u64;
                counts.freed_bytes = from.saturating_sub(to) as u64;
            }
        }
        counts
    }
}

impl Slot {
    const fn new() -> Self {
        Self {
            allocations: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            reallocations: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
        }
    }

    pub(super) fn read(&self) -> Counts {
        Counts {
            allocations: self.allocations.load(Relaxed),
            frees: self.frees.load(Relaxed),
            reallocations: self.reallocations.load(Relaxed),
            allocated_bytes: self.allocated_bytes.load(Relaxed),
            freed_bytes: self.freed_bytes.load(Relaxed),
        }
    }

    /// Adds what the slot's owner did. Only its owner may call this.
    #[inline]
    pub(super) fn add_as_owner(&self, event: Event) {
        let add = |to: &AtomicU64, amount: u64| {
            to.store(to.load(Relaxed).wrapping_add(amount), Relaxed);
        };
        match event {
            Event::Allocated(size) => {
                add(&self.allocations, 1);
                add(&self.allocated_bytes, size as u64);
            }
            Event::Freed(size) => {
                add(&self.frees, 1);
                add(&self.freed_bytes, size as u64);
            }
            Event::Resized { from, to } => {
                add(&self.reallocations, 1);
                add(&self.allocated_bytes, to.saturating_sub(from) as u64);
                add(&self.freed_bytes, from.saturating_sub(to) as u64);
            }
        }
    }

    /// Adds what any thread did.
    pub(super) fn add_shared(&self, counts: &Counts) {
        self.allocations.fetch_add(counts.allocations, Relaxed);
        self.frees.fetch_add(counts.frees, Relaxed);
        self.reallocations.fetch_add(counts.reallocations, Relaxed);
        self.allocated_bytes.fetch_add(counts.allocated_bytes, Relaxed);
        self.freed_bytes.fetch_add(counts.freed_bytes, Relaxed);
    }
}
