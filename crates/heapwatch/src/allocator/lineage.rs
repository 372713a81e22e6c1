//! Which thread started which.
//!
//! Neither the standard library nor the kernel says it. But a new thread inherits the timer slack of the
//! thread that starts it (Linux): by how much the kernel may put off its timers. Each thread therefore takes a
//! number into the nanoseconds of its slack, at most [`LAST`] above that of the process's first thread, and a
//! new one reads there who started it. Where a program sets slacks of its own, where the slack is below
//! [`LEAST_SLACK`], which then has a purpose, and on other systems nothing is known of a thread's origin.

use super::group::Group;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

/// The last record. They are given out in turn, so that what is known of a thread that ended is kept for
/// a while: others may descend from it.
pub(super) const LAST: usize = 1023;

/// The least slack that numbers are added to, in ns; usual are 50 000.
#[cfg(target_os = "linux")]
const LEAST_SLACK: u64 = 20_000;

/// What is known of a thread.
struct Record {
    alive: AtomicBool,
    /// Whether it is known which thread started it.
    told: AtomicBool,
    number: AtomicU64,
    /// Number of the thread that started it; 0 for the process's first.
    parent: AtomicU64,
    group: AtomicU32,
    /// Live bytes of what it allocated while origins are followed, whoever frees them.
    kept: AtomicI64,
}

static RECORDS: [Record; LAST + 1] = [const {
    Record {
        alive: AtomicBool::new(false),
        told: AtomicBool::new(false),
        number: AtomicU64::new(0),
        parent: AtomicU64::new(0),
        group: AtomicU32::new(0),
        kept: AtomicI64::new(0),
    }
}; LAST + 1];

/// How many threads began of which it is not known who started them.
static UNTOLD: AtomicU64 = AtomicU64::new(0);

/// A thread by its record; those beyond [`LAST`] living ones share the record 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Member(u16);

impl Member {
    /// A thread without a record.
    pub(super) const NONE: Self = Self(0);

    fn record(self) -> &'static Record {
        &RECORDS[usize::from(self.0).min(LAST)]
    }

    /// Its place among the records.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its number; another where the record has become another thread's.
    pub(super) fn number(self) -> u64 {
        self.record().number.load(Relaxed)
    }

    pub(super) fn group(self) -> Group {
        Group::from_bits(self.record().group.load(Relaxed))
    }

    pub(super) fn join(self, group: Group) {
        self.record().group.store(group.bits(), Relaxed);
    }

    /// Live bytes of what it allocated while origins were followed.
    pub(super) fn kept(self) -> i64 {
        self.record().kept.load(Relaxed)
    }

    pub(super) fn keep(self, change: i64) {
        self.record().kept.fetch_add(change, Relaxed);
    }

    /// Notes that the thread ended.
    pub(super) fn end(self) {
        self.record().alive.store(false, Relaxed);
    }
}

/// Takes a record for the calling thread, whose number this is, and reads who started it. Its group is that
/// of its parent.
#[cold]
pub(super) fn begin(number: u64) -> Member {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = (0..LAST).find_map(|_| {
        let index = 1 + NEXT.fetch_add(1, Relaxed) as usize % LAST;
        let taken = RECORDS[index].alive.compare_exchange(false, true, Relaxed, Relaxed);
        taken.is_ok().then_some(index)
    });
    let Some(index) = free else {
        UNTOLD.fetch_add(1, Relaxed);
        return Member::NONE;
    };
    let record = &RECORDS[index];
    let parent = inherited(index).and_then(|parent| RECORDS.get(parent));
    record.told.store(parent.is_some(), Relaxed);
    record.parent.store(parent.map_or(0, |parent| parent.number.load(Relaxed)), Relaxed);
    record.group.store(parent.map_or(0, |parent| parent.group.load(Relaxed)), Relaxed);
    record.kept.store(0, Relaxed);
    record.number.store(number, Relaxed);
    if parent.is_none() {
        UNTOLD.fetch_add(1, Relaxed);
    }
    Member(index as u16)
}

/// Reads the record of who started this thread (0, which is nobody's, for the first of the process), and
/// leaves its own for those that it will start.
#[cfg(target_os = "linux")]
fn inherited(own: usize) -> Option<usize> {
    use rustix::thread::{current_timer_slack, set_current_timer_slack};
    static FIRST: AtomicU64 = AtomicU64::new(0);
    let slack = current_timer_slack().ok().filter(|&slack| slack >= LEAST_SLACK)?;
    let first = match FIRST.compare_exchange(0, slack, Relaxed, Relaxed) {
        Ok(_) => slack,
        Err(first) => first,
    };
    let parent = slack.checked_sub(first).filter(|&parent| parent <= LAST as u64)?;
    let handed_on = std::num::NonZeroU64::new(first + own as u64);
    set_current_timer_slack(handed_on).ok()?;
    Some(parent as usize)
}

#[cfg(not(target_os = "linux"))]
fn inherited(_own: usize) -> Option<usize> {
    None
}

/// The living threads that descend from this one, itself left out.
pub(super) fn descendants(of: Member) -> Vec<Member> {
    let parents: Vec<(u64, u64)> = RECORDS[1..]
        .iter()
        .map(|record| (record.number.load(Relaxed), record.parent.load(Relaxed)))
        .filter(|&(number, _)| number > 0)
        .collect();
    let parent_of = |number: u64| {
        let known = parents.iter().find(|&&(known, _)| known == number);
        known.map_or(0, |&(_, parent)| parent)
    };
    let root = of.number();
    let descends = |number: u64| {
        let ancestors = std::iter::successors(Some(number), |&number| Some(parent_of(number)));
        // A number may be read while its record is written: the walk is bounded all the same.
        let mut above = ancestors.skip(1).take(LAST).take_while(|&number| number > 0);
        above.any(|number| number == root)
    };
    living().filter(|&member| member != of && descends(member.number())).collect()
}

/// Every living thread that has a record.
pub(super) fn living() -> impl Iterator<Item = Member> {
    (1..=LAST).filter(|&index| RECORDS[index].alive.load(Relaxed)).map(|index| Member(index as u16))
}

/// The living threads of which it is not known who started them, and the shared record where it is in use;
/// nothing where no such thread began since `seen`, which is brought up to date.
pub(super) fn new_untold(seen: &mut u64) -> Vec<Member> {
    let began = UNTOLD.load(Relaxed);
    if std::mem::replace(seen, began) == began {
        return Vec::new();
    }
    let untold = |member: &Member| !member.record().told.load(Relaxed);
    std::iter::once(Member::NONE).chain(living().filter(untold)).collect()
}
