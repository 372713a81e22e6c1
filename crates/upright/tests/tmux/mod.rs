//! A real terminal for tests: tmux, 80 columns and 24 rows, a shell in it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Long enough for a busy machine; a condition that holds ends the waiting at once.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the shell says when it waits for a command.
pub(crate) const PROMPT: &str = "ready> ";

/// A terminal of its own, which ends with this value.
pub(crate) struct Tmux {
    socket: String,
}

impl Tmux {
    /// Begins one in `folder`. Without tmux there is none: that is said, and is a failure only in continuous
    /// integration.
    ///
    /// # Panics
    /// Without tmux where `CI` is `true`, or where it does not start.
    pub(crate) fn start(name: &str, folder: &Path) -> Option<Self> {
        if let Err(error) = Command::new("tmux").arg("-V").output() {
            let words = format!(
                "the live view is tested in a terminal of tmux, which did not start ({error}); \
                 install it (Debian: apt-get install tmux, macOS: brew install tmux)"
            );
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{words}");
            // Written past the test's capture, which would swallow it.
            let _ = writeln!(std::io::stderr(), "skipped: {words}");
            return None;
        }
        let terminal = Self { socket: format!("upright-{name}-{}", std::process::id()) };
        let folder = folder.to_str().expect("a text path");
        let shell = format!("env -u NO_COLOR PS1='{PROMPT}' LC_ALL=C.UTF-8 sh");
        let start = ["new-session", "-d", "-x", "80", "-y", "24", "-c", folder, &shell];
        let output = terminal.tmux(&start);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        terminal.until("the shell is ready", |screen| screen.starts_with(PROMPT.trim()));
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        // The shell that it starts would complain of a locale that the machine does not have.
        let output = Command::new("tmux")
            .env("LC_ALL", "C.UTF-8")
            .args(["-u", "-L", &self.socket, "-f", "/dev/null"])
            .args(arguments)
            .output();
        output.expect("tmux runs")
    }

    /// Types keys by their names in tmux: `Enter`, `Right`, `q`, or whole words.
    pub(crate) fn press(&self, keys: &[&str]) {
        assert!(self.tmux(&[&["send-keys"], keys].concat()).status.success());
    }

    /// Types a command and ends the line.
    pub(crate) fn command(&self, words: &str) {
        assert!(self.tmux(&["send-keys", "-l", words]).status.success());
        self.press(&["Enter"]);
    }

    /// Gives it another size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        assert!(self.tmux(&["resize-window", "-x", &columns, "-y", &rows]).status.success());
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(&["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Whether the alternate screen is on and the cursor shown.
    pub(crate) fn state(&self) -> (bool, bool) {
        let format = ["display-message", "-p", "#{alternate_on} #{cursor_flag}"];
        let said = String::from_utf8_lossy(&self.tmux(&format).stdout).into_owned();
        let mut flags = said.split_whitespace().map(|flag| flag == "1");
        (flags.next().expect("a flag"), flags.next().expect("a flag"))
    }

    /// Waits until the screen is so, and returns it.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: it did not come to this:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the line `code=N` that a command ends with, and sees that the terminal is the shell's again:
    /// its screen, its cursor, its echo.
    pub(crate) fn given_back(&self, code: &str) -> String {
        let code = format!("code={code}");
        let screen = self.until(&code, |screen| screen.lines().any(|line| line == code));
        assert_eq!(self.state(), (false, true), "alternate screen, cursor\n{screen}");
        self.command("stty -a | grep -ow -e '-*echo' -e '-*icanon' -e '-*isig' -e '-*opost' | sort | tr '\\n' ,");
        self.until("a terminal that echoes and reads lines", |screen| {
            screen.contains("echo,icanon,isig,opost,")
        });
        screen
    }

    /// Ends it, as when its window is closed.
    pub(crate) fn close(&self) {
        self.tmux(&["kill-server"]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the screen at the end:\n{}", self.screen());
        }
        self.close();
    }
}
