//! The thread's side of counting: which slot is mine, what do I hold, what was my peak.
//!
//! The thread-local value has a constant initialiser and no destructor, so it can be used at any
//! moment of a thread's life, the destruction of other thread-locals included. A second
//! thread-local, touched once a thread, has the destructor that gives the slot back.
//!
//! The process's peak needs a total at every allocation, which a sum over threads is too slow for.
//! Each thread therefore publishes its net change to one shared number whenever it has drifted by
//! more than [`GRAIN`], and looks for a new peak at that number plus its own unpublished part.

use super::counts::Counts;
use super::lineage::{self, Member};
use super::slots::{self, Event, SHARED, Slot};
use super::trace::Trace;
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};

/// By how many bytes a thread may drift before it publishes: the peak of the process is exact while
/// one thread allocates, and else within this for each further living thread.
pub const GRAIN: i64 = 8 * 1024;

/// Net bytes that threads have published.
static PUBLISHED: AtomicI64 = AtomicI64::new(0);
/// The highest total seen.
static PEAK: AtomicI64 = AtomicI64::new(0);
/// What blocks are followed by, at this moment.
static FOLLOWED: AtomicU8 = AtomicU8::new(0);

/// Bits of what is followed: call sites.
pub(super) const SITES: u8 = 1;
/// Which threads allocated what.
pub(super) const ORIGINS: u8 = 2;

const UNCLAIMED: usize = usize::MAX;

/// Bits of [`Local::mode`].
const QUIET: u8 = 1;
const FORBIDDEN: u8 = 2;
const UNRECORDED: u8 = 4;

/// Requests for memory seen in a section where they are forbidden.
#[derive(Clone, Copy)]
pub(crate) struct Violations {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) first: Trace,
}

impl Violations {
    const NONE: Self = Self { requests: 0, bytes: 0, first: Trace::EMPTY };
}

struct Local {
    slot: Cell<usize>,
    /// The slot at that index, if it is this thread's own.
    own: Cell<Option<&'static Slot>>,
    /// Told from all other threads, from 1; 0 until asked for.
    number: Cell<u64>,
    /// What is known of its origin.
    member: Cell<Member>,
    /// What the slot held when this thread took it.
    base: Cell<Counts>,
    /// What this thread did without a slot of its own.
    apart: Cell<Counts>,
    net: Cell<i64>,
    published: Cell<i64>,
    peak: Cell<i64>,
    mode: Cell<u8>,
    violations: Cell<Violations>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            slot: Cell::new(UNCLAIMED),
            own: Cell::new(None),
            number: Cell::new(0),
            member: Cell::new(Member::NONE),
            base: Cell::new(Counts::ZERO),
            apart: Cell::new(Counts::ZERO),
            net: Cell::new(0),
            published: Cell::new(0),
            peak: Cell::new(0),
            mode: Cell::new(0),
            violations: Cell::new(Violations::NONE),
        }
    };
    static LEASE: Lease = const { Lease };
}

struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        LOCAL.with(|local| {
            let index = local.slot.get();
            if index < SHARED {
                let own = slots::slot(index).read().since(&local.base.get());
                local.apart.set(local.apart.get().plus(&own));
                local.slot.set(SHARED);
                local.own.set(None);
                slots::release(index);
            }
            local.publish();
            local.member.get().end();
        });
    }
}

impl Local {
    #[cold]
    fn claim(&self) {
        // Registering the destructor may allocate: that goes to the shared slot.
        self.slot.set(SHARED);
        if LEASE.try_with(|_| ()).is_ok() {
            self.member.set(lineage::begin(self.number()));
            let index = slots::claim();
            self.slot.set(index);
            if index < SHARED {
                self.base.set(slots::slot(index).read());
                self.own.set(Some(slots::slot(index)));
            }
        }
    }

    fn number(&self) -> u64 {
        static LAST: AtomicU64 = AtomicU64::new(0);
        if self.number.get() == 0 {
            self.number.set(LAST.fetch_add(1, Relaxed) + 1);
        }
        self.number.get()
    }

    /// Counts an event of a thread without a slot of its own, after trying to get one.
    #[cold]
    fn record_apart(&self, event: Event) {
        if self.slot.get() == UNCLAIMED {
            self.claim();
        }
        if let Some(slot) = self.own.get() {
            slot.add_as_owner(event);
        } else {
            let counts = event.counts();
            slots::slot(SHARED).add_shared(&counts);
            self.apart.set(self.apart.get().plus(&counts));
        }
    }

    #[cold]
    fn publish(&self) {
        let pending = self.net.get().wrapping_sub(self.published.get());
        PUBLISHED.fetch_add(pending, Relaxed);
        self.published.set(self.net.get());
    }

    #[inline]
    fn record(&self, event: Event) {
        let own = self.own.get();
        match own {
            Some(slot) => slot.add_as_owner(event),
            None => self.record_apart(event),
        }
        let net = self.net.get().wrapping_add(event.change());
        self.net.set(net);
        if net > self.peak.get() {
            self.peak.set(net);
        }
        let pending = net.wrapping_sub(self.published.get());
        if !(-GRAIN..=GRAIN).contains(&pending) || own.is_none() {
            self.publish();
        }
        if event.change() > 0 {
            let unpublished = net.wrapping_sub(self.published.get());
            let total = PUBLISHED.load(Relaxed).wrapping_add(unpublished);
            if total > PEAK.load(Relaxed) {
                PEAK.fetch_max(total, Relaxed);
            }
        }
    }

