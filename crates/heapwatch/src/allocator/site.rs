//! Call sites of what is still live, on demand.

use super::frames::{Frame, culprit, culprit_index, place};
use super::group::Group;
use super::thread_counters::{self, SITES, quiet, thread_number};
use super::trace::Trace;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place in the code and what it holds. Stacks that agree up to the first function of anybody's own
/// code are one site; `frames` is the stack of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The call stack, innermost first, from where memory was asked for.
    pub frames: Vec<Frame>,
    /// Bytes that it allocated since recording began and that are live.
    pub live_bytes: u64,
    /// Blocks that it allocated since recording began and that are live.
    pub live_blocks: u64,
    /// Change of `live_bytes` since [`SiteRecorder::mark`].
    pub grown_bytes: i64,
}

impl Site {
    /// The first function of the stack that is not of the standard library.
    pub fn culprit(&self) -> Option<&Frame> {
        culprit(&self.frames)
    }
}

impl Site {
    /// The stack up to the culprit: one loop that the compiler unrolled, or one function called from
    /// many places, is one site.
    fn place(&self) -> &[Frame] {
        let last = culprit_index(&self.frames);
        self.frames.get(..=last).unwrap_or(&[])
    }

    fn absorb(&mut self, other: &Self) {
        self.live_bytes += other.live_bytes;
        self.live_blocks += other.live_blocks;
        self.grown_bytes += other.grown_bytes;
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&place(&self.frames))
    }
}

/// Bounds of what a recorder keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteLimits {
    /// Live blocks followed at a time; about 40 bytes each.
    pub blocks: usize,
    /// Different call stacks; about 320 bytes each.
    pub sites: usize,
    /// Whether only what the starting thread allocates is recorded.
    pub this_thread: bool,
}

impl Default for SiteLimits {
    fn default() -> Self {
        Self { blocks: 1 << 18, sites: 4096, this_thread: true }
    }
}

/// How many recorders a process can have at a time.
pub const RECORDERS: usize = 8;

/// Why recording did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// There are [`RECORDERS`] already.
    Busy,
    /// There is nothing to record from.
    NotInstalled,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => {
                write!(f, "call sites are being recorded by {RECORDERS} recorders already")
            }
            Self::NotInstalled => f.write_str("the counting allocator is not installed"),
        }
    }
}

impl std::error::Error for RecordError {}

/// Whose allocations are recorded.
#[derive(Clone, Copy)]
enum Whose {
    All,
    Thread(u64),
    Group(Group),
}

impl Whose {
    fn is_mine(self) -> bool {
        match self {
            Self::All => true,
            Self::Thread(number) => thread_number() == number,
            Self::Group(group) => thread_counters::member().group() == group,
        }
    }
}

/// What is remembered of a live block.
#[derive(Clone, Copy)]
pub(super) struct Block {
    size: usize,
    site: usize,
}

#[derive(Clone, Copy, Default)]
struct Held {
    bytes: u64,
    blocks: u64,
    marked: u64,
}

impl Held {
    fn grown(&self) -> i64 {
        self.bytes as i64 - self.marked as i64
    }

    fn site(&self, frames: Vec<Frame>) -> Site {
        Site { frames, live_bytes: self.bytes, live_blocks: self.blocks, grown_bytes: self.grown() }
    }
}

/// What sites are ranked by.
#[derive(Clone, Copy)]
enum Rank {
    Held,
    Grown,
}

impl Rank {
    fn of(self, live: u64, grown: i64) -> i64 {
        match self {
            Self::Held => live as i64,
            Self::Grown => grown,
        }
    }
}

struct SiteTable {
    limits: SiteLimits,
    whose: Whose,
    blocks: HashMap<usize, Block>,
    numbers: HashMap<Trace, usize>,
    held: Vec<Held>,
    missed: u64,
}

/// How many different stacks to a site are looked at before they are added up.
const STACKS_A_SITE: usize = 8;

/// A table a recorder.
type Tables = [Option<SiteTable>; RECORDERS];

/// What the recorders remember of a block.
pub(super) type Blocks = [Option<Block>; RECORDERS];

static TABLES: Mutex<Tables> = Mutex::new([const { None }; RECORDERS]);

fn tables() -> MutexGuard<'static, Tables> {
    TABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records the call sites of what is allocated while it lives; [`RECORDERS`] at a time in a process.
/// Recording takes microseconds an allocation, and memory up to its limits, which is not counted.
#[derive(Debug)]
pub struct SiteRecorder {
    place: usize,
}

impl SiteRecorder {
    /// Begins to record what the calling thread allocates.
    ///
    /// # Errors
    /// Where [`RECORDERS`] others live, or the counting allocator is not installed.
    pub fn start() -> Result<Self, RecordError> {
        Self::with_limits(SiteLimits::default())
    }

    /// Begins to record within `limits`.
    ///
    /// # Errors
    /// As [`SiteRecorder::start`].
    pub fn with_limits(limits: SiteLimits) -> Result<Self, RecordError> {
        let whose = if limits.this_thread { Whose::Thread(thread_number()) } else { Whose::All };
        Self::of(whose, limits)
    }

    /// Begins to record what the threads of a group allocate.
    pub(crate) fn of_group(group: Group, limits: SiteLimits) -> Result<Self, RecordError> {
        Self::of(Whose::Group(group), limits)
    }

