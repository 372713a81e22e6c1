//! Results are whole whatever happens: kills, signals, deadlines, full disks, altered files, two at once.
#![cfg(target_os = "linux")]

use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn upright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(root());
    command
}

fn run(arguments: &[&str]) -> Output {
    upright(arguments).output().expect("the program runs")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a text path")
}

/// Waits until `seen` returns something; the process must not end before.
fn wait<T>(child: &mut Child, seen: impl Fn() -> Option<T>) -> T {
    loop {
        if let Some(seen) = seen() {
            return seen;
        }
        assert!(child.try_wait().expect("a child").is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn quiet(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

/// What hides in a folder of results.
fn hidden(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.filter(|path| name(path).starts_with('.')).collect()
}

/// The last checkpoint in a folder.
fn checkpoint(folder: &Path) -> Option<Value> {
    hidden(folder).iter().find_map(|stage| json(&stage.join("checkpoint.json")))
}

#[test]
fn killed_at_each_change_of_a_folder_the_next_run_is_not_refused_and_finds_a_whole_result() {
    let design = |out: &Path, pole: &str| {
        let poles = format!("controller.surface.poles=[{pole}, -3, -4, -5, -6]");
        let flags = ["--quiet", "--set", &poles, "--out", text(out)];
        upright(&[&["design", "scenarios/nominal.yaml"][..], &flags].concat())
    };
    let mut kills = 0;
    for kill_at in 1.. {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        assert!(design(&out, "-2").status().expect("it runs").success());
        fs::write(out.join("notes.txt"), "mine").expect("written");
        let kill = kill_at.to_string();
        let status = design(&out, "-7").env("UPRIGHT_STORE_KILL_AT", &kill).output();
        let status = status.expect("it runs").status;
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(9));
        kills += 1;
        // Who only looks finds one of the two, whole.
        let verify = run(&["verify", text(&out)]);
        assert_eq!(verify.status.code(), Some(0), "killed at {kill_at}: {}", words(&verify));
        let poles = json(&out.join("summary.json")).expect("a summary");
        let first = poles["scenario"]["controller"]["surface"]["poles"][0].clone();
        assert!(first == -2.0 || first == -7.0, "{first}");
        assert!(design(&out, "-7").status().expect("it runs").success());
        assert_eq!(fs::read_to_string(out.join("notes.txt")).expect("kept"), "mine");
        assert_eq!(hidden(&out), [] as [PathBuf; 0]);
    }
    assert!(kills >= 15, "{kills}");
}

#[test]
fn results_are_finished_where_nobody_hears_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        writer
    };
    // A law that rings has something to say on standard error too.
    let run =
        ["simulate", "scenarios/slow-loop.yaml", "--controller", "hybrid", "--figures", "svg"];
    for (name, stdout, stderr, code) in [
        ("full-out", Stdio::from(full()), Stdio::null(), 4),
        ("closed-out", Stdio::from(closed()), Stdio::null(), 4),
        ("full-error", Stdio::null(), Stdio::from(full()), 0),
        ("closed-error", Stdio::null(), Stdio::from(closed()), 0),
        ("both", Stdio::from(closed()), Stdio::from(full()), 4),
    ] {
        let out = folder.path().join(name);
        let status = upright(&[&run[..], &["--out", text(&out)]].concat())
            .stdout(stdout)
            .stderr(stderr)
            .status();
        assert_eq!(status.expect("it runs").code(), Some(code), "{name}");
        assert_eq!(self::run(&["verify", text(&out)]).status.code(), Some(0), "{name}");
    }
    // An error that nobody hears is still an exit code.
    let status = upright(&["simulate", "absent.yaml"]).stderr(full()).status();
    assert_eq!(status.expect("it runs").code(), Some(4));
}

#[test]
fn a_second_process_in_a_folder_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let study =
        ["batch", "scenarios/nominal.yaml", "--runs", "1e8", "--quiet", "--out", text(&out)];
    let mut first = quiet(&mut upright(&study));
    wait(&mut first, || checkpoint(&out));
    for other in [&study[..], &["design", "scenarios/nominal.yaml", "--out", text(&out)]] {
        let second = run(other);
        assert_eq!(second.status.code(), Some(2));
        assert!(
            words(&second).contains(&format!("process {} on ", first.id())),
            "{}",
            words(&second)
        );
    }
    signal(&first, "TERM");
    assert_eq!(first.wait().expect("an end").code(), Some(143));
    assert_eq!(run(&["verify", text(&out)]).status.code(), Some(0));
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

#[test]
fn each_signal_has_its_exit_code_and_the_partial_result_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    // Steps enough for hours, in periods that are long themselves.
    let slow = ["--set", "simulation.substeps=10000", "--set", "simulation.duration=1000"];
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // Children ignore what the test was told to ignore, as under `nohup`.
        if name == "HUP" && upright_console::interrupt::is_ignored(code - 128) {
            eprintln!("skipped: hangups are ignored here");
            continue;
        }
        for command in [
            &["batch", "scenarios/nominal.yaml", "--runs", "1000"][..],
            &["roa", "scenarios/nominal.yaml"],
            &["simulate", "scenarios/nominal.yaml", "--set", "simulation.record_every=1000"],
            &["sweep", "scenarios/nominal.yaml", "--over", "actuator.delay=0:5:6"],
            &[
                "sweep",
                "scenarios/nominal.yaml",
                "--over",
                "actuator.delay=0:5:6",
                "--runs",
                "1000",
            ],
        ] {
            let out = folder.path().join(format!("{}-{}-{name}", command[0], command.len()));
            let flags = ["--figures", "svg", "--quiet", "--out", text(&out)];
            let mut child = quiet(&mut upright(&[command, &slow, &flags].concat()));
            wait(&mut child, || (!hidden(&out).is_empty()).then_some(()));
            signal(&child, name);
            assert_eq!(child.wait().expect("an end").code(), Some(code), "{command:?}");
            let summary = json(&out.join("summary.json")).expect("a summary");
            assert_eq!(summary["complete"], false, "{command:?}");
            assert_eq!(run(&["verify", text(&out)]).status.code(), Some(0));
        }
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    // `timeout` signals the program and its group, and so the program twice.
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let slow = ["--set", "simulation.substeps=10000", "--set", "simulation.duration=1000"];
    let batch = ["batch", "scenarios/nominal.yaml", "--runs", "1000", "--out", text(&out)];
    let mut child = quiet(&mut upright(&[&batch[..], &slow].concat()));
    wait(&mut child, || (!hidden(&out).is_empty()).then_some(()));
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &id, &id, &id]).status();
    assert!(status.expect("kill runs").success());
    assert_eq!(child.wait().expect("an end").code(), Some(143));
    assert_eq!(json(&out.join("summary.json")).expect("a summary")["complete"], false);
}

