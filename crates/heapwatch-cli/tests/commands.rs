//! `heapwatch` as a user runs it. What `exec` and `attach` say of programs is tested where they are judged.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Output};

fn heapwatch(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heapwatch")).args(arguments).output().expect("started")
}

fn kept(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("zoo").join(name).display().to_string()
}

#[test]
fn a_command_that_does_not_grow_is_cleared_and_its_folder_has_what_was_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let path = out.to_str().expect("a text path");
    let output =
        heapwatch(&["exec", "--duration", "4", "--json", "--out", path, "--", "sleep", "60"]);
    assert_eq!(output.status.code(), Some(0));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // On a busy machine its first page can be seen to come.
    let verdict = summary["verdict"].as_str().expect("a verdict");
    assert!(["clean", "one_time"].contains(&verdict), "{verdict}");
    for name in ["summary.json", "series.csv"] {
        assert!(out.join(name).is_file(), "{name}");
    }
    // The same command replaces its results.
    let again = heapwatch(&["exec", "--duration", "1", "--out", path, "--", "sleep", "60"]);
    assert_eq!(again.status.code(), Some(3), "too short to judge");
}

#[test]
fn what_was_asked_for_wrongly_is_said_in_words_and_as_json() {
    let nobody = "4294967294";
    for (arguments, code) in [
        (&["attach", nobody][..], 2),
        (&["exec", "--", "/nowhere/at/all"], 2),
        (&["exec", "--floor", "-1", "--", "true"], 2),
        (&["compare", "/nowhere/at/all", "/nowhere/either"], 4),
    ] {
        let output = heapwatch(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{arguments:?}");
    }
    let output = heapwatch(&["attach", "--json", nobody]);
    let said: serde_json::Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert!(said["errors"][0]["message"].as_str().is_some_and(|said| said.contains(nobody)));
}

#[test]
fn three_per_cent_more_than_a_committed_baseline_is_exit_code_one() {
    let (baseline, more) = (kept("baseline.json"), kept("more.json"));
    let code = |old: &str, new: &str| heapwatch(&["compare", old, new]).status.code();
    assert_eq!(code(&baseline, &more), Some(1));
    assert_eq!(code(&baseline, &baseline), Some(0));
    assert_eq!(code(&more, &baseline), Some(0), "less is no reason to fail");
    let rate = |path: &str| {
        let text = std::fs::read(path).expect("kept");
        let summary: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        summary["growth_bytes_per_second"].as_f64().expect("a rate")
    };
    let grown = rate(&more) / rate(&baseline);
    assert!((1.02..1.04).contains(&grown), "{grown}");
}

#[test]
fn a_disk_that_is_full_is_exit_code_four_and_leaves_no_half() {
    let folder = tempfile::tempdir().expect("a folder");
    // A limit on the size of files stands for it.
    let script = "ulimit -f 1; exec \"$0\" exec --duration 4 --interval 10 --out out -- sleep 60";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_heapwatch")])
        .current_dir(folder.path())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("could not be written"), "{said}");
    assert!(!folder.path().join("out/summary.json").exists(), "half of a result was left");
}

#[test]
fn the_document_accuses_no_innocent_and_names_the_leaks_of_lists_histories_and_closures() {
    let text = include_str!("../../../docs/watched.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split(" | ").collect())
        .collect();
    assert!(rows.len() >= 30, "{} programs", rows.len());
    for row in &rows {
        assert_ne!(row[2], "wrong", "{row:?}");
    }
    for name in ["dictionaries", "history", "closure"] {
        let of = |row: &&Vec<&str>| row[0].contains(&format!("zoo.py {name}`"));
        let row = rows.iter().find(of).expect("watched");
        assert_eq!([row[2], row[3], row[5]], ["right", "leak", "yes"], "{name}");
    }
}

#[cfg(feature = "live")]
#[test]
fn a_live_view_needs_a_terminal() {
    let output = heapwatch(&["exec", "--live", "--", "sleep", "60"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("terminal"));
}
