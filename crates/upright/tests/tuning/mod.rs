//! What the tests of `upright tune` do: start it, and read what it leaves.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub(crate) fn command(arguments: &[&str]) -> Command {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(root).env_remove("UPRIGHT_SIMD");
    command
}

pub(crate) fn upright(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program runs")
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).expect("JSON")
}

/// A search of short runs.
pub(crate) const SEARCH: [&str; 12] = [
    "tune",
    "scenarios/large-angle.yaml",
    "--set",
    "simulation={duration: 1, control_period: 0.004}",
    "--set",
    "tuning={draws: 4, confirm: 12, validation: 20}",
    "--particles",
    "5",
    "--seed",
    "3",
    "--threads",
    "2",
];

pub(crate) fn search(out: &Path, more: &[&str]) -> Output {
    let out = out.to_string_lossy();
    upright(&[&SEARCH[..], &["--out", &out], more].concat())
}

/// Starts a search that would never end, and waits until it has done so many steps.
pub(crate) fn started(out: &Path, steps: usize, more: &[&str]) -> Child {
    let text = out.to_string_lossy();
    let arguments = [&SEARCH[..], &["--iterations", "1000000", "--out", &text], more].concat();
    begun(command(&arguments), out, steps)
}

/// Kills a search after three steps or more, and lets it go on from its folder; to how many steps.
#[cfg(unix)]
pub(crate) fn killed_and_resumed(out: &Path, more: &[&str]) -> String {
    let mut child = started(out, 3, more);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(!out.join("summary.json").exists());
    // However far it came, it goes on from there to a step that is reached without a kill too.
    let steps = read(&out.join(".upright-tune-history.csv")).lines().count() + 3;
    let steps = steps.to_string();
    let resumed = upright(&["tune", "--resume", &out.to_string_lossy(), "--iterations", &steps]);
    assert_eq!(resumed.status.code(), Some(0), "{}", errors(&resumed));
    steps
}

/// Starts this search in the folder `out`, and waits until it has done so many steps.
pub(crate) fn begun(mut search: Command, out: &Path, steps: usize) -> Child {
    let search = search.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = search.spawn().expect("the program runs");
    let history = out.join(".upright-tune-history.csv");
    loop {
        let rows = fs::read_to_string(&history).unwrap_or_default().lines().count();
        if rows > steps {
            return child;
        }
        assert_eq!(child.try_wait().expect("a child"), None, "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
