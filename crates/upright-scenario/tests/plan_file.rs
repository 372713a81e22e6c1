//! The plan that a scenario begins with, from its file: taken over to the bit, or refused with what differs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use upright_core::Plant;
use upright_plan::{Answer, Question};
use upright_scenario::kinds::{KindSettings, StoredPlan, SwingUp, write_plan};
use upright_scenario::{Overrides, Scenario, ScenarioError};

const TEXT: &str = "{plant: {track: 0.6}, simulation: {initial_state: hanging}, \
                    controller: {kind: swing_up, plan: {file: plan.csv, candidates: 8}}}";

/// A plan for that scenario, as a table.
static PLAN: LazyLock<(Answer, String)> = LazyLock::new(|| {
    let hanging = [0.0, std::f64::consts::PI, std::f64::consts::PI, 0.0, 0.0, 0.0];
    let plant = Plant { track: Some(0.6), ..Plant::default() };
    let mut question = Question::new(plant, 150.0, 0.001, hanging);
    question.plan.candidates = 8;
    question.plan.ranking.draws = 0;
    let answer = question.answer().expect("a plan");
    let best = answer.best();
    let gains = vec![[0.5; 6]; best.states.len()];
    let mut table = Vec::new();
    write_plan(&mut table, 0.01, (&best.forces, &best.states), &gains).expect("a table");
    (answer, String::from_utf8(table).expect("a text"))
});

/// A folder of a test's own, with this table in it, and a summary of the plan of a scenario where there is one.
fn folder(name: &str, table: &str, made_for: Option<&str>) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("plan-file-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("plan.csv"), table).expect("a file");
    if let Some(text) = made_for {
        let text = text.replace("file: plan.csv, ", "");
        let scenario = Scenario::read("made for", &text, &Overrides::default()).expect("valid");
        let summary = serde_json::json!({"time_optimal": false, "scenario": scenario.to_value()});
        fs::write(folder.join("summary.json"), summary.to_string()).expect("a file");
    }
    folder
}

fn read(folder: &Path, text: &str) -> Result<Scenario, ScenarioError> {
    let over = Overrides { folder: Some(folder.to_owned()), ..Overrides::default() };
    Scenario::read("plan", text, &over)
}

fn stored(scenario: &Scenario) -> StoredPlan {
    match &scenario.controller.settings {
        KindSettings::SwingUp(settings) => settings.plan.file.clone().expect("a plan"),
        other => panic!("another kind: {other:?}"),
    }
}

#[test]
fn a_plan_from_its_file_has_the_bits_of_the_one_that_was_made() {
    let (answer, table) = &*PLAN;
    let best = answer.best();
    for (name, made_for) in [("whole", Some(TEXT)), ("alone", None)] {
        let scenario = read(&folder(name, table, made_for), TEXT).expect("valid");
        let plan = stored(&scenario);
        assert_eq!((&plan.forces, &plan.states), (&best.forces, &best.states), "{name}");
        assert_eq!(plan.made_for.is_some(), made_for.is_some());
        let KindSettings::SwingUp(settings) = &scenario.controller.settings else { panic!("kind") };
        let context = scenario.context().expect("a context");
        assert!(SwingUp::question(settings, &context).is_none(), "nothing is left to be planned");
        let first = SwingUp::first_plan(settings, &context).expect("a plan").expect("a plan");
        assert_eq!((first.forces(), first.states()), (&best.forces[..], &best.states[..]));
        // As resolved it names no file, and is the same scenario.
        let again = Scenario::read("resolved", &scenario.to_yaml(), &Overrides::default());
        assert_eq!(again.expect("valid"), scenario, "{name}");
    }
}

#[test]
fn a_run_may_be_shorter_than_the_plan_that_it_has_and_not_than_one_that_is_to_be_made() {
    let short = TEXT.replace("hanging}", "hanging, duration: 0.05}");
    assert!(read(&folder("short", &PLAN.1, None), &short).is_ok());
    let made = short.replace("file: plan.csv, ", "");
    let error = read(&folder("short", &PLAN.1, None), &made).expect_err("too short").to_string();
    assert!(error.contains("simulation.duration = 0.05: a run that begins with a plan"), "{error}");
}

