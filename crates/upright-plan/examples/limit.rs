//! What a weak actuator brings up at the first try: runs that settle, by force limit, error of every parameter and push,
//! as a table and as the picture of docs/swing-up.md.
//!
//! `cargo run --release -p upright-plan --example limit -- docs/limit.svg [RUNS]`

#[path = "../tests/trial/mod.rs"]
mod trial;

use trial::{Errors, Trial, hanging};
use upright_report::{Block, Curve, Figure, Panel, PanelRow, further_style};
use upright_threads::{all_cores, in_order};

/// Force limits in N.
const FORCES: [f64; 8] = [60.0, 40.0, 30.0, 25.0, 20.0, 17.0, 15.0, 12.0];
/// How far every parameter may be off, as a share of it.
const ERRORS: [f64; 3] = [0.0, 0.05, 0.1];
/// Steps of force in N, of random sign and from a random moment on.
const PUSHES: [f64; 3] = [0.0, 5.0, 10.0];
/// By which plans are followed.
const TRACKERS: [&str; 2] = ["gains along the plan", "prediction"];
/// Half the track's length in m.
const TRACK: f64 = 0.6;
const RUNS: u32 = 100;

/// One number of the picture.
#[derive(Clone, Copy)]
struct Case {
    tracker: usize,
    push: usize,
    error: usize,
    force: usize,
}

/// All of them, in the order in which they are shown.
fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for tracker in 0..TRACKERS.len() {
        for push in 0..PUSHES.len() {
            for error in 0..ERRORS.len() {
                cases.extend((0..FORCES.len()).map(|force| Case { tracker, push, error, force }));
            }
        }
    }
    cases
}

/// How many of `runs` settle where there is a plan.
fn settled(trials: &[Option<Trial>], case: Case, runs: u32) -> Option<u32> {
    let trial = trials[case.force].as_ref()?;
    let errors = Errors::AllBy(ERRORS[case.error]);
    let (push, foreseeing) = (PUSHES[case.push], case.tracker == 1);
    Some(Trial { errors, push, foreseeing, supervised: false, ..trial.clone() }.count(runs).settled)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let file = words.next().ok_or("the name of the picture is missing")?;
    let runs = words.next().map_or(Ok(RUNS), |word| word.parse())?;
    let trial = |force| {
        let question = hanging(force, TRACK);
        Some(Trial::of(&question, question.answer().ok()?))
    };
    let trials = FORCES.map(trial);
    let cases = cases();
    let counts =
        in_order(all_cores(), cases.len(), || (), |(), i| settled(&trials, cases[i], runs));

    println!(
        "| tracker | push | off by up to | {} |",
        FORCES.map(|u| format!("{u} N")).join(" | ")
    );
    println!("|{}", "---|".repeat(3 + FORCES.len()));
    let mut figure = Figure::new("Runs that settle at the first try (%)")
        .with_columns(PUSHES.map(|push| {
            if push == 0.0 { "no push".to_owned() } else { format!("a push of {push} N") }
        }))
        .with_x_label("Force limit (N)")
        .with_size(660.0, 150.0);
    let mut lines = cases.chunks(FORCES.len()).zip(counts.chunks(FORCES.len()));
    for tracker in TRACKERS {
        let mut row = PanelRow::new("settled (%)").with_reach([0.0, 100.0]);
        for push in PUSHES {
            let mut panel = Panel::new();
            for (index, error) in ERRORS.into_iter().enumerate() {
                let (_, counts) = lines.next().ok_or("as many lines as cases")?;
                let cell = |count: &Option<u32>| {
                    count.map_or_else(|| "no plan".to_owned(), |count| count.to_string())
                };
                let cells: Vec<String> = counts.iter().map(cell).collect();
                let percent = 100.0 * error;
                println!("| {tracker} | {push} N | {percent} % | {} |", cells.join(" | "));
                // Where there is no plan nothing settles.
                let share =
                    |count: &Option<u32>| 100.0 * f64::from(count.unwrap_or(0)) / f64::from(runs);
                let points = FORCES.into_iter().zip(counts).map(|(u, count)| [u, share(count)]);
                let name = if error == 0.0 {
                    "the plant as it is known".to_owned()
                } else {
                    format!("every parameter off by up to {percent} %")
                };
                panel = panel.with_curve(Curve::new(name, further_style(index), points));
            }
            row = row.with_panel(panel);
        }
        figure = figure.with_block(Block::new(format!("Followed by {tracker}")).with_row(row));
    }
    std::fs::write(file, figure.with_legend_of_curves().to_svg())?;
    Ok(())
}
