//! The library that is loaded before a program's own: `malloc` and its kin, counted by call site.
//!
//! It depends on the standard library and glibc alone, since the build script compiles it by itself. Every
//! allocation subtracts its size from what the thread has left until the next sample; only a sampled one takes
//! its stack and a lock. A free looks at a bit of its address. Both then jump into glibc, without a frame of their own.
#![allow(clippy::missing_safety_doc)]

mod blocks;
#[path = "../src/layout.rs"]
#[allow(dead_code)]
mod layout;
mod left;
mod sampling;
mod system;
mod table;

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use system::*;

struct Local {
    /// Whether this thread is inside of this library.
    inside: Cell<bool>,
    random: Cell<u64>,
}

thread_local! {
    static LOCAL: Local = const { Local { inside: Cell::new(false), random: Cell::new(0) } };
}

/// Runs `work` unless this thread is inside already.
fn once<T>(work: impl FnOnce(&Local) -> T) -> Option<T> {
    LOCAL
        .try_with(|local| {
            if local.inside.replace(true) {
                return None;
            }
            let done = work(local);
            local.inside.set(false);
            Some(done)
        })
        .ok()
        .flatten()
}

/// An allocation that is to be sampled. Never in the way of the others: those end in a jump to glibc's function,
/// with the stack as it was.
#[cold]
#[inline(never)]
fn sampled(size: usize, allocate: impl FnOnce() -> *mut c_void) -> *mut c_void {
    let block = allocate();
    if !block.is_null() {
        sample(block as usize, size.max(1));
    }
    block
}

#[inline(never)]
fn sample(address: usize, size: usize) {
    once(|local| {
        let period = sampling::period();
        left::set(sampling::gap(period, &local.random));
        if table::ready() {
            let began = now();
            table::add(address, sampling::weight(size, period));
            sampling::spent(began);
        }
    });
}

/// Forgets a block that is about to be freed or moved; what is returned can be taken back.
fn forget(address: usize) -> Option<table::Block> {
    once(|_| table::remove(address)).flatten()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    if left::covers(size) {
        return unsafe { __libc_malloc(size) };
    }
    sampled(size, || unsafe { __libc_malloc(size) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let bytes = count.saturating_mul(size);
    if left::covers(bytes) {
        return unsafe { __libc_calloc(count, size) };
    }
    sampled(bytes, || unsafe { __libc_calloc(count, size) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if table::may_hold(block as usize) {
        return free_known(block);
    }
    unsafe { __libc_free(block) };
}

/// `free` of a block that may be followed.
#[cold]
#[inline(never)]
fn free_known(block: *mut c_void) {
    forget(block as usize);
    unsafe { __libc_free(block) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if table::may_hold(block as usize) {
        return realloc_known(block, size);
    }
    if left::covers(size) {
        return unsafe { __libc_realloc(block, size) };
    }
    sampled(size, || unsafe { __libc_realloc(block, size) })
}

/// `realloc` of a block that may be followed.
#[cold]
#[inline(never)]
fn realloc_known(block: *mut c_void, size: usize) -> *mut c_void {
    let known = forget(block as usize);
    let moved = unsafe { __libc_realloc(block, size) };
    if moved.is_null() && size > 0 {
        if let Some(known) = known {
            once(|_| table::put_back(block as usize, known));
        }
    } else if !moved.is_null() && !left::covers(size) {
        sample(moved as usize, size.max(1));
    }
    moved
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => {
            unsafe { *__errno_location() = ENOMEM };
            std::ptr::null_mut()
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    if left::covers(size) {
        return unsafe { __libc_memalign(alignment, size) };
    }
    sampled(size, || unsafe { __libc_memalign(alignment, size) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    unsafe { memalign(alignment, size) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    place: *mut *mut c_void,
    alignment: usize,
    size: usize,
) -> c_int {
    if !alignment.is_power_of_two() || !alignment.is_multiple_of(size_of::<usize>()) {
        return EINVAL;
    }
    // The caller's error number stays as it was.
    let errno = unsafe { *__errno_location() };
    let block = unsafe { memalign(alignment, size) };
    unsafe { *__errno_location() = errno };
    if block.is_null() {
        return ENOMEM;
    }
    unsafe { *place = block };
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn valloc(size: usize) -> *mut c_void {
    if left::covers(size) {
        return unsafe { __libc_valloc(size) };
    }
    sampled(size, || unsafe { __libc_valloc(size) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pvalloc(size: usize) -> *mut c_void {
    if left::covers(size) {
        return unsafe { __libc_pvalloc(size) };
    }
    sampled(size, || unsafe { __libc_pvalloc(size) })
}

/// Counts nothing more of the calling thread: what tracing `CPython` allocates for a moment is not the program's, and far
/// too much to be followed.
#[unsafe(no_mangle)]
pub extern "C" fn heapwatch_leave_out_thread() {
    left::set(u64::MAX);
}

extern "C" fn start() {
    once(|_| {
        sampling::start();
        table::start();
        // A child without a program of its own goes on with a table of its own.
        unsafe { pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) };
    });
}

extern "C" fn before_fork() {
    table::hold();
}

extern "C" fn after_fork() {
    table::let_go();
}

extern "C" fn in_child() {
    once(|_| table::move_to_child());
    table::let_go();
}

#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;
