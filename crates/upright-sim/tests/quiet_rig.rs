//! A laboratory rig with encoders stands quietly with what the program itself proposes for it: the usual estimator and
//! automatic gains.

use upright_lanes::Unit;
use upright_sim::metrics::Verdict;
use upright_sim::scenario::{Overrides, Scenario, kinds};
use upright_sim::study::run_serial;

/// 4096 counts a turn, 20 um, one period of delay; every parameter is drawn within a tenth.
const LABORATORY: &str = concat!(
    include_str!("../../upright-scenario/tests/data/laboratory-plant.yaml"),
    "simulation: {duration: 10, control_period: 0.002, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 10, delay: 1}
sensors: {position_quantum: 2e-5, angle_quantum: 0.0015339807878856412}
controller: {gains: auto}
uncertainty: {initial_state: [0.02, 0.03, 0.03, 0, 0.05, 0.05], parameters: 0.1}
"
);
const DEFAULT: &str = "
actuator: {max_force: 30, delay: 1}
simulation: {initial_state: [0, 0.02, -0.01, 0, 0, 0]}
sensors: {position_quantum: 2e-5, angle_quantum: 0.0015339807878856412}
controller: {gains: auto}
uncertainty: {initial_state: [0.02, 0.03, 0.03, 0, 0.05, 0.05], parameters: 0.1}
";

/// How many of 100 draws settle, the median variation a second in N/s, the largest share at the limit.
fn study(text: &str, kind: &str) -> (usize, f64, f64) {
    let scenario = Scenario::read("rig", text, &Overrides::default()).expect("valid");
    let scenario = scenario.under(kind).expect("a kind");
    let rows = run_serial(&scenario, 0..100, Unit::widest(), &|| false).expect("runs");
    let settled = rows.iter().filter(|row| row.verdict == Verdict::Settled).count();
    let mut variations: Vec<f64> =
        rows.iter().map(|row| row.metrics.total_variation / 10.0).collect();
    variations.sort_by(f64::total_cmp);
    let limited = rows.iter().map(|row| row.metrics.saturation).fold(0.0, f64::max);
    (settled, variations[50], limited)
}

#[test]
fn every_law_stands_quietly_on_a_rig_with_encoders() {
    for (text, most) in [(LABORATORY, 200.0), (DEFAULT, 450.0)] {
        for kind in kinds::compared() {
            let (settled, variation, limited) = study(text, kind);
            println!("{kind}: {settled} settled, {variation} N/s, {limited} at the limit");
            assert!(settled >= 98, "{kind}: {settled} settled");
            assert!(variation <= most, "{kind}: {variation} N/s");
            assert!(limited < 0.01, "{kind}: {limited} at the limit");
        }
    }
}
