//! Long computations that can be stopped: on a thread of their own, with the interpreter unlocked, while the calling
//! thread looks for signals.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often the calling thread looks.
const EVERY: Duration = Duration::from_millis(50);

/// What asks whether to stop.
pub(crate) type Stop<'a> = dyn Fn() -> bool + Sync + 'a;

/// Whether work has ended, and what wakes who waits for that.
#[derive(Default)]
struct Ended {
    flag: Mutex<bool>,
    wake: Condvar,
}

/// Sets the flag when it is dropped, in a panic too.
struct Sets<'a>(&'a Ended);

impl Drop for Sets<'_> {
    fn drop(&mut self) {
        *self.0.flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.wake.notify_all();
    }
}

/// Does `work`, which asks often whether to stop, and returns what came of it. Meanwhile signals are looked for and
/// `look` is called some twenty times a second; the first error of either stops the work and comes back beside it.
pub(crate) fn attended<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Stop<'_>) -> T + Send,
    mut look: impl FnMut(Python<'_>) -> PyResult<()>,
) -> PyResult<(T, Option<PyErr>)> {
    let stop = AtomicBool::new(false);
    let ended = Ended::default();
    let (stop, ended) = (&stop, &ended);
    std::thread::scope(|scope| {
        let body = move || {
            let _sets = Sets(ended);
            work(&|| stop.load(Ordering::Relaxed))
        };
        let thread = std::thread::Builder::new()
            .spawn_scoped(scope, body)
            .map_err(|error| PyOSError::new_err(format!("no thread could be started: {error}")))?;
        let mut broken: Option<PyErr> = None;
        loop {
            let over = py.detach(|| {
                let flag = ended.flag.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = ended.wake.wait_timeout_while(flag, EVERY, |over| !*over);
                *waited.unwrap_or_else(PoisonError::into_inner).0
            });
            if over {
                break;
            }
            if broken.is_none() {
                broken = py.check_signals().and_then(|()| look(py)).err();
                stop.store(broken.is_some(), Ordering::Relaxed);
            }
        }
        match py.detach(|| thread.join()) {
            Ok(found) => Ok((found, broken)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
