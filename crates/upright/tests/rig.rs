//! A rig of one's own, from the first scenario to what was identified, as a user goes.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn upright(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(folder).output().expect("the program runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_scenarios_to_begin_with_stand_and_replace_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for rig in ["linear-force", "linear-voltage"] {
        let file = format!("{rig}.yaml");
        let made = upright(folder.path(), &["init", "--rig", rig, &file]);
        assert_eq!(made.status.code(), Some(0), "{}", told(&made));
        let run = upright(folder.path(), &["simulate", &file, "--require", "settled"]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
        let text = fs::read_to_string(folder.path().join(&file)).expect("a file");
        assert!(text.lines().filter(|line| line.trim_start().starts_with('#')).count() > 20);
        let again = upright(folder.path(), &["init", "--rig", rig, &file]);
        assert_ne!(again.status.code(), Some(0));
        assert!(told(&again).contains(&file), "{}", told(&again));
        assert_eq!(fs::read_to_string(folder.path().join(&file)).expect("a file"), text);
        let shown = upright(folder.path(), &["init", "--rig", rig, "-"]);
        assert_eq!(String::from_utf8_lossy(&shown.stdout), text);
    }
}

#[test]
fn the_scenarios_of_public_rigs_settle_and_name_their_sources() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let entries = fs::read_dir(root.join("scenarios/rigs")).expect("the rigs");
    let files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    assert!(files.len() >= 5);
    for file in files {
        let text = fs::read_to_string(&file).expect("a file");
        assert!(text.contains("# Source"), "{}", file.display());
        let run = upright(root, &["simulate", &file.to_string_lossy(), "--require", "settled"]);
        let words = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(run.status.code(), Some(0), "{}: {words}{}", file.display(), told(&run));
    }
}

#[test]
fn a_sweep_is_a_curve_or_a_map_with_a_row_a_point() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let scenario = root.join("scenarios/nominal.yaml");
    let scenario = scenario.to_string_lossy();
    let base = ["sweep", &*scenario, "--set", "simulation.duration=3"];
    let curve = ["--over", "actuator.delay=0:2:3", "--metric", "total_variation,settling_time"];
    let output =
        upright(folder.path(), &[&base[..], &curve, &["--out", "curve", "--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(summary["points"].as_array().map(Vec::len), Some(3));
    for file in ["sweep.csv", "sweep.svg", "sweep.png", "report.html", "summary.json"] {
        assert!(folder.path().join("curve").join(file).is_file(), "{file}");
    }
    let text = fs::read_to_string(folder.path().join("curve/sweep.csv")).expect("a table");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "actuator.delay,verdict,total_variation,settling_time");
    assert_eq!(lines.len(), 4);
    // The first point is the scenario itself: its metrics are those of a run of it.
    let run = upright(
        folder.path(),
        &["simulate", &scenario, "--set", "simulation.duration=3", "--json"],
    );
    let run: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(summary["points"][0]["metrics"][0], run["metrics"]["total_variation"]);

    let map = [
        "--over",
        "plant.link1.mass=0.15:0.25:3",
        "--over",
        "plant.link2.mass=0.1:0.2:2",
        "--runs",
        "8",
        "--metric",
        "settled_rate",
        "--out",
        "map",
    ];
    let output = upright(folder.path(), &[&base[..], &map].concat());
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = fs::read_to_string(folder.path().join("map/sweep.csv")).expect("a table");
    assert_eq!(text.lines().count(), 7);
    assert!(folder.path().join("map/sweep.svg").is_file());
}

#[test]
fn sweeps_that_cannot_be_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let scenario = root.join("scenarios/nominal.yaml");
    let scenario = scenario.to_string_lossy();
    for (flags, words) in [
        (&["--over", "plant.link1.mass=0.1:0.2"][..], "PATH=FROM:TO:N"),
        (&["--over", "plant.link1.mass=-1:1:3"], "plant.link1.mass = -1"),
        (&["--over", "plant.mass=1:2:3"], "there is no such field"),
        (&["--over", "actuator.delay=0:1:3"], "a whole number of periods"),
        (&["--over", "plant.link1.mass=0:1:3:log"], "above zero"),
        (&["--over", "actuator.delay=0:5:6", "--metric", "beauty"], "settling_time, max_angle"),
        (&["--over", "actuator.delay=0:5:6", "--over", "actuator.delay=0:5:6"], "another field"),
    ] {
        let output = upright(folder.path(), &[&["sweep", &*scenario], flags].concat());
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {}", told(&output));
        assert!(told(&output).contains(words), "{flags:?}: {}", told(&output));
    }
}

