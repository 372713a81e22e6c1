//! Set points: carts that go where they are told.

use upright_sim::metrics::Verdict;
use upright_sim::scenario::kinds::KINDS;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::tracking::TrackingMetrics;
use upright_sim::{Run, RunOptions, run::run};

/// The reference plant behind encoders, with a motor of 30 N.
const RIG: &str = "
simulation: {initial_state: [0, 0, 0, 0, 0, 0]}
actuator: {max_force: 30, delay: 1}
sensors: {cart_counts_per_metre: 50000, encoder_counts: 4096, second_encoder: relative}
estimator: {kind: kalman}
controller: {kind: classical, switching_gain: 20, boundary_layer: 0.25, reaching_rate: 10}
";

fn ran(reference: &str, set: &[(&str, &str)]) -> (Run, TrackingMetrics) {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let text = format!("{RIG}reference: {reference}\n");
    let scenario = Scenario::read("set point", &text, &overrides).expect("valid");
    let run = run(&scenario, RunOptions::default()).expect("a run");
    let tracking = run.tracking.expect("a reference");
    (run, tracking)
}

#[test]
fn half_a_metre_in_two_seconds_is_followed_to_millimetres() {
    let (run, told) = ran("{kind: move, to: 0.5, at: 1, duration: 2, band: 0.01}", &[]);
    assert_eq!(run.verdict, Verdict::Settled);
    // An independent program: within 2 % after 1.94 s, 2.4 mm rms, 9.1 N at most, 0.165 rad.
    println!("{told:?} {:?}", run.metrics);
    let arrival = told.arrival_time.expect("arrived");
    assert!((1.7..2.2).contains(&arrival), "{arrival}");
    assert!(told.tracking_rms < 0.004, "{}", told.tracking_rms);
    assert!((8.5..11.0).contains(&run.metrics.peak_force), "{}", run.metrics.peak_force);
    assert!((0.15..0.18).contains(&run.metrics.max_angle), "{}", run.metrics.max_angle);
    let reference = run.trajectory.series("x_reference");
    assert_eq!(reference.len(), run.trajectory.len());
    assert!(reference[0][1].abs() < 1e-12 && (reference[9000][1] - 0.5).abs() < 1e-12);
}

#[test]
fn a_shape_for_the_cart_alone_is_the_trap_that_it_is_said_to_be() {
    let overshoot = |shape: &str| {
        let reference = format!("{{kind: move, to: 0.5, at: 1, duration: 2, shape: {shape}}}");
        ran(&reference, &[]).1.overshoot.expect("a way")
    };
    let (model, quintic) = (overshoot("model"), overshoot("quintic"));
    println!("{model} {quintic}");
    // 12 % of the way is the shape of the transfer itself; 52 % was measured of the other.
    assert!(model < 0.08 && quintic > 0.15, "{model} {quintic}");
}

#[test]
fn every_law_follows_every_reference() {
    let references = [
        "{kind: step, to: 0.2, at: 1}",
        "{kind: move, to: 0.2, at: 1}",
        "{kind: ramp, to: 0.3, at: 1, duration: 4}",
        "{kind: recorded, points: [[0, 0], [2, 0], [4, 0.2], [6, 0.1]]}",
    ];
    for reference in references {
        // A policy follows what it was taught.
        let others = ["none", "swing_up", "external"];
        for kind in KINDS.iter().filter(|kind| !others.contains(&kind.name)) {
            let set =
                [("controller.kind", kind.name), ("estimator", "{kind: exact}"), ("sensors", "{}")];
            let text = format!(
                "simulation: {{initial_state: [0, 0, 0, 0, 0, 0]}}\nactuator: {{max_force: 30}}\nreference: {reference}\n"
            );
            let set = set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec();
            let overrides = Overrides { set, ..Overrides::default() };
            let scenario = Scenario::read("set point", &text, &overrides).expect("valid");
            let run = run(&scenario, RunOptions::default()).expect("a run");
            assert_eq!(run.verdict, Verdict::Settled, "{} {reference}", kind.name);
            let end = run.trajectory.series("x_reference").last().expect("rows")[1];
            // The steady error of each law on a constant set point: none but rounding and what is left to settle.
            assert!((run.final_state[0] - end).abs() < 0.01, "{} {reference}", kind.name);
        }
    }
}

#[test]
fn a_run_without_a_reference_has_no_columns_of_one() {
    let scenario = Scenario::default();
    let run = run(&scenario, RunOptions::default()).expect("a run");
    assert!(run.tracking.is_none() && run.trajectory.series("x_reference").is_empty());
}