    #[cold]
    fn note_violation(&self, event: Event) {
        let counts = event.counts();
        if counts.requests() == 0 {
            return;
        }
        let mut violations = self.violations.get();
        if violations.requests == 0 {
            violations.first = quiet(Trace::capture);
        }
        violations.requests += 1;
        violations.bytes = violations.bytes.wrapping_add(counts.allocated_bytes);
        self.violations.set(violations);
    }
}

/// Counts an event of the calling thread. Returns what the block is followed by.
///
/// This and what else a request waits for is not inlined into the allocator, which is compiled with the program that
/// installs it, and that may be optimised little.
pub(super) fn record(event: Event) -> u8 {
    LOCAL.with(|local| {
        let mode = local.mode.get();
        if mode != 0 {
            if mode & QUIET != 0 {
                return 0;
            }
            if mode & FORBIDDEN != 0 {
                local.note_violation(event);
            }
        }
        local.record(event);
        let followed = FOLLOWED.load(Relaxed);
        if mode & UNRECORDED == 0 { followed } else { followed & !SITES }
    })
}

/// What a block that is about to be freed is followed by.
#[inline(never)]
pub(super) fn followed_frees() -> u8 {
    let followed = FOLLOWED.load(Relaxed);
    if followed == 0 || LOCAL.with(|local| local.mode.get() & QUIET != 0) { 0 } else { followed }
}

/// Begins to follow new blocks.
pub(super) fn follow(by: u8) {
    FOLLOWED.fetch_or(by, Relaxed);
}

/// Ends it.
pub(super) fn unfollow(by: u8) {
    FOLLOWED.fetch_and(!by, Relaxed);
}

/// Runs `work` without counting what it allocates. What is allocated in here must be freed in here.
pub(crate) fn quiet<T>(work: impl FnOnce() -> T) -> T {
    with_mode(|mode| mode | QUIET, work)
}

/// Runs `work` without recording the call sites of what it allocates; all else is counted as ever.
pub(crate) fn unrecorded<T>(work: impl FnOnce() -> T) -> T {
    with_mode(|mode| mode | UNRECORDED, work)
}

/// Runs `work` with the thread's mode changed; the old mode returns, also after a panic.
fn with_mode<T>(change: impl FnOnce(u8) -> u8, work: impl FnOnce() -> T) -> T {
    struct Restore(u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            LOCAL.with(|local| local.mode.set(self.0));
        }
    }
    let _restore = LOCAL.with(|local| {
        let mode = local.mode.get();
        local.mode.set(change(mode));
        Restore(mode)
    });
    work()
}

/// Runs `work` and returns what it asked the allocator for on this thread. A section around it that
/// forbids allocating is told of it too.
pub(crate) fn forbidding<T>(work: impl FnOnce() -> T) -> (T, Violations) {
    struct Outer(Violations, bool);
    impl Drop for Outer {
        fn drop(&mut self) {
            LOCAL.with(|local| {
                let inner = local.violations.get();
                let mut outer = self.0;
                if self.1 {
                    if outer.requests == 0 {
                        outer.first = inner.first;
                    }
                    outer.requests += inner.requests;
                    outer.bytes = outer.bytes.wrapping_add(inner.bytes);
                }
                local.violations.set(outer);
            });
        }
    }
    let _outer = LOCAL.with(|local| {
        Outer(local.violations.replace(Violations::NONE), local.mode.get() & FORBIDDEN != 0)
    });
    let result = with_mode(|mode| mode | FORBIDDEN, work);
    (result, LOCAL.with(|local| local.violations.get()))
}

/// Runs `work` with allocating permitted.
pub(crate) fn permitting<T>(work: impl FnOnce() -> T) -> T {
    with_mode(|mode| mode & !FORBIDDEN, work)
}

/// A number of the calling thread's own. The standard library's would not do: it cannot be asked for
/// while thread-locals are destroyed.
pub(super) fn thread_number() -> u64 {
    LOCAL.with(Local::number)
}

/// What is known of the calling thread's origin.
pub(super) fn member() -> Member {
    LOCAL.with(|local| {
        if local.slot.get() == UNCLAIMED {
            local.claim();
        }
        local.member.get()
    })
}

/// Counts of the calling thread since it began.
pub(super) fn thread_counts() -> Counts {
    LOCAL.with(|local| {
        let index = local.slot.get();
        let own = if index < SHARED {
            slots::slot(index).read().since(&local.base.get())
        } else {
            Counts::ZERO
        };
        local.apart.get().plus(&own)
    })
}

/// Highest net bytes of the calling thread, and its net bytes now.
pub(super) fn thread_peak() -> (i64, i64) {
    LOCAL.with(|local| (local.peak.get(), local.net.get()))
}

/// Lets the calling thread's peak begin again at `peak`, or at what it holds if that is more.
pub(super) fn set_thread_peak(peak: i64) {
    LOCAL.with(|local| local.peak.set(peak.max(local.net.get())));
}

/// Highest total of the process seen.
pub(super) fn process_peak() -> i64 {
    PEAK.load(Relaxed)
}

/// Lets the peak of the process begin again at what it holds.
pub(super) fn reset_process_peak() {
    PEAK.store(slots::sum().live_bytes(), Relaxed);
}
