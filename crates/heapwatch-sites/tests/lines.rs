//! Programs whose leak is known are named with their line. All are watched at the same time; they allocate by
//! the clock, and samples are placed at the times at which they were taken.
#![cfg(target_os = "linux")]

use heapwatch::Verdict;
use heapwatch::process::{End, Options, exec};
use heapwatch_sites::{Counted, Found, FoundSite, Mode, Sites};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(name)
}

/// What was found in a few lines.
fn told(found: &Found) -> String {
    let sites = found
        .sites
        .iter()
        .take(8)
        .map(|site| format!("{} {}: {}\n", site.pid, site.place, site.judgement.verdict));
    sites.collect::<String>() + &found.notes.join("\n")
}

fn watched(mut command: Command, mode: Mode, seconds: u64) -> Found {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let options = Options { duration: Duration::from_secs(seconds), ..Options::default() };
    let sites = Sites::begin(&mut command, mode, options.duration).expect("a private folder");
    exec(&mut command, &options).expect("started");
    sites.end(&options.noise)
}

/// Watches for longer where no leak was told: on a machine that is busy with other work a program comes to too few
/// steps for a verdict, and few samples may come unevenly.
fn watched_until_told(command: impl Fn() -> Command, mode: Mode) -> Found {
    let mut found = watched(command(), mode, 15);
    for seconds in [60, 240, 480] {
        if leaks(&found).is_empty() {
            found = watched(command(), mode, seconds);
        }
    }
    found
}

/// Whether a program is there; a test that needs it says so and is skipped.
fn has(name: &str) -> bool {
    let there = Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: there is no {name}");
    }
    there
}

fn leaks(found: &Found) -> Vec<&FoundSite> {
    found.sites.iter().filter(|site| site.judgement.verdict.is_leak()).collect()
}

