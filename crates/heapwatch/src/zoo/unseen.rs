//! Memory that C code takes and keeps: no Rust allocator counts it. The zoo's one unsafe call.
#![allow(unsafe_code)]

use std::hint::black_box;

/// Bytes kept at every step, without the C library's own head of a block.
const BYTES: usize = 64;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut u8;
}

pub(super) fn keep_in_c((): &mut (), _step: u64) {
    // SAFETY: `malloc` may be called with any size; its declaration is that of the C standard.
    let block = unsafe { malloc(BYTES) };
    if !block.is_null() {
        // SAFETY: the block has that many bytes, and nobody else knows it.
        unsafe { block.write_bytes(1, BYTES) };
    }
    black_box(block);
}
