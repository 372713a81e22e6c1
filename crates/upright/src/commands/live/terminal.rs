//! The terminal while a live run has it: taken at the start, given back as it was however the program ends.

use crossterm::cursor::Show;
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{Result, Stdout, stdout};
use std::ops::{Deref, DerefMut};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal, ours until this is dropped or the program panics.
pub(super) struct TerminalGuard(Terminal<CrosstermBackend<Stdout>>);

impl TerminalGuard {
    /// Takes it: another screen, no echo, every key at once.
    ///
    /// # Errors
    /// Where there is no terminal, or it does not answer; it is given back then.
    pub(super) fn new() -> Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                // First, or the message would be written to the screen that goes away. The released
                // program aborts on a panic: nothing is dropped.
                give_back();
                before(info);
            }));
        });
        take().map(Self)
    }

    /// Takes it again, whoever had it meanwhile, and forgets what stood on it: the next frame is drawn whole.
    ///
    /// # Errors
    /// As of [`TerminalGuard::new`].
    #[cfg(unix)]
    pub(super) fn take_again(&mut self) -> Result<()> {
        // Else the modes would count as set which a shell has set otherwise since.
        give_back();
        self.0 = take()?;
        Ok(())
    }
}

impl Deref for TerminalGuard {
    type Target = Terminal<CrosstermBackend<Stdout>>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for TerminalGuard {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> Result<Terminal<CrosstermBackend<Stdout>>> {
    TAKEN.store(true, Ordering::SeqCst);
    let enter = || {
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All))?;
        Terminal::new(CrosstermBackend::new(stdout()))
    };
    enter().inspect_err(|_| give_back())
}

/// Gives the terminal back as it was. Errors have nobody to go to: it is gone where it does not answer.
pub(super) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

#[cfg(all(test, unix))]
#[path = "../../../tests/tmux/mod.rs"]
#[allow(dead_code)]
mod tmux;

#[cfg(all(test, unix))]
mod tests {
    use super::tmux::Tmux;
    use super::*;

    /// What the next test starts in a terminal. Nothing is dropped here, as where a panic aborts, so only the
    /// hook can give the terminal back.
    #[test]
    #[ignore = "needs a terminal; the next test starts it in one"]
    fn panics_with_the_terminal_taken() {
        let mut terminal = std::mem::ManuallyDrop::new(TerminalGuard::new().expect("a terminal"));
        let text = |frame: &mut ratatui::Frame<'_>| {
            frame.render_widget("in the view", frame.area());
        };
        terminal.draw(text).expect("drawn");
        std::io::stdin().read_line(&mut String::new()).expect("a key");
        panic!("on purpose");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_and_is_read() {
        let this = std::env::current_exe().expect("this test");
        let Some(terminal) = Tmux::start("panic", &std::env::temp_dir()) else { return };
        let test = "commands::live::terminal::tests::panics_with_the_terminal_taken";
        terminal.command(&format!(
            "clear; RUST_BACKTRACE=0 {} --ignored --nocapture --exact {test}; echo code=$?",
            this.display()
        ));
        terminal.until("it draws", |screen| screen.starts_with("in the view"));
        assert_eq!(terminal.state(), (true, false), "alternate screen, cursor");
        terminal.press(&["C-j"]);
        let screen = terminal.given_back("101");
        assert!(screen.contains("on purpose"), "{screen}");
        assert!(!screen.contains("in the view"), "{screen}");
    }
}
