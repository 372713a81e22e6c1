//! Runs and studies fit on three quarters of the stack that threads have. Predictions and planners are some hundred
//! kilobytes on their way to the heap, and compiled without optimisation they are there several times.

use upright_lanes::Unit;
use upright_sim::run::{RunOptions, run};
use upright_sim::scenario::kinds::KINDS;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::run_serial;

/// Bytes of the stack: threads have 2 MiB unless they ask for more.
const STACK: usize = 3 << 19;

/// A run, and a study on the widest lanes, on a small stack; what overflows it ends the whole process.
fn fits(text: String) {
    let own = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let scenario = Scenario::read("stack", &text, &Overrides::default()).expect("valid");
        run(&scenario, RunOptions::default()).expect("a run");
        for unit in Unit::available() {
            run_serial(&scenario, 0..2, unit, &|| false).expect("a study");
        }
    });
    own.expect("a thread").join().expect("its runs");
}

#[test]
fn every_controller_runs_on_a_small_stack() {
    for kind in KINDS.iter().filter(|kind| kind.name != "external") {
        fits(format!("{{controller: {{kind: {}}}, simulation: {{duration: 0.05}}}}", kind.name));
    }
}

#[test]
fn a_plant_that_falls_is_planned_for_on_a_small_stack() {
    for tracking in ["acceleration", "predictive"] {
        fits(format!(
            "{{plant: {{track: 1}}, simulation: {{initial_state: [0, 0.68, -0.85, 0, 0, 0], duration: 0.6}}, \
             controller: {{kind: swing_up, balance: {{kind: mpc}}, tracking: {{kind: {tracking}}}}}}}"
        ));
    }
}

#[test]
fn a_first_plan_is_made_on_a_small_stack() {
    fits(
        "{plant: {track: 0.6}, simulation: {initial_state: hanging, duration: 4}, \
         controller: {kind: swing_up, plan: {candidates: 12}}}"
            .to_owned(),
    );
}