/// The interpreter itself: a name can be that of a script which looks for it, for seconds on a busy machine.
fn python() -> Option<PathBuf> {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let path = output.ok().filter(|output| output.status.success());
    if path.is_none() {
        eprintln!("skipped: there is no python3");
    }
    path.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// The one leak is at a line that reads so, at about this rate in bytes a second.
fn assert_named(name: &str, text: &str, rate: [f64; 2]) {
    let Some(python) = python() else { return };
    let command = || {
        let mut command = Command::new(&python);
        command.arg(program(name));
        command
    };
    let found = watched_until_told(command, Mode::Sampled);
    let leaks = leaks(&found);
    let first = leaks.first().unwrap_or_else(|| panic!("no leak: {}", told(&found)));
    let place = &first.place;
    assert!(place.file.as_ref().is_some_and(|file| file.ends_with(name)), "{place}");
    assert_eq!(place.function, text);
    assert_eq!(first.counted, Counted::Traced);
    let Verdict::Leak { rate: seen, .. } = first.judgement.verdict else { unreachable!() };
    assert!((rate[0]..rate[1]).contains(&seen), "{name}: {seen} bytes a second");
}

#[test]
fn a_list_of_dictionaries_is_named_with_its_line() {
    let line = "log.append({\"t\": step * 1e-3, \"u\": float(step), \"e\": step * 0.5})";
    assert_named("dictionaries.py", line, [5e4, 4e5]);
}

#[test]
fn what_tracing_keeps_is_not_taken_for_the_program_s() {
    let Some(python) = python() else { return };
    let watched = |traced: bool| {
        let mut command = Command::new(&python);
        command.arg(program("dictionaries.py")).stdout(Stdio::null());
        let duration = Duration::from_secs(20);
        let sites = traced.then(|| {
            Sites::begin(&mut command, Mode::Sampled, duration).expect("a private folder")
        });
        let own = sites.as_ref().map(Sites::own);
        let options = Options { duration, own, ..Options::default() };
        let watched = exec(&mut command, &options).expect("started");
        (watched, sites.map(|sites| sites.end(&options.noise)))
    };
    let ((alone, _), (traced, found)) = std::thread::scope(|scope| {
        let alone = scope.spawn(|| watched(false));
        let traced = watched(true);
        (alone.join().expect("watched"), traced)
    });
    let found = found.expect("traced");
    assert!(found.notes.is_empty(), "{}", told(&found));
    assert!(found.sites.iter().any(|site| site.counted == Counted::Traced), "{}", told(&found));
    let (alone, traced) = (alone.judgement.growth, traced.judgement.growth);
    let ratio = traced.rate / alone.rate;
    println!("{:.0} alone, {:.0} traced", alone.rate, traced.rate);
    // Tables and traces together are several times what this program keeps.
    assert!((0.8..1.25).contains(&ratio), "{alone:?}, traced {traced:?}");
}

#[test]
fn a_history_without_bound_is_named_with_its_line() {
    // A number is 24 bytes, and its place in the list 8 to 9.
    assert_named(
        "history.py",
        "self.history.append(error + 0.5 * len(work))",
        [300.0 * 24.0, 300.0 * 44.0],
    );
}

#[test]
fn a_record_kept_by_a_closure_is_named_with_its_line() {
    // 66 bytes of text, and its place in the list.
    assert_named("closure.py", "records.append(\"step %012d\" % step)", [5e4, 1e5]);
}

/// The compiled program, or nothing where there is no compiler.
fn compiled(name: &str, more: &[&str]) -> Option<PathBuf> {
    if !has("gcc") {
        return None;
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("native-{name}"));
    let status = Command::new("gcc")
        .args(["-O1", "-g", "-o"])
        .arg(&out)
        .arg(program("native.c"))
        .args(more)
        .status();
    status.is_ok_and(|status| status.success()).then_some(out)
}

fn assert_native(name: &str, mode: Mode) {
    let Some(binary) = compiled(name, &[]) else { return };
    let found = watched_until_told(|| Command::new(&binary), mode);
    let leaks = leaks(&found);
    assert_eq!(leaks.len(), 1, "{}", told(&found));
    let place = &leaks[0].place;
    assert_eq!(place.function, "keep");
    assert!(place.file.as_ref().is_some_and(|file| file.ends_with("native.c")), "{place}");
    assert_eq!(place.line, Some(26));
    let Verdict::Leak { rate, interval, .. } = leaks[0].judgement.verdict else { unreachable!() };
    // A busy machine leaves time for two samples of these blocks a second: 30 in 15 s, a fifth of error.
    let error = if mode == Mode::All { 1e4 } else { 4e4 };
    assert!((rate - 1e5).abs() < error, "{rate}");
    assert!(interval.low <= 1e5 && 1e5 <= interval.high, "{interval:?}");
    // What was taken once is told from it.
    let table = found.sites.iter().find(|site| site.place.function == "table").expect("seen");
    assert!(table.judgement.verdict.is_innocent(), "{table:#?}");
    assert!(leaks[0].frames.iter().any(|frame| frame.function == "main"));
}

#[test]
fn a_native_leak_is_named_with_its_line_by_samples() {
    assert_native("sampled", Mode::Sampled);
}

#[test]
fn a_native_leak_is_named_with_its_line_by_all() {
    assert_native("all", Mode::All);
}

#[test]
fn what_headers_of_cpp_allocate_is_the_line_that_uses_them() {
    if !has("g++") {
        return;
    }
    for (name, debug) in [("cpp-lines", "-g"), ("cpp-names", "-g0")] {
        let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut compiler = Command::new("g++");
        compiler.args(["-O1", debug, "-o"]).arg(&binary).arg(program("native.cc"));
        assert!(compiler.status().expect("a compiler").success());
        let found = watched_until_told(|| Command::new(&binary), Mode::Sampled);
        let leaks = leaks(&found);
        assert!(!leaks.is_empty(), "{}", told(&found));
        for leak in leaks {
            assert_eq!(leak.place.function, "app::Cache<long>::keep", "{}", told(&found));
            assert_eq!(leak.place.line, (debug == "-g").then_some(12));
        }
    }
}

#[test]
fn what_cannot_be_counted_is_said() {
    let said = |command: Command| watched(command, Mode::Sampled, 2).notes.join("\n");
    if let Some(binary) = compiled("static", &["-static"]) {
        let said = said(Command::new(binary));
        assert!(said.contains("linked statically"), "{said}");
    }
    if let Some(python) = python() {
        let mut isolated = Command::new(python);
        isolated.args(["-I", "-c", "import time; time.sleep(9)"]);
        let said = said(isolated);
        assert!(said.contains("ignore its environment"), "{said}");
    }
    let narrow = Path::new(env!("CARGO_TARGET_TMPDIR")).join("narrow");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../heapwatch/tests/fixtures/leak32.c");
    let mut compiler = Command::new("gcc");
    compiler.args([
        "-m32",
        "-O1",
        "-ffreestanding",
        "-fno-pie",
        "-no-pie",
        "-static",
        "-nostdlib",
        "-fno-stack-protector",
    ]);
    if cfg!(target_arch = "x86_64")
        && compiler.arg(source).arg("-o").arg(&narrow).status().is_ok_and(|status| status.success())
    {
        let said = said(Command::new(narrow));
        assert!(said.contains("not of 64 bits"), "{said}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let other = folder.path().join("other");
    std::fs::write(&other, "#!/bin/sh\nsleep 9\n").expect("written");
    assert!(Command::new("chmod").arg("+x").arg(&other).status().expect("a command").success());
    assert_eq!(said(Command::new(&other)), "", "a script of a shell that can be counted");
}

#[test]
fn a_program_whose_files_may_not_grow_is_not_ended_by_being_counted() {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 4; sleep 2; exit $?"]);
    let options = Options { duration: Duration::from_mins(1), ..Options::default() };
    let sites = Sites::begin(&mut command, Mode::Sampled, options.duration).expect("a folder");
    let watched = exec(&mut command, &options).expect("started");
    sites.end(&options.noise);
    assert_eq!(watched.end, End::Exited(Some(0)));
}

#[test]
fn a_child_of_a_shell_and_a_child_of_a_fork_are_counted() {
    let Some(binary) = compiled("child", &[]) else { return };
    let command = || {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg("\"$0\" & wait").arg(&binary);
        shell
    };
    // All of them: samples are of chance, and who is counted is not.
    let found = watched_until_told(command, Mode::All);
    assert!(leaks(&found).iter().any(|site| site.place.function == "keep"), "{}", told(&found));
}
