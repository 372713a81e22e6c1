//! `upright tune --objectives` as a user runs it: its files, its way back after a kill, and what it
//! refuses.

mod tuning;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tuning::{SEARCH, command, errors, json, killed_and_resumed, read, search, started, upright};

const FRONT: [&str; 2] = ["--objectives", "settling,variation"];

fn front(out: &Path, more: &[&str]) -> std::process::Output {
    search(out, &[&FRONT[..], more].concat())
}

/// The table of a front as its heads and rows.
fn table(out: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = read(&out.join("pareto.csv"));
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
    (lines.next().expect("heads"), lines.collect())
}

#[test]
fn a_front_leaves_its_table_its_pictures_and_a_scenario_a_member() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("front");
    let output = front(&out, &["--iterations", "6"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let words = String::from_utf8(output.stdout).expect("text");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
    for part in ["6 steps of nsga-ii, 30 candidates", "hypervolume below (1, 1)", "20 fresh draws"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    let summary = json(&out.join("summary.json"));
    assert_eq!((&summary["command"], &summary["complete"]), (&"tune".into(), &true.into()));
    assert_eq!(summary["objectives"], serde_json::json!(["settling", "variation"]));
    assert_eq!(summary["evaluations"], 30);
    for picture in ["pareto", "costs", "history"] {
        for format in ["svg", "png"] {
            assert!(out.join(format!("{picture}.{format}")).is_file());
        }
    }
    let svg = read(&out.join("pareto.svg"));
    for label in ["settling time, median (s)", "total variation, median (N)", ">start, "] {
        assert!(svg.contains(label), "{label}");
    }

    let members = summary["members"].as_array().expect("members");
    let (heads, rows) = table(&out);
    assert_eq!(rows.len(), members.len() + 1);
    let column = |name: &str| heads.iter().position(|head| head == name).expect("a column");
    for (row, member) in rows[1..].iter().zip(members) {
        let number = |name: &str| row[column(name)].parse::<f64>().expect("a number");
        for (axis, name) in ["settling", "variation"].into_iter().enumerate() {
            assert_eq!(number(&format!("{name}_cost")), member["search"]["cost"][axis]);
            assert_eq!(number(&format!("{name}_cost_fresh")), member["fresh"]["cost"][axis]);
        }
        assert_eq!(number("runs"), 12.0);
        assert_eq!(number("runs_fresh"), 20.0);
        assert_eq!(number("switching_gain"), member["gains"]["switching_gain"]);
        // The member's scenario is one of its own, and does on the fresh draws what the table says.
        let path = out.join(format!("front/{}.yaml", row[0]));
        let batch = upright(&["batch", &path.to_string_lossy(), "--runs", "32", "--json"]);
        let batch: Value = serde_json::from_slice(&batch.stdout).expect("JSON");
        let settled = batch["settled"]["count"].as_f64().expect("a count");
        assert_eq!(number("settled") + number("settled_fresh"), settled);
    }

    let history = read(&out.join("history.csv"));
    let rows: Vec<&str> = history.lines().collect();
    assert_eq!(
        rows[0],
        "iteration,hypervolume,members,least_settling,least_variation,diversity,evaluations"
    );
    assert_eq!(rows.len(), 7);
    let last: Vec<f64> = rows[6].split(',').map(|cell| cell.parse().expect("a number")).collect();
    assert_eq!(summary["hypervolume"], last[1]);
    assert_eq!((last[2], last[6]), (members.len() as f64, 30.0));
}

/// The files whose bits tell whether two searches were the same.
fn fingerprint(out: &Path) -> [String; 3] {
    ["pareto.csv", "history.csv", "front/1.yaml"].map(|file| read(&out.join(file)))
}

#[test]
fn one_thread_without_vectors_and_a_scenario_that_names_them_find_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    assert_eq!(front(&a, &["--iterations", "3"]).status.code(), Some(0));
    let mut other = SEARCH;
    other[11] = "1";
    let text = b.to_string_lossy();
    let set = ["--set", "tuning.objectives=[settling, variation]"];
    let arguments = [&other[..], &set, &["--iterations", "3", "--out", &text]].concat();
    let output = command(&arguments).env("UPRIGHT_SIMD", "scalar").output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(fingerprint(&a), fingerprint(&b));
}

#[cfg(unix)]
#[test]
fn a_front_that_was_killed_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    let (killed, whole) = (folder.path().join("killed"), folder.path().join("whole"));
    let steps = killed_and_resumed(&killed, &FRONT);
    assert_eq!(front(&whole, &["--iterations", &steps]).status.code(), Some(0));
    assert_eq!(fingerprint(&killed), fingerprint(&whole));
    let [a, b] = [&killed, &whole].map(|out| json(&out.join("summary.json")));
    for key in ["members", "start", "hypervolume", "hypervolume_fresh", "evaluations", "scenario"] {
        assert_eq!(a[key], b[key], "{key}");
    }

    // A checkpoint that is cut in half is passed over for the one before.
    let checkpoint = killed.join(".upright-tune-checkpoint");
    let bytes = fs::read(&checkpoint).expect("a checkpoint");
    fs::write(&checkpoint, &bytes[..bytes.len() / 2]).expect("written");
    let resumed = upright(&["tune", "--resume", &killed.to_string_lossy()]);
    assert_eq!(resumed.status.code(), Some(0), "{}", errors(&resumed));
    assert!(errors(&resumed).contains("the last checkpoint is not whole"), "{}", errors(&resumed));
    assert_eq!(fingerprint(&killed), fingerprint(&whole));
}

