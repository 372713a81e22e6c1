//! Studies on one thread in the widest vector unit, or the one that `UPRIGHT_SIMD` names: every
//! controller on every model, then what the common case leaves out. Throughput is in control periods.

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::time::Duration;
use upright_lanes::Unit;
use upright_sim::scenario::kinds::KINDS;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Source, Study, Tally, run_study};

/// Whole vectors of every unit, so that no lane stands idle but for runs that fall.
const RUNS: u64 = 48;

/// What a plant with everything has.
const EVERYTHING: [(&str, &str); 3] = [
    ("plant.coulomb", "{cart: 0.5, joint1: 0.01, joint2: 0.01}"),
    ("plant.drag.link1_area", "0.02"),
    ("plant.drag.link2_area", "0.02"),
];

fn nominal(set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let text = include_str!("../../../scenarios/nominal.yaml");
    Scenario::read("nominal", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

fn run(scenario: &Scenario) -> Tally {
    let unit = Unit::of_environment().expect("a unit of this machine");
    let study = Study {
        scenario,
        runs: 0..RUNS,
        threads: NonZero::<usize>::MIN,
        unit,
        source: Source::Uncertainty,
    };
    run_study(&study, &|| false, &mut |_| ControlFlow::Continue(())).expect("a study")
}

fn measure(criterion: &mut Criterion, group: &str, name: &str, scenario: &Scenario) {
    let mut group = criterion.benchmark_group(group);
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(run(scenario).steps));
    group.bench_function(name, |bencher| bencher.iter(|| run(scenario)));
    group.finish();
}

fn studies(criterion: &mut Criterion) {
    for kind in KINDS {
        for model in ["simplified", "linear"] {
            let scenario = nominal(&[("controller.kind", kind.name), ("plant.model", model)]);
            measure(criterion, kind.name, model, &scenario);
        }
        let mut set = EVERYTHING.to_vec();
        set.push(("controller.kind", kind.name));
        measure(criterion, kind.name, "full, with friction and drag", &nominal(&set));
    }
    let simplified = ("plant.model", "simplified");
    for (name, set) in [
        ("Euler", ("simulation.integrator", "euler")),
        ("a sine", ("disturbances", "[{kind: sine, target: cart, amplitude: 5, frequency: 1}]")),
        ("noise on the force", ("disturbances", "[{kind: noise, target: cart, amplitude: 1}]")),
        ("noise on both angles", ("sensors.angle_noise", "0.0005")),
        ("an actuator with delay and lag", ("actuator", "{delay: 1, lag: 0.001}")),
    ] {
        measure(criterion, "classical, simplified, and", name, &nominal(&[simplified, set]));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = studies
}
criterion_main!(benches);
