//! `upright roa` as a user runs it.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn upright(arguments: &[&str]) -> Output {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(root).output().expect("the program runs")
}

const GRID: [&str; 8] = [
    "roa",
    "scenarios/nominal.yaml",
    "--set",
    "simulation.duration=5",
    "--x",
    "theta1:-0.6:0.6:13",
    "--y",
    "theta2:-0.6:0.6:7",
];

#[test]
fn a_region_has_a_verdict_a_point_and_an_area() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("region");
    let output = upright(&[&GRID[..], &["--json", "--out", &out.to_string_lossy()]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for file in ["roa.csv", "roa.svg", "roa.png", "summary.json"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let runs = summary["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 5);
    let mut table = csv::Reader::from_path(out.join("roa.csv")).expect("a table");
    let names = table.headers().expect("a header").clone();
    let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 13 * 7);
    let middle = &rows[13 * 7 / 2];
    for run in runs {
        let kind = run["controller"].as_str().expect("a kind");
        let column = names.iter().position(|name| name == kind).expect("a column");
        let settled = rows.iter().filter(|row| &row[column] == "settled").count();
        assert_eq!(run["settled"], settled);
        // Upright and at rest it stays so.
        assert_eq!((&middle[0], &middle[1], &middle[column]), ("0.0", "0.0", "settled"));
        let area = run["settled_area"].as_f64().expect("an area");
        assert!((area - settled as f64 * 0.1 * 0.2).abs() < 1e-12);
        // The plant and every law are odd, and so is the grid.
        for (row, mirrored) in rows.iter().zip(rows.iter().rev()) {
            assert_eq!(row[column], mirrored[column], "{kind} at {row:?}");
        }
    }
    let of = |kind: &str| runs.iter().find(|run| run["controller"] == kind).expect("a run");
    let area = |kind: &str| of(kind)["settled_area"].as_f64().expect("an area");
    assert!(area("classical") > area("lqr"));
}

/// Both angles around the whole circle: a swing-up comes up from everywhere, and each start has its time.
#[test]
fn around_the_circle_every_start_has_the_time_that_a_swing_up_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("circle");
    let output = upright(&[
        "roa",
        "scenarios/swing-up.yaml",
        "--controller",
        "swing_up,lqr",
        "--set",
        "controller.plan.candidates=8",
        "--set",
        "controller.plan.ranking.draws=2",
        "--set",
        "controller.supervisor.retries=24",
        "--set",
        "disturbances=[]",
        "--x",
        "theta1:-pi:pi:5",
        "--y",
        "theta2:-pi:pi:5",
        "--json",
        "--figures",
        "svg",
        "--out",
        &out.to_string_lossy(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let [swing, lqr] = [0, 1].map(|i| &summary["runs"][i]);
    assert_eq!((&swing["controller"], &swing["upright"]), (&"swing_up".into(), &25.into()));
    let alone = lqr["upright"].as_u64().expect("a count");
    assert!((1..9).contains(&alone), "{lqr}");
    assert!(lqr["median_upright_time"].as_f64() < swing["median_upright_time"].as_f64());

    let mut table = csv::Reader::from_path(out.join("roa.csv")).expect("a table");
    let names = table.headers().expect("a header").clone();
    let column = |name: &str| names.iter().position(|one| one == name).expect("a column");
    let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 25);
    for row in &rows {
        let time: f64 = row[column("swing_up_upright_time")].parse().expect("a time");
        let upright = row[0].parse() == Ok(0.0) && row[1].parse() == Ok(0.0);
        assert!(if upright { time == 0.0 } else { (0.2..10.0).contains(&time) }, "{row:?}");
        assert_eq!(row[column("lqr")] == *"settled", !row[column("lqr_upright_time")].is_empty());
    }
    for file in ["roa.svg", "roa-time.svg"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let page = std::fs::read_to_string(out.join("report.html")).expect("a page");
    assert!(page.contains("How long it takes to upright"));
}

#[test]
fn the_table_fits_the_terminal() {
    let words = String::from_utf8(upright(&GRID).stdout).expect("text");
    assert!(words.contains("classical") && words.contains("lqr"), "{words}");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
}

#[test]
fn axes_that_are_none_are_refused_with_what_is_allowed() {
    for (x, words) in [
        ("theta3:0:1:5", "x, theta1, theta2"),
        ("theta1:0:1", "STATE:FROM:TO:POINTS"),
        ("theta1:1:0:5", "above"),
        ("theta1:nan:1:5", "from -1e4 to 1e4"),
        ("theta1:0:1:1", "from 2 to 1001"),
        ("theta2:0:1:5", "another state"),
    ] {
        let output = upright(&["roa", "scenarios/nominal.yaml", "--x", x]);
        assert_eq!(output.status.code(), Some(2), "{x}");
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(told.contains(words), "{x}: {told}");
    }
}