#[test]
fn a_deadline_ends_a_run_with_what_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in [
        &["batch", "scenarios/nominal.yaml", "--runs", "1e8"][..],
        &["roa", "scenarios/nominal.yaml", "--set", "simulation.duration=1e4"],
        &[
            "simulate",
            "scenarios/nominal.yaml",
            "--set",
            "simulation.duration=1e7",
            "--set",
            "simulation.record_last=10",
        ],
        &[
            "compare",
            "scenarios/nominal.yaml",
            "--set",
            "simulation.duration=1e7",
            "--set",
            "simulation.record_last=10",
        ],
        &[
            "sweep",
            "scenarios/nominal.yaml",
            "--over",
            "actuator.delay=0:2:3",
            "--set",
            "simulation.duration=1e5",
        ],
    ] {
        let out = folder.path().join(command[0]);
        let flags = ["--deadline", "0.2", "--figures", "svg", "--quiet", "--out", text(&out)];
        let output = run(&[command, &flags].concat());
        assert_eq!(output.status.code(), Some(3), "{command:?}: {}", words(&output));
        assert_eq!(json(&out.join("summary.json")).expect("a summary")["complete"], false);
    }
    for wrong in ["-1", "soon", "nan", "1e300"] {
        let flags = ["simulate", "scenarios/nominal.yaml", &format!("--deadline={wrong}")];
        assert_eq!(run(&flags).status.code(), Some(2), "{wrong}");
    }
    let enough = ["simulate", "scenarios/nominal.yaml", "--quiet", "--deadline", "1e6"];
    assert_eq!(run(&enough).status.code(), Some(0));
}

