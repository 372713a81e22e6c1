//! Call sites of what is still live, on demand.

use super::frames::{Frame, culprit, culprit_index};
use super::thread_counters::{RECORDING, quiet, thread_number};
use super::trace::Trace;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
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
        match self.culprit() {
            Some(frame) => write!(f, "{frame}"),
            None => f.write_str("an unknown place"),
        }
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

/// Why recording did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// There is one recorder a process.
    #[error("call sites are being recorded already: one recorder at a time")]
    Busy,
    /// There is nothing to record from.
    #[error("the counting allocator is not installed")]
    NotInstalled,
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

struct Table {
    limits: SiteLimits,
    thread: u64,
    blocks: HashMap<usize, Block>,
    numbers: HashMap<Trace, usize>,
    held: Vec<Held>,
    missed: u64,
}

/// How many different stacks to a site are looked at before they are added up.
const STACKS_A_SITE: usize = 8;

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

fn table() -> MutexGuard<'static, Option<Table>> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records the call sites of what is allocated while it lives; one at a time in a process. Recording
/// takes microseconds an allocation, and memory up to its limits, which is not counted.
#[derive(Debug)]
pub struct SiteRecorder {
    _private: (),
}

impl SiteRecorder {
    /// Begins to record what the calling thread allocates.
    ///
    /// # Errors
    /// Where another recorder lives, or the counting allocator is not installed.
    pub fn start() -> Result<Self, RecordError> {
        Self::with_limits(SiteLimits::default())
    }

    /// Begins to record within `limits`.
    ///
    /// # Errors
    /// As [`SiteRecorder::start`].
    pub fn with_limits(limits: SiteLimits) -> Result<Self, RecordError> {
        if !super::installed() {
            return Err(RecordError::NotInstalled);
        }
        let thread = thread_number();
        quiet(|| {
            let mut table = table();
            if table.is_some() {
                return Err(RecordError::Busy);
            }
            *table = Some(Table {
                limits,
                thread,
                blocks: HashMap::new(),
                numbers: HashMap::new(),
                held: Vec::new(),
                missed: 0,
            });
            RECORDING.store(true, Relaxed);
            Ok(Self { _private: () })
        })
    }

    /// Lets [`Site::grown_bytes`] be counted from here.
    pub fn mark(&self) {
        quiet(|| {
            if let Some(table) = table().as_mut() {
                for held in &mut table.held {
                    held.marked = held.bytes;
                }
            }
        });
    }

    /// The `count` sites that hold most live bytes, most first.
    pub fn holding_most(&self, count: usize) -> Vec<Site> {
        Self::ranked(count, Rank::Held)
    }

    /// The `count` sites that grew most since [`SiteRecorder::mark`], most first; those that did not
    /// grow are left out.
    pub fn growing_most(&self, count: usize) -> Vec<Site> {
        Self::ranked(count, Rank::Grown)
    }

    /// How many allocations could not be followed within the limits. Where this is not zero, the
    /// sites' figures are lower bounds.
    pub fn missed(&self) -> u64 {
        quiet(|| table().as_ref().map_or(0, |table| table.missed))
    }

    fn ranked(count: usize, rank: Rank) -> Vec<Site> {
        let by = |held: &Held| rank.of(held.bytes, held.grown());
        let found = quiet(|| {
            let table = table();
            let mut found: Vec<(Trace, Held)> = table
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
            RECORDING.store(false, Relaxed);
            *table() = None;
        });
    }
}

/// Notes a new block with the caller's stack.
#[cold]
pub(super) fn remember(address: usize, size: usize) {
    quiet(|| {
        // The stack is taken before the lock: unwinding is the slow part.
        let trace = Trace::capture();
        let thread = thread_number();
        if let Some(table) = table().as_mut()
            && (!table.limits.this_thread || table.thread == thread)
        {
            table.remember(address, size, &trace);
        }
    });
}

/// Notes a block again that could not be resized.
#[cold]
pub(super) fn remember_again(address: usize, block: Block) {
    quiet(|| {
        if let Some(table) = table().as_mut() {
            table.insert(address, block);
        }
    });
}

/// Forgets a block that is about to be freed, whichever thread does it.
#[cold]
pub(super) fn forget(address: usize) -> Option<Block> {
    quiet(|| table().as_mut().and_then(|table| table.remove(address)))
}

impl Table {
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
