//! `upright audit exec` and `attach` as a user runs them. What the verdicts are worth is tested
//! where they are made, in `heapwatch`.
#![cfg(target_os = "linux")]

use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn audit(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_upright"))
        .arg("audit")
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn summary(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

/// Not a test: a program that leaks 50 kB ten times a second, to be watched. It ends by itself.
#[test]
#[ignore = "a program that other tests start"]
fn leaking_animal() {
    for _ in 0..300 {
        std::mem::forget(std::hint::black_box(vec![1_u8; 50_000]));
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

fn animal() -> [String; 4] {
    let exe = std::env::current_exe().expect("this program");
    let exe = exe.to_str().expect("a text path").to_owned();
    [exe, "--ignored".to_owned(), "--exact".to_owned(), "leaking_animal".to_owned()]
}

#[test]
fn a_leak_is_exit_code_one_and_named_in_every_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a text path");
    let animal = animal();
    let mut arguments = vec!["exec", "--duration", "12", "--json", "--out", out, "--"];
    arguments.extend(animal.iter().map(String::as_str));
    let output = audit(&arguments);
    let summary = summary(&output);
    assert_eq!(output.status.code(), Some(1), "{summary}");
    assert_eq!(summary["verdict"], "leak");
    // Half a megabyte a second, less what a busy machine delays it.
    let rate = summary["growth_bytes_per_second"].as_f64().expect("a rate");
    assert!((200e3..600e3).contains(&rate), "{rate}");
    for key in ["growth_interval", "one_time_bytes", "peak_bytes", "samples", "duration"] {
        assert!(!summary[key].is_null(), "{key}");
    }
    for file in ["summary.json", "series.csv", "memory.svg", "memory.png"] {
        assert!(std::path::Path::new(out).join(file).is_file(), "{file}");
    }
}

#[test]
fn what_does_not_grow_is_exit_code_zero() {
    let output = audit(&["exec", "--duration", "4", "--json", "--", "sleep", "60"]);
    assert_eq!(output.status.code(), Some(0), "{}", summary(&output));
    let mut sleeping = Command::new("sleep").arg("60").spawn().expect("started");
    let output = audit(&["attach", "--duration", "4", "--json", &sleeping.id().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", summary(&output));
    assert!(sleeping.try_wait().expect("known").is_none(), "it was left running");
    sleeping.kill().expect("ended");
    sleeping.wait().expect("ended");
}

#[test]
fn too_little_to_judge_is_exit_code_three_and_no_command_two() {
    assert_eq!(audit(&["exec", "--", "true"]).status.code(), Some(3));
    let output = audit(&["exec", "--", "/nowhere/at/all"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/at/all"));
    assert_eq!(audit(&["attach", "4294967294"]).status.code(), Some(2));
    assert_eq!(audit(&["exec", "--interval", "0", "--", "true"]).status.code(), Some(2));
    assert_eq!(audit(&["exec", "--duration", "-1", "--", "true"]).status.code(), Some(2));
    assert_eq!(audit(&["exec"]).status.code(), Some(2));
}

#[test]
fn what_the_command_says_does_not_mix_with_the_summary() {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["audit", "exec", "--duration", "1", "--json", "--", "sh", "-c", "echo noise"])
        .stderr(Stdio::piped())
        .output()
        .expect("the program runs");
    assert_eq!(summary(&output)["verdict"], "inconclusive");
    assert!(String::from_utf8_lossy(&output.stderr).contains("noise"));
}
