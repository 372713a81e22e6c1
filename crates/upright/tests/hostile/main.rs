//! What the program is made to bear: scenarios with bytes changed, kills at any moment and at any change of
//! the file system, results with bytes changed. Short here; `UPRIGHT_HOSTILE=N` does N times as much, and
//! `UPRIGHT_HOSTILE=M..N` that without the first M, so that a long form can be split:
//!
//! ```sh
//! UPRIGHT_HOSTILE=100 cargo test -p upright --test hostile -- --nocapture
//! ```
//!
//! Every try is made from its number, so that one that fails can be made again. `UPRIGHT_PROGRAM` names another build
//! of the program.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use upright_sim::scenario::{Overrides, Scenario};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The numbers of the tries, of which the short form has so many.
fn numbers(short: u64) -> Range<u64> {
    let Ok(asked) = std::env::var("UPRIGHT_HOSTILE") else { return 0..short };
    let number = |text: &str| text.parse::<u64>().expect("UPRIGHT_HOSTILE is N or M..N");
    let (from, to) = asked.split_once("..").unwrap_or(("0", &asked));
    number(from) * short..number(to) * short
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
    let program = std::env::var_os("UPRIGHT_PROGRAM");
    let mut command = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_upright").into()));
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
    for number in numbers(10_000) {
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
const COMMANDS: [&[&str]; 8] = [
    &["design", "scenarios/nominal.yaml", "--set", "actuator.delay=1"],
    &["simulate", "scenarios/nominal.yaml", SHORT[0], SHORT[1]],
    &["batch", "scenarios/nominal.yaml", "--runs", "60", SHORT[0], SHORT[1]],
    &["compare", "scenarios/nominal.yaml", SHORT[0], SHORT[1]],
    &["roa", "scenarios/nominal.yaml", "--x", "theta1:-0.1:0.1:3", SHORT[0], SHORT[1]],
    &["sweep", "scenarios/nominal.yaml", "--over", "actuator.delay=0:2:3", SHORT[0], SHORT[1]],
    &["diagnose", "scenarios/nominal.yaml", SHORT[0], SHORT[1]],
    &[
        "tune",
        "scenarios/nominal.yaml",
        "--particles",
        "3",
        "--iterations",
        "2",
        "--set",
        "tuning={draws: 2, confirm: 2, validation: 2}",
        SHORT[0],
        SHORT[1],
    ],
];
const SHORT: [&str; 2] = ["--set", "simulation.duration=0.1"];

/// A command over a folder, under a seed.
fn over(out: &Path, command: &[&str], seed: &str) -> Command {
    let common = ["--quiet", "--seed", seed, "--out", text(out)];
    // Pictures in one format are as many files as it takes.
    let figures: &[&str] = if command[0] == "diagnose" { &[] } else { &["--figures", "svg"] };
    upright(&[command, &common, figures].concat())
}

/// What hides in a folder. A search keeps its last checkpoints, to be gone on from; nothing else keeps anything.
fn hidden(out: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(out).expect("a folder").flatten().map(|entry| entry.file_name());
    let mut names: Vec<OsString> =
        entries.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    names.sort();
    names
}

/// After a kill: what is there is whole, the next run is not refused, and nothing else has gone.
fn is_whole_and_goes_on(
    out: &Path,
    command: &[&str],
    seed: &str,
    what: &str,
    expected: &[OsString],
) {
    if out.join("summary.json").exists() || out.join(".upright-journal").exists() {
        assert_eq!(verify(out), Some(0), "{what}: {command:?}");
    }
    let next = over(out, command, seed).status().expect("it runs").code();
    assert_eq!(next, Some(0), "{what}: {command:?}");
    assert_eq!(verify(out), Some(0), "{what}: {command:?}");
    assert_eq!(fs::read_to_string(out.join("mine.txt")).ok().as_deref(), Some("mine"), "{what}");
    assert_eq!(hidden(out), expected, "{what}: {command:?}");
}

/// An old result with a file of the user's own; how long it took.
fn prepared(out: &Path, command: &[&str]) -> Duration {
    let began = Instant::now();
    assert!(over(out, command, "1").status().expect("it runs").success(), "{command:?}");
    let took = began.elapsed();
    fs::write(out.join("mine.txt"), "mine").expect("written");
    took
}

#[test]
fn no_kill_at_any_moment_breaks_a_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut kills = 0_u64;
    for (index, command) in COMMANDS.iter().enumerate() {
        let out = folder.path().join(index.to_string());
        let took = prepared(&out, command).as_micros() as usize;
        let expected = hidden(&out);
        assert!(command[0] == "tune" || expected.is_empty(), "{expected:?}");
        for number in numbers(4) {
            let mut child = over(&out, command, "2").spawn().expect("it starts");
            let moment = Numbers(number).below(took);
            std::thread::sleep(Duration::from_micros(moment as u64));
            let _ = child.kill();
            let status: ExitStatus = child.wait().expect("an end");
            kills += u64::from(status.signal() == Some(9));
            is_whole_and_goes_on(&out, command, "2", &format!("kill {number}"), &expected);
        }
    }
    println!("{kills} kills at random moments");
}

/// Whether a command was killed before the change of the file system of this number.
fn killed_at(out: &Path, command: &[&str], at: u64) -> bool {
    let mut killed = over(out, command, "3");
    let status = killed.env("UPRIGHT_STORE_KILL_AT", at.to_string()).status();
    status.expect("it runs").signal() == Some(9)
}

#[test]
fn no_kill_at_any_change_of_the_file_system_breaks_a_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut kills = 0_u64;
    for (index, command) in COMMANDS.iter().enumerate() {
        let out = folder.path().join(index.to_string());
        prepared(&out, command);
        let expected = hidden(&out);
        // Beyond its last change a command ends by itself.
        let bound = (0..12).map(|power| 1 << power).find(|at| !killed_at(&out, command, *at));
        let bound = bound.expect("fewer than 4096 changes");
        for number in numbers(4) {
            let at = 1 + Numbers(number).next() % bound;
            kills += u64::from(killed_at(&out, command, at));
            is_whole_and_goes_on(&out, command, "3", &format!("kill at change {at}"), &expected);
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
    for number in numbers(40) {
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
