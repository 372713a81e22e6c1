//! Ctrl-C: what is done is kept, and the program says that it was interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on the first Ctrl-C (or termination signal) is remembered; a second one ends the
/// program at once.
pub(crate) fn watch() {
    let watched = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
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
