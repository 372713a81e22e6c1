//! Runs that swing up: the same bits alone, in studies, live and renewed; and what is refused.

use std::num::NonZero;
use std::ops::ControlFlow;
use upright_lanes::Unit;
use upright_sim::live::Session;
use upright_sim::metrics::Verdict;
use upright_sim::realization::Realization;
use upright_sim::run::replay;
use upright_sim::scenario::{Overrides, Scenario, ScenarioError};
use upright_sim::study::{Source, Study, run_study};
use upright_sim::{RunOptions, run};

/// A plan of few starts, on plants that are off, and a knock that makes some of them fall and plan anew.
const KNOCKED: &str = "
plant: {track: 0.8}
simulation: {initial_state: hanging, duration: 6}
controller:
  kind: swing_up
  plan: {candidates: 8, ranking: {draws: 2}}
  supervisor: {retries: 4}
disturbances: [{kind: pulse, target: cart, amplitude: 120, start: 3.5, duration: 0.1}]
uncertainty: {initial_state: [0.02, 0.05, 0.05, 0, 0, 0], parameters: 0.05}
";

fn scenario(text: &str) -> Scenario {
    Scenario::read("swing-up", text, &Overrides::default()).expect("valid")
}

fn refused(text: &str) -> String {
    match Scenario::read("swing-up", text, &Overrides::default()) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn from_hanging_it_settles_upright_and_says_how() {
    let scenario = scenario(
        "{plant: {track: 0.6}, simulation: {initial_state: hanging, duration: 8}, \
         controller: {kind: swingup, balance: {kind: lqr}, plan: {candidates: 12}}}",
    );
    let run = run(&scenario, RunOptions::default()).expect("a run");
    assert_eq!(run.verdict, Verdict::Settled);
    let own = run.metrics.swing_up.expect("a swing-up");
    assert_eq!((own.plans, own.tries), (1, 1));
    assert!(own.swing_up_time.is_some_and(|time| (1.0..4.0).contains(&time)), "{own:?}");
    assert!(run.metrics.max_cart < 0.6 && run.metrics.max_angle > 3.0);
    let phases: Vec<f64> = run.trajectory.series("phase").iter().map(|row| row[1]).collect();
    assert_eq!((phases[0], phases[phases.len() - 1]), (2.0, 3.0));
}

/// The only number that the machine decides, and no part of what makes two runs the same.
#[test]
fn what_planning_on_the_way_took_is_told() {
    let knocked = scenario(KNOCKED);
    let [once, again] = [0, 1].map(|_| run(&knocked, RunOptions::default()).expect("a run"));
    assert!(once.metrics.swing_up.is_some_and(|own| own.plans > 1), "{:?}", once.metrics.swing_up);
    assert!(once.planning_seconds.is_some_and(|own| own.0 > 0.0));
    assert_eq!(once, again);
    let balanced = scenario("simulation: {duration: 0.01}");
    let balanced = run(&balanced, RunOptions::default()).expect("a run");
    assert!(balanced.planning_seconds.is_none());
}

#[test]
fn a_study_has_the_rows_of_its_single_runs_to_the_bit() {
    study_is_its_single_runs(&scenario(KNOCKED));
}

#[test]
fn a_study_that_follows_plans_by_prediction_has_them_too() {
    study_is_its_single_runs(&scenario(
        &KNOCKED.replace("  plan:", "  tracking: {kind: predictive}\n  plan:"),
    ));
}

fn study_is_its_single_runs(scenario: &Scenario) {
    for (unit, threads) in [(Unit::widest(), 2), (Unit::Scalar, 1)] {
        let threads = NonZero::new(threads).expect("a thread");
        let source = Source::Uncertainty;
        let study = Study { scenario, runs: 0..6, threads, unit, source };
        let mut rows = Vec::new();
        run_study(&study, &|| false, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })
        .expect("a study");
        assert_eq!(rows.len(), 6);
        for row in &rows {
            let realization = Realization::new(scenario, row.realization.run).expect("a draw");
            let alone = replay(scenario, &realization, RunOptions::default()).expect("a run");
            assert_eq!((alone.verdict, alone.metrics), (row.verdict, row.metrics));
            assert_eq!(alone.final_state, row.final_state);
        }
        let plans = |row: &upright_sim::study::Row| row.metrics.swing_up.map_or(0, |own| own.plans);
        assert!(rows.iter().any(|row| plans(row) > 1), "nobody fell");
    }
}

/// The short form of the counts over 300 draws in docs/swing-up.md.
#[test]
fn by_what_encoders_see_an_extended_filter_swings_it_up_and_catches_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/swing-up-encoders.yaml");
    let mut scenario = scenario(&std::fs::read_to_string(path).expect("a scenario"));
    scenario.simulation.duration = 8.0;
    assert_eq!(scenario.actuator.delay, 1);
    let settled = (0..8).filter(|run| {
        let realization = Realization::new(&scenario, *run).expect("a draw");
        let run = replay(&scenario, &realization, RunOptions::default()).expect("a run");
        run.verdict == Verdict::Settled
    });
    assert!(settled.count() >= 7);
}