#[test]
fn what_keeps_nothing_half_done_is_ended_by_a_deadline_and_by_signals_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log.csv");
    let row = |k: u32| {
        let t = f64::from(k) * 0.01;
        let u = (0.3 * t * t).sin();
        format!("{t},{u},{},{},{}\n", 0.1 * u, 0.02 * u, -0.03 * u)
    };
    let rows: String = (0..20_000).map(row).collect();
    let rows = format!("t,u,x,theta1,theta2\n{rows}");
    fs::write(&log, rows).expect("written");
    let plan: &[&str] = &["plan", "scenarios/swing-up.yaml"];
    let more = ["--set", "controller.plan.candidates=10000"];
    let plan = [plan, &more].concat();
    let identify = ["identify", text(&log), "--model", "scenarios/nominal.yaml"];
    for command in [&plan[..], &identify] {
        let out = folder.path().join(command[0]);
        let flags = ["--quiet", "--out", text(&out)];
        let limited = [command, &flags, &["--deadline", "0.5"]].concat();
        let output = run(&limited);
        assert_eq!(output.status.code(), Some(3), "{command:?}: {}", words(&output));
        assert!(words(&output).contains("nothing is kept"), "{}", words(&output));
        let mut child = quiet(&mut upright(&[command, &flags].concat()));
        wait(&mut child, || (!hidden(&out).is_empty()).then_some(()));
        signal(&child, "TERM");
        assert_eq!(child.wait().expect("an end").signal(), Some(15), "{command:?}");
    }
}

#[test]
fn a_diagnosis_that_is_cut_short_keeps_what_was_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("diagnosis");
    let long = ["--set", "simulation.duration=2000", "--set", "actuator.delay=2"];
    let diagnose = ["diagnose", "scenarios/nominal.yaml", "--quiet", "--out", text(&out)];
    // As long as it takes until the run itself has ended.
    let cut = |seconds: u32| {
        let deadline = ["--deadline", &seconds.to_string()];
        let output = run(&[&diagnose[..], &long, &deadline].concat());
        assert_eq!(output.status.code(), Some(3), "{}", words(&output));
        json(&out.join("summary.json"))
    };
    let summary = (0..8).find_map(|power| cut(1 << power)).expect("a diagnosis");
    assert_eq!(summary["complete"], false);
    assert!(summary["as_it_is"]["verdict"].is_string());
    assert_eq!(summary["remaining"].as_array().map(Vec::len), Some(0));
    let said = fs::read_to_string(out.join("diagnosis.txt")).expect("words");
    assert!(said.contains("interrupted: not all was tried"), "{said}");
    assert_eq!(run(&["verify", text(&out)]).status.code(), Some(0));
}

