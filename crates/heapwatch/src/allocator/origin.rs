//! Memory by its origin: what a thread and the threads that it started allocate, whoever frees it.
//!
//! While anybody asks, a table holds who allocated each new block. What was there before and is freed by a
//! thread of the group counts as the group's.

use super::group::{GROUPS, Group};
use super::lineage::{self, Member};
use super::thread_counters::{self, ORIGINS, quiet};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who allocated a block.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    group: Group,
    member: Member,
    /// The last digits of the thread's number, which tell whether the record is another's by now.
    number: u16,
}

impl Owner {
    /// The calling thread.
    fn this() -> Self {
        let member = thread_counters::member();
        Self { group: member.group(), member, number: member.number() as u16 }
    }

    /// Whose the block is by now: what a thread allocated before it was counted is its group's as well.
    fn group_now(self) -> Group {
        let lives = self.member.number() as u16 == self.number;
        if self.group == Group::default() && lives { self.member.group() } else { self.group }
    }

    /// Adds what `by` did to its block.
    fn account(self, by: Member, bytes: i64, requests: u64) {
        let group = self.group_now();
        group.add(bytes, requests);
        if BEGUN_BY[group.slot()].load(Relaxed) != by.index() as u32 {
            group.note_other();
        }
        self.member.keep(bytes);
    }
}

/// Addresses are as good as random but for their low bits.
#[derive(Default)]
struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(byte.into());
        }
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

type Owners = HashMap<usize, Owner, BuildHasherDefault<Address>>;

/// Tables that threads lock one at a time, by address.
const SHARDS: usize = 64;

static OWNERS: [Mutex<Owners>; SHARDS] =
    [const { Mutex::new(HashMap::with_hasher(BuildHasherDefault::new())) }; SHARDS];

/// How often a thread and a group freed each other's blocks.
static CROSSINGS: [[AtomicU32; lineage::LAST + 1]; GROUPS + 1] =
    [const { [const { AtomicU32::new(0) }; lineage::LAST + 1] }; GROUPS + 1];

/// The thread that counts each group.
static BEGUN_BY: [AtomicU32; GROUPS + 1] = [const { AtomicU32::new(0) }; GROUPS + 1];

/// The groups that are being counted, and the one around each.
static OPEN: Mutex<[Option<(Group, Group)>; GROUPS]> = Mutex::new([None; GROUPS]);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn owners(address: usize) -> MutexGuard<'static, Owners> {
    lock(&OWNERS[(address >> 4) % SHARDS])
}

/// Notes a new block of the calling thread.
#[cold]
pub(super) fn made(address: usize, size: usize) {
    quiet(|| {
        let this = Owner::this();
        owners(address).insert(address, this);
        this.account(this.member, size as i64, 1);
    });
}

/// Notes that a block is about to be freed by the calling thread. Returns who allocated it.
#[cold]
pub(super) fn freed(address: usize, size: usize) -> Option<Owner> {
    quiet(|| {
        let this = Owner::this();
        let owner = owners(address).remove(&address);
        // What was there before is taken for the group's own.
        owner.unwrap_or(this).account(this.member, -(size as i64), 0);
        if let Some(owner) = owner {
            let group = owner.group_now();
            if group != this.group {
                CROSSINGS[group.slot()][this.member.index()].fetch_add(1, Relaxed);
                CROSSINGS[this.group.slot()][owner.member.index()].fetch_add(1, Relaxed);
            }
        }
        owner
    })
}

/// Notes a block again that could not be resized.
#[cold]
pub(super) fn made_again(address: usize, size: usize, owner: Owner) {
    quiet(|| {
        owners(address).insert(address, owner);
        owner.account(owner.member, size as i64, 0);
    });
}

/// A thread of somebody else's that exchanges blocks with a group.
struct Other {
    member: Member,
    number: u64,
    kept_before: i64,
    kept: i64,
}

/// Counts by origin while it lives: what the thread that began it allocates, and all threads that descend
/// from it, started before or since.
pub(crate) struct Origin {
    group: Group,
    others: Vec<Other>,
    untold: u64,
}

