//! A search for a front finds one that is better than the start on draws that it has not seen, the same
//! one on any machine.

use std::num::NonZero;
use upright_lanes::Unit;
use upright_sim::scenario::{Overrides, Scenario};
use upright_tune::front::{Pair, dominates};
use upright_tune::pareto::{Front, FrontSearch, FrontValidation, Member, validate};
use upright_tune::{Evaluator, Resume, SearchOptions, State, Step, TuneError};

fn scenario(text: &str) -> Scenario {
    Scenario::read("pareto", text, &Overrides::default()).expect("valid")
}

/// Rough starts and a short run, so that a test is quick and some draws fall.
const ROUGH: &str = "
simulation: {duration: 2, control_period: 0.004}
uncertainty: {initial_state: [0, 0.25, 0.25, 0, 0.2, 0.2]}
tuning: {draws: 8, confirm: 24, validation: 60, objectives: [settling, variation]}
";

fn evaluator(scenario: &Scenario, threads: usize, unit: Unit) -> Evaluator {
    Evaluator::new(scenario, NonZero::new(threads).expect("some"), unit)
}

fn begun(scenario: &Scenario, candidates: usize, evaluator: &Evaluator) -> FrontSearch {
    let options = SearchOptions { candidates, iterations: 1000, patience: None };
    FrontSearch::begin(scenario, options, evaluator, &|| false).expect("a search").expect("begun")
}

fn steps(search: &mut FrontSearch, evaluator: &Evaluator, count: usize) {
    let mut area = search.archive().hypervolume();
    for _ in 0..count {
        let step = search.step(evaluator, &|| false).expect("a step");
        let Step::Done(row) = step else { panic!("{step:?}") };
        assert!(row.hypervolume >= area - 1e-12, "{row:?}");
        area = row.hypervolume;
        assert_eq!(row.members, search.archive().members().len());
    }
}

fn judged(search: &FrontSearch, evaluator: &Evaluator) -> FrontValidation {
    validate(search, evaluator, &|| false).expect("runs").expect("whole")
}

#[test]
fn the_same_front_on_any_threads_and_in_any_vector_unit() {
    let scenario = scenario(ROUGH);
    let state = |threads, unit| {
        let evaluator = evaluator(&scenario, threads, unit);
        let mut search = begun(&scenario, 6, &evaluator);
        steps(&mut search, &evaluator, 3);
        search.state().clone()
    };
    let expected = state(1, Unit::Scalar);
    assert_eq!(state(3, Unit::Scalar), expected);
    for unit in Unit::available() {
        assert_eq!(state(2, unit), expected, "{unit}");
    }
}

#[test]
fn a_search_that_was_written_between_steps_ends_at_the_same_bits() {
    let scenario = scenario(ROUGH);
    let evaluator = evaluator(&scenario, 2, Unit::widest());
    let mut whole = begun(&scenario, 6, &evaluator);
    steps(&mut whole, &evaluator, 4);
    let mut parts = begun(&scenario, 6, &evaluator);
    for _ in 0..4 {
        // A step that is broken off leaves the search where it was.
        let step = parts.step(&evaluator, &|| true).expect("a step");
        assert_eq!(step, Step::Interrupted);
        steps(&mut parts, &evaluator, 1);
        let text = serde_json::to_string(parts.state()).expect("numbers");
        let state: State<Front> = serde_json::from_str(&text).expect("a state");
        parts = FrontSearch::resume(".".as_ref(), state, &Resume::default()).expect("same");
    }
    assert_eq!(parts.state(), whole.state());
    assert_eq!(parts.scenarios(), whole.scenarios());
}

#[test]
fn members_are_judged_on_all_draws_and_cost_what_their_scenarios_cost() {
    let scenario = scenario(ROUGH);
    let evaluator = evaluator(&scenario, 2, Unit::widest());
    let mut search = begun(&scenario, 12, &evaluator);
    steps(&mut search, &evaluator, 8);
    let members = search.archive().members();
    assert!(members.len() >= 3, "{members:?}");
    let costs: Vec<Pair> = members.iter().map(Member::cost).collect();
    for (i, &cost) in costs.iter().enumerate() {
        assert!(!costs.iter().any(|&other| dominates(other, cost)), "{costs:?}");
        assert_eq!(members[i].figures.runs, 24);
    }
    for (found, member) in search.scenarios().into_iter().zip(members) {
        // A search that begins with the member's scenario judges it on the same draws.
        let again = begun(&found, 4, &evaluator);
        assert_eq!(*again.start(), member.figures);
        // It is a scenario like any other.
        assert_eq!(Scenario::read("found", &found.to_yaml(), &Overrides::default()), Ok(found));
    }
}

