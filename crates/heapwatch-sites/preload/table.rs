//! Which blocks are followed, and what each call site holds: in memory that the watch reads.

use super::layout::{
    ADDRESSES, BLOCKS, BYTES, COUNT, DEPTH, FOLDER, HEADER, LENGTH, LIVE, MAGIC, MISSED, PERIOD,
    SAMPLED, SITES, VARIANCE, WORDS,
};
use super::sampling::{self, Weight};
use super::system::{map_new_file, reserve, stack};
use std::collections::HashMap;
use std::ffi::CString;
use std::hash::{BuildHasherDefault, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, Ordering::{Acquire, Relaxed, Release}};

/// A block that is followed.
#[derive(Clone, Copy)]
pub struct Block {
    site: usize,
    weight: Weight,
}

#[derive(Default)]
struct Word(u64);

impl Hasher for Word {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Word>>;

struct Tables {
    blocks: Map<usize, Block>,
    /// Sites by their stack.
    sites: Map<Stack, usize>,
}

type Stack = ([u64; DEPTH], usize);

/// A lock that `fork` can hold from one function to another.
static TAKEN: AtomicBool = AtomicBool::new(false);
static mut TABLES: Option<Tables> = None;
/// The mapped file.
static FILE: AtomicPtr<u64> = AtomicPtr::new(std::ptr::null_mut());
/// How many followed blocks there are, by address; one that is full stays so.
static FILTER: [AtomicU8; 1 << 18] = [const { AtomicU8::new(0) }; 1 << 18];
/// A bit for eight of them, which stays in the nearest cache: what most frees look at.
static COARSE: [AtomicU64; 1 << 9] = [const { AtomicU64::new(0) }; 1 << 9];

pub fn hold() {
    while TAKEN.compare_exchange_weak(false, true, Acquire, Relaxed).is_err() {
        std::thread::yield_now();
    }
}

pub fn let_go() {
    TAKEN.store(false, Release);
}

fn with<T>(work: impl FnOnce(&mut Tables) -> T) -> Option<T> {
    hold();
    // The lock is held, and nothing in here comes back in here.
    let tables = unsafe { &mut *&raw mut TABLES };
    let done = tables.as_mut().map(work);
    let_go();
    done
}

fn place(address: usize) -> usize {
    // Half of a word is enough, and its constant fits into the instruction.
    (((address >> 4) as u32).wrapping_mul(0x9e37_79b1) >> 14) as usize
}

fn coarse(place: usize) -> (&'static AtomicU64, u64) {
    (&COARSE[place >> 9], 1 << ((place >> 3) & 63))
}

#[inline]
pub fn may_hold(address: usize) -> bool {
    let place = place(address);
    let (word, bit) = coarse(place);
    word.load(Relaxed) & bit != 0 && FILTER[place].load(Relaxed) != 0
}

/// Notes that a block is followed. The lock is held.
fn mark(address: usize) {
    let place = place(address);
    let count = FILTER[place].load(Relaxed);
    FILTER[place].store(count.saturating_add(1), Relaxed);
    let (word, bit) = coarse(place);
    word.fetch_or(bit, Relaxed);
}

/// Notes that a block is followed no more. The lock is held.
fn unmark(address: usize) {
    let place = place(address);
    let count = FILTER[place].load(Relaxed);
    if count < u8::MAX {
        FILTER[place].store(count.saturating_sub(1), Relaxed);
    }
    let eight = place & !7;
    if FILTER[eight..eight + 8].iter().all(|count| count.load(Relaxed) == 0) {
        let (word, bit) = coarse(place);
        word.fetch_and(!bit, Relaxed);
    }
}

pub fn ready() -> bool {
    !FILE.load(Relaxed).is_null()
}

fn word(index: usize) -> Option<&'static AtomicU64> {
    let file = FILE.load(Relaxed);
    // The mapping is never taken away.
    (!file.is_null()).then(|| unsafe { AtomicU64::from_ptr(file.add(index)) })
}

fn of_site(site: usize, field: usize) -> Option<&'static AtomicU64> {
    word(HEADER + site * WORDS + field)
}