/// Runs a command until it has done something, kills it, and goes on with it; returns the folder.
fn killed_and_resumed(folder: &Path, command: &[&str], done: impl Fn(&Value) -> bool) -> PathBuf {
    let out = folder.join("killed");
    let mut child = quiet(&mut upright(&[command, &["--out", text(&out)]].concat()));
    wait(&mut child, || checkpoint(&out).filter(|state| done(&state["state"])));
    child.kill().expect("killed");
    child.wait().expect("an end");
    assert!(!out.join("summary.json").exists());
    let output = run(&[command[0], "--resume", text(&out), "--quiet", "--figures", "svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(hidden(&out), [] as [PathBuf; 0]);
    out
}

fn same(one: &Path, other: &Path, files: &[&str], keys: &[&str]) {
    for file in files {
        let read = |folder: &Path| fs::read(folder.join(file)).expect("a file");
        assert!(read(one) == read(other), "{file}");
    }
    let summary = |folder: &Path| json(&folder.join("summary.json")).expect("a summary");
    for key in keys {
        assert_eq!(summary(one)[key], summary(other)[key], "{key}");
    }
}

const STUDY: [&str; 10] = [
    "batch",
    "scenarios/noisy-sensors.yaml",
    "--set",
    "simulation.duration=1",
    "--runs",
    "60000",
    "--parquet",
    "--quiet",
    "--figures",
    "svg",
];
const OF_A_STUDY: [&str; 8] =
    ["runs", "upright", "settled", "verdicts", "metrics", "steps", "scenario", "complete"];

#[test]
fn a_study_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    assert!(run(&[&STUDY[..], &["--out", text(&whole)]].concat()).status.success());
    let far = |state: &Value| state["runs"].as_u64() > Some(0);
    let killed = killed_and_resumed(folder.path(), &STUDY, far);
    same(&killed, &whole, &["batch.csv", "batch.parquet", "batch.svg", "bars.svg"], &OF_A_STUDY);

    // One that was interrupted goes on from its results.
    let stopped = folder.path().join("stopped");
    let mut child = quiet(&mut upright(&[&STUDY[..], &["--out", text(&stopped)]].concat()));
    wait(&mut child, || checkpoint(&stopped).filter(|state| far(&state["state"])));
    signal(&child, "TERM");
    assert_eq!(child.wait().expect("an end").code(), Some(143));
    let part = json(&stopped.join("summary.json")).expect("a summary");
    assert!(part["runs"].as_u64() < Some(60000));
    // What is given once more must be the same; nothing of it is lost where it is not.
    for other in [&["scenarios/noisy-sensors.yaml"][..], &["--runs", "7"], &["--shard", "1/2"]] {
        let output = run(&[&["batch", "--resume", text(&stopped)], other].concat());
        assert_eq!(output.status.code(), Some(2), "{other:?}");
        assert!(
            words(&output).contains("not the one that it was begun with"),
            "{}",
            words(&output)
        );
    }
    let resume = ["--resume", text(&stopped)];
    assert_eq!(run(&[&STUDY[..], &resume].concat()).status.code(), Some(0));
    same(&stopped, &whole, &["batch.csv", "batch.parquet", "batch.svg"], &OF_A_STUDY);
    // A whole one is left as it is.
    let before = fs::read(stopped.join("summary.json")).expect("a file");
    assert_eq!(run(&[&STUDY[..], &resume].concat()).status.code(), Some(0));
    assert_eq!(fs::read(stopped.join("summary.json")).expect("a file"), before);

    // Where nothing is, it begins.
    let fresh = folder.path().join("fresh");
    assert_eq!(run(&["batch", "--resume", text(&fresh)]).status.code(), Some(2));
    assert!(!fresh.exists());
    let begin =
        ["batch", "scenarios/nominal.yaml", "--runs", "3", "--quiet", "--resume", text(&fresh)];
    assert_eq!(run(&begin).status.code(), Some(0));
    assert_eq!(json(&fresh.join("summary.json")).expect("a summary")["runs"], 3);
}

#[test]
fn rows_that_were_altered_after_a_kill_are_not_gone_on_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let mut child = quiet(&mut upright(&[&STUDY[..], &["--out", text(&out)]].concat()));
    wait(&mut child, || checkpoint(&out).filter(|state| state["state"]["runs"].as_u64() > Some(0)));
    child.kill().expect("killed");
    child.wait().expect("an end");
    let stage = hidden(&out).into_iter().find(|path| path.is_dir()).expect("a stage");
    let rows = stage.join("files/batch.csv");
    let mut bytes = fs::read(&rows).expect("rows");
    bytes[500] ^= 1;
    fs::write(&rows, bytes).expect("written");
    let output = run(&["batch", "--resume", text(&out)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("batch.csv was altered"), "{}", words(&output));
}

#[test]
fn a_map_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let grid = ["--x", "theta1:-0.6:0.6:101", "--y", "theta2:-0.6:0.6:71", "--quiet"];
    let map = [&["roa", "scenarios/nominal.yaml", "--figures", "svg"], &grid[..]].concat();
    let whole = folder.path().join("whole");
    assert!(run(&[&map[..], &["--out", text(&whole)]].concat()).status.success());
    let far = |state: &Value| state["verdicts"].as_object().is_some_and(|lists| lists.len() > 1);
    let killed = killed_and_resumed(folder.path(), &map, far);
    same(&killed, &whole, &["roa.csv", "roa.svg"], &["runs", "x", "y", "scenario", "complete"]);

    let stopped = folder.path().join("stopped");
    let mut child = quiet(&mut upright(&[&map[..], &["--out", text(&stopped)]].concat()));
    wait(&mut child, || checkpoint(&stopped).filter(|state| far(&state["state"])));
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(json(&stopped.join("summary.json")).expect("a summary")["complete"], false);
    let output = run(&["roa", "--resume", text(&stopped), "--quiet", "--figures", "svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    same(&stopped, &whole, &["roa.csv", "roa.svg"], &["runs", "x", "y", "scenario", "complete"]);
}

#[test]
fn a_merge_that_was_killed_is_done_again_from_its_shards() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = |index: usize| folder.path().join(format!("part{index}"));
    for index in [1, 2] {
        let shard = format!("{index}/2");
        assert!(
            run(&[&STUDY[..], &["--shard", &shard, "--out", text(&part(index))]].concat())
                .status
                .success()
        );
    }
    let parts = [part(1), part(2)];
    let merge =
        ["merge", text(&parts[0]), text(&parts[1]), "--quiet", "--parquet", "--figures", "svg"];
    let whole = folder.path().join("whole");
    assert!(run(&[&merge[..], &["--out", text(&whole)]].concat()).status.success());
    let killed = killed_and_resumed(folder.path(), &merge, |_| true);
    same(&killed, &whole, &["batch.csv", "batch.parquet", "batch.svg"], &OF_A_STUDY);
}

#[test]
fn what_was_altered_is_told_and_not_merged() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = |index: usize| folder.path().join(format!("part{index}"));
    for index in [1, 2] {
        let shard = format!("{index}/2");
        let out = part(index);
        let flags = ["--runs", "20", "--quiet", "--shard", &shard, "--out", text(&out)];
        assert!(run(&[&["batch", "scenarios/nominal.yaml"], &flags[..]].concat()).status.success());
    }
    let (one, two) = (part(1), part(2));
    assert_eq!(run(&["verify", text(&one), text(&two)]).status.code(), Some(0));
    let out = folder.path().join("out");
    for file in ["batch.csv", "summary.json", "scenario.yaml", "report.html"] {
        let whole = fs::read(two.join(file)).expect("a file");
        for at in [0, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            fs::write(two.join(file), &bytes).expect("written");
            let output = run(&["verify", text(&one), text(&two)]);
            let found = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(1), "byte {at} of {file}: {found}");
            assert!(found.contains("part1: whole") && found.contains(file), "{found}");
            let output = run(&["merge", text(&one), text(&two), "--out", text(&out)]);
            assert_eq!(output.status.code(), Some(2), "byte {at} of {file}");
            assert!(words(&output).contains(file) && !out.exists(), "{}", words(&output));
        }
        fs::remove_file(two.join(file)).expect("removed");
        assert_ne!(run(&["verify", text(&two)]).status.code(), Some(0));
        fs::write(two.join(file), &whole).expect("written");
    }
    // A folder that cannot be read hides nothing of the others.
    let output = run(&["verify", text(&folder.path().join("nothing")), text(&one)]);
    let found = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(found.contains("part1: whole") && found.contains("nothing: could not be"), "{found}");
    assert_eq!(output.status.code(), Some(4), "{}", words(&output));
    let output = run(&["verify", "--json", text(&one), text(&two)]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&found["whole"], &found["folders"][1]["whole"]), (&true.into(), &true.into()));
    assert!(
        run(&["merge", text(&one), text(&two), "--quiet", "--out", text(&out)]).status.success()
    );
}

