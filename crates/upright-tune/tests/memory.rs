//! A search holds what it holds: its memory does not grow with its steps.

use heapwatch::CountingAllocator;
use std::num::NonZero;
use upright_lanes::Unit;
use upright_sim::scenario::{Overrides, Scenario};
use upright_tune::optimizer::Method;
use upright_tune::pareto::FrontSearch;
use upright_tune::{Evaluator, SearchOptions, Step, Tuning};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

#[test]
fn a_thousand_steps_hold_no_more_than_a_few() {
    let text = "
simulation: {duration: 0.02, control_period: 0.004}
tuning: {draws: 2, confirm: 4}
";
    let scenario = Scenario::read("memory", text, &Overrides::default()).expect("valid");
    // One thread, whose allocations are counted.
    let evaluator = Evaluator::new(&scenario, NonZero::<usize>::MIN, Unit::Scalar);
    for method in Method::ALL {
        let options = SearchOptions { candidates: 4, iterations: 3000, patience: None };
        let begun = Tuning::begin(&scenario, method, options, &evaluator, &|| false);
        let mut tuning = begun.expect("a search").expect("begun");
        heapwatch::assertions::assert_plateaus(1000, |_| {
            let step = tuning.step(&evaluator, &|| false).expect("a step");
            assert!(matches!(step, Step::Done(_)));
        });
        assert!(tuning.iteration() >= 1000);
    }
}

#[test]
fn a_front_has_room_for_so_many_and_its_search_holds_no_more() {
    let text = "
simulation: {duration: 0.02, control_period: 0.004}
tuning: {draws: 2, confirm: 4, objectives: [effort, angle]}
";
    let scenario = Scenario::read("memory", text, &Overrides::default()).expect("valid");
    let evaluator = Evaluator::new(&scenario, NonZero::<usize>::MIN, Unit::Scalar);
    let options = SearchOptions { candidates: 4, iterations: 3000, patience: None };
    let begun = FrontSearch::begin(&scenario, options, &evaluator, &|| false);
    let mut search = begun.expect("a search").expect("begun");
    heapwatch::assertions::assert_plateaus(1000, |_| {
        let step = search.step(&evaluator, &|| false).expect("a step");
        assert!(matches!(step, Step::Done(_)));
    });
    assert!(search.archive().members().len() <= 4);
}
