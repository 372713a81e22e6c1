//! The plant and every closed loop against independent solvers.

use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use upright_core::plant::{Angles, Dynamics, Full, Plant, Rigid};
use upright_sim::RunOptions;
use upright_sim::scenario::{Overrides, Scenario};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("a reference file")
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().expect("a number")],
    }
}

/// The largest difference relative to the size of what is expected.
fn relative(got: &[f64], expected: &[f64]) -> f64 {
    let size = expected.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
    got.iter().zip(expected).fold(0.0_f64, |worst, (a, b)| worst.max((a - b).abs() / size))
}

#[test]
fn accelerations_are_those_of_the_independent_model() {
    let cases: Vec<Value> = serde_json::from_str(&text("accelerations.json")).expect("a list");
    assert_eq!(cases.len(), 200);
    let mut worst = 0.0_f64;
    for case in &cases {
        let plant = Plant::deserialize(&case["plant"]).expect("a plant");
        let state: [f64; 6] = numbers(&case["state"]).try_into().expect("six numbers");
        let mut force: [f64; 3] = numbers(&case["external"]).try_into().expect("three numbers");
        force[0] += case["force"].as_f64().expect("a force");

        let rigid = Rigid::<f64>::new(&plant);
        let [m11, m12, m13, m22, m23, m33] =
            rigid.mass_matrix(&Angles::new(state[1], state[2])).upper;
        let matrix = [m11, m12, m13, m12, m22, m23, m13, m23, m33];
        let acceleration = match case["model"].as_str() {
            Some("simplified") => rigid.acceleration(&state, &force),
            Some("full") => Full::<f64>::new(&plant).acceleration(&state, &force),
            model => panic!("unknown model {model:?}"),
        };
        worst = worst
            .max(relative(&matrix, &numbers(&case["mass_matrix"])))
            .max(relative(&acceleration, &numbers(&case["acceleration"])))
            .max(relative(&[rigid.energy(&state)], &numbers(&case["energy"])));
    }
    println!("worst relative difference {worst:.1e}");
    assert!(worst < 1e-11, "off by {worst:e}");
}

/// Runs the scenario `name` and compares it with the rows of its file: the largest difference over
/// `1 + |expected|`.
fn closed_loop(name: &str) -> f64 {
    let scenario =
        Scenario::read(name, &text(&format!("{name}.yaml")), &Overrides::default()).expect("valid");
    let run = upright_sim::run(&scenario, RunOptions::default()).expect("a run");
    let rows: Vec<&[f64]> = run.trajectory.iter().collect();
    let mut worst = 0.0_f64;
    let table = text(&format!("{name}.csv"));
    for line in table.lines().skip(1) {
        let expected: Vec<f64> =
            line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        let index = (expected[0] / scenario.simulation.control_period).round() as usize;
        for (got, expected) in rows[index][..8].iter().zip(&expected) {
            worst = worst.max((got - expected).abs() / (1.0 + expected.abs()));
        }
    }
    println!("{name}: {worst:.1e}");
    worst
}

#[test]
fn free_fall_is_that_of_a_high_order_solver() {
    assert!(closed_loop("free-fall") < 1e-6);
}

#[test]
fn closed_loops_are_those_of_the_independent_program() {
    for name in [
        "classical-nominal",
        "adaptive-nominal",
        "super-twisting-push",
        "super-twisting-explicit",
        "linear-tanh-saturated",
        "kalman-classical",
        "kalman-force-super-twisting",
    ] {
        let worst = closed_loop(name);
        assert!(worst < 1e-7, "{name} is off by {worst:e}");
    }
}
