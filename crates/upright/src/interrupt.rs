//! Ctrl-C: what is done is kept, and the program says that it was interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on the first Ctrl-C (or termination signal) is remembered; a second one ends the
/// program at once.
pub(crate) fn watch() {
    handle(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

/// The same for a program with processes of its own, which must not be left behind, or with a terminal that
/// it must give back: it does so within seconds of the first signal, and further ones change nothing.
pub(crate) fn watch_patiently() {
    handle(|| INTERRUPTED.store(true, Ordering::Relaxed));
}

fn handle(signal: impl FnMut() + Send + 'static) {
    let watched = ctrlc::set_handler(signal);
    if let Err(error) = watched {
        eprintln!("warning: an interruption will lose what is done: {error}");
    }
}

/// What becomes true when the user interrupts, for others to watch.
pub(crate) fn flag() -> Arc<AtomicBool> {
    Arc::clone(&INTERRUPTED)
}

/// Whether the user has interrupted.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
