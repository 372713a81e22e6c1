//! The live view in a real terminal: it draws, answers keys, survives resizing, and gives the terminal back
//! however it ends. What single frames show is tested beside the code.
#![cfg(unix)]

mod tmux;

use assert_cmd::Command;
use std::path::Path;
use std::time::{Duration, Instant};
use tmux::{PROMPT, Tmux};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a command to the program ends with, so that its exit code is seen.
const CODE: &str = "; echo code=$?";

fn upright() -> &'static str {
    env!("CARGO_BIN_EXE_upright")
}

/// A live run that goes on for long, in a terminal of its own.
fn started(name: &str, arguments: &str) -> Option<Tmux> {
    let terminal = Tmux::start(name, &root())?;
    let long = "--set simulation.duration=100000 --live";
    terminal.command(&format!(
        "clear; {} simulate scenarios/nominal.yaml {long} {arguments}{CODE}",
        upright()
    ));
    terminal.until("it runs", |screen| screen.contains("running at"));
    assert_eq!(terminal.state(), (true, false), "alternate screen, cursor");
    Some(terminal)
}

fn says(words: &str) -> impl Fn(&str) -> bool {
    move |screen| screen.contains(words)
}

#[test]
fn it_draws_answers_keys_and_gives_the_terminal_back() {
    let Some(terminal) = started("keys", "--controller classical") else { return };
    let screen = terminal.until("it draws", says("controller 1 classical"));
    assert!(screen.contains("so far balanced"), "{screen}");
    assert!(screen.contains("so far 0 pushes"), "{screen}");
    terminal.until("it settles", says("within the settling band"));

    terminal.press(&["Right"]);
    terminal.until("the push is counted", says("so far 1 push,"));
    terminal.press(&["h"]);
    // Pushes that act at the same time add up, so the next one waits until this one is over.
    terminal.until("so is one to the left", |screen| {
        screen.contains("so far 2 pushes,") && !screen.contains("<==")
    });

    terminal.press(&["Space"]);
    let paused = terminal.until("it stops", says("PAUSED at 1x"));
    // A push is seen once it acts, and a step lets it act.
    terminal.press(&["Up", "Left", "."]);
    let pushed = terminal.until("the arrow", says("<== 60.0 N"));
    let clock = |screen: &str| {
        let (_, after) = screen.split_once(" t ").expect("a clock");
        after.split(' ').next().expect("a number").parse::<f64>().expect("a number")
    };
    assert!((clock(&pushed) - clock(&paused) - 0.001).abs() < 1e-6, "{paused}\n{pushed}");

    for (key, words) in [
        ("4", "controller 4 hybrid, "),
        ("c", "controller 5 lqr"),
        ("Tab", "controller 1 classical"),
        ("3", "controller 3 adaptive"),
        ("?", "double, halve the push"),
        ("+", "PAUSED at 2x"),
        ("-", "PAUSED at 1x"),
        ("r", "t 0.000 of"),
        ("Space", "running at 1x"),
    ] {
        terminal.press(&[key]);
        terminal.until(key, says(words));
    }
    terminal.press(&["q"]);
    let screen = terminal.given_back("0");
    // The restart has undone the pushes and the changes.
    assert!(screen.contains("nominal under adaptive: ended by the user at "), "{screen}");
    assert!(!screen.contains("whole run"), "{screen}");
    terminal.until("the shell", |screen| screen.trim_end().ends_with(PROMPT.trim()));
}

#[test]
fn a_fall_is_said_and_waits() {
    let Some(terminal) = started("fall", "--controller lqr --speed 4 --require balanced") else {
        return;
    };
    for _ in 0..6 {
        terminal.press(&["Up"]);
    }
    // Some of these meet a pendulum that lies already.
    terminal.press(&["Left", "Left", "Left"]);
    let fell = terminal.until("it fell", |screen| screen.contains(" fell at "));
    assert!(fell.contains("r restarts, q quits"), "{fell}");
    terminal.press(&["4"]);
    terminal.until("nobody takes over", says("the run is over; r restarts it"));
    terminal.press(&["r"]);
    terminal.until("once more", says("running at 4x"));
    terminal.press(&["Left", "Left", "Left"]);
    terminal.until("it fell again", |screen| screen.contains(" fell at "));
    terminal.press(&["Escape"]);
    let screen = terminal.given_back("1");
    assert!(screen.contains("nominal under lqr: fell at"), "{screen}");
}

