//! `upright batch` as a user runs it, and the replay of its rows.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn upright(arguments: &[&str], unit: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(root()).env_remove("UPRIGHT_SIMD");
    if let Some(unit) = unit {
        command.env("UPRIGHT_SIMD", unit);
    }
    command.output().expect("the program runs")
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

/// A small study of rough runs, some of which fall.
const STUDY: [&str; 6] =
    ["batch", "scenarios/noisy-sensors.yaml", "--set", "simulation.duration=1", "--runs", "60"];

#[test]
fn a_study_leaves_the_files_of_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("study");
    let text = out.to_string_lossy();
    let output = upright(&[&STUDY[..], &["--out", &text]].concat(), None);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let words = String::from_utf8(output.stdout).expect("text");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
    for file in ["batch.csv", "batch.svg", "batch.png", "scenario.yaml", "summary.json"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let summary = json(read(&out.join("summary.json")).as_bytes());
    assert_eq!(summary["command"], "batch");
    assert_eq!(summary["runs"], 60);
    assert_eq!(summary["complete"], true);
    for rate in ["upright", "settled"] {
        let [count, rate, low, high] = [
            &summary[rate]["count"],
            &summary[rate]["rate"],
            &summary[rate]["interval"][0],
            &summary[rate]["interval"][1],
        ]
        .map(|value| value.as_f64().expect("a number"));
        assert!((rate - count / 60.0).abs() < 1e-12);
        assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0);
    }
    let metric = &summary["metrics"]["max_angle"];
    assert_eq!(metric["count"], 60);
    assert!(metric["min"].as_f64() <= metric["median"].as_f64());
    assert!(metric["median"].as_f64() <= metric["max"].as_f64());
    let steps = summary["steps"].as_f64().expect("steps");
    let speed = steps / summary["seconds"].as_f64().expect("seconds");
    let said = summary["steps_per_second"].as_f64().expect("a speed");
    assert!((said / speed - 1.0).abs() < 1e-9);

    // The same command replaces its own results.
    let again = upright(&[&STUDY[..], &["--out", &text, "--quiet"]].concat(), None);
    assert_eq!(again.status.code(), Some(0));
    assert!(again.stdout.is_empty());
}

#[test]
fn rows_are_the_same_on_any_threads_and_vector_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tables = Vec::new();
    for (threads, unit) in [("1", "scalar"), ("3", "scalar"), ("2", "")] {
        let out = folder.path().join(format!("{threads}{unit}"));
        let flags = ["--threads", threads, "--quiet", "--out", &out.to_string_lossy()];
        let output = upright(&[&STUDY[..], &flags].concat(), Some(unit));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        tables.push(read(&out.join("batch.csv")));
    }
    assert_eq!(tables[0].lines().count(), 61);
    assert!(tables.iter().all(|table| *table == tables[0]));
}

#[test]
fn a_row_is_replayed_alone_to_the_same_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = folder.path().join("study");
    upright(&[&STUDY[..], &["--quiet", "--out", &study.to_string_lossy()]].concat(), None);
    let mut table = csv::Reader::from_path(study.join("batch.csv")).expect("a table");
    let names = table.headers().expect("a header").clone();
    let scenario = study.join("scenario.yaml");
    for row in table.records().step_by(13) {
        let row = row.expect("a row");
        let at = |name: &str| {
            let column = names.iter().position(|column| column == name).expect("a column");
            row[column].to_owned()
        };
        let number = |name: &str| at(name).parse::<f64>().ok().map(f64::to_bits);
        let out = folder.path().join("alone");
        let run = at("run");
        let (scenario, out_name) = (scenario.to_string_lossy(), out.to_string_lossy());
        let flags = ["simulate", &scenario, "--run", &run, "--json", "--out", &out_name];
        let output = upright(&flags, None);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let summary = json(&output.stdout);
        assert_eq!(summary["run"].to_string(), run);
        assert_eq!(summary["verdict"], at("verdict"));
        for (key, value) in summary["metrics"].as_object().expect("metrics") {
            assert_eq!(value.as_f64().map(f64::to_bits), number(key), "{key} of run {run}");
        }
        for (name, value) in summary["drawn"].as_object().expect("what was drawn") {
            assert_eq!(value.as_f64().map(f64::to_bits), number(name), "{name} of run {run}");
        }
        let trajectory = read(&out.join("trajectory.csv"));
        let last = trajectory.lines().last().expect("rows");
        for (column, name) in (1..).zip(["x_end", "theta1_end", "theta2_end", "x_dot_end"]) {
            let value: f64 = last.split(',').nth(column).expect("a column").parse().expect("one");
            assert_eq!(Some(value.to_bits()), number(name), "{name} of run {run}");
        }
    }
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let output = upright(&[&STUDY[..], &["--json"]].concat(), None);
    let summary = json(&output.stdout);
    assert_eq!(summary["runs"], 60);
    assert_eq!(summary["verdicts"].as_object().map(serde_json::Map::is_empty), Some(false));
}

#[test]
fn a_requirement_that_is_not_met_gives_one() {
    let scenario = ["batch", "scenarios/nominal.yaml", "--runs", "8", "--quiet"];
    let short = ["--set", "simulation.duration=0.2", "--require"];
    for (required, code) in [("balanced", 0), ("settled", 1)] {
        let output = upright(&[&scenario[..], &short, &[required]].concat(), None);
        assert_eq!(output.status.code(), Some(code), "{required}");
    }
}

#[test]
fn a_vector_unit_that_is_none_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("study");
    let output = upright(&[&STUDY[..], &["--out", &out.to_string_lossy()]].concat(), Some("mmx"));
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).expect("text");
    for part in ["UPRIGHT_SIMD", "mmx", "allowed", "scalar"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!out.exists());
}

#[test]
fn no_runs_are_refused() {
    let output = upright(&["batch", "scenarios/nominal.yaml", "--runs", "0"], None);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).expect("text");
    assert!(words.contains("--runs") && words.contains('0'), "{words}");
}

#[cfg(unix)]
#[test]
fn an_interruption_keeps_the_rows_that_are_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("study");
    // More than any machine does before it is interrupted.
    let mut child = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["batch", "scenarios/nominal.yaml", "--runs", "100000000", "--out"])
        .arg(&out)
        .current_dir(root())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program runs");
    // It has begun when rows are there: more than the header, in the folder that is made first.
    let rows = || {
        let stages = fs::read_dir(&out).into_iter().flatten().flatten();
        let files =
            stages.filter_map(|stage| fs::metadata(stage.path().join("files/batch.csv")).ok());
        files.map(|file| file.len()).max().unwrap_or(0)
    };
    while rows() < 100_000 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let summary = json(read(&out.join("summary.json")).as_bytes());
    assert_eq!(summary["complete"], false);
    let table = read(&out.join("batch.csv"));
    assert_eq!(summary["runs"], table.lines().count() as u64 - 1);
    for (run, row) in table.lines().skip(1).enumerate().step_by(97) {
        assert!(row.starts_with(&format!("{run},")), "{row}");
    }
}