impl Origin {
    /// Begins on the calling thread; nothing where [`GROUPS`] others are counted at this moment.
    pub(crate) fn begin() -> Option<Self> {
        quiet(|| {
            let mut open = lock(&OPEN);
            let free = open.iter().position(Option::is_none)?;
            let group = Group::renewed(free + 1);
            CROSSINGS[group.slot()].iter().for_each(|crossings| crossings.store(0, Relaxed));
            let this = thread_counters::member();
            BEGUN_BY[group.slot()].store(this.index() as u32, Relaxed);
            let outer = this.group();
            open[free] = Some((group, outer));
            this.join(group);
            for member in lineage::descendants(this) {
                // One that counts for itself goes on doing so.
                if member.group() == outer {
                    member.join(group);
                }
            }
            thread_counters::follow(ORIGINS);
            let mut origin = Self { group, others: Vec::new(), untold: 0 };
            let untold = lineage::new_untold(&mut origin.untold);
            origin.note(untold);
            Some(origin)
        })
    }

    /// The group, for a recorder of its call sites.
    pub(crate) fn group(&self) -> Group {
        self.group
    }

    /// Live bytes of what was allocated since it began, less what was freed of what was there before.
    pub(crate) fn live_bytes(&self) -> i64 {
        self.group.read().0
    }

    /// Whether other threads took part than the one that began it: what these free comes when it comes.
    pub(crate) fn has_others(&self) -> bool {
        self.group.has_others()
    }

    /// How often memory was asked for.
    pub(crate) fn requests(&self) -> u64 {
        self.group.read().1
    }

    /// Live bytes of what other threads allocated since they were seen to exchange blocks with these, at
    /// least `often` times; of threads that nobody knows who started, since the beginning.
    pub(crate) fn beside(&mut self, often: u32) -> i64 {
        quiet(|| {
            let untold = lineage::new_untold(&mut self.untold);
            self.note(untold);
            let met = &CROSSINGS[self.group.slot()];
            if met.iter().any(|crossings| crossings.load(Relaxed) >= often) {
                let meets = |member: &Member| met[member.index()].load(Relaxed) >= often;
                self.note(lineage::living().filter(meets).collect());
            }
            for other in &mut self.others {
                // One that ended leaves what it kept.
                if other.member.number() == other.number {
                    other.kept = other.member.kept();
                }
            }
            self.others.iter().map(|other| other.kept - other.kept_before).sum()
        })
    }

    /// How many other threads [`Origin::beside`] speaks of that kept more than they gave back.
    pub(crate) fn others(&self) -> usize {
        self.others.iter().filter(|other| other.kept > other.kept_before).count()
    }

    fn note(&mut self, members: Vec<Member>) {
        for member in members {
            let known = |other: &Other| other.number == member.number();
            if member.group() != self.group && !self.others.iter().any(known) {
                let (number, kept) = (member.number(), member.kept());
                self.others.push(Other { member, number, kept_before: kept, kept });
            }
        }
    }
}

/// Runs `work` as one of the group's threads, whichever thread this is.
pub(crate) fn within<T>(group: Group, work: impl FnOnce() -> T) -> T {
    struct Leave(Member, Group);
    impl Drop for Leave {
        fn drop(&mut self) {
            self.0.join(self.1);
        }
    }
    let member = thread_counters::member();
    let _leave = Leave(member, member.group());
    member.join(group);
    work()
}

impl Drop for Origin {
    fn drop(&mut self) {
        quiet(|| {
            let mut open = lock(&OPEN);
            let entry =
                open.iter_mut().find(|entry| entry.is_some_and(|(group, _)| group == self.group));
            let outer = entry.and_then(Option::take).map_or(Group::default(), |(_, outer)| outer);
            for (_, around) in open.iter_mut().flatten() {
                if *around == self.group {
                    *around = outer;
                }
            }
            for member in lineage::living().filter(|member| member.group() == self.group) {
                member.join(outer);
            }
            let (live, requests) = self.group.read();
            outer.add(live, requests);
            let last = open.iter().all(Option::is_none);
            if last {
                thread_counters::unfollow(ORIGINS);
            }
            for shard in &OWNERS {
                let mut owners = lock(shard);
                if last {
                    *owners = Owners::default();
                } else {
                    let own = owners.values_mut().filter(|owner| owner.group == self.group);
                    own.for_each(|owner| owner.group = outer);
                }
            }
            self.others = Vec::new();
        });
    }
}