#[test]
fn it_survives_every_size() {
    let Some(terminal) = started("sizes", "--quiet") else { return };
    for (columns, rows) in [(40, 10), (1, 1), (79, 24), (80, 19)] {
        terminal.resize(columns, rows);
        if columns > 30 {
            let words = format!("too small, {columns} x {rows}");
            terminal.until("a message", |screen| screen.replace('\n', " ").contains(&words));
        }
    }
    for (columns, rows) in [(300, 100), (80, 20), (80, 24)] {
        terminal.resize(columns, rows);
        let fits = |screen: &str| {
            let lines: Vec<&str> = screen.lines().collect();
            lines.len() == usize::from(rows)
                && lines.last().is_some_and(|line| line.contains("? all keys"))
        };
        terminal.until("the picture again", fits);
    }
    terminal.press(&["q"]);
    terminal.given_back("0");
}

#[test]
fn control_c_interrupts() {
    let Some(terminal) = started("control-c", "--quiet") else { return };
    terminal.press(&["C-c"]);
    terminal.given_back("130");
}

#[test]
fn pushes_and_controllers_are_told_afterwards() {
    let Some(terminal) = started("told", "--controller classical") else { return };
    terminal.press(&["Right"]);
    terminal.until("a push", says("so far 1 push,"));
    terminal.press(&["4"]);
    terminal.until("a change", says("controller 4 hybrid"));
    terminal.press(&["q"]);
    let screen = terminal.given_back("0");
    assert!(screen.contains("nominal under hybrid: ended by the user at "), "{screen}");
    assert!(screen.contains("\n1 push; classical from 0.000 s, hybrid from "), "{screen}");
    assert!(screen.contains("\nmetrics of the whole run"), "{screen}");
}

#[test]
fn control_z_gives_the_terminal_back_until_the_run_goes_on() {
    let Some(terminal) = started("control-z", "--quiet") else { return };
    let stopped =
        |screen: &str| screen.contains("Stopped") && screen.trim_end().ends_with(PROMPT.trim());
    let goes_on = || {
        terminal.command("clear; fg");
        let whole = |screen: &str| {
            let lines: Vec<&str> = screen.lines().collect();
            lines[0].ends_with("running at 1x") && lines[23].ends_with("? all keys")
        };
        terminal.until("it is drawn again", whole);
        assert_eq!(terminal.state(), (true, false), "alternate screen, cursor");
    };
    terminal.press(&["C-z"]);
    terminal.until("the shell", stopped);
    assert_eq!(terminal.state(), (false, true), "alternate screen, cursor");
    terminal.command("stty -a | grep -ow -e '-*echo' -e '-*icanon' | tr '\\n' ,");
    terminal.until("a terminal that echoes and reads lines", says("icanon,echo,"));
    goes_on();
    terminal.press(&["Right"]);
    terminal.until("it answers", says("so far 1 push,"));

    terminal.press(&["q"]);
    terminal.until("the end", |screen| screen.trim_end().ends_with(PROMPT.trim()));
    assert_eq!(terminal.state(), (false, true), "alternate screen, cursor");
}

#[test]
fn stop_signals_from_elsewhere_are_survived() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(terminal) = Tmux::start("stop-signals", &root()) else { return };
    let number = with_number(&terminal, folder.path());
    let stop = |signal: &str| {
        let kill = format!("kill -{signal} {number}");
        assert!(did(Command::new("sh").args(["-c", &kill])));
        // Stopped without a word it leaves its picture behind, and the shell asks wherever the last frame was cut.
        terminal.until("the shell", |screen| match signal {
            "STOP" => screen.contains(PROMPT.trim()),
            _ => screen.trim_end().ends_with(PROMPT.trim()),
        });
    };
    for signal in ["TSTP", "STOP"] {
        stop(signal);
        // A line feed, since a shell that finds the terminal in raw mode waits for one.
        terminal.press(&["fg", "C-j"]);
        terminal.until("it goes on", |screen| {
            let running = screen.lines().next().is_some_and(|line| line.ends_with("running at 1x"));
            running && !screen.contains(PROMPT.trim())
        });
        assert_eq!(terminal.state(), (true, false), "alternate screen, cursor");
        terminal.press(&["Space"]);
        terminal.until("it answers", says("PAUSED"));
        terminal.press(&["Space"]);
        terminal.until("it runs", says("running at"));
    }
    terminal.press(&["q"]);
    terminal.until("the end", |screen| screen.trim_end().ends_with(PROMPT.trim()));
}