#[test]
fn killed_at_each_change_a_scenario_to_begin_with_is_whole_or_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = run(&["init", "--rig", "linear-voltage", "-"]).stdout;
    for kill_at in 1.. {
        let file = folder.path().join(format!("rig{kill_at}.yaml"));
        let output = Command::new(env!("CARGO_BIN_EXE_upright"))
            .args(["init", "--rig", "linear-voltage", text(&file)])
            .env("UPRIGHT_STORE_KILL_AT", kill_at.to_string())
            .output()
            .expect("the program runs");
        let there = fs::read(&file).ok();
        assert!(there.is_none() || there.as_ref() == Some(&whole), "killed at {kill_at}");
        if output.status.success() {
            assert!(there.is_some() && kill_at > 3, "{kill_at}");
            break;
        }
    }
}

#[test]
fn a_disk_that_is_full_ends_with_four_and_leaves_the_old_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let simulate = ["simulate", "scenarios/nominal.yaml", "--quiet", "--figures", "svg", "--out"];
    assert!(run(&[&simulate[..], &[text(&out)]].concat()).status.success());
    let before = fs::read(out.join("summary.json")).expect("a summary");
    for fresh in [false, true] {
        let target = if fresh { folder.path().join("new") } else { out.clone() };
        // A file may have 100 blocks of half a kilobyte.
        let limited =
            format!("ulimit -f 100; exec \"$0\" {} {}", simulate.join(" "), target.display());
        let output = Command::new("sh")
            .args(["-c", &limited, env!("CARGO_BIN_EXE_upright")])
            .current_dir(root())
            .output()
            .expect("a shell");
        assert_eq!(output.status.code(), Some(4), "{}", words(&output));
        assert!(
            words(&output).contains("trajectory.csv could not be written"),
            "{}",
            words(&output)
        );
        assert_eq!(hidden(&target), [] as [PathBuf; 0]);
        assert_eq!(target.exists(), !fresh);
    }
    assert_eq!(fs::read(out.join("summary.json")).expect("a summary"), before);
    drop(File::open(&out));
    assert_eq!(run(&["verify", text(&out)]).status.code(), Some(0));
}
