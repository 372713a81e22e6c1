//! The live view in a real terminal.
#![cfg(target_os = "linux")]

#[path = "../../upright/tests/tmux/mod.rs"]
mod tmux;

use tmux::Tmux;

const SHOWN: &str = "written memory (MB)";

fn begun(name: &str, arguments: &str) -> Option<Tmux> {
    let terminal = Tmux::start(name, &std::env::temp_dir())?;
    terminal
        .command(&format!("clear; {} {arguments}; echo code=$?", env!("CARGO_BIN_EXE_heapwatch")));
    terminal.until("it draws", |screen| screen.contains(SHOWN));
    assert_eq!(terminal.state(), (true, false), "alternate screen, cursor");
    Some(terminal)
}

#[test]
fn keys_end_it_at_any_size_and_the_terminal_is_given_back() {
    for (name, key) in [("watch-q", "q"), ("watch-escape", "Escape"), ("watch-c", "C-c")] {
        let Some(terminal) = begun(name, "exec --live --duration 600 -- sleep 700") else { return };
        terminal.resize(40, 10);
        terminal.until("it is drawn smaller", |screen| {
            screen.contains(SHOWN) && screen.lines().all(|line| line.chars().count() <= 40)
        });
        terminal.resize(1, 1);
        terminal.resize(100, 30);
        terminal.until("it is drawn larger", |screen| {
            screen.contains("q ends the watch")
                && screen.lines().any(|line| line.chars().count() == 100)
        });
        terminal.press(&[key]);
        // As by a signal; what was seen is judged.
        let screen = terminal.given_back("130");
        assert!(screen.contains("until interrupted"), "{screen}");
    }
}

#[test]
fn a_command_that_ends_by_itself_gives_the_terminal_back() {
    let Some(terminal) = begun("watch-end", "exec --live --duration 600 -- sleep 4") else {
        return;
    };
    // Whether four seconds of it tell that it does not grow depends on how busy the machine is.
    let ended =
        |screen: &str| ["0", "3"].into_iter().find(|code| screen.contains(&format!("code={code}")));
    let screen = terminal.until("it ends", |screen| ended(screen).is_some());
    terminal.given_back(ended(&screen).expect("a code"));
}
