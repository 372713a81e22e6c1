//! A signal that comes twice: once from `timeout`, or from a person who has waited long enough.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use upright_console::interrupt;

const CHILD: &str = "UPRIGHT_CONSOLE_TEST_CHILD";
/// How a child ends that came to its own end.
const OWN: i32 = 7;

/// A program that heeds no interruption until it is told to, on its standard input.
#[test]
#[ignore = "run by the others, in a process of its own"]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    interrupt::watch();
    println!("\nwatches");
    let _ = std::io::stdin().read_exact(&mut [0]);
    // What was sent before may still be on its way through the thread that takes it in.
    for _ in 0..1000 {
        if interrupt::interrupted() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::process::exit(if interrupt::interrupted() { OWN } else { OWN + 1 });
}

fn started() -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child", "--ignored", "--nocapture", "--quiet"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "watches"));
    child
}

fn send(child: &Child, signals: &[&str]) {
    let id = child.id();
    let kills: Vec<String> = signals.iter().map(|name| format!("kill -{name} {id}")).collect();
    // One shell whose own command sends them: they come within microseconds.
    let sent = Command::new("sh").args(["-c", &kills.join("; ")]).stderr(Stdio::null()).status();
    sent.expect("a shell");
}

#[test]
fn a_signal_that_is_sent_twice_at_once_is_one() {
    for signals in [["INT", "INT"], ["TERM", "TERM"], ["TERM", "HUP"]] {
        let mut child = started();
        send(&child, &signals);
        child.stdin.take().expect("a pipe").write_all(b"\n").expect("told");
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(OWN), "{signals:?}: {status}");
    }
}

#[test]
fn a_further_signal_ends_the_program_at_once() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // A child ignores what the test was told to ignore, as under `nohup`.
        if signal == "HUP" && interrupt::is_ignored(code - 128) {
            eprintln!("skipped: hangups are ignored here");
            continue;
        }
        let mut child = started();
        // A child that waits for ever is ended by signals alone.
        let _open = child.stdin.take();
        let status = loop {
            send(&child, &[signal]);
            std::thread::sleep(Duration::from_millis(20));
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
        };
        assert_eq!(status.code(), Some(code), "{signal}");
    }
}