    fn of(whose: Whose, limits: SiteLimits) -> Result<Self, RecordError> {
        if !super::installed() {
            return Err(RecordError::NotInstalled);
        }
        quiet(|| {
            let mut tables = tables();
            let place = tables.iter().position(Option::is_none).ok_or(RecordError::Busy)?;
            tables[place] = Some(SiteTable {
                limits,
                whose,
                blocks: HashMap::new(),
                numbers: HashMap::new(),
                held: Vec::new(),
                missed: 0,
            });
            thread_counters::follow(SITES);
            Ok(Self { place })
        })
    }

    /// Lets [`Site::grown_bytes`] be counted from here.
    pub fn mark(&self) {
        quiet(|| {
            if let Some(table) = tables()[self.place].as_mut() {
                for held in &mut table.held {
                    held.marked = held.bytes;
                }
            }
        });
    }

    /// The `count` sites that hold most live bytes, most first.
    pub fn holding_most(&self, count: usize) -> Vec<Site> {
        self.ranked(count, Rank::Held)
    }

    /// The `count` sites that grew most since [`SiteRecorder::mark`], most first; those that did not
    /// grow are left out.
    pub fn growing_most(&self, count: usize) -> Vec<Site> {
        self.ranked(count, Rank::Grown)
    }

    /// How many allocations could not be followed within the limits. Where this is not zero, the
    /// sites' figures are lower bounds.
    pub fn missed(&self) -> u64 {
        quiet(|| tables()[self.place].as_ref().map_or(0, |table| table.missed))
    }

    fn ranked(&self, count: usize, rank: Rank) -> Vec<Site> {
        let by = |held: &Held| rank.of(held.bytes, held.grown());
        let found = quiet(|| {
            let tables = tables();
            let mut found: Vec<(Trace, Held)> = tables[self.place]
                .iter()
                .flat_map(|table| {
                    table.numbers.iter().filter_map(|(trace, &number)| {
                        let held = table.held.get(number)?;
                        (held.bytes > 0 || held.marked > 0).then_some((*trace, *held))
                    })
                })
                .collect();
            found.sort_by_key(|(_, held)| std::cmp::Reverse(by(held)));
            found.truncate(count.saturating_mul(STACKS_A_SITE).max(64));
            found
        });
        let mut sites: Vec<Site> = Vec::new();
        for (trace, held) in &found {
            let site = held.site(trace.resolve());
            match sites.iter_mut().find(|known| known.place() == site.place()) {
                Some(known) => known.absorb(&site),
                None => sites.push(site),
            }
        }
        // Stacks come ranked; adding some of them up may change the order.
        sites.sort_by_key(|site| std::cmp::Reverse(rank.of(site.live_bytes, site.grown_bytes)));
        sites.retain(|site| rank.of(site.live_bytes, site.grown_bytes) > 0);
        sites.truncate(count);
        quiet(|| drop(found));
        sites
    }
}

impl Drop for SiteRecorder {
    fn drop(&mut self) {
        quiet(|| {
            let mut tables = tables();
            tables[self.place] = None;
            if tables.iter().all(Option::is_none) {
                thread_counters::unfollow(SITES);
            }
        });
    }
}

/// Notes a new block with the caller's stack, for each recorder that asks for it.
#[cold]
pub(super) fn remember(address: usize, size: usize) {
    quiet(|| {
        let mine = |table: &SiteTable| table.whose.is_mine();
        if !tables().iter().flatten().any(mine) {
            return;
        }
        // The stack is taken without the lock: unwinding is the slow part.
        let trace = Trace::capture();
        for table in tables().iter_mut().flatten().filter(|table| mine(table)) {
            table.remember(address, size, &trace);
        }
    });
}

/// Notes a block again that could not be resized.
#[cold]
pub(super) fn remember_again(address: usize, blocks: &Blocks) {
    quiet(|| {
        for (table, block) in tables().iter_mut().zip(blocks) {
            if let (Some(table), Some(block)) = (table, block) {
                table.insert(address, *block);
            }
        }
    });
}

/// Forgets a block that is about to be freed, whichever thread does it.
#[cold]
pub(super) fn forget(address: usize) -> Blocks {
    quiet(|| {
        let mut tables = tables();
        std::array::from_fn(|place| tables[place].as_mut().and_then(|table| table.remove(address)))
    })
}

impl SiteTable {
    fn remember(&mut self, address: usize, size: usize, trace: &Trace) {
        let next = self.held.len();
        let known = self.numbers.get(trace).copied();
        if self.blocks.len() >= self.limits.blocks || (known.is_none() && next >= self.limits.sites)
        {
            self.missed += 1;
            return;
        }
        let site = known.unwrap_or_else(|| {
            self.numbers.insert(*trace, next);
            self.held.push(Held::default());
            next
        });
        self.insert(address, Block { size, site });
    }

    fn insert(&mut self, address: usize, block: Block) {
        self.blocks.insert(address, block);
        if let Some(held) = self.held.get_mut(block.site) {
            held.bytes += block.size as u64;
            held.blocks += 1;
        }
    }

    fn remove(&mut self, address: usize) -> Option<Block> {
        let block = self.blocks.remove(&address)?;
        if let Some(held) = self.held.get_mut(block.site) {
            held.bytes = held.bytes.saturating_sub(block.size as u64);
            held.blocks = held.blocks.saturating_sub(1);
        }
        Some(block)
    }
}
