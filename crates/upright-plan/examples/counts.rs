//! How often swing-ups succeed: the counts behind docs/swing-up.md, over drawn plants, starts and pushes.
//!
//! `cargo run --release -p upright-plan --example counts -- [RUNS] [ROW...]`; without rows, all of them.

#[path = "../tests/trial/mod.rs"]
mod trial;

use trial::caught::caught;
use trial::{Errors, Trial, guard_alone, hanging, knocked_down, planned, within};

fn main() {
    let mut words = std::env::args().skip(1);
    let runs: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(300);
    let asked: Vec<String> = words.collect();
    let wanted = |row: &str| asked.is_empty() || asked.iter().any(|word| row.contains(word));
    println!("row, runs, settled, first try, off the track, mean s, worst s");
    let rows = [
        ("tracker 150 N, M + push", 150.0, Errors::Masses, 10.0, false),
        ("tracker 60 N, M + push", 60.0, Errors::Masses, 10.0, false),
        ("tracker 150 N, A + push", 150.0, Errors::All, 10.0, false),
        ("tracker 60 N, A + push", 60.0, Errors::All, 10.0, false),
        ("tracker 30 N, M", 30.0, Errors::Masses, 0.0, false),
        ("tracker 30 N, M + push", 30.0, Errors::Masses, 10.0, false),
        ("supervised 150 N, A + push", 150.0, Errors::All, 10.0, true),
        ("supervised 60 N, A + push", 60.0, Errors::All, 10.0, true),
        ("supervised 30 N, M", 30.0, Errors::Masses, 0.0, true),
        ("supervised 30 N, M + push", 30.0, Errors::Masses, 10.0, true),
    ];
    for (row, force, errors, push, supervised) in rows {
        if wanted(row) {
            let trial = Trial { errors, push, supervised, ..Trial::new(&hanging(force, 0.6)) };
            println!("{row}, {}", trial.count(runs));
        }
    }
    if wanted("balance mpc") {
        for track in [None, Some(1.0), Some(0.6), Some(0.4)] {
            println!("balance mpc, track {track:?} m: {}", caught(track));
        }
    }
    if wanted("knocked down") {
        println!("knocked down 150 N, 1.0 m, M, {}", knocked_down(runs));
    }
    for force in [150.0, 60.0, 30.0] {
        if wanted("guard alone") {
            println!("guard alone {force} N: {} of {runs} off the track", guard_alone(force, runs));
        }
        if wanted("plan from a random state") {
            let (found, starts) = planned(force, runs, 24);
            println!(
                "plan from a random state, {force} N: {found} of {runs} within 24 starts, {starts:.1} on average"
            );
        }
    }
    for (force, track, known) in [
        (150.0, 1.0, 0.629),
        (150.0, 0.6, 0.760),
        (60.0, 1.0, 1.216),
        (60.0, 0.6, 1.264),
        (30.0, 0.6, 1.511),
        (20.0, 0.6, 1.714),
    ] {
        if wanted("shortest") {
            println!(
                "shortest at {force} N, {track} m: {:.3} s, known {known}",
                within(force, track)
            );
        }
    }
}
