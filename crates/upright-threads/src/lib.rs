//! Work spread over threads, whose results do not depend on how many there are.
//!
//! Everything that upright computes on several threads goes through one of three functions:
//!
//! - [`in_order`]: something for every number below a count, in the order of the numbers;
//! - [`together`]: the same closure on several threads, the calling one among them;
//! - [`beside`]: closures on threads of their own while the calling thread does something else.
//!
//! Threads live as long as the call. Where the system gives fewer than wanted, fewer do the same work. A call ends
//! only when each thread has given back all that it held (a bare [`std::thread::scope`] ends before), and passes a
//! panic of a thread on.
//!
//! ```
//! use upright_threads::{all_cores, in_order};
//!
//! let squares = in_order(all_cores(), 5, || (), |(), i| i * i);
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! ```

use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// As many threads as this process may use at a time; one where the system does not say.
pub fn all_cores() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// What [`beside`] could start.
#[derive(Debug)]
pub struct Started {
    /// Threads that run.
    pub threads: usize,
    /// Why the system gave no more, where it did not.
    pub refused: Option<io::Error>,
}

/// Starts a thread for each of `works`, which are made as they start, and does `meanwhile` on this thread; returns
/// what that returned when all have ended. A work that the system gives no thread for is dropped, and none is made
/// after it.
///
/// # Panics
/// With the panic of a thread.
pub fn beside<W: FnOnce() + Send, T>(
    works: impl IntoIterator<Item = W>,
    meanwhile: impl FnOnce(Started) -> T,
) -> T {
    thread::scope(|scope| {
        let mut threads = Vec::new();
        let mut refused = None;
        for work in works {
            match thread::Builder::new().spawn_scoped(scope, work) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        let result = meanwhile(Started { threads: threads.len(), refused });
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        result
    })
}

/// Calls `work` on this thread and at the same time on others, `threads` in all.
///
/// # Panics
/// With the panic of a thread.
pub fn together(threads: NonZero<usize>, work: impl Fn() + Sync) {
    let work = &work;
    beside((1..threads.get()).map(|_| move || work()), |_| work());
}

/// `work(state, i)` for every `i` below `count`, in the order of `i`. Each thread has a `state` of its own; what
/// `work` returns must not depend on what the state went through before.
///
/// # Panics
/// With the panic of a thread.
pub fn in_order<S, T: Send>(
    threads: NonZero<usize>,
    count: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    together(threads.min(NonZero::new(count).unwrap_or(NonZero::<usize>::MIN)), || {
        let mut state = state();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                break;
            }
            let result = work(&mut state, i);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((i, result));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(n: usize) -> NonZero<usize> {
        NonZero::new(n).unwrap()
    }

    #[test]
    fn results_are_in_order_on_any_number_of_threads() {
        for n in [1, 2, 7, 100] {
            for count in [0, 1, 2, 50] {
                let found = in_order(
                    threads(n),
                    count,
                    || 0,
                    |calls, i| {
                        *calls += 1;
                        3 * i
                    },
                );
                assert!(
                    found.iter().copied().eq((0..count).map(|i| 3 * i)),
                    "{n} threads, {count}"
                );
            }
        }
    }

    #[test]
    fn the_calling_thread_works_too() {
        let here = thread::current().id();
        let seen = Mutex::new(Vec::new());
        together(threads(3), || seen.lock().unwrap().push(thread::current().id()));
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen.len(), 3);
        assert!(seen.contains(&here));
    }

    #[test]
    fn a_panic_of_a_thread_reaches_the_caller() {
        let panic = std::panic::catch_unwind(|| {
            beside([|| panic!("on another thread")], |started| assert_eq!(started.threads, 1));
        });
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on another thread"));
    }
}