#[test]
fn a_plan_that_was_made_now_is_one_from_a_file() {
    let text = TEXT.replace("file: plan.csv, candidates: 8", "candidates: 8, ranking: {draws: 0}");
    let scenario = Scenario::read("plan", &text, &Overrides::default()).expect("valid");
    let planned = scenario.with_plan().expect("a plan");
    assert_eq!(stored(&planned).forces, PLAN.0.best().forces);
    assert_eq!(planned.with_plan().expect("a plan"), planned);
    let standing = text.replace("hanging", "[0, 0, 0, 0, 0, 0]");
    let standing = Scenario::read("plan", &standing, &Overrides::default()).expect("valid");
    assert_eq!(standing.with_plan().expect("none"), standing);
}

#[test]
fn a_plan_for_something_else_is_refused_with_the_first_field_that_differs() {
    let base = folder("made-for", &PLAN.1, Some(TEXT));
    for (change, expected) in [
        ("plant: {track: 0.6, cart_mass: 1.6}", "plant.cart_mass = 1.5, and here it is 1.6"),
        (
            "plant: {track: 0.6, link2: {mass: 0.16, length: 0.3, com: 0.15, inertia: 0.0034}}",
            "plant.link2.mass = 0.15, and here it is 0.16",
        ),
        ("plant: {track: 0.7}", "plant.track = 0.6, and here it is 0.7"),
        (
            "actuator: {max_force: 140}, plant: {track: 0.6}",
            "actuator.max_force = 150, and here it is 140",
        ),
    ] {
        let text = TEXT.replace("plant: {track: 0.6}", change);
        let error = read(&base, &text).expect_err("another one").to_string();
        assert!(error.contains("controller.plan.file = \"plan.csv\": it was made for"), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    let text = TEXT.replace("candidates: 8", "step: 0.02");
    let error = read(&base, &text).expect_err("another step").to_string();
    assert!(error.contains("controller.plan.step = 0.01, and here it is 0.02"), "{error}");
    // Alone, its motion says so.
    let text = TEXT.replace("plant: {track: 0.6}", "plant: {track: 0.6, cart_mass: 1.6}");
    let error = read(&folder("alone", &PLAN.1, None), &text).expect_err("another plant");
    assert!(error.to_string().contains("its row 1 has"), "{error}");
    // What a plan says nothing of may be another.
    let text = TEXT.replace("plant: {track: 0.6}", "plant: {track: 0.6, model: simplified}");
    assert!(read(&base, &text).is_ok());
}

/// A table with the digit at `place` of the cells of rows and states changed to another.
fn edited(table: &str, place: usize) -> String {
    let header = table.find('\n').expect("a header") + 1;
    let digits: Vec<usize> = table[header..]
        .match_indices(|c: char| c.is_ascii_digit())
        .map(|(i, _)| header + i)
        .collect();
    let at = digits[place % digits.len()];
    let mut bytes = table.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'9' { b'0' } else { bytes[at] + 1 };
    String::from_utf8(bytes).expect("a text")
}

#[test]
fn a_file_edited_by_one_digit_is_refused_or_its_plan_is_the_same_within_rounding() {
    let (answer, table) = &*PLAN;
    let mut refused = 0;
    for i in 0..60 {
        match read(&folder("edited", &edited(table, 7919 * i), None), TEXT) {
            Err(error) => {
                refused += 1;
                assert!(
                    error.to_string().contains("controller.plan.file = \"plan.csv\": its row"),
                    "{error}"
                );
            }
            Ok(scenario) => {
                let (plan, best) = (stored(&scenario), answer.best());
                let states = plan.states.iter().flatten().zip(best.states.iter().flatten());
                for (one, other) in states.chain(plan.forces.iter().zip(&best.forces)) {
                    assert!((one - other).abs() < 1e-2, "{one}, {other}");
                }
            }
        }
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn a_file_that_is_cut_off_or_no_plan_is_refused_in_words() {
    let table = &PLAN.1;
    let lines: Vec<&str> = table.lines().collect();
    let cut = |rows: usize| lines[..rows].join("\n") + "\n";
    let with = |row: usize, column: usize, cell: &str| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let mut cells: Vec<&str> = lines[row].split(',').collect();
        cells[column] = cell;
        lines[row] = cells.join(",");
        lines.join("\n") + "\n"
    };
    let ends = [lines[0].len() + 40, table.len() / 2, table.len() - 1];
    let cut_bytes = ends.map(|end| table[..end].to_owned());
    let last = lines.len() - 1;
    for (name, text, expected) in [
        ("empty", String::new(), "its first line must be t,x,theta1"),
        ("no-rows", cut(1), "it has 0 rows"),
        ("half", cut(60), "cut off"),
        ("one-row-less", cut(last), "must repeat the force of the row before"),
        ("in-a-row", cut_bytes[0].clone(), "cells, and 14 are needed"),
        ("in-the-middle", cut_bytes[1].clone(), "its "),
        ("without-an-end", cut_bytes[2].clone(), "its last line has no end"),
        ("nan", with(9, 3, "NaN"), "its row 8 has theta2 = NaN, allowed are finite numbers"),
        ("infinite", with(9, 7, "inf"), "its row 8 has u = inf, allowed are finite numbers"),
        ("gain", with(9, 13, "1e999"), "k_theta2_dot = 1e999, allowed are finite numbers"),
        ("word", with(3, 0, "soon"), "its row 2 has t = soon"),
        ("late", with(3, 0, "0.021"), "its row 2 has t = 0.021, and steps of 0.01 s get to 0.02"),
        (
            "long",
            table.clone() + &"0,0,0,0,0,0,0,0,0,0,0,0,0,0\n".repeat(500),
            "more than 400 steps",
        ),
    ] {
        let error = read(&folder(name, &text, None), TEXT).expect_err(name).to_string();
        assert!(error.contains("controller.plan.file = \"plan.csv\": "), "{name}: {error}");
        assert!(error.contains(expected), "{name}: {error}");
    }
    let base = folder("broken-summary", table, None);
    fs::write(base.join("summary.json"), "{\"time_optimal\": false, \"sce").expect("a file");
    let error = read(&base, TEXT).expect_err("half a summary").to_string();
    assert!(error.contains("summary.json beside it"), "{error}");
    // Another command's summary says nothing of a plan.
    fs::write(base.join("summary.json"), "{\"scenario\": {}}").expect("a file");
    assert!(read(&base, TEXT).is_ok());
    for (file, expected) in [
        ("nowhere.csv", "nowhere.csv cannot be read"),
        (".", "is no file"),
        ("{step: 0.01}", "missing field `forces`"),
        ("[1, 2]", "what stands in one"),
        ("7", "what stands in one"),
        ("{step: 0.01, forces: [], states: []}", "it has 0 steps"),
        ("{step: 0.01, forces: [1], states: [[0, 0, 0, 0, 0, 0]]}", "it has 1 states for 1 forces"),
        (
            "{step: 0.01, forces: [200], states: [[0,0,0,0,0,0], [0,0,0,0,0,0]]}",
            "its row 0 has u = 200 N, allowed is up to 150 N",
        ),
        (
            "{step: 0.01, forces: [0], states: [[0.7,0,0,0,0,0], [0.7,0,0,0,0,0]]}",
            "its row 0 has x = 0.7 m, off the track of 0.6 m",
        ),
        (
            "{step: 0.01, forces: [0], states: [[0.1,0,0,0,0,0], [0.1,0,0,0,0,0]]}",
            "it ends 0.100 from upright at rest, allowed is 0.03",
        ),
    ] {
        let error = read(&base, &TEXT.replace("plan.csv", file)).expect_err(file).to_string();
        assert!(error.contains("controller.plan.file"), "{file}: {error}");
        assert!(error.contains(expected), "{file}: {error}");
    }
    let error = Scenario::read("text", TEXT, &Overrides::default()).expect_err("no folder");
    assert!(error.to_string().contains("this text has no folder"), "{error}");
}
