//! Which blocks are followed, and what each call site holds: in memory that the watch reads.

pub use super::blocks::Block;
use super::blocks::Blocks;
use super::layout::{
    ADDRESSES, BLOCKS, BYTES, COUNT, DEPTH, FOLDER, HEADER, LENGTH, LIVE, MAGIC, MISSED, OWN,
    PERIOD, SAMPLED, SITES, VARIANCE, WORDS,
};
use super::sampling::{self, Weight};
use super::system::{map_new_file, map_pages, reserve, stack};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

struct Tables {
    blocks: Blocks,
    /// For every hash of a stack the site's index and one, or zero; the stack itself stands in the file.
    sites: *mut u32,
    known: usize,
}

/// Twice as many places as there are sites, so that a free one is near.
const PLACES: usize = 2 * SITES;

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
    let sites = map_pages(4 * PLACES).cast::<u32>();
    if sites.is_null() {
        return;
    }
    // All of the filter is written now, and not as blocks come: from then on it does not grow.
    write_filter();
    hold();
    unsafe { TABLES = Some(Tables { blocks: Blocks::new(), sites, known: 0 }) };
    let_go();
    FILE.store(file, Release);
    own(ALWAYS);
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
    // What is told of the tables' size is of pages of their own: those that both still share are written, and so copied.
    write_filter();
    let tables = unsafe { &mut *&raw mut TABLES };
    if let Some(tables) = tables {
        for (pages, bytes) in [(tables.sites.cast(), 4 * PLACES), tables.blocks.pages()] {
            write_pages(pages, bytes);
        }
    }
}

/// Bytes of the filter, and of the places of the sites.
const ALWAYS: usize = size_of_val(&FILTER) + 4 * PLACES;
const PAGE: usize = 4096;

fn write_filter() {
    FILTER.iter().step_by(PAGE).for_each(|count| _ = count.fetch_or(0, Relaxed));
}

/// Writes each page as it is.
fn write_pages(pages: *mut u64, bytes: usize) {
    for at in (0..bytes).step_by(PAGE) {
        // Within the pages; the lock is held, or nobody else is there yet.
        unsafe {
            let word = pages.byte_add(at);
            word.write_volatile(word.read_volatile());
        }
    }
}

/// Says what these tables take, in bytes.
fn own(bytes: usize) {
    if let Some(own) = word(OWN) {
        own.store(bytes as u64, Release);
    }
}

impl Tables {
    /// The site of a stack: one that is known, or a new one. Nothing where there is no room for it.
    fn site(&mut self, addresses: &[u64]) -> Option<usize> {
        let hash = addresses.iter().fold(addresses.len() as u64, |hash, address| {
            (hash ^ address).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26)
        });
        let mut at = hash as usize % PLACES;
        loop {
            // Within the pages, of which at most half are taken.
            let place = unsafe { &mut *self.sites.add(at) };
            match (*place as usize).checked_sub(1) {
                Some(site) if is_of(site, addresses) => return Some(site),
                Some(_) => at = (at + 1) % PLACES,
                None if self.known < SITES && room_for(self.known) => {
                    let site = self.known;
                    self.known += 1;
                    *place = self.known as u32;
                    write_site(site, addresses);
                    return Some(site);
                }
                None => return None,
            }
        }
    }
}

/// Whether a site's stack is this one.
fn is_of(site: usize, addresses: &[u64]) -> bool {
    let is = |field: usize, value: u64| {
        of_site(site, field).is_some_and(|word| word.load(Relaxed) == value)
    };
    is(LENGTH, addresses.len() as u64)
        && addresses.iter().enumerate().all(|(index, &address)| is(ADDRESSES + index, address))
}

fn write_site(site: usize, addresses: &[u64]) {
    for (index, address) in addresses.iter().enumerate() {
        if let Some(place) = of_site(site, ADDRESSES + index) {
            place.store(*address, Relaxed);
        }
    }
    if let (Some(place), Some(count)) = (of_site(site, LENGTH), word(COUNT)) {
        place.store(addresses.len() as u64, Relaxed);
        count.store(site as u64 + 1, Release);
    }
}

fn missed() {
    if let Some(missed) = word(MISSED) {
        missed.fetch_add(1, Relaxed);
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
        let Some(site) = tables.site(&addresses[..length]) else { return missed() };
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
    let grows = tables.blocks.will_grow();
    if grows > 0 {
        own(ALWAYS + tables.blocks.bytes() + grows);
    }
    match tables.blocks.insert(address, block) {
        // One that was freed unseen has left its place.
        Ok(Some(old)) => change(old, -1),
        Ok(None) => mark(address),
        Err(_) => return missed(),
    }
    if grows > 0 {
        own(ALWAYS + tables.blocks.bytes());
    }
    change(block, 1);
}

pub fn put_back(address: usize, block: Block) {
    with(|tables| insert(tables, address, block));
}

pub fn remove(address: usize) -> Option<Block> {
    with(|tables| {
        let block = tables.blocks.remove(address)?;
        unmark(address);
        change(block, -1);
        Some(block)
    })
    .flatten()
}