/// A rig as a newcomer writes it: encoders, a late loop, velocities from filtered differences, friction in the joints.
const NEWCOMERS: &str = include_str!("../../upright-diagnose/tests/data/newcomers-rig.yaml");

#[test]
fn three_lines_say_what_to_change_and_what_remains() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("rig.yaml"), NEWCOMERS).expect("written");
    let told = upright(folder.path(), &["diagnose", "rig.yaml"]);
    assert_eq!(told.status.code(), Some(0));
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    let lines: Vec<&str> = words.lines().take(3).collect();
    let says = [
        &["chattering", "at the limit", "theta1 reaches"][..],
        &[
            "change first, together: the velocity estimate, the slope in the boundary layer",
            "estimator = {kind: kalman}",
            "controller.switching_gain = 8.0, controller.boundary_layer = 0.1",
            "no sensors.velocity",
        ],
        &["no setting removes: the Coulomb friction of the joints (0.001 and 0.001 N m)"],
    ];
    for (line, parts) in lines.iter().zip(says) {
        for part in parts {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    // Every command that begins from it warns of the loop.
    for command in [
        &["simulate", "rig.yaml"][..],
        &["compare", "rig.yaml"],
        &["batch", "rig.yaml", "--runs", "4"],
        &["tune", "rig.yaml", "--iterations", "1", "--particles", "2", "--set", "tuning.confirm=2"],
    ] {
        let short = ["--set", "simulation.duration=1", "--set", "tuning.validation=2"];
        let output = upright(folder.path(), &[command, &short].concat());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains("the force will bang: a slope of 677 1/s"), "{command:?}: {words}");
    }
}

/// A rig that swings, and what is believed of it.
const SWINGING: &str = "
plant:
  cart_mass: 0.57
  link1: {mass: 0.127, length: 0.2, com: 0.1, inertia: 0.00042}
  link2: {mass: 0.097, length: 0.34, com: 0.17, inertia: 0.00093}
  damping: {cart: 4.3, joint1: 0.0024, joint2: 0.0024}
  coulomb: {cart: 0.5, joint1: 0.001, joint2: 0.001}
simulation: {duration: 8, control_period: 0.002, initial_state: [0, 2.0, 2.5, 0, 0, 0], fall_angle: 100}
controller: {kind: none}
";