#[test]
fn the_front_is_better_than_the_start_on_draws_that_the_search_has_not_seen() {
    let scenario = scenario(ROUGH);
    let evaluator = evaluator(&scenario, 2, Unit::widest());
    let mut search = begun(&scenario, 16, &evaluator);
    steps(&mut search, &evaluator, 12);
    let validation = judged(&search, &evaluator);
    assert_eq!((validation.first_run, validation.runs), (24, 60));
    assert_eq!(validation.members.len(), search.archive().members().len());
    for (axis, member) in [validation.members.first(), validation.members.last()].iter().enumerate()
    {
        let member = member.expect("an end of the front");
        // Each end is better in its own objective, and its interval says so.
        assert!(member.difference[axis].interval[1] < 0.0, "{member:?}");
        let mean = member.figures.cost[axis] - validation.start.cost[axis];
        assert!((member.difference[axis].mean - mean).abs() < 1e-12);
    }
    let costs: Vec<Pair> = validation.members.iter().map(|member| member.figures.cost).collect();
    for member in &validation.members {
        let dominated = costs.iter().any(|&cost| dominates(cost, member.figures.cost));
        assert_eq!(member.dominated, dominated);
    }
    // A front that was stopped has no judgement.
    assert_eq!(validate(&search, &evaluator, &|| true).expect("no error"), None);
}

#[test]
fn among_runs_that_all_fall_there_is_a_slope() {
    let text = "
simulation: {duration: 1, control_period: 0.004, initial_state: [0, 0.9, -0.5, 0, 0, 0]}
tuning: {draws: 4, confirm: 4, objectives: [effort, angle]}
";
    let scenario = scenario(text);
    let evaluator = evaluator(&scenario, 1, Unit::widest());
    let mut search = begun(&scenario, 8, &evaluator);
    assert_eq!(search.start().failed, 4);
    steps(&mut search, &evaluator, 6);
    // All that is said of a fall is said of both, so there is one best, and it falls later.
    assert_eq!(search.archive().members().len(), 1);
    let found = search.archive().members()[0].cost();
    assert!(dominates(found, search.start().cost), "{found:?}");
}

#[test]
fn what_has_no_front_is_an_error_that_says_so() {
    let text = "
simulation: {duration: 0.2, control_period: 0.004, initial_state: [0, 0, 0, 0, 0, 0]}
uncertainty: {initial_state: [0, 0, 0, 0, 0, 0], parameters: 0}
tuning: {draws: 2, weights: {falls: 0, stability: 0}, objectives: [falls, saturation]}
";
    let standing = scenario(text);
    let with = evaluator(&standing, 1, Unit::widest());
    let error = begun(&standing, 5, &with).step(&with, &|| false).expect_err("nothing moves");
    assert!(error.to_string().starts_with("all of the first 5 candidates cost 0 and 0"), "{error}");
    let none = Scenario::default();
    let options = SearchOptions { candidates: 4, iterations: 1, patience: None };
    let error = FrontSearch::begin(&none, options, &with, &|| false).expect_err("no objectives");
    assert!(matches!(error, TuneError::NoObjectives), "{error}");
}

#[test]
fn a_search_whose_front_stays_ends_when_its_patience_does() {
    let scenario = scenario(ROUGH);
    let evaluator = evaluator(&scenario, 2, Unit::widest());
    let options = SearchOptions { candidates: 2, iterations: 1000, patience: Some(1) };
    let begun = FrontSearch::begin(&scenario, options, &evaluator, &|| false);
    let mut search = begun.expect("a search").expect("begun");
    let mut before = search.archive().clone();
    let mut stayed = false;
    for _ in 0..200 {
        match search.step(&evaluator, &|| false).expect("a step") {
            Step::Done(_) => {
                assert!(!stayed);
                stayed = *search.archive() == before;
                before = search.archive().clone();
            }
            Step::Ended => {
                assert!(stayed);
                return;
            }
            Step::Interrupted => panic!("nobody asked to stop"),
        }
    }
    panic!("a step of two candidates that changes nothing comes sooner than in 200");
}
