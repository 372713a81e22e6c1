//! Which blocks are followed: a table of its own pages, so that what it takes is known to the byte and the program's heap
//! has nothing of it.
//!
//! Open addressing with linear probing; a removed entry's followers move up, so that nothing is ever only marked.

use super::sampling::Weight;
use super::system::{map_pages, unmap_pages};

/// A block that is followed.
#[derive(Clone, Copy)]
pub struct Block {
    pub site: usize,
    pub weight: Weight,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Zero where nothing is.
    address: usize,
    block: Block,
}

/// Entries at first, a power of two: four pages of them.
const FIRST: usize = 512;

pub struct Blocks {
    entries: *mut Entry,
    /// A power of two; zero where there are none yet.
    room: usize,
    held: usize,
}

impl Blocks {
    pub const fn new() -> Self {
        Self { entries: std::ptr::null_mut(), room: 0, held: 0 }
    }

    /// Bytes of its pages.
    pub fn bytes(&self) -> usize {
        self.room * size_of::<Entry>()
    }

    /// Its pages, as words.
    pub fn pages(&self) -> (*mut u64, usize) {
        (self.entries.cast(), self.bytes())
    }

    /// Bytes that it takes for a moment beside its own when the next block makes it grow; zero where that does not.
    pub fn will_grow(&self) -> usize {
        let full = self.held + 1 > self.room / 4 * 3;
        if full { (2 * self.room).max(FIRST) * size_of::<Entry>() } else { 0 }
    }

    fn entry(&mut self, at: usize) -> &mut Entry {
        // Within the pages: every index is taken modulo the room.
        unsafe { &mut *self.entries.add(at & (self.room - 1)) }
    }

    fn home(&self, address: usize) -> usize {
        (address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
    }

    /// Where an address is, or the free entry that it would have.
    fn find(&mut self, address: usize) -> usize {
        let mut at = self.home(address) & (self.room - 1);
        while ![0, address].contains(&self.entry(at).address) {
            at = (at + 1) & (self.room - 1);
        }
        at
    }

    /// Follows a block; one that was at its place before is returned. Where there is no memory, it is not followed, and
    /// the block comes back as an error.
    pub fn insert(&mut self, address: usize, block: Block) -> Result<Option<Block>, Block> {
        if self.will_grow() > 0 && !self.grow() {
            return Err(block);
        }
        let at = self.find(address);
        let entry = self.entry(at);
        let old = (entry.address == address).then_some(entry.block);
        *entry = Entry { address, block };
        self.held += usize::from(old.is_none());
        Ok(old)
    }

    pub fn remove(&mut self, address: usize) -> Option<Block> {
        if self.room == 0 {
            return None;
        }
        let mut free = self.find(address);
        let found = *self.entry(free);
        if found.address != address {
            return None;
        }
        self.held -= 1;
        let mut at = free;
        loop {
            at = (at + 1) & (self.room - 1);
            let follower = *self.entry(at);
            if follower.address == 0 {
                break;
            }
            // It may move up where its home is not between the free entry and its own.
            let distance = |from: usize| at.wrapping_sub(from) & (self.room - 1);
            if distance(self.home(follower.address)) >= distance(free) {
                *self.entry(free) = follower;
                free = at;
            }
        }
        self.entry(free).address = 0;
        Some(found.block)
    }

    fn grow(&mut self) -> bool {
        let bytes = self.will_grow();
        let pages = map_pages(bytes);
        if pages.is_null() {
            return false;
        }
        let (old, room) = (self.entries, self.room);
        (self.entries, self.room) = (pages.cast(), bytes / size_of::<Entry>());
        for index in 0..room {
            let entry = unsafe { *old.add(index) };
            if entry.address != 0 {
                let at = self.find(entry.address);
                *self.entry(at) = entry;
            }
        }
        if room > 0 {
            unmap_pages(old.cast(), room * size_of::<Entry>());
        }
        true
    }
}
