//! Who asks the engine often: a map of 41 x 41 starts under five controllers, and a search of 200 million control periods
//! (40 candidates, 50 steps, 20 draws of 5 s at 1 ms, without a race). On one thread in the widest vector unit, or the one
//! that `UPRIGHT_SIMD` names. Throughput is in control periods that were computed: runs that fall end early.

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::time::Duration;
use upright_lanes::Unit;
use upright_sim::grid::{Axis, Grid};
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Source, Study, run_study};
use upright_tune::optimizer::Method;
use upright_tune::{Evaluator, SearchOptions, Step, Tuning};

const CONTROLLERS: [&str; 5] = ["classical", "super_twisting", "adaptive", "hybrid", "lqr"];

fn nominal(set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let text = include_str!("../../../scenarios/nominal.yaml");
    Scenario::read("nominal", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

fn unit() -> Unit {
    Unit::of_environment().expect("a unit of this machine")
}

/// The control periods of a map.
fn map(scenarios: &[Scenario]) -> u64 {
    let [x, y] = [1, 2].map(|state| Axis { state, from: -0.8, to: 0.8, points: 41 });
    let grid = Grid { x, y };
    let region = |scenario: &Scenario| {
        let (runs, threads, source) = (0..grid.len(), NonZero::<usize>::MIN, Source::Grid(grid));
        let study = Study { scenario, runs, threads, unit: unit(), source };
        run_study(&study, &|| false, &mut |_| ControlFlow::Continue(())).expect("a map").steps
    };
    scenarios.iter().map(region).sum()
}

/// The control periods of a search.
fn search(scenario: &Scenario) -> u64 {
    let evaluator = Evaluator::new(scenario, NonZero::<usize>::MIN, unit());
    let options = SearchOptions { candidates: 40, iterations: 50, patience: None };
    let tuning = Tuning::begin(scenario, Method::Pso, options, &evaluator, &|| false);
    let mut tuning = tuning.expect("a search").expect("begun");
    while let Step::Done(_) = tuning.step(&evaluator, &|| false).expect("a step") {}
    tuning.periods()
}

fn asking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("asked often");
    group.sampling_mode(SamplingMode::Flat);
    let under = |kind: &&str| nominal(&[("controller.kind", kind)]);
    let scenarios: Vec<Scenario> = CONTROLLERS.iter().map(under).collect();
    group.throughput(Throughput::Elements(map(&scenarios)));
    group.bench_function("a map of 41 x 41 under five controllers", |bencher| {
        bencher.iter(|| map(&scenarios));
    });
    let scenario = nominal(&[("simulation.duration", "5"), ("tuning.confirm", "20")]);
    group.throughput(Throughput::Elements(search(&scenario)));
    group.bench_function("a search of 200 million periods", |bencher| {
        bencher.iter(|| search(&scenario));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(20));
    targets = asking
}
criterion_main!(benches);