#[test]
fn who_leaves_before_the_end_has_no_verdict_to_require() {
    let Some(terminal) = started("leaves", "--quiet --require settled") else { return };
    terminal.press(&["q"]);
    terminal.given_back("3");
}

/// Starts it as a process of which the number is known.
fn with_number(terminal: &Tmux, folder: &Path) -> String {
    let file = folder.join("number");
    terminal.command(&format!(
        "clear; sh -c 'echo $$ > {}; exec {} simulate scenarios/nominal.yaml --live --quiet --set \
         simulation.duration=100000'{CODE}",
        file.display(),
        upright()
    ));
    terminal.until("it runs", says("running at"));
    std::fs::read_to_string(file).expect("written").trim().to_owned()
}

#[test]
fn signals_give_the_terminal_back() {
    let folder = tempfile::tempdir().expect("a folder");
    for (signal, code) in [("TERM", "143"), ("INT", "130"), ("HUP", "129"), ("QUIT", "131")] {
        let Some(terminal) = Tmux::start(&format!("signal-{signal}"), &root()) else { return };
        let number = with_number(&terminal, folder.path());
        // The second one comes while it is ending.
        let kill = format!("kill -{signal} {number} && kill -{signal} {number} 2>/dev/null; true");
        assert!(did(Command::new("sh").args(["-c", &kill])));
        terminal.given_back(code);
    }
}

/// Whether a command could do it.
fn did(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(terminal) = Tmux::start("goes-away", &root()) else { return };
    let number = with_number(&terminal, folder.path());
    terminal.close();
    let alive = || did(Command::new("sh").args(["-c", &format!("kill -0 {number}")]));
    let began = Instant::now();
    while alive() {
        assert!(began.elapsed() < Duration::from_mins(1), "{number} goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_scenario_from_standard_input_leaves_the_keys_to_the_terminal() {
    let Some(terminal) = Tmux::start("input", &root()) else { return };
    terminal.command(&format!(
        "clear; echo 'simulation: {{duration: 1000}}' | {} simulate - --live --quiet{CODE}",
        upright()
    ));
    terminal.until("it runs", says("standard-input"));
    terminal.press(&["l"]);
    terminal.until("the push is counted", says("so far 1 push,"));
    terminal.press(&["q"]);
    terminal.given_back("0");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |arguments: &[&str]| {
        let output = Command::new(upright())
            .args(["simulate", "scenarios/nominal.yaml"])
            .args(arguments)
            .current_dir(root())
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    assert_eq!(
        refused(&["--live"]),
        "error: --live: standard output is no terminal, and the live view needs one\n"
    );
    let said: serde_json::Value =
        serde_json::from_str(&refused(&["--live", "--json"])).expect("errors as JSON");
    assert_eq!(
        said["errors"][0]["message"],
        "--live --json: a live view prints no summary; give one of the two"
    );
    for other in [&["--monitor"][..], &["--recreate-every", "9"], &["--reset-every", "9"]] {
        assert_eq!(
            refused(&[&["--live"], other].concat()),
            format!(
                "error: --live {}: the memory of a live run is not watched; give one of the two\n",
                other[0]
            )
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let said = refused(&["--live", "--out", out.to_str().expect("a text path")]);
    assert!(said.contains("--live --out: a run that can be pushed leaves no results"), "{said}");
    assert!(!out.exists());
    for speed in ["0", "-1", "101", "nan", "fast"] {
        let said = refused(&["--live", &format!("--speed={speed}")]);
        assert!(said.contains("allowed is from 0.01 to 100"), "{speed}: {said}");
    }
    let said = refused(&["--speed", "2"]);
    assert!(said.contains("--live"), "{said}");
}
