//! Pages that are read at the keyboard: every command in a block of `sh` is run, from top to bottom and
//! in one folder, and a block marked as what it prints is what it printed. Times are shown as `…`.

use crate::{audited, current, root};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A folder like the repository's root, with the scenarios in it.
pub(crate) fn workplace() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_all(&root().join("scenarios"), &folder.path().join("scenarios"));
    folder
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// What a script gave.
pub(crate) struct Given {
    printed: String,
    complained: String,
    code: i32,
}

impl Given {
    fn must_end_with(&self, code: i32, script: &str) {
        assert_eq!(self.code, code, "{script}\n{}{}", self.printed, self.complained);
    }
}

/// Runs a script in which `upright` is the program under test.
pub(crate) fn run(folder: &Path, script: &str) -> Given {
    if script.trim() == audited::COMMAND {
        let printed = audited::short_form().said.clone();
        return Given { printed, complained: String::new(), code: 0 };
    }
    let program = Path::new(env!("CARGO_BIN_EXE_upright")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Given {
        printed: text(&output.stdout),
        complained: text(&output.stderr),
        code: output.status.code().expect("an exit code"),
    }
}

/// Text in which what the clock says is `…`: `in 0.3 s` and all that follows it on the line.
fn without_times(text: &str) -> String {
    let mut result = String::new();
    for line in text.lines() {
        let told = line.match_indices(" in ").map(|(at, _)| at).find(|at| {
            let mut words = line[at + 4..].split([' ', ',']);
            words.next().is_some_and(|word| word.parse::<f64>().is_ok())
                && words.next() == Some("s")
        });
        match told {
            Some(at) => writeln!(result, "{} in … s", &line[..at]).expect("a string"),
            None => writeln!(result, "{line}").expect("a string"),
        }
    }
    result
}

const BEGIN: &str = "<!-- begin: what it prints";

/// A page with every marked block as its commands give it.
fn as_it_runs(page: &str) -> String {
    let folder = workplace();
    let mut result = String::new();
    let mut last: Option<(String, Given)> = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        writeln!(result, "{line}").expect("a string");
        if line == "```sh" {
            if let Some((script, given)) = last.take() {
                given.must_end_with(0, &script);
            }
            let script: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let script = script.join("\n");
            writeln!(result, "{script}\n```").expect("a string");
            let given = run(folder.path(), &script);
            last = Some((script, given));
        } else if let Some(rest) = line.strip_prefix(BEGIN) {
            let (script, given) = last.take().expect("commands before what they print");
            let code = rest.trim_end_matches(" -->").strip_prefix(", exit code ");
            given.must_end_with(code.map_or(0, |code| code.parse().expect("a code")), &script);
            // A refusal stands on standard error.
            let shown = if given.code == 2 { &given.complained } else { &given.printed };
            let shown = without_times(shown);
            writeln!(result, "```text\n{shown}```\n<!-- end -->").expect("a string");
            assert!(lines.by_ref().any(|line| line == "<!-- end -->"), "a block without an end");
        }
    }
    if let Some((script, given)) = last {
        given.must_end_with(0, &script);
    }
    result
}

/// Checks a page against what its commands print.
pub(crate) fn runs(name: &str) {
    let page = fs::read_to_string(root().join(name)).expect("a page");
    current(name, &as_it_runs(&page));
}

#[test]
fn the_tutorial_runs() {
    runs("docs/tutorial.md");
}

#[test]
fn the_page_of_a_rig_of_ones_own_runs() {
    runs("docs/rig.md");
}

#[test]
fn the_page_on_reading_the_audit_runs() {
    runs("docs/reading-the-audit.md");
}

#[test]
fn times_are_not_compared() {
    let told = "8 candidates in 0.3 s\n10 steps in 1.5 s, 29.0 million\nin all in one s\n";
    let kept = "8 candidates in … s\n10 steps in … s\nin all in one s\n";
    assert_eq!(without_times(told), kept);
}
