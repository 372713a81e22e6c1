//! What each estimator comes to on two rigs with encoders, under three laws: the table of docs/rig-figures.md.
//!
//! Of so many draws, every parameter within a tenth: how many settle, and the medians of what the force varies by in a
//! second in N/s and of the span of link 1 in mrad, both over the last three of ten seconds; how many fall.
//!
//! ```sh
//! cargo run --release -p upright-sim --example rig_table -- 100
//! ```

use std::process::ExitCode;
use upright_sim::RunOptions;
use upright_sim::closed_loop::Tick;
use upright_sim::realization::Realization;
use upright_sim::run::replay;
use upright_sim::scenario::{Overrides, Scenario};

/// A rig, its laws, and the noises of its filters: 0.5 N, 0.003 and 0.001 N m as shares.
struct Rig {
    text: &'static str,
    laws: [&'static str; 3],
    force: f64,
    torques: [f64; 2],
    /// Bandwidths in 1/s.
    luenberger: f64,
    eso: f64,
}

const RIGS: [Rig; 2] = [
    Rig {
        text: "
plant:
  cart_mass: 0.57
  link1: {mass: 0.127, length: 0.2, com: 0.1, inertia: 0.00042}
  link2: {mass: 0.097, length: 0.34, com: 0.17, inertia: 0.00093}
  damping: {cart: 4.3, joint1: 0.0024, joint2: 0.0024}
  coulomb: {cart: 0.5, joint1: 0.0001, joint2: 0.0001}
simulation: {duration: 10, control_period: 0.002, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 10, delay: 1}
",
        laws: [
            "{kind: classical, switching_gain: 8, boundary_layer: 0.1}",
            "{kind: super_twisting, k1: 8, k2: 40}",
            "{kind: lqr}",
        ],
        force: 10.0,
        torques: [0.009_526_8, 0.006_181_7],
        luenberger: 45.0,
        eso: 60.0,
    },
    Rig {
        text: "
simulation: {duration: 10, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 30, delay: 1}
",
        laws: [
            "{kind: classical, switching_gain: 20, boundary_layer: 0.25}",
            "{kind: super_twisting, k1: 15, k2: 60}",
            "{kind: lqr}",
        ],
        force: 30.0,
        torques: [0.003_058_1, 0.004_530_5],
        luenberger: 15.0,
        eso: 30.0,
    },
];

const ENCODERS: &str =
    "sensors: {encoder_counts: 4096, second_encoder: relative, cart_counts_per_metre: 50000}";

const DRAWS: &str = "
uncertainty: {initial_state: [0.02, 0.03, 0.03, 0, 0.05, 0.05], parameters: 0.1}
";

/// What each row is called, and its estimator.
fn estimators(rig: &Rig) -> Vec<(&'static str, String)> {
    let [first, second] = rig.torques;
    let kalman = |kind: &str, force_state: f64, more: &str| {
        format!(
            "{{kind: {kind}, force_noise: {}, torque_noise: [{first}, {second}], force_state: {}{more}}}",
            0.5 / rig.force,
            force_state / rig.force
        )
    };
    let not = ", compensate: false";
    vec![
        ("exact state", "{kind: exact}".to_owned()),
        ("difference", "{kind: difference, predict: false}".to_owned()),
        ("filter 50 Hz, no prediction", "{kind: filter, corner_hz: 50, predict: false}".to_owned()),
        ("filter 5 Hz, no prediction", "{kind: filter, corner_hz: 5, predict: false}".to_owned()),
        ("filter 5 Hz, prediction", "{kind: filter, corner_hz: 5}".to_owned()),
        ("Luenberger", format!("{{kind: luenberger, poles: {}}}", rig.luenberger)),
        ("Kalman, no force state", kalman("kalman", 0.0, not)),
        ("extended Kalman, no force state", kalman("extended_kalman", 0.0, not)),
        ("Kalman, force only estimated", kalman("kalman", 3.0, not)),
        ("Kalman, force compensated", kalman("kalman", 3.0, "")),
        ("extended Kalman, compensated", kalman("extended_kalman", 3.0, "")),
        ("Kalman, as it is by default", "{kind: kalman}".to_owned()),
        ("linear ESO", format!("{{kind: eso, bandwidth: {}}}", rig.eso)),
    ]
}

/// What a run comes to.
struct End {
    /// Over its last three seconds, in N/s.
    variation: f64,
    /// Of link 1 over its last three seconds, in mrad.
    span: f64,
    /// Whether it came to stay within the settling band, whether its force chatters or not.
    settled: bool,
    upright: bool,
}

fn end(scenario: &Scenario, run: u64) -> Result<End, Box<dyn std::error::Error>> {
    let realization = Realization::new(scenario, run)?;
    let from = scenario.simulation.duration - 3.0;
    let (mut variation, mut low, mut high) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
    let mut before = None;
    let mut watch = |tick: &Tick| {
        if tick.index as f64 * scenario.simulation.control_period >= from {
            variation += before.map_or(0.0, |before: f64| (tick.applied - before).abs());
            before = Some(tick.applied);
            low = f64::min(low, tick.state[1]);
            high = f64::max(high, tick.state[1]);
        }
        true
    };
    let options = RunOptions { record: false, hook: Some(&mut watch) };
    let run = replay(scenario, &realization, options)?;
    Ok(End {
        variation: variation / 3.0,
        span: 1e3 * (high - low),
        settled: run.metrics.settling_time.is_some(),
        upright: run.verdict.upright(),
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A cell: settled, variation, span, and how many fell where some did.
fn cell(
    rig: &Rig,
    estimator: &str,
    law: &str,
    runs: u64,
) -> Result<String, Box<dyn std::error::Error>> {
    // The exact state is that of sensors without counts.
    let sensors = if estimator == "{kind: exact}" { "" } else { ENCODERS };
    let text = format!("{}{sensors}{DRAWS}estimator: {estimator}\ncontroller: {law}\n", rig.text);
    let scenario = Scenario::read("rig", &text, &Overrides::default())?;
    let ends = (0..runs).map(|run| end(&scenario, run)).collect::<Result<Vec<_>, _>>()?;
    let standing: Vec<&End> = ends.iter().filter(|end| end.upright).collect();
    let settled = ends.iter().filter(|end| end.settled).count();
    let fell = ends.len() - standing.len();
    if standing.is_empty() {
        return Ok(format!("0 (f {fell})"));
    }
    let variation = median(standing.iter().map(|end| end.variation).collect());
    let span = median(standing.iter().map(|end| end.span).collect());
    let fell = if fell > 0 { format!(" (f {fell})") } else { String::new() };
    Ok(format!("{settled}{fell}/{variation:.0}/{span:.0}"))
}

fn table(runs: u64) -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| estimator | lab classical | lab super-twisting | lab LQR | default classical \
         | default super-twisting | default LQR |\n|---|---|---|---|---|---|---|"
    );
    let [lab, default] = RIGS.each_ref().map(estimators);
    for ((name, lab), (_, default)) in lab.iter().zip(&default) {
        let mut cells = Vec::new();
        for (rig, estimator) in RIGS.iter().zip([lab, default]) {
            for law in rig.laws {
                cells.push(cell(rig, estimator, law, runs)?);
            }
        }
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}

fn main() -> ExitCode {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(100);
    match table(runs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