#[test]
fn what_a_free_swing_tells_is_identified_and_becomes_a_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::write(here.join("rig.yaml"), SWINGING).expect("written");
    let believed = SWINGING
        .replace("joint1: 0.0024", "joint1: 0.004")
        .replace("joint2: 0.001}", "joint2: 0.003}");
    fs::write(here.join("believed.yaml"), believed).expect("written");
    let logged = upright(here, &["simulate", "rig.yaml", "--out", "logged", "--quiet"]);
    assert_eq!(logged.status.code(), Some(0), "{}", told(&logged));
    let log = "logged/trajectory.csv";
    let asked = ["identify", log, "--model", "believed.yaml", "--validate", log, "--out", "found"];
    let output = upright(here, &asked);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}{}", told(&output));
    assert!(words.contains("mt was held") && words.contains("held out"), "{words}");
    for file in ["identified.yaml", "residuals.csv", "residuals.svg", "report.html"] {
        assert!(here.join("found").join(file).is_file(), "{file}");
    }
    let summary = fs::read(here.join("found/summary.json")).expect("a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    let plant = upright(here, &["design", "found/identified.yaml", "--json"]);
    let plant: Value = serde_json::from_slice(&plant.stdout).expect("JSON");
    let plant = &plant["scenario"]["plant"];
    let near = |value: &Value, truth: f64| {
        let value = value.as_f64().expect("a number");
        assert!((value / truth - 1.0).abs() < 0.1, "{value} for {truth}: {summary}");
    };
    near(&plant["damping"]["joint1"], 0.0024);
    near(&plant["coulomb"]["joint2"], 0.001);
    near(&plant["link2"]["inertia"], 0.00093);
    // A log that is none is refused with its place.
    fs::write(here.join("bad.csv"), "t,u,x,theta1,theta2\n0,0,0,one,0\n").expect("written");
    let output = upright(here, &["identify", "bad.csv", "--model", "believed.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("bad.csv: line 2: theta1 = one"), "{}", told(&output));
}

#[test]
fn what_it_writes_itself_is_a_log_that_it_reads_of_every_rig() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let entries = fs::read_dir(root.join("scenarios/rigs")).expect("the rigs");
    let mut rigs: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    for rig in ["linear-force", "linear-voltage"] {
        let file = here.join(format!("{rig}.yaml"));
        let made = upright(here, &["init", "--rig", rig, &file.to_string_lossy()]);
        assert_eq!(made.status.code(), Some(0), "{}", told(&made));
        rigs.push(file);
    }
    std::thread::scope(|scope| {
        let read: Vec<_> =
            rigs.iter().map(|rig| scope.spawn(|| its_own_log_is_read(here, rig))).collect();
        for one in read {
            one.join().unwrap_or_else(|failed| std::panic::resume_unwind(failed));
        }
    });
}

/// Runs a rig in a folder, and identifies from what the run wrote the one thing that is believed wrongly.
fn its_own_log_is_read(here: &Path, rig: &Path) {
    let name = rig.file_stem().expect("a name").to_string_lossy().into_owned();
    let rig = rig.to_string_lossy().into_owned();
    let run = upright(here, &["simulate", &rig, "--quiet", "--out", &name]);
    assert_eq!(run.status.code(), Some(0), "{name}: {}", told(&run));
    // The cart is believed a fifth heavier, and of a motor's rig the resistance a fifth larger.
    let run = fs::read(here.join(&name).join("summary.json")).expect("a summary");
    let run: Value = serde_json::from_slice(&run).expect("JSON");
    let scenario = &run["scenario"];
    let motor = scenario["actuator"]["resistance"].as_f64();
    let (path, value) = match motor {
        Some(resistance) => ("actuator.resistance", 1.2 * resistance),
        None => ("plant.cart_mass", 1.2 * scenario["plant"]["cart_mass"].as_f64().expect("kg")),
    };
    let log = format!("{name}/trajectory.csv");
    let believed = format!("{path}={value}");
    let found = format!("{name}-found");
    // What is followed is planned for the rig as it is.
    let changed = ["--set", &believed, "--set", "reference="];
    let asked = ["identify", &log, "--model", &rig, "--out", &found];
    let output = upright(here, &[&asked[..], &changed].concat());
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{name}: {words}{}", told(&output));
    let summary = fs::read(here.join(&found).join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    for one in summary["parameters"].as_array().expect("parameters") {
        let said = match one["parameter"].as_str().expect("a name") {
            "c1" => &scenario["plant"]["coulomb"]["joint1"],
            "c2" => &scenario["plant"]["coulomb"]["joint2"],
            _ => continue,
        };
        // Also where the search begins from more, since zero has no logarithm.
        assert_eq!(one["before"], *said, "{name}: {summary}");
    }
    let sought = if motor.is_some() { "force_per_volt" } else { "mt" };
    let one = |one: &&Value| one["parameter"] == sought;
    let fitted = summary["parameters"].as_array().expect("parameters").iter().find(one);
    let fitted = fitted.unwrap_or_else(|| panic!("{name}: {summary}"));
    let number = |field: &str| fitted[field].as_f64().expect("a number");
    // A fifth of a motor's force a volt, or of the cart's share of the whole mass.
    let plant = &scenario["plant"];
    let mass = |link: &str| plant[link]["mass"].as_f64().expect("kg");
    let cart = plant["cart_mass"].as_f64().expect("kg");
    let whole = cart + mass("link1") + mass("link2");
    let truth = if motor.is_some() { 1.2 * number("before") } else { whole };
    let off = number("value") / truth - 1.0;
    assert!(off.abs() < 0.005, "{name}: {off}: {summary}");
}
