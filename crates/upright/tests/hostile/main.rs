//! What the program is made to bear: scenarios with bytes changed, kills at any moment and at any change of
//! the file system, results with bytes changed. Short here; `UPRIGHT_HOSTILE=N` does N times as much:
//!
//! ```sh
//! UPRIGHT_HOSTILE=100 cargo test --release -p upright --test hostile -- --nocapture
//! ```
//!
//! Every try is made from its number, so that one that fails can be made again.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use upright_sim::scenario::{Overrides, Scenario};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How many times as much as the short form.
fn times() -> u64 {
    std::env::var("UPRIGHT_HOSTILE").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Numbers from a seed: the generator of Steele, Lea and Flood (`SplitMix`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

fn upright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(root()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a text path")
}

/// The files under a folder, nothing hidden.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

fn verify(folder: &Path) -> Option<i32> {
    upright(&["verify", text(folder)]).status().expect("it runs").code()
}

/// Pieces that hostile texts are made of.
const PIECES: [&str; 24] = [
    "nan",
    ".inf",
    "-1e308",
    "1e309",
    "0x7f",
    "~",
    "null",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!int ",
    "|\n",
    "\"",
    "'",
    "\u{0}",
    "\u{feff}",
    "18446744073709551616",
    "\t",
    "<<: ",
];

/// A scenario with some of it changed.
fn mutated(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        match numbers.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
            2 => {
                let end = (at + numbers.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let end = (at + numbers.below(60)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => bytes.truncate(at),
            _ => {
                let digits: Vec<usize> =
                    (0..bytes.len()).filter(|&i| bytes[i].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    let at = digits[numbers.below(digits.len())];
                    let piece = PIECES[numbers.below(6)];
                    bytes.splice(at..=at, piece.bytes());
                }
            }
        }
    }
    bytes
}

#[test]
fn no_changed_scenario_brings_the_reader_down() {
    let entries = fs::read_dir(root().join("scenarios")).expect("the scenarios").flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|p| p.is_file()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).expect("a file")).collect();
    let (mut read, mut refused) = (0_u64, 0_u64);
    for number in 0..10_000 * times() {
        let bytes = mutated(&seeds, &mut Numbers(number));
        let Ok(text) = String::from_utf8(bytes) else {
            refused += 1;
            continue;
        };
        let result = std::panic::catch_unwind(|| {
            Scenario::read(
                "mutated",
                &text,
                &Overrides { unrecorded: true, ..Overrides::default() },
            )
        });
        match result.unwrap_or_else(|_| panic!("try {number} panicked:\n{text}")) {
            // What is read says everything: written and read again it is the same.
            Ok(scenario) => {
                read += 1;
                let again = Scenario::read(
                    "again",
                    &scenario.to_yaml(),
                    &Overrides { unrecorded: true, ..Overrides::default() },
                );
                assert_eq!(again.ok().as_ref(), Some(&scenario), "try {number}:\n{text}");
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    println!("{} mutated scenarios: {read} read, {refused} refused", read + refused);
}

/// Commands that leave folders of several kinds, short enough to be killed often.
const COMMANDS: [&[&str]; 4] = [
    &["design", "scenarios/nominal.yaml"],
    &["simulate", "scenarios/nominal.yaml", "--set", "simulation.duration=0.3", "--figures", "svg"],
    &[
        "batch",
        "scenarios/nominal.yaml",
        "--runs",
        "200",
        "--set",
        "simulation.duration=0.2",
        "--figures",
        "svg",
    ],
    &["compare", "scenarios/nominal.yaml", "--set", "simulation.duration=0.1", "--figures", "svg"],
];

/// After a kill: what is there is whole, the next run is not refused, and nothing else has gone.
fn is_whole_and_goes_on(out: &Path, command: &[&str], seed: &str, what: &str) {
    if out.join("summary.json").exists() || out.join(".upright-journal").exists() {
        assert_eq!(verify(out), Some(0), "{what}: {command:?}");
    }
    let next = [command, &["--quiet", "--seed", seed, "--out", text(out)]].concat();
    assert_eq!(upright(&next).status().expect("it runs").code(), Some(0), "{what}: {command:?}");
    assert_eq!(verify(out), Some(0), "{what}: {command:?}");
    assert_eq!(fs::read_to_string(out.join("mine.txt")).ok().as_deref(), Some("mine"), "{what}");
    let hidden = fs::read_dir(out).expect("a folder").flatten();
    let hidden = hidden.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0, "{what}: {command:?}");
}

fn prepared(out: &Path, command: &[&str]) {
    let first = [command, &["--quiet", "--seed", "1", "--out", text(out)]].concat();
    assert!(upright(&first).status().expect("it runs").success());
    fs::write(out.join("mine.txt"), "mine").expect("written");
}

#[test]
fn no_kill_at_any_moment_breaks_a_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut kills = 0_u64;
    for (index, command) in COMMANDS.iter().enumerate() {
        let out = folder.path().join(index.to_string());
        prepared(&out, command);
        for number in 0..5 * times() {
            let mut numbers = Numbers(number);
            let again = [*command, &["--quiet", "--seed", "2", "--out", text(&out)]].concat();
            let mut child = upright(&again).spawn().expect("it starts");
            std::thread::sleep(Duration::from_micros(numbers.next() % 250_000));
            let _ = child.kill();
            let status: ExitStatus = child.wait().expect("an end");
            kills += u64::from(status.signal() == Some(9));
            is_whole_and_goes_on(&out, command, "2", &format!("kill {number}"));
        }
    }
    println!("{kills} kills at random moments");
}

#[test]
fn no_kill_at_any_change_of_the_file_system_breaks_a_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut kills = 0_u64;
    for (index, command) in COMMANDS.iter().enumerate() {
        let out = folder.path().join(index.to_string());
        prepared(&out, command);
        for number in 0..8 * times() {
            let at = 1 + Numbers(number).next() % 90;
            let again = [*command, &["--quiet", "--seed", "3", "--out", text(&out)]].concat();
            let mut killed = upright(&again);
            let status = killed.env("UPRIGHT_STORE_KILL_AT", at.to_string()).status();
            kills += u64::from(status.expect("it runs").signal() == Some(9));
            is_whole_and_goes_on(&out, command, "3", &format!("kill at change {at}"));
        }
    }
    println!("{kills} kills at chosen changes of the file system");
}

#[test]
fn no_changed_result_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    prepared(&out, COMMANDS[3]);
    let results: Vec<PathBuf> =
        files(&out).into_iter().filter(|file| !file.ends_with("mine.txt")).collect();
    let mut told = 0_u64;
    for number in 0..40 * times() {
        let mut numbers = Numbers(number);
        let file = &results[numbers.below(results.len())];
        let whole = fs::read(file).expect("a file");
        let mut bytes = whole.clone();
        let at = numbers.below(bytes.len());
        match numbers.below(4) {
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, b' '),
            _ => drop(bytes.remove(at)),
        }
        fs::write(file, &bytes).expect("written");
        assert_eq!(verify(&out), Some(1), "change {number} of {}", file.display());
        fs::write(file, &whole).expect("written");
        told += 1;
    }
    assert_eq!(verify(&out), Some(0));
    println!("{told} changed results, each told");
}
