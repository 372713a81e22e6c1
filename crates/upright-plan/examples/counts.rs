//! How often swing-ups succeed: the counts behind docs/swing-up.md, over drawn plants, starts and pushes.
//!
//! `cargo run --release -p upright-plan --example counts -- [RUNS] [seed=N] [ROW...]`; without rows, all of them. Another
//! seed draws other errors, starts and pushes.

#[path = "../tests/trial/mod.rs"]
mod trial;

use trial::caught::caught;
use trial::{Errors, Trial, guard_alone, hanging, knocked_down, planned, within};

const HEAD: &str = "runs, settled, first try, off the track, mean s, worst s";

fn main() {
    let mut words = std::env::args().skip(1);
    let runs: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(300);
    let mut asked: Vec<String> = words.collect();
    let mut seed = 0;
    asked.retain(|word| match word.strip_prefix("seed=") {
        Some(number) => {
            seed = number.parse().expect("a seed is a whole number");
            false
        }
        None => true,
    });
    let wanted = |row: &str| asked.is_empty() || asked.iter().any(|word| row.contains(word));
    println!("row, {HEAD}");
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
            let question = hanging(force, 0.6);
            let trial = Trial { errors, push, supervised, seed, ..Trial::new(&question) };
            println!("{row}, {}", trial.count(runs));
        }
    }
    for (row, force, supervised) in [
        ("predictive tracker 150 N, A + push", 150.0, false),
        ("predictive tracker 60 N, A + push", 60.0, false),
        ("foreseen 150 N, A + push, with retries", 150.0, true),
    ] {
        if wanted(row) {
            let own = Trial::new(&hanging(force, 0.6));
            let trial = Trial { push: 10.0, supervised, foreseeing: true, seed, ..own };
            println!("{row}, {}", trial.count(runs));
        }
    }
    if wanted("balance mpc") {
        for track in [None, Some(1.0), Some(0.6), Some(0.4)] {
            println!("balance mpc, track {track:?} m: {}", caught(track));
        }
    }
    if wanted("knocked down") {
        println!("knocked down 150 N, 1.0 m, M, {}", knocked_down(runs, seed));
    }
    for force in [150.0, 60.0, 30.0] {
        if wanted("guard alone") {
            println!("guard alone {force} N: {} of {runs} off the track", guard_alone(force, runs));
        }
        if wanted("plan from a random state") {
            let own = planned(force, runs, 24, seed);
            let share = |at: f64| 1e3 * own.seconds[(at * (own.seconds.len() - 1) as f64) as usize];
            let each = 1e6 * own.seconds.iter().sum::<f64>() / own.iterations;
            // A plan under a low limit takes several searches, of which the last one's iterations are known.
            let price = if force < 50.0 {
                String::new()
            } else {
                format!(", {each:.0} us an iteration of 100 steps")
            };
            println!(
                "plan from a random state, {force} N: {} of {runs} within 24 starts, {:.1} on average; processor time: \
                 median {:.0} ms, 90 % {:.0} ms{price}",
                own.found,
                own.starts,
                share(0.5),
                share(0.9)
            );
        }
    }
    for force in [60.0, 40.0, 30.0, 25.0, 20.0, 17.0, 15.0] {
        if wanted(&format!("limit {force} N")) {
            limit(force, runs, seed);
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

/// What a weak actuator bears, with other tries: by force limit, errors and push.
fn limit(force: f64, runs: u32, seed: u64) {
    let own = Trial::new(&hanging(force, 0.6));
    for (share, push) in
        [(0.0, 0.0), (0.05, 0.0), (0.1, 0.0), (0.05, 5.0), (0.05, 10.0), (0.1, 10.0)]
    {
        for (foreseeing, tracker) in [(false, "gains"), (true, "predictive")] {
            let errors = Errors::AllBy(share);
            let trial = Trial { errors, push, foreseeing, seed, ..own.clone() };
            let percent = 100.0 * share;
            let row = format!("limit {force} N, {percent} %, push {push} N, {tracker}");
            println!("{row}, {}", trial.count(runs));
        }
    }
}