/// A new file of this process; several programs may follow each other in one process. Of a child of a fork: in the
/// place of its parent's, so many bytes of which are used.
fn new_file(of: Option<(*mut u64, usize)>) -> Option<*mut u64> {
    let folder = std::env::var_os(FOLDER)?;
    (0..1000).find_map(|turn| {
        let mut path = folder.as_bytes().to_vec();
        path.extend(format!("/{}-{turn}.sites", std::process::id()).bytes());
        map_new_file(&CString::new(path).ok()?, BYTES, of)
    })
}

pub fn start() {
    // Where there is no room for it, nothing is counted.
    let Some(file) = new_file(None).filter(|&file| reserve(file, 8 * HEADER)) else { return };
    hold();
    unsafe { TABLES = Some(Tables { blocks: Map::default(), sites: Map::default() }) };
    let_go();
    FILE.store(file, Release);
    if let Some(magic) = word(0) {
        magic.store(MAGIC, Release);
    }
}

/// In the child of a fork: its own file, with what was counted so far.
pub fn move_to_child() {
    let old = FILE.load(Relaxed);
    if old.is_null() {
        return;
    }
    let used = 8 * (HEADER + WORDS * word(COUNT).map_or(0, |count| count.load(Relaxed) as usize));
    if new_file(Some((old, used))).is_none() {
        // Without one it must not write into its parent's.
        FILE.store(std::ptr::null_mut(), Relaxed);
    }
}

fn change(block: Block, sign: i64) {
    let fields = [LIVE, BLOCKS, VARIANCE].map(|field| of_site(block.site, field));
    let [Some(live), Some(blocks), Some(variance)] = fields else { return };
    // The lock is held: nobody else writes.
    live.store(live.load(Relaxed).wrapping_add_signed(sign * block.weight.bytes as i64), Relaxed);
    blocks.store(blocks.load(Relaxed).wrapping_add_signed(sign), Relaxed);
    let sum = f64::from_bits(variance.load(Relaxed)) + sign as f64 * block.weight.variance;
    variance.store(sum.max(0.0).to_bits(), Relaxed);
}

/// Follows a block from the calling stack.
#[inline(never)]
pub fn add(address: usize, weight: Weight) {
    let mut addresses = [0; DEPTH];
    let length = stack(&mut addresses);
    with(|tables| {
        let next = tables.sites.len();
        let key = (addresses, length);
        let site = match tables.sites.get(&key) {
            Some(&site) => site,
            None if next < SITES && room_for(next) => {
                tables.sites.insert(key, next);
                for (index, address) in addresses[..length].iter().enumerate() {
                    if let Some(place) = of_site(next, ADDRESSES + index) {
                        place.store(*address, Relaxed);
                    }
                }
                if let (Some(place), Some(count)) = (of_site(next, LENGTH), word(COUNT)) {
                    place.store(length as u64, Relaxed);
                    count.store(next as u64 + 1, Release);
                }
                next
            }
            None => {
                if let Some(missed) = word(MISSED) {
                    missed.fetch_add(1, Relaxed);
                }
                return;
            }
        };
        if let (Some(period), Some(sampled)) = (word(PERIOD), word(SAMPLED)) {
            period.store(sampling::period(), Relaxed);
            sampled.fetch_add(1, Relaxed);
        }
        insert(tables, address, Block { site, weight });
    });
}

/// Whether the disk has room for a new site. The lock is held.
fn room_for(site: usize) -> bool {
    static FULL: AtomicBool = AtomicBool::new(false);
    if FULL.load(Relaxed) {
        return false;
    }
    let room = of_site(site, 0).is_some_and(|place| reserve(place.as_ptr(), 8 * WORDS));
    FULL.store(!room, Relaxed);
    room
}

fn insert(tables: &mut Tables, address: usize, block: Block) {
    // One that was freed unseen has left its place.
    match tables.blocks.insert(address, block) {
        Some(old) => change(old, -1),
        None => mark(address),
    }
    change(block, 1);
}

pub fn put_back(address: usize, block: Block) {
    with(|tables| insert(tables, address, block));
}

pub fn remove(address: usize) -> Option<Block> {
    with(|tables| {
        let block = tables.blocks.remove(&address)?;
        unmark(address);
        change(block, -1);
        Some(block)
    })
    .flatten()
}
