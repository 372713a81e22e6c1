//! One control period of the closed loop, metrics included: every controller with RK4, and every
//! integrator, model and estimator under the classical law. Throughput is in control periods.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use upright_sim::RunOptions;
use upright_sim::scenario::kinds::KINDS;
use upright_sim::scenario::{Overrides, Scenario};

/// The nominal scenario with some fields set.
fn nominal(set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let text = include_str!("../../../scenarios/nominal.yaml");
    Scenario::read("nominal", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

fn measure(criterion: &mut Criterion, group: &str, name: &str, scenario: &Scenario) {
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(scenario.periods()));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            upright_sim::run(scenario, RunOptions { record: false, hook: None }).expect("a run")
        });
    });
    group.finish();
}

fn periods(criterion: &mut Criterion) {
    let simplified = ("plant.model", "simplified");
    for kind in KINDS {
        let scenario = nominal(&[simplified, ("controller.kind", kind.name)]);
        measure(criterion, "controller", kind.name, &scenario);
    }
    for integrator in ["euler", "rk4", "rk45"] {
        let scenario = nominal(&[simplified, ("simulation.integrator", integrator)]);
        measure(criterion, "integrator", integrator, &scenario);
    }
    for model in ["simplified", "full", "linear"] {
        measure(criterion, "model", model, &nominal(&[("plant.model", model)]));
    }
    // Behind encoders, one period late: the same sensors and the same law under each.
    let rig = [
        simplified,
        ("actuator.delay", "1"),
        ("sensors", "{encoder_counts: 4096, cart_counts_per_metre: 50000}"),
        ("controller.boundary_layer", "0.3"),
    ];
    for estimator in ["exact", "difference", "kalman", "extended_kalman", "eso", "levant"] {
        let mut set = rig.to_vec();
        set.push(("estimator.kind", estimator));
        measure(criterion, "estimator", estimator, &nominal(&set));
    }
    let everything = nominal(&[
        ("plant.coulomb.cart", "0.5"),
        ("plant.coulomb.joint1", "0.01"),
        ("plant.drag.link1_area", "0.02"),
        ("disturbances", "[{kind: sine, target: cart, amplitude: 5, frequency: 1}]"),
        ("sensors.angle_noise", "0.001"),
    ]);
    measure(criterion, "model", "full, with friction, drag, sine and noise", &everything);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = periods
}
criterion_main!(benches);
