//! `upright tune` as a user runs it: its files, its way back after a kill, and what it refuses.

mod tuning;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tuning::{
    SEARCH, begun, command, errors, json, killed_and_resumed, read, search, started, upright,
};

#[test]
fn a_search_leaves_the_files_of_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("tuned");
    let output = search(&out, &["--iterations", "4"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let words = String::from_utf8(output.stdout).expect("text");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
    let summary = json(&out.join("summary.json"));
    assert_eq!((&summary["command"], &summary["complete"]), (&"tune".into(), &true.into()));
    assert_eq!((&summary["seed"], &summary["evaluations"]), (&3.into(), &20.into()));
    let cost = |name: &str| summary[name].as_f64().expect("a cost");
    assert!(cost("cost_after") < cost("cost_before"));
    for side in ["before", "after"] {
        let terms = summary[side]["terms"].as_object().expect("terms");
        assert_eq!(terms.len(), 9);
        let sum: f64 = terms.values().filter_map(Value::as_f64).sum();
        assert!((sum - summary[side]["mean"].as_f64().expect("a mean")).abs() < 1e-12);
    }
    assert_eq!(summary["validation"]["runs"], 20);
    assert!(out.join("history.svg").is_file() && out.join("history.png").is_file());
    let history = read(&out.join("history.csv"));
    let rows: Vec<&str> = history.lines().collect();
    assert_eq!(rows[0], "iteration,best,iteration_best,mean,worst,diversity,evaluations");
    assert_eq!(rows.len(), 5);
    let last: Vec<f64> = rows[4].split(',').map(|cell| cell.parse().expect("a number")).collect();
    assert_eq!((last[0], last[1], last[6]), (4.0, cost("cost_after"), 20.0));

    // The best gains are a scenario of its own, and cost what the search says.
    let best = out.join("best.yaml");
    let again = upright(&["tune", &best.to_string_lossy(), "--iterations", "1", "--json"]);
    let again: Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(again["cost_before"], summary["cost_after"]);
    let simulated = upright(&["simulate", &best.to_string_lossy(), "--quiet"]);
    assert_eq!(simulated.status.code(), Some(0));
}

#[test]
fn one_thread_without_vectors_finds_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    assert_eq!(search(&a, &["--iterations", "3"]).status.code(), Some(0));
    let mut other = SEARCH;
    other[11] = "1";
    let text = b.to_string_lossy();
    let output = command(&[&other[..], &["--iterations", "3", "--out", &text]].concat())
        .env("UPRIGHT_SIMD", "scalar")
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(0));
    for file in ["best.yaml", "history.csv"] {
        assert_eq!(read(&a.join(file)), read(&b.join(file)), "{file}");
    }
}

/// The files whose bits tell whether two searches were the same.
fn fingerprint(out: &Path) -> [String; 2] {
    ["best.yaml", "history.csv"].map(|file| read(&out.join(file)))
}

#[cfg(unix)]
#[test]
fn a_search_that_was_killed_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    let (killed, whole) = (folder.path().join("killed"), folder.path().join("whole"));
    let steps = killed_and_resumed(&killed, &[]);
    assert_eq!(search(&whole, &["--iterations", &steps]).status.code(), Some(0));
    assert_eq!(fingerprint(&killed), fingerprint(&whole));
    let [a, b] = [&killed, &whole].map(|out| json(&out.join("summary.json")));
    for key in ["cost_before", "cost_after", "evaluations", "gains", "validation", "scenario"] {
        assert_eq!(a[key], b[key], "{key}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_search_keeps_its_best_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("tuned");
    let mut child = started(&out, 2, &[]);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    let summary = json(&out.join("summary.json"));
    assert_eq!((&summary["complete"], &summary["validation"]), (&false.into(), &Value::Null));
    let steps = summary["iterations"].as_u64().expect("a count");
    let history = read(&out.join("history.csv"));
    assert_eq!(history.lines().count() as u64, steps + 1);
    assert!(out.join("best.yaml").is_file());
}

/// A search of two steps that is there to be resumed.
fn done(folder: &Path) -> PathBuf {
    let out = folder.join("done");
    assert_eq!(search(&out, &["--iterations", "2"]).status.code(), Some(0));
    out
}

#[cfg(unix)]
#[test]
fn a_folder_is_searched_by_one_process_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("tuned");
    let mut child = started(&out, 2, &[]);
    let history = out.join(".upright-tune-history.csv");
    for other in [
        search(&out, &["--iterations", "2"]),
        upright(&["tune", "--resume", &out.to_string_lossy()]),
    ] {
        assert_eq!(other.status.code(), Some(2));
        assert!(errors(&other).contains("another process"));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    // Every line but the last, which the kill may have cut, is whole.
    let text = read(&history);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[..lines.len() - 1].iter().all(|line| line.split(',').count() == 7), "{text}");
    assert_eq!(
        upright(&["tune", "--resume", &out.to_string_lossy(), "--iterations", "3"]).status.code(),
        Some(0)
    );
}

