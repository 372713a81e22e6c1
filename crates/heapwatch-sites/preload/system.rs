//! What is asked of glibc and of the unwinder.

use std::ffi::{c_char, c_int, c_long, c_void};

pub const ENOMEM: c_int = 12;
pub const EINVAL: c_int = 22;

pub type Handler = Option<extern "C" fn()>;

unsafe extern "C" {
    pub fn __libc_malloc(size: usize) -> *mut c_void;
    pub fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    pub fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub fn __libc_free(block: *mut c_void);
    pub fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    pub fn __libc_valloc(size: usize) -> *mut c_void;
    pub fn __libc_pvalloc(size: usize) -> *mut c_void;
    pub fn __errno_location() -> *mut c_int;
    pub fn pthread_atfork(before: Handler, after: Handler, child: Handler) -> c_int;
    fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int;
    fn close(file: c_int) -> c_int;
    fn ftruncate(file: c_int, length: i64) -> c_int;
    fn getrlimit(which: c_int, limits: *mut [u64; 2]) -> c_int;
    fn munmap(at: *mut c_void, length: usize) -> c_int;
    fn madvise(at: *mut c_void, length: usize, advice: c_int) -> c_int;
    fn write(file: c_int, from: *const c_void, length: usize) -> isize;
    fn mmap(
        at: *mut c_void,
        length: usize,
        access: c_int,
        flags: c_int,
        file: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn clock_gettime(clock: c_int, time: *mut [c_long; 2]) -> c_int;
    fn _Unwind_Backtrace(
        visit: extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        with: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIP(frame: *mut c_void) -> usize;
}

/// Nanoseconds of a clock that only goes forward.
pub fn now() -> u64 {
    let mut time = [0; 2];
    unsafe { clock_gettime(1, &raw mut time) };
    time[0] as u64 * 1_000_000_000 + time[1] as u64
}

/// Makes a file that was not there, of so many bytes, and maps it. Where `of` is given, it takes that mapping's
/// place, and begins with the first so many bytes of it. The rest has no place on the disk yet: see [`reserve`].
pub fn map_new_file(
    path: &std::ffi::CStr,
    bytes: usize,
    of: Option<(*mut u64, usize)>,
) -> Option<*mut u64> {
    // A file that grows beyond this limit would end the program.
    let mut limits = [0; 2];
    if unsafe { getrlimit(1, &raw mut limits) } != 0 || limits[0] < bytes as u64 {
        return None;
    }
    // To read and write, new only, closed on exec.
    let file = unsafe { open(path.as_ptr(), 0o2 | 0o100 | 0o200 | 0o2_000_000, 0o600) };
    if file < 0 {
        return None;
    }
    let mapped = (|| {
        if let Some((old, used)) = of {
            let mut done = 0;
            while done < used {
                let from = unsafe { old.cast::<u8>().add(done) };
                let more = unsafe { write(file, from.cast(), used - done) };
                done += usize::try_from(more).ok().filter(|&more| more > 0)?;
            }
        }
        if unsafe { ftruncate(file, bytes as i64) } != 0 {
            return None;
        }
        let (shared, fixed) = (1, if of.is_some() { 0x10 } else { 0 });
        let place = of.map_or(std::ptr::null_mut(), |(old, _)| old).cast();
        let mapped = unsafe { mmap(place, bytes, 1 | 2, shared | fixed, file, 0) };
        (mapped as isize != -1).then_some(mapped.cast())
    })();
    unsafe { close(file) };
    mapped
}

/// New pages of nobody else's, all of them there and zero; null where there is no memory.
pub fn map_pages(bytes: usize) -> *mut c_void {
    // Private, of no file, populated.
    let pages = unsafe { mmap(std::ptr::null_mut(), bytes, 1 | 2, 0x2 | 0x20 | 0x8000, -1, 0) };
    if pages as isize == -1 { std::ptr::null_mut() } else { pages }
}

/// Gives such pages back.
pub fn unmap_pages(pages: *mut c_void, bytes: usize) {
    unsafe { munmap(pages, bytes) };
}

/// Gives a part of a mapped file its place on the disk. False where that is full, and a write would end the program
/// (`MADV_POPULATE_WRITE`; before Linux 5.14 nobody can say).
pub fn reserve(at: *mut u64, bytes: usize) -> bool {
    const PAGE: usize = 4096;
    let (from, to) = (at as usize & !(PAGE - 1), at as usize + bytes);
    let errno = unsafe { __errno_location() };
    let before = unsafe { *errno };
    let done = unsafe { madvise(from as *mut c_void, to - from, 23) } == 0;
    let known = done || unsafe { *errno } == EINVAL;
    // The caller's error number stays as it was.
    unsafe { *errno = before };
    known
}

struct Walk<'a> {
    into: &'a mut [u64],
    length: usize,
}

extern "C" fn visit(frame: *mut c_void, walk: *mut c_void) -> c_int {
    let walk = unsafe { &mut *walk.cast::<Walk<'_>>() };
    let (at_end, go_on) = (5, 0);
    match walk.into.get_mut(walk.length) {
        Some(place) => {
            *place = unsafe { _Unwind_GetIP(frame) } as u64;
            walk.length += 1;
            go_on
        }
        None => at_end,
    }
}

/// Fills in the addresses of the calling stack, innermost first, and returns how many.
#[inline(never)]
pub fn stack(into: &mut [u64]) -> usize {
    let mut walk = Walk { into, length: 0 };
    unsafe { _Unwind_Backtrace(visit, (&raw mut walk).cast()) };
    walk.length
}
