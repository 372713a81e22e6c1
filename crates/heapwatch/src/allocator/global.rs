//! The one unsafe file: the system's allocator is called, and what it did is counted.
#![allow(unsafe_code)]

use super::slots::Event;
use super::{CountingAllocator, follow, thread_counters};
use std::alloc::{GlobalAlloc, Layout};

// SAFETY: every call is handed to `A` with the caller's own arguments and its answer is returned
// unchanged, so `A`'s promises are kept. The counting neither panics nor unwinds, and allocates only
// with counting off, where it passes straight through to `A`.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises a layout of non-zero size, which is what `A` asks for.
        let block = unsafe { self.inner.alloc(layout) };
        count_new(block, layout.size());
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        count_new(block, layout.size());
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Before the block is given back: afterwards another thread may have it already.
        let followed = thread_counters::followed_frees();
        if followed != 0 {
            follow::freed(block as usize, layout.size(), followed);
        }
        // SAFETY: the caller promises that `block` came from this allocator with this layout, and
        // every block of this allocator came from `A` with the layout it was asked for.
        unsafe { self.inner.dealloc(block, layout) };
        thread_counters::record(Event::Freed(layout.size()));
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let followed = thread_counters::followed_frees();
        let known = (followed != 0).then(|| follow::freed(block as usize, layout.size(), followed));
        // SAFETY: `block` and `layout` as in `dealloc`; the caller promises that `size` is not zero
        // and does not overflow when rounded up to the alignment.
        let moved = unsafe { self.inner.realloc(block, layout, size) };
        if !moved.is_null() {
            let followed =
                thread_counters::record(Event::Resized { from: layout.size(), to: size });
            if followed != 0 {
                follow::made(moved as usize, size, followed);
            }
        } else if let Some(known) = known {
            follow::made_again(block as usize, layout.size(), &known);
        }
        moved
    }
}

#[inline(never)]
fn count_new(block: *mut u8, size: usize) {
    if !block.is_null() {
        let followed = thread_counters::record(Event::Allocated(size));
        if followed != 0 {
            follow::made(block as usize, size, followed);
        }
    }
}