#[test]
fn a_search_that_is_refused_leaves_the_one_before_it_to_be_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = done(folder.path());
    let before = fingerprint(&out);
    let weights = "tuning.weights={settling: 0, angle: 0, cart: 0, effort: 0, variation: 0, saturation: 0, stability: 0, falls: 0}";
    let refused = search(&out, &["--set", weights]);
    assert_eq!(refused.status.code(), Some(2), "{}", errors(&refused));
    assert_eq!(fingerprint(&out), before);
    let resumed = upright(&["tune", "--resume", &out.to_string_lossy(), "--iterations", "3"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", errors(&resumed));
}

#[test]
fn gains_beyond_their_bounds_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let bounds = "tuning.gains={switching_gain: [0, 5]}";
    let found = search(&folder.path().join("out"), &["--set", bounds, "--iterations", "1"]);
    assert_eq!(found.status.code(), Some(0), "{}", errors(&found));
    let said = errors(&found);
    assert!(
        said.contains("switching_gain is 20 in the scenario, beyond the bounds 0 to 5"),
        "{said}"
    );
}

#[test]
fn a_checkpoint_cut_in_half_is_passed_over_for_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = done(folder.path());
    let checkpoint = out.join(".upright-tune-checkpoint");
    let bytes = fs::read(&checkpoint).expect("a checkpoint");
    fs::write(&checkpoint, &bytes[..bytes.len() / 2]).expect("written");
    let before = fingerprint(&out);
    let resumed = upright(&["tune", "--resume", &out.to_string_lossy()]);
    assert_eq!(resumed.status.code(), Some(0), "{}", errors(&resumed));
    assert_eq!(fingerprint(&out), before, "it ends where it was to end");
    assert!(errors(&resumed).contains("the last checkpoint is not whole (it is cut off"));
    let more = upright(&["tune", "--resume", &out.to_string_lossy(), "--iterations", "4"]);
    assert_eq!(more.status.code(), Some(0), "{}", errors(&more));
    let whole = folder.path().join("whole");
    assert_eq!(search(&whole, &["--iterations", "4"]).status.code(), Some(0));
    assert_eq!(fingerprint(&out), fingerprint(&whole));
}

