//! A search finds better gains, the same ones on any machine, and knows when it cannot.

use std::num::NonZero;
use upright_lanes::Unit;
use upright_sim::scenario::{Overrides, Scenario};
use upright_tune::optimizer::Method;
use upright_tune::{
    Evaluator, LeastCost, SearchOptions, State, Step, TuneError, Tuning, Warning, validate,
};

fn scenario(text: &str) -> Scenario {
    Scenario::read("tuning", text, &Overrides::default()).expect("valid")
}

/// Rough starts and a short run, so that a test is quick and some draws fall.
const ROUGH: &str = "
simulation: {duration: 1.5, control_period: 0.004}
uncertainty: {initial_state: [0, 0.25, 0.25, 0, 0.2, 0.2]}
tuning: {draws: 8, confirm: 24, validation: 60}
";

fn evaluator(scenario: &Scenario, threads: usize, unit: Unit) -> Evaluator {
    Evaluator::new(scenario, NonZero::new(threads).expect("some"), unit)
}

fn options(candidates: usize) -> SearchOptions {
    SearchOptions { candidates, iterations: 1000, patience: None }
}

fn begun(
    scenario: &Scenario,
    method: Method,
    options: SearchOptions,
    evaluator: &Evaluator,
) -> Tuning {
    Tuning::begin(scenario, method, options, evaluator, &|| false)
        .expect("a search")
        .expect("begun")
}

fn steps(tuning: &mut Tuning, evaluator: &Evaluator, count: usize) {
    for _ in 0..count {
        let step = tuning.step(evaluator, &|| false).expect("a step");
        assert!(matches!(step, Step::Done(_)), "{step:?}");
    }
}

#[test]
fn the_same_search_on_any_threads_and_in_any_vector_unit() {
    let scenario = scenario(ROUGH);
    for method in Method::ALL {
        let state = |threads, unit| {
            let evaluator = evaluator(&scenario, threads, unit);
            let mut tuning = begun(&scenario, method, options(6), &evaluator);
            steps(&mut tuning, &evaluator, 3);
            tuning.state().clone()
        };
        let expected = state(1, Unit::Scalar);
        assert_eq!(state(3, Unit::Scalar), expected, "{}", method.name());
        for unit in Unit::available() {
            assert_eq!(state(2, unit), expected, "{} in {unit}", method.name());
        }
    }
}

#[test]
fn a_search_that_was_written_between_steps_ends_at_the_same_bits() {
    let scenario = scenario(ROUGH);
    let evaluator = evaluator(&scenario, 2, Unit::widest());
    for method in Method::ALL {
        let mut whole = begun(&scenario, method, options(6), &evaluator);
        steps(&mut whole, &evaluator, 4);
        let mut parts = begun(&scenario, method, options(6), &evaluator);
        for _ in 0..4 {
            // A step that is broken off leaves the search where it was.
            let step = parts.step(&evaluator, &|| true).expect("a step");
            assert_eq!(step, Step::Interrupted);
            steps(&mut parts, &evaluator, 1);
            let text = serde_json::to_string(parts.state()).expect("numbers");
            let state: State<LeastCost> = serde_json::from_str(&text).expect("a state");
            parts = Tuning::resume(".".as_ref(), state, &upright_tune::Resume::default())
                .expect("the same search");
        }
        assert_eq!(parts.state(), whole.state(), "{}", method.name());
        assert_eq!(parts.best_scenario(), whole.best_scenario());
    }
}

