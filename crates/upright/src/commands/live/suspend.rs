//! Ctrl-Z: the terminal goes back to the shell while the program is stopped, and is taken again afterwards.

#[cfg(unix)]
pub(super) use unix::Suspend;

#[cfg(unix)]
mod unix {
    use super::super::terminal::{TerminalGuard, give_back};
    use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
    use signal_hook::consts::{SIGCONT, SIGSTOP, SIGTSTP};
    use signal_hook::flag::register;
    use signal_hook::low_level::raise;
    use std::io::Result;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// What the signals of job control have asked for.
    pub(in super::super) struct Suspend {
        asked: Arc<AtomicBool>,
        continued: Arc<AtomicBool>,
    }

    impl Suspend {
        /// Listens from now on.
        pub(in super::super) fn watch() -> Result<Self> {
            let suspend = Self { asked: Arc::default(), continued: Arc::default() };
            if !crate::interrupt::is_ignored(SIGTSTP) {
                register(SIGTSTP, Arc::clone(&suspend.asked))?;
            }
            register(SIGCONT, Arc::clone(&suspend.continued))?;
            Ok(suspend)
        }

        /// What the terminal does on Ctrl-Z where it is not in raw mode: all of the job is asked to stop, as a
        /// script that started this program must stop with it.
        pub(in super::super) fn ask() {
            // Without a job it is not sent, and nothing stops.
            let _ = kill_current_process_group(Signal::TSTP);
        }

        /// Stops the program where that was asked for, and returns when it goes on. Returns whether it was
        /// stopped, by this or by a signal that no program can catch.
        pub(in super::super) fn obey(&self, terminal: &mut TerminalGuard) -> Result<bool> {
            let asked = self.asked.swap(false, Ordering::SeqCst) && has_shell();
            if asked {
                self.continued.store(false, Ordering::SeqCst);
                give_back();
                // Nobody can catch this one; the one that was asked with is caught here.
                raise(SIGSTOP)?;
            }
            let stopped = asked | self.continued.swap(false, Ordering::SeqCst);
            if stopped {
                terminal.take_again()?;
            }
            Ok(stopped)
        }
    }

    /// Whether the program is a job of a shell, which can have it go on: a shell with jobs leads the session,
    /// and gives each job a process group of its own.
    fn has_shell() -> bool {
        getsid(None).is_ok_and(|leader| leader != getpgrp())
    }
}

/// Where there is no job control.
#[cfg(not(unix))]
pub(super) struct Suspend;

#[cfg(not(unix))]
impl Suspend {
    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn watch() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn ask() {}

    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn obey(&self, _: &mut super::terminal::TerminalGuard) -> std::io::Result<bool> {
        Ok(false)
    }
}
