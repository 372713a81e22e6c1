//! On standard problems of two objectives NSGA-II covers what pymoo's covers with as many evaluations.
//! `reference/fronts.json` has its figures and `reference/fronts.py` makes them.
//!
//! The problems are those of E. Zitzler, K. Deb and L. Thiele, Evol. Comput. 8 (2000) 173-195.

use serde_json::Value;
use std::f64::consts::PI;
use upright_tune::front::{Pair, hypervolume};
use upright_tune::optimizer::{Nsga2, Optimizer};

const N: usize = 30;
const MEMBERS: usize = 100;
const GENERATIONS: usize = 250;
const SEEDS: u64 = 20;
const REFERENCE: Pair = [1.1, 1.1];

type Shape = fn(f64, f64) -> f64;

/// The second objective as a function of the first, `f`, and of the distance `g` from the front.
const PROBLEMS: [(&str, Shape); 3] = [
    ("zdt1", |f, g| g * (1.0 - (f / g).sqrt())),
    ("zdt2", |f, g| g * (1.0 - (f / g) * (f / g))),
    ("zdt3", |f, g| g * (1.0 - (f / g).sqrt() - f / g * libm::sin(10.0 * PI * f))),
];

fn cost(shape: Shape, point: &[f64]) -> Pair {
    let rest: f64 = point[1..].iter().sum();
    [point[0], shape(point[0], 1.0 + 9.0 * rest / (N as f64 - 1.0))]
}

fn area(shape: Shape, seed: u64) -> f64 {
    let mut search = Nsga2::new(MEMBERS, &[0.5; N], seed);
    for _ in 0..GENERATIONS {
        let costs: Vec<Pair> = search.ask().iter().map(|point| cost(shape, point)).collect();
        search.tell(&costs);
    }
    hypervolume(search.costs(), REFERENCE)
}

fn quartiles(shape: Shape) -> [f64; 3] {
    let mut areas: Vec<f64> = (0..SEEDS).map(|seed| area(shape, seed)).collect();
    areas.sort_by(f64::total_cmp);
    [0.25, 0.5, 0.75].map(|share| {
        let place = share * (areas.len() - 1) as f64;
        let below = place as usize;
        let part = place - below as f64;
        areas[below] * (1.0 - part) + areas[(below + 1).min(areas.len() - 1)] * part
    })
}

#[test]
fn fronts_cover_what_others_cover_with_as_many_evaluations() {
    let text = include_str!("reference/fronts.json");
    let reference: Value = serde_json::from_str(text).expect("JSON");
    println!("| problem | upright: quartiles | reference: quartiles |\n|---|---|---|");
    let mut behind = Vec::new();
    for (name, shape) in PROBLEMS {
        let theirs = [0, 1, 2].map(|i| reference["quartiles"][name][i].as_f64().expect("a figure"));
        let ours = quartiles(shape);
        let show = |x: [f64; 3]| x.map(|x| format!("{x:.4}")).join(", ");
        println!("| {name} | {} | {} |", show(ours), show(theirs));
        // The medians differ by less than either scatters, or ours covers more.
        let scatter = (theirs[2] - theirs[0]).max(ours[2] - ours[0]);
        if ours[1] < theirs[1] - 2.0 * scatter {
            behind.push((name, ours, theirs));
        }
    }
    assert!(behind.is_empty(), "{behind:?}");
}