#[test]
fn what_is_found_is_better_on_draws_that_the_search_has_not_seen() {
    let scenario = scenario(ROUGH);
    let unit = Unit::widest();
    let evaluator = evaluator(&scenario, 2, unit);
    let mut tuning = begun(&scenario, Method::Pso, options(16), &evaluator);
    steps(&mut tuning, &evaluator, 12);
    let (start, best) = (*tuning.start(), tuning.best().clone());
    assert!(best.judged.cost.total < start.total, "{best:?}");
    assert_eq!(tuning.evaluations(), 16 * 12);
    let found = tuning.best_scenario();
    let judge = |found| {
        let judged = validate(&scenario, found, best.judged.cost.mean, &evaluator, &|| false);
        judged.expect("runs").expect("whole")
    };
    let validation = judge(&found);
    assert_eq!((validation.first_run, validation.runs), (24, 60));
    assert!(validation.cost_difference.interval[1] < 0.0, "{validation:?}");
    // The start against itself differs by nothing, which is within noise.
    let same = judge(&scenario);
    assert_eq!(same.cost_difference.interval, [0.0, 0.0]);
    assert!(same.warnings.iter().any(|warning| matches!(warning, Warning::WithinNoise { .. })));
}

#[test]
fn among_runs_that_all_fall_there_is_a_slope() {
    let text = "
simulation: {duration: 1, control_period: 0.004, initial_state: [0, 0.9, -0.5, 0, 0, 0]}
tuning: {draws: 4, confirm: 4}
";
    let scenario = scenario(text);
    let evaluator = evaluator(&scenario, 1, Unit::widest());
    let mut tuning = begun(&scenario, Method::Pso, options(8), &evaluator);
    assert!(tuning.start().worst > 5.0, "nothing stands");
    let Step::Done(row) = tuning.step(&evaluator, &|| false).expect("a step") else {
        panic!("a step");
    };
    assert!(row.iteration_best < row.worst);
    steps(&mut tuning, &evaluator, 6);
    assert!(tuning.best().judged.cost.total < tuning.start().total);
}

#[test]
fn costs_that_are_all_equal_are_an_error_that_says_so() {
    // Without weights nothing costs anything; a search over such costs would learn nothing.
    let text = "
simulation: {duration: 0.2, control_period: 0.004}
tuning:
  draws: 2
  weights: {settling: 0, angle: 0, cart: 0, effort: 0, variation: 0, saturation: 0, stability: 0, falls: 0}
";
    let scenario = scenario(text);
    let evaluator = evaluator(&scenario, 1, Unit::widest());
    let mut tuning = begun(&scenario, Method::Pso, options(5), &evaluator);
    let error = tuning.step(&evaluator, &|| false).expect_err("nothing moves");
    assert!(matches!(error, TuneError::NothingMoves { count: 5, .. }), "{error}");
    assert!(error.to_string().starts_with("all of the first 5 candidates cost 0"), "{error}");
}

#[test]
fn a_search_without_success_ends_when_its_patience_does() {
    let scenario = scenario(ROUGH);
    let evaluator = evaluator(&scenario, 2, Unit::widest());
    let patience = SearchOptions { patience: Some(2), ..options(4) };
    let mut tuning = begun(&scenario, Method::De, patience, &evaluator);
    let mut last = tuning.start().total;
    let mut idle = 0;
    for _ in 0..200 {
        match tuning.step(&evaluator, &|| false).expect("a step") {
            Step::Done(row) => {
                idle = if row.best < last { 0 } else { idle + 1 };
                last = row.best;
                assert!(idle <= 2);
            }
            Step::Ended => {
                assert_eq!(idle, 2);
                return;
            }
            Step::Interrupted => panic!("nobody asked to stop"),
        }
    }
    panic!("two idle steps of four candidates come sooner than in 200");
}

#[test]
fn every_kind_can_be_tuned() {
    for &kind in upright_sim::scenario::kinds::compared() {
        let scenario = scenario(&format!("controller: {{kind: {kind}}}{ROUGH}"));
        let evaluator = evaluator(&scenario, 2, Unit::widest());
        let mut tuning = begun(&scenario, Method::CmaEs, options(6), &evaluator);
        steps(&mut tuning, &evaluator, 2);
        assert_eq!(tuning.refused(), 0, "{kind}");
        let best = tuning.best_scenario();
        // It is a scenario like any other.
        assert_eq!(Scenario::read("best", &best.to_yaml(), &Overrides::default()), Ok(best));
    }
}
