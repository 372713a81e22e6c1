//! How many bytes the calling thread may allocate until its next sample: what every allocation touches.
//!
//! A shared library reaches the values of a thread through a function of the loader's, which would be a third of
//! all that counting costs. One that is loaded with the program may have them at a fixed distance instead, which
//! the compiler offers no stable way to say.

/// Takes off `size` bytes where more than that are left; else nothing, and the allocation is to be sampled.
#[inline(always)]
pub fn covers(size: usize) -> bool {
    word::with(|left| {
        // What is left is never negative, so a size that no memory holds changes nothing.
        let enough = left > size as u64;
        (enough.then(|| left - size as u64), enough)
    })
}

/// Sets what is left: 0 has the next allocation sampled whatever its size.
pub fn set(left: u64) {
    word::with(|_| (Some(left), ()));
}

#[cfg(target_arch = "x86_64")]
mod word {
    /// Shows the word, and replaces it by what is returned first.
    #[inline(always)]
    pub fn with<T>(work: impl FnOnce(u64) -> (Option<u64>, T)) -> T {
        let place: u64;
        let left: u64;
        // SAFETY: the word is this thread's own, of eight bytes, and is only read.
        unsafe {
            std::arch::asm!(
                "mov {place}, qword ptr [rip + heapwatch_left@GOTTPOFF]",
                "mov {left}, qword ptr fs:[{place}]",
                place = out(reg) place,
                left = out(reg) left,
                options(nostack, readonly, preserves_flags),
            );
        }
        let (new, done) = work(left);
        if let Some(new) = new {
            // SAFETY: the same word, and nothing else is touched.
            unsafe {
                std::arch::asm!(
                    "mov qword ptr fs:[{place}], {new}",
                    place = in(reg) place,
                    new = in(reg) new,
                    options(nostack, preserves_flags),
                );
            }
        }
        done
    }

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
}

#[cfg(not(target_arch = "x86_64"))]
mod word {
    use std::cell::Cell;

    thread_local! {
        static LEFT: Cell<u64> = const { Cell::new(0) };
    }

    /// Shows the word, and replaces it by what is returned first.
    #[inline(always)]
    pub fn with<T>(work: impl FnOnce(u64) -> (Option<u64>, T)) -> T {
        let (new, done) = work(LEFT.try_with(Cell::get).unwrap_or(0));
        if let Some(new) = new {
            let _ = LEFT.try_with(|left| left.set(new));
        }
        done
    }
}