#[test]
fn live_it_is_the_run_to_the_bit() {
    let scenario = scenario(KNOCKED);
    let realization = Realization::nominal(&scenario);
    let mut session = Session::new(&scenario, &realization).expect("a session");
    while session.step().is_some() {}
    let live = session.finish().expect("a run");
    let plain = replay(&scenario, &realization, RunOptions::default()).expect("a run");
    assert_eq!((live.metrics, live.final_state), (plain.metrics, plain.final_state));
}

#[test]
fn a_scenario_that_is_written_and_read_is_the_same() {
    let scenario = scenario(KNOCKED);
    assert_eq!(scenario.simulation.initial_state[1], std::f64::consts::PI);
    assert_eq!(self::scenario(&scenario.to_yaml()), scenario);
}

#[test]
fn what_cannot_be_is_refused_with_place_value_and_what_is_allowed() {
    let swing = |own: &str, rest: &str| {
        refused(&format!(
            "{{plant: {{track: 0.6}}, controller: {{kind: swing_up, {own}}}, {rest}}}"
        ))
    };
    let hanging = "simulation: {initial_state: hanging}";
    for (own, rest, words) in [
        (
            "",
            "simulation: {initial_state: hanging, duration: 0.2}",
            "simulation.duration = 0.2: a run that begins with a plan takes 0.3 s",
        ),
        ("plan: {step: 0.0105}", hanging, "controller.plan.step = 0.0105: must be a whole number"),
        ("plan: {step: 0.03}", hanging, "controller.plan.step = 0.03: allowed is above 0 to 0.02"),
        ("plan: {horizon: [3, 2]}", hanging, "controller.plan.horizon"),
        (
            "plan: {horizon: [0.2, 2]}",
            hanging,
            "controller.plan.horizon.0 = 0.2: allowed is from 0.3",
        ),
        (
            "plan: {horizon: [1, 3]}",
            "simulation: {initial_state: hanging, duration: 2}",
            "controller.plan.horizon.1 = 3: allowed is from 0.3 to 2",
        ),
        (
            "plan: {force_share: 1.1}",
            hanging,
            "controller.plan.force_share = 1.1: allowed is above 0 to 1",
        ),
        (
            "supervisor: {guard: 0}",
            hanging,
            "controller.supervisor.guard = 0: allowed is above 0 to 1",
        ),
        (
            "supervisor: {replan: 1}",
            hanging,
            "controller.supervisor.replan = 1: must be `true` or `false`",
        ),
        (
            "tracking: {kind: prescient}",
            hanging,
            "controller.tracking.kind = \"prescient\": allowed is one of acceleration, predictive",
        ),
        (
            "tracking: {kind: predictive, weights: {force: 0}}",
            hanging,
            "controller.tracking.weights.force = 0: allowed is from 1e-9 to 1e6 1/(N^2 s)",
        ),
        ("balance: {kind: none}", hanging, "controller.balance.kind = \"none\": allowed is one of"),
        (
            "balance: {kind: lqr, k1: 3}",
            hanging,
            "controller.balance.k1 = 3: there is no such field",
        ),
        ("", "simulation: {initial_state: standing}", "or one of `hanging`"),
        (
            "",
            "simulation: {initial_state: [0.7, 0, 0, 0, 0, 0]}",
            "simulation.initial_state.0 = 0.7: allowed is above -0.6 to 0.6",
        ),
        (
            "",
            "simulation: {initial_state: [0.5, 0, 0, 9, 0, 0]}",
            "simulation.initial_state.3 = 9: no force of 150 N stops the cart within the 0.100 m",
        ),
    ] {
        let text = swing(own, rest);
        assert!(text.contains(words), "{own} {rest}: {text}");
    }
    let linear = "{plant: {model: linear}, controller: {kind: swing_up}, \
                  simulation: {initial_state: hanging}}";
    let said = refused(linear);
    assert!(
        said.contains("plant.model") && said.contains("the linear model has no hanging"),
        "{said}"
    );
}

#[test]
fn without_a_plan_there_is_no_run() {
    let scenario = scenario(
        "{plant: {track: 0.6}, actuator: {max_force: 0.5}, simulation: {initial_state: hanging}, \
         controller: {kind: swing_up, plan: {candidates: 2, horizon: [0.4, 0.5]}}}",
    );
    let error = run(&scenario, RunOptions::default()).expect_err("no plan");
    assert!(matches!(error, ScenarioError::NoPlan(_)), "{error}");
    assert!(error.to_string().starts_with("no plan: of "), "{error}");
}
