//! On standard test functions the optimisers reach what argmin, pycma and `SciPy` reach with as many
//! evaluations. `reference/optimizers.json` has their figures and `reference/optimizers.py` makes them.

use serde_json::Value;
use std::f64::consts::{E, TAU};
use upright_sim::scenario::Swarm;
use upright_tune::optimizer::{AnyOptimizer, Method, Optimizer};

const N: usize = 10;
const POINTS: usize = 40;
const STEPS: usize = 250;
const SEEDS: u64 = 20;

type Function = fn(&[f64]) -> f64;

/// The coordinates in which the least cost is at zero.
fn scaled(point: &[f64]) -> Vec<f64> {
    let optimum = |i: usize| 0.3 + 0.04 * i as f64;
    point.iter().enumerate().map(|(i, u)| 10.0 * (u - optimum(i))).collect()
}

fn sphere(point: &[f64]) -> f64 {
    scaled(point).iter().map(|z| z * z).sum()
}

fn ellipsoid(point: &[f64]) -> f64 {
    let weight = |i: usize| libm::pow(10.0, 6.0 * i as f64 / (N as f64 - 1.0));
    scaled(point).iter().enumerate().map(|(i, z)| weight(i) * z * z).sum()
}

fn rosenbrock(point: &[f64]) -> f64 {
    let z: Vec<f64> = scaled(point).iter().map(|z| z + 1.0).collect();
    let one = |w: &[f64]| {
        let (a, b) = (w[0], w[1]);
        100.0 * (b - a * a) * (b - a * a) + (1.0 - a) * (1.0 - a)
    };
    z.windows(2).map(one).sum()
}

fn rastrigin(point: &[f64]) -> f64 {
    scaled(point).iter().map(|z| z * z - 10.0 * libm::cos(TAU * z) + 10.0).sum()
}

fn ackley(point: &[f64]) -> f64 {
    let z = scaled(point);
    let n = N as f64;
    let square = z.iter().map(|z| z * z).sum::<f64>() / n;
    let wave = z.iter().map(|z| libm::cos(TAU * z)).sum::<f64>() / n;
    -20.0 * libm::exp(-0.2 * square.sqrt()) - libm::exp(wave) + 20.0 + E
}

const FUNCTIONS: [(&str, Function); 5] = [
    ("sphere", sphere),
    ("ellipsoid", ellipsoid),
    ("rosenbrock", rosenbrock),
    ("rastrigin", rastrigin),
    ("ackley", ackley),
];

/// The least cost that a search comes to.
fn least(method: Method, swarm: Swarm, function: Function, seed: u64) -> f64 {
    let mut search = AnyOptimizer::new(method, swarm, POINTS, &[0.5; N], seed);
    let mut least = f64::INFINITY;
    for _ in 0..STEPS {
        let costs: Vec<f64> = search.ask().iter().map(|point| function(point)).collect();
        least = costs.iter().copied().fold(least, f64::min);
        search.tell(&costs);
    }
    least
}

fn quartiles(method: Method, swarm: Swarm, function: Function) -> [f64; 3] {
    let mut costs: Vec<f64> = (0..SEEDS).map(|seed| least(method, swarm, function, seed)).collect();
    costs.sort_by(f64::total_cmp);
    [0.25, 0.5, 0.75].map(|share| {
        let place = share * (costs.len() - 1) as f64;
        let below = place as usize;
        let part = place - below as f64;
        costs[below] * (1.0 - part) + costs[(below + 1).min(costs.len() - 1)] * part
    })
}

#[test]
fn the_optimisers_reach_what_others_reach_with_as_many_evaluations() {
    let text = include_str!("reference/optimizers.json");
    let reference: Value = serde_json::from_str(text).expect("JSON");
    println!(
        "| function | method | upright: quartiles | reference: quartiles |\n|---|---|---|---|"
    );
    let mut behind = Vec::new();
    for (name, function) in FUNCTIONS {
        for method in Method::ALL {
            let theirs = &reference["quartiles"][method.name()][name];
            let theirs = [0, 1, 2].map(|i| theirs[i].as_f64().expect("a figure"));
            // argmin's particles know no fastest step.
            let swarm = Swarm { max_velocity: 1.0, ..Swarm::default() };
            let ours = quartiles(method, swarm, function);
            let show = |x: [f64; 3]| x.map(|x| format!("{x:.1e}")).join(", ");
            println!("| {name} | {} | {} | {} |", method.name(), show(ours), show(theirs));
            // Where the cost falls by the same factor each step, a decade is 10 to 15 steps of the
            // 250, about what the seeds scatter; elsewhere the quartiles must overlap.
            let decade = if theirs[2] < 1e-3 { 10.0 } else { 1.0 };
            if ours[0] > theirs[2] * decade || ours[1] > theirs[2] * 2.0 * decade {
                behind.push((name, method.name(), ours, theirs));
            }
        }
    }
    assert!(behind.is_empty(), "{behind:?}");
}
