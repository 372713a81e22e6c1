//! Blocks that are followed one by one, on demand: by their call sites, by their origin.

use super::origin::{self, Owner};
use super::site::{self, Blocks};
use super::thread_counters::{ORIGINS, SITES};

/// What was known of a block.
pub(super) struct Known {
    sites: Blocks,
    owner: Option<Owner>,
}

/// Notes a new block, as far as `followed` asks for it.
#[cold]
pub(super) fn made(address: usize, size: usize, followed: u8) {
    if followed & SITES != 0 {
        site::remember(address, size);
    }
    if followed & ORIGINS != 0 {
        origin::made(address, size);
    }
}

/// Notes that a block is about to be freed, whichever thread does it.
#[cold]
pub(super) fn freed(address: usize, size: usize, followed: u8) -> Known {
    Known {
        sites: if followed & SITES != 0 { site::forget(address) } else { Blocks::default() },
        owner: if followed & ORIGINS != 0 { origin::freed(address, size) } else { None },
    }
}

/// Notes a block again that could not be resized.
#[cold]
pub(super) fn made_again(address: usize, size: usize, known: &Known) {
    site::remember_again(address, &known.sites);
    if let Some(owner) = known.owner {
        origin::made_again(address, size, owner);
    }
}
