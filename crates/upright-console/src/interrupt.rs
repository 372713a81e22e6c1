//! Ctrl-C, the signals that end a program, and its deadline: what is done is kept, and the exit code says
//! which of them it was.

use crate::console::say;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// The signal that interrupted, or [`DEADLINE`]; zero while nothing has.
static CAUSE: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Whether a command looks at what interrupts it; one that does not leaves nothing half done.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Whether a further signal ends the program at once.
static IMPATIENT: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// Signals so soon after the first are the same one: `timeout` sends one to the program and then to its group, a closed
/// terminal's shell and the kernel one each, a service manager a hangup behind its termination signal. They come within
/// microseconds, or what a busy machine makes of them; keys that a person presses twice are further apart than this.
const SAME: Duration = Duration::from_millis(50);

/// In place of the number of a signal.
const DEADLINE: usize = usize::MAX;

/// The exit code of a program that has reached its deadline: there is no answer yet.
const DEADLINE_CODE: u8 = 3;

/// From now on the first Ctrl-C, termination signal or hangup is remembered; a later one ends the program at
/// once.
pub fn watch() {
    warn(system::watch(true));
}

/// The same for a program with processes of its own, which must not be left behind: it ends within seconds
/// of the first signal, and further ones change nothing.
pub fn watch_patiently() {
    warn(system::watch(false));
}

/// The same for a program with a terminal that it must give back, which a quit signal ends too.
pub fn watch_with_terminal() {
    warn(system::watch(false).and_then(|()| system::watch_quit()));
}

/// From now on the program is interrupted when `deadline` has passed since `began`; it ends at once where it has
/// nothing half done to keep.
pub fn end_after(began: Instant, deadline: Duration) {
    let wait = move || {
        std::thread::sleep(deadline.saturating_sub(began.elapsed()));
        // A signal that came first says why.
        let _ = CAUSE.compare_exchange(0, DEADLINE, Ordering::Relaxed, Ordering::Relaxed);
        INTERRUPTED.store(true, Ordering::Relaxed);
        if !WATCHED.load(Ordering::Relaxed) {
            say!("the deadline has passed; nothing is kept");
            std::process::exit(i32::from(DEADLINE_CODE));
        }
    };
    if let Err(error) = std::thread::Builder::new().spawn(wait) {
        say!("warning: the deadline will not be kept: {error}");
    }
}

fn warn(watched: std::io::Result<()>) {
    WATCHED.store(true, Ordering::Relaxed);
    if let Err(error) = watched {
        say!("warning: an interruption will lose what is done: {error}");
    }
}

/// What becomes true when the user interrupts, for others to watch.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&INTERRUPTED)
}

/// Whether the user has interrupted, or the deadline has passed.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// The exit code of a program that was interrupted: 128 and the number of the signal, as shells count, or that
/// of a deadline.
pub fn code() -> u8 {
    match CAUSE.load(Ordering::Relaxed) {
        DEADLINE => DEADLINE_CODE,
        signal => 128 + u8::try_from(signal).ok().filter(|signal| *signal > 0).unwrap_or(2),
    }
}

/// Whether whoever started the program had it ignore the signal of this number.
#[cfg(unix)]
pub fn is_ignored(signal: i32) -> bool {
    // Linux tells it here. Elsewhere it takes unsafe code, and no signal counts as ignored.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.is_some_and(|set| set >> (signal - 1) & 1 == 1)
}

/// From now on a file that grows beyond what the system allows is an error of that file, and no end of the
/// program.
pub fn outlive_large_files() {
    // Where it is not watched, it ends the program as ever.
    let _ = system::outlive_large_files();
}

#[cfg(unix)]
mod system {
    use super::{CAUSE, IMPATIENT, SAME, flag, is_ignored};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
    use signal_hook::flag::{register, register_conditional_shutdown, register_usize};
    use signal_hook::low_level::pipe;
    use std::io::Read;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    pub(super) fn watch(second_ends: bool) -> std::io::Result<()> {
        let (mut first, told) = UnixStream::pair()?;
        if second_ends {
            let wait = move || {
                if first.read_exact(&mut [0]).is_ok() {
                    std::thread::sleep(SAME);
                    IMPATIENT.store(true, Ordering::Relaxed);
                }
            };
            std::thread::Builder::new().spawn(wait)?;
        }
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // `nohup` has a program ignore hangups so that it outlives its terminal. Watching them here would
            // end it all the same.
            if signal == SIGHUP && is_ignored(SIGHUP) {
                continue;
            }
            if second_ends {
                register_conditional_shutdown(signal, 128 + signal, Arc::clone(&IMPATIENT))?;
                pipe::register(signal, told.try_clone()?)?;
            }
            remember(signal)?;
        }
        Ok(())
    }

    fn remember(signal: i32) -> std::io::Result<()> {
        // The cause first: who sees the flag sees the cause.
        register_usize(signal, Arc::clone(&CAUSE), signal as usize)?;
        register(signal, flag()).map(drop)
    }

    pub(super) fn watch_quit() -> std::io::Result<()> {
        remember(SIGQUIT)
    }

    pub(super) fn outlive_large_files() -> std::io::Result<()> {
        register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
    }
}

#[cfg(not(unix))]
mod system {
    use super::{IMPATIENT, SAME, flag};
    use std::sync::atomic::Ordering;

    pub(super) fn watch(second_ends: bool) -> std::io::Result<()> {
        let flag = flag();
        // Handlers of signals are called on a thread of their own here.
        let signal = move || {
            if IMPATIENT.load(Ordering::Relaxed) && second_ends {
                std::process::exit(130);
            }
            if !flag.swap(true, Ordering::Relaxed) {
                std::thread::sleep(SAME);
                IMPATIENT.store(true, Ordering::Relaxed);
            }
        };
        ctrlc::set_handler(signal).map_err(std::io::Error::other)
    }

    pub(super) fn watch_quit() -> std::io::Result<()> {
        Ok(())
    }

    pub(super) fn outlive_large_files() -> std::io::Result<()> {
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
