//! Ctrl-C and the signals that end a program: what is done is kept, and the program says that it was
//! interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on the first Ctrl-C, termination signal or hangup is remembered; a second one ends the program
/// at once.
pub(crate) fn watch() {
    warn(system::watch(true));
}

/// The same for a program with processes of its own, which must not be left behind: it ends within seconds
/// of the first signal, and further ones change nothing.
pub(crate) fn watch_patiently() {
    warn(system::watch(false));
}

/// The same for a program with a terminal that it must give back, which a quit signal ends too.
pub(crate) fn watch_with_terminal() {
    warn(system::watch(false).and_then(|()| system::watch_quit()));
}

fn warn(watched: std::io::Result<()>) {
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

/// Whether whoever started the program had it ignore the signal of this number.
#[cfg(unix)]
pub(crate) fn is_ignored(signal: i32) -> bool {
    // Linux tells it here. Elsewhere it takes unsafe code, and no signal counts as ignored.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.is_some_and(|set| set >> (signal - 1) & 1 == 1)
}

#[cfg(unix)]
mod system {
    use super::{flag, is_ignored};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_shutdown};

    pub(super) fn watch(second_ends: bool) -> std::io::Result<()> {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // `nohup` has a program ignore hangups so that it outlives its terminal. Watching them here would
            // end it all the same.
            if signal == SIGHUP && is_ignored(SIGHUP) {
                continue;
            }
            if second_ends {
                // Looks at the flag before the same signal sets it.
                register_conditional_shutdown(signal, 130, flag())?;
            }
            register(signal, flag())?;
        }
        Ok(())
    }

    pub(super) fn watch_quit() -> std::io::Result<()> {
        register(SIGQUIT, flag()).map(drop)
    }
}

#[cfg(not(unix))]
mod system {
    use super::flag;
    use std::sync::atomic::Ordering;

    pub(super) fn watch(second_ends: bool) -> std::io::Result<()> {
        let flag = flag();
        let signal = move || {
            if flag.swap(true, Ordering::Relaxed) && second_ends {
                std::process::exit(130);
            }
        };
        ctrlc::set_handler(signal).map_err(std::io::Error::other)
    }

    pub(super) fn watch_quit() -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::is_ignored;
    use signal_hook::consts::{SIGPIPE, SIGTERM};

    #[test]
    fn an_ignored_signal_is_told_from_others() {
        // The runtime ignores broken pipes before anything of ours runs.
        assert_eq!([SIGPIPE, SIGTERM].map(is_ignored), [true, false]);
    }
}
