//! How many bytes the calling thread has left until its next sample: what every allocation touches.
//!
//! A shared library reaches the values of a thread through a function of the loader's, which would be a third of
//! all that counting costs. One that is loaded with the program may have them at a fixed distance instead, which
//! the compiler offers no stable way to say.

/// Takes off `size` bytes, and returns what is left.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn take(size: i64) -> i64 {
    let left;
    // SAFETY: the word is this thread's own, of eight bytes, and nothing else is touched.
    unsafe {
        std::arch::asm!(
            "mov {place}, qword ptr [rip + heapwatch_left@GOTTPOFF]",
            "mov {left}, qword ptr fs:[{place}]",
            "sub {left}, {size}",
            "mov qword ptr fs:[{place}], {left}",
            place = out(reg) _,
            left = out(reg) left,
            size = in(reg) size,
            options(nostack),
        );
    }
    left
}

/// Sets what is left.
pub fn set(left: i64) {
    take(take(0).wrapping_sub(left));
}

#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .tbss.heapwatch_left,\"awT\",@nobits",
    ".hidden heapwatch_left",
    ".globl heapwatch_left",
    ".type heapwatch_left, @object",
    ".size heapwatch_left, 8",
    ".p2align 3",
    "heapwatch_left:",
    ".zero 8",
    ".popsection",
);

#[cfg(not(target_arch = "x86_64"))]
pub fn take(size: i64) -> i64 {
    thread_local! {
        static LEFT: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
    }
    LEFT.try_with(|left| {
        left.set(left.get().wrapping_sub(size));
        left.get()
    })
    .unwrap_or(0)
}