#[cfg(unix)]
#[test]
fn an_interrupted_front_keeps_its_members_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("front");
    let mut child = started(&out, 2, &FRONT);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    let summary = json(&out.join("summary.json"));
    assert_eq!(
        (&summary["complete"], &summary["hypervolume_fresh"]),
        (&false.into(), &Value::Null)
    );
    assert!(out.join("front/1.yaml").is_file() && out.join("pareto.svg").is_file());
    let (heads, rows) = table(&out);
    let fresh = heads.iter().position(|head| head == "settling_cost_fresh").expect("a column");
    assert!(rows.iter().all(|row| row[fresh].is_empty()), "{rows:?}");
}

#[test]
fn objectives_that_are_none_are_refused_with_their_place_and_leave_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("front");
    let text = out.to_string_lossy().into_owned();
    for (arguments, message) in [
        (
            &["--objectives", "settling,noise"][..],
            "tuning.objectives.1 = \"noise\" (from the command line",
        ),
        (&["--objectives", "angle,angle"], "angle stands twice: the two must differ"),
        (&["--objectives", "settling"], "must be a list of two terms of the cost"),
        (&["--objectives", ""], "tuning.objectives = [] (from the command line"),
        (&["--objectives", "settling,angle,cart"], "must be a list of two terms of the cost"),
        (
            &["--objectives", "settling,angle", "--optimizer", "de"],
            "--optimizer de: a front (--objectives, tuning.objectives) is searched by nsga-ii alone",
        ),
        (&["--objectives", "settling,angle", "--controller", "none"], "has nothing to tune"),
        (
            &[
                "--objectives",
                "falls,saturation",
                "--set",
                "uncertainty={initial_state: [0, 0, 0, 0, 0, 0], parameters: 0}",
                "--set",
                "simulation={duration: 0.1, initial_state: [0, 0, 0, 0, 0, 0]}",
                "--set",
                "tuning.weights.stability=0",
            ],
            "all of the first 40 candidates cost 0 and 0",
        ),
    ] {
        let output =
            upright(&[&["tune", "scenarios/nominal.yaml", "--out", &text], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", errors(&output));
        // Long lines are broken.
        let said = errors(&output).replace('│', " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(!out.exists(), "{arguments:?}");
    }
}

#[test]
fn a_front_goes_on_with_its_own_objectives_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("front");
    assert_eq!(front(&out, &["--iterations", "2"]).status.code(), Some(0));
    let text = out.to_string_lossy().into_owned();
    let refused = |arguments: &[&str], message: &str| {
        let output = upright(&[&["tune", "--resume", &text], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
        assert!(errors(&output).contains(message), "{}", errors(&output));
    };
    refused(
        &["--objectives", "settling,angle"],
        "--objectives was settling,variation when the search began, and is settling,angle now",
    );
    refused(
        &["--optimizer", "pso"],
        "--optimizer was nsga-ii when the search began, and is pso now",
    );
    refused(&["--particles", "6"], "--particles was 5 when the search began, and is 6 now");
    refused(
        &SEARCH[1..],
        "tuning.objectives was [\"settling\",\"variation\"] when the search began",
    );
    let with = |objectives| [&SEARCH[1..], &["--objectives", objectives]].concat();
    refused(&with("variation,settling"), "tuning.objectives was");
    let again = [&["tune", "--resume", &text], &with("settling,variation")[..]].concat();
    let output = upright(&again);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));

    let single = folder.path().join("single");
    assert_eq!(search(&single, &["--iterations", "1"]).status.code(), Some(0));
    let text = single.to_string_lossy();
    let output = upright(&["tune", "--resume", &text, "--objectives", "settling,angle"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(errors(&output).contains("--objectives was none when the search began"));
}

/// A scale that nobody wrote is set to the start's own figure; the objectives are measured by it, as the note says.
#[test]
fn the_costs_of_a_front_are_measured_by_the_scales_that_were_fitted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (fitted, again) = (folder.path().join("fitted"), folder.path().join("again"));
    // Two periods of delay make the default gains bang.
    let size = ["--particles", "4", "--iterations", "1", "--objectives", "angle,variation"];
    let sets = [
        "--set",
        "simulation.duration=1",
        "--set",
        "tuning={draws: 2, confirm: 4, validation: 4, weights: {stability: 0}}",
        "--set",
        "actuator.delay=2",
    ];
    let search = |scenario: &str, sets: &[&str], out: &Path| {
        let out = out.to_string_lossy();
        upright(&[&["tune", scenario, "--out", &out], &size[..], sets].concat())
    };
    let output = search("scenarios/nominal.yaml", &sets, &fitted);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("the term variation is one half at"), "{}", errors(&output));
    let summary = json(&fitted.join("summary.json"));
    let cost = summary["start"]["search"]["cost"][1].as_f64().expect("a cost");
    assert!((0.1..0.9).contains(&cost), "{cost}");
    // The scenario that was written down has the same scales, and the same front.
    let scenario = fitted.join("scenario.json");
    fs::write(&scenario, summary["scenario"].to_string()).expect("written");
    let output = search(&scenario.to_string_lossy(), &[], &again);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(json(&again.join("summary.json"))["members"], summary["members"]);
}
