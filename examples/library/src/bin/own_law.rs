//! A control law of one's own on the toolkit's plant: one run, a hundred drawn plants, and the same for a law
//! of the toolkit.

use std::error::Error;
use std::num::NonZero;
use std::ops::ControlFlow;
use upright_core::Controller;
use upright_lanes::Unit;
use upright_sim::custom::FnController;
use upright_sim::metrics::Verdict;
use upright_sim::run::run_with_controller;
use upright_sim::study::{Source, Study, StudyError, run_study, run_study_with_controller};
use upright_sim::{RunOptions, Scenario};

/// Relay with a dead zone, along the gradient of LQR: crude, and simple to read.
fn law(state: &[f64; 6]) -> f64 {
    let gains = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23];
    let wanted: f64 = gains.iter().zip(state).map(|(gain, x)| -gain * x).sum();
    // Whole newtons only, as from a coarse converter.
    wanted.round()
}

/// How many of the study's runs settle.
fn settled(
    run: impl FnOnce(&mut dyn FnMut(Verdict)) -> Result<(), StudyError>,
) -> Result<u32, StudyError> {
    let mut count = 0;
    run(&mut |verdict| count += u32::from(verdict == Verdict::Settled))?;
    Ok(count)
}

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::builder()
        .set("simulation.duration", 5.0)
        .set("uncertainty.parameters", 0.05)
        .build()?;
    let context = scenario.context()?;
    let controller = FnController::new(&context, law);
    let run =
        run_with_controller(&scenario, &context, controller.clone(), RunOptions::default())?;
    println!("mine: {:?}, {:.1} N at most", run.verdict, run.metrics.peak_force);

    let study = Study {
        scenario: &scenario,
        runs: 0..100,
        threads: NonZero::new(2).ok_or("two is not zero")?,
        unit: Unit::widest(),
        source: Source::Uncertainty,
    };
    let mine = settled(|take| of_mine(&study, &controller, take))?;
    let classical = settled(|take| {
        run_study(&study, &|| false, &mut |row| {
            take(row.verdict);
            ControlFlow::Continue(())
        })
        .map(drop)
    })?;
    println!("of 100 drawn plants settle: mine {mine}, classical {classical}");
    Ok(())
}

fn of_mine(
    study: &Study<'_>,
    controller: &(impl Controller<f64> + Sync),
    take: &mut dyn FnMut(Verdict),
) -> Result<(), StudyError> {
    run_study_with_controller(study, controller, &|| false, &mut |row| {
        take(row.verdict);
        ControlFlow::Continue(())
    })
    .map(drop)
}