#[test]
fn a_search_of_something_else_is_not_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = done(folder.path());
    let text = out.to_string_lossy().into_owned();
    let refused = |arguments: &[&str], message: &str| {
        let output = upright(&[&["tune", "--resume", &text], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
        assert!(errors(&output).contains(message), "{}", errors(&output));
    };
    let same = &SEARCH[1..6];
    refused(&[same, &["--seed", "4"]].concat(), "seed was 3 when the search began, and is 4 now");
    refused(&["scenarios/pushed.yaml"], "when the search began, and is");
    refused(&["--set", "seed=4"], "--set seed=4: a search that goes on has its scenario");
    refused(&["--particles", "6"], "--particles was 5 when the search began, and is 6 now");
    refused(&["--optimizer", "de"], "--optimizer was pso when the search began, and is de now");
    let output = upright(&[&["tune", "--resume", &text], &SEARCH[1..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));

    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let checkpoint = out.join(".upright-tune-checkpoint");
    let body = read(&checkpoint)
        .split_once('\n')
        .expect("two lines")
        .1
        .replace(&version, "\"version\":\"0.0.1\"");
    let sum = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let sealed = format!("upright-tune-3 {sum:016x} {}\n{body}", body.len());
    fs::write(&checkpoint, sealed).expect("written");
    refused(&[], "the search was begun by version 0.0.1");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    let output = upright(&["tune", "--resume", &empty.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("the folder holds no search to go on with"));
}

#[test]
fn what_cannot_be_searched_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("tuned");
    let text = out.to_string_lossy().into_owned();
    for (arguments, message) in [
        (&["--set", "tuning.gains.switching_gain=[50, 5]"][..], "are inverted: 50 is above 5"),
        (&["--set", "tuning.gains.switching_gain=[5, 5]"], "nothing to search"),
        (&["--set", "tuning.gains={}"], "at least one gain"),
        (&["--set", "tuning.gains.k1=[1, 2]"], "tuning.gains.k1 = [1,2]"),
        (&["--particles", "0"], "allowed is a whole number from 2 to 100000"),
        (&["--iterations", "0"], "allowed is a whole number from 1 to"),
        (&["--optimizer", "luck"], "possible values: pso, cma-es, de"),
        (&["--controller", "none"], "this kind has nothing to tune"),
        (
            &["--set", "simulation.duration=0.1", "--set", "tuning={mean: 0, worst: 0}"],
            "all of the first 40 candidates cost 0",
        ),
    ] {
        let output =
            upright(&[&["tune", "scenarios/nominal.yaml", "--out", &text], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(message), "{arguments:?}: {}", errors(&output));
        assert!(!out.exists(), "{arguments:?}");
    }
    let nothing = upright(&["tune"]);
    assert_eq!(nothing.status.code(), Some(2));
}

#[test]
fn the_list_shows_every_gain_and_fits_the_screen() {
    let output = upright(&["tune", "--list"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let words = String::from_utf8(output.stdout).expect("text");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
    for gain in ["surface.poles.real", "switching_gain", "k1", "supervisor.leave", "weights.force"]
    {
        assert!(words.contains(gain), "{gain}");
    }
    let output =
        upright(&["tune", "--list", "scenarios/pushed.yaml", "--controller", "lqr", "--json"]);
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list["controller"], "lqr");
    assert_eq!(list["gains"][0]["searched"]["scale"], "log");
}

#[test]
fn tuned_scenarios_keep_more_starts_upright_than_the_gains_that_they_began_with() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut seen = 0;
    for entry in fs::read_dir(root.join("scenarios/tuned")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        seen += 1;
        let text = read(&path);
        let command = text.lines().next().expect("a line").trim_start_matches("# ");
        let words: Vec<&str> = command.split(' ').collect();
        assert_eq!(words[..2], ["upright", "tune"], "{command}");
        // The scenario and the flags that the search began with.
        let search = words.iter().position(|word| *word == "--iterations").expect("a flag");
        let upright = |scenario: &[&str]| {
            // Draws of another seed, which no search has seen.
            let output = self::upright(
                &[&["batch"], scenario, &["--runs", "96", "--seed", "7", "--json"]].concat(),
            );
            assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
            let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            ["upright", "settled"].map(|rate| summary[rate]["count"].as_u64().expect("a count"))
        };
        let before = upright(&words[2..search]);
        let after = upright(&[&path.to_string_lossy()]);
        // Plain LQR settles nowhere under a constant push.
        assert!(after[0] > before[0] && after[1] >= before[1], "{command}: {before:?}, {after:?}");
    }
    assert_eq!(seen, 6);
}

/// A search that is sent a hangup at its third step: its exit code, and whether its results are whole.
#[cfg(target_os = "linux")]
fn hung_up(start: &str, iterations: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("tuned");
    let mut shell = Command::new("sh");
    let program = command(&[]);
    shell.current_dir(program.get_current_dir().expect("a folder"));
    shell.args(["-c", start, "sh"]).arg(program.get_program()).args(SEARCH);
    shell.args(["--iterations", iterations, "--out"]).arg(&out);
    let mut child = begun(shell, &out, 3);
    let kill = Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    assert!(!out.join("summary.json").exists(), "it had ended before the signal came");
    let code = child.wait().expect("it ends").code();
    (code, json(&out.join("summary.json"))["complete"].clone())
}

#[cfg(target_os = "linux")]
#[test]
fn a_search_that_was_told_to_ignore_hangups_outlives_one() {
    let ignored = r#"trap "" HUP; exec "$@""#;
    assert_eq!(hung_up(ignored, "1000"), (Some(0), true.into()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_ends_a_search_with_its_results() {
    // These tests may themselves run under `nohup`.
    let heard = r#"exec env --default-signal=HUP "$@""#;
    assert_eq!(hung_up(heard, "1000000"), (Some(129), false.into()));
}
