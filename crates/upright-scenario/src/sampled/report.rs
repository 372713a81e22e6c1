//! What a scenario's loop tolerates, as data.

use super::law::{self, Near};
use super::row::LoopRow;
use super::warning::{LoopWarning, of_row};
use super::{near_upright, open_loop};
use crate::kinds::LqrSettings;
use crate::scenario::Scenario;
use serde::Serialize;
use upright_core::Plant;
use upright_core::plant::PARAMETERS;
use upright_design::sampled_loop::{
    Feedback, LimitCycle, OpenLoop, Point, Response, SlopeLimit, margins, slope_limit,
    super_twisting_cycle, switching_cycle,
};

/// The loop of a scenario under its controller, and under LQR.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoopReport {
    /// Why the loop is not analysed; then there are no rows.
    pub absent: Option<&'static str>,
    /// The scenario's controller, at its first and its largest gain where it adapts, then LQR.
    pub rows: Vec<LoopRow>,
    /// What to know before trusting it.
    pub warnings: Vec<LoopWarning>,
}

/// LQR with its usual weights, or the scenario's where it is its controller.
fn lqr(scenario: &Scenario) -> Option<Feedback> {
    law::lqr(scenario, &LqrSettings::default())
}

/// A surface as linear feedback of each slope, and the slope that its loop bears.
type OfSurface<'a> = (&'a dyn Fn(f64) -> Feedback, Option<SlopeLimit>);

/// What a law comes to in a loop.
fn row(
    controller: &'static str,
    (at, near): (Option<&'static str>, Near),
    open: &OpenLoop,
    surface: Option<OfSurface<'_>>,
) -> LoopRow {
    let mut row = LoopRow {
        controller,
        at,
        slope: None,
        slope_limit: surface.and_then(|(_, limit)| limit).map(|limit| limit.kappa),
        spectral_radius: None,
        worst_radius: None,
        margins: None,
        noise: None,
        cycle: None,
    };
    let limit = surface.and_then(|(_, limit)| limit);
    let law = match near {
        Near::Linear(law) => *law,
        Near::Switching(switching) => {
            row.slope = Some(switching.slope());
            row.cycle = limit.and_then(|limit| switching_cycle(&switching, &limit));
            let Some((surface, _)) = surface else { return row };
            surface(switching.slope())
        }
        Near::Twisting { k1, reaching_rate } => {
            row.cycle = limit.and_then(|limit| {
                let left = SlopeLimit { kappa: limit.kappa - reaching_rate, ..limit };
                (left.kappa > 0.0).then(|| {
                    let cycle = super_twisting_cycle(k1, &left);
                    LimitCycle { force: cycle.amplitude * limit.kappa, ..cycle }
                })
            });
            return row;
        }
    };
    let closed = open.under(&law);
    row.spectral_radius = Some(closed.spectral_radius());
    row.margins = margins(&closed);
    row.noise = closed.force_noise();
    row
}

/// The plants at corners of the scenario's uncertainty that a search of them visits: each parameter in turn goes to
/// the side that makes the loop worse, until none does. What enters the linear model is looked at.
fn worst_radius(scenario: &Scenario, law: &Feedback) -> Option<f64> {
    let enters =
        |name: &str| name == "cart_mass" || name.starts_with("link") || name.starts_with("damping");
    let spread = scenario.uncertainty.parameters.each().values();
    let radius = |sides: &[f64]| {
        let mut plant: Plant = scenario.plant;
        for ((parameter, side), spread) in
            plant.parameters_mut().into_iter().zip(sides).zip(&spread)
        {
            *parameter *= 1.0 + side * spread;
        }
        plant.check().ok()?;
        let radius =
            open_loop(scenario, &scenario.driven(plant)).ok()?.under(law).spectral_radius();
        radius.is_finite().then_some(radius)
    };
    let mut sides = vec![0.0; PARAMETERS.len()];
    let mut worst = radius(&sides)?;
    for _ in 0..4 {
        let before = worst;
        for (i, name) in PARAMETERS.iter().enumerate() {
            if !enters(name) || spread[i] == 0.0 {
                continue;
            }
            for side in [-1.0, 1.0] {
                let mut other = sides.clone();
                other[i] = side;
                if let Some(radius) = radius(&other).filter(|radius| *radius > worst) {
                    worst = radius;
                    sides = other;
                }
            }
        }
        if worst <= before {
            break;
        }
    }
    Some(worst)
}

/// The linear law of a row, where it has one.
fn linear(near: &Near, surface: Option<&dyn Fn(f64) -> Feedback>) -> Option<Feedback> {
    match near {
        Near::Linear(law) => Some(**law),
        Near::Switching(switching) => Some(surface?(switching.slope())),
        Near::Twisting { .. } => None,
    }
}

/// Everything about the loop of a scenario on its own plant.
pub fn report(scenario: &Scenario) -> LoopReport {
    let open = match open_loop(scenario, &scenario.driven(scenario.plant)) {
        Ok(open) => open,
        Err(reason) => {
            return LoopReport { absent: Some(reason), rows: Vec::new(), warnings: Vec::new() };
        }
    };
    let kind = scenario.controller.settings.kind();
    let surface = law::of_surface(scenario);
    let surface: Option<&dyn Fn(f64) -> Feedback> = surface.as_ref().map(|s| s as _);
    let limit = surface.and_then(|law| slope_limit(&open, law));
    let whole = |(at, near): (Option<&'static str>, Near), controller: &'static str| {
        let of_surface = surface.filter(|_| !matches!(near, Near::Linear(_)));
        let law = linear(&near, surface);
        let mut row = row(controller, (at, near), &open, of_surface.map(|law| (law, limit)));
        row.worst_radius = law.and_then(|law| worst_radius(scenario, &law));
        row
    };
    let mut rows: Vec<LoopRow> =
        near_upright(scenario).into_iter().map(|near| whole(near, kind)).collect();
    if kind != "lqr"
        && let Some(law) = lqr(scenario)
    {
        rows.push(whole((None, Near::Linear(Box::new(law))), "lqr"));
    }
    let own = rows.iter().filter(|row| row.controller == kind);
    let warnings = own.flat_map(|row| of_row(scenario, row)).collect();
    LoopReport { absent: None, rows, warnings }
}

/// The frequency responses of the loop on the scenario's own plant, of the rows of [`report`] that have one and are
/// stable, at `count` frequencies each.
pub fn sweeps(
    scenario: &Scenario,
    count: usize,
) -> Vec<(&'static str, Option<&'static str>, Vec<Point>)> {
    let Ok(open) = open_loop(scenario, &scenario.driven(scenario.plant)) else { return Vec::new() };
    let kind = scenario.controller.settings.kind();
    let surface = law::of_surface(scenario);
    let surface: Option<&dyn Fn(f64) -> Feedback> = surface.as_ref().map(|s| s as _);
    let own = near_upright(scenario).into_iter();
    let mut laws: Vec<(&'static str, Option<&'static str>, Feedback)> =
        own.filter_map(|(at, near)| Some((kind, at, linear(&near, surface)?))).collect();
    if kind != "lqr" {
        laws.extend(lqr(scenario).map(|law| ("lqr", None, law)));
    }
    laws.into_iter()
        .map(|(kind, at, law)| (kind, at, open.under(&law)))
        .filter(|(.., closed)| closed.is_stable(1.0))
        .map(|(kind, at, closed)| (kind, at, Response::new(&closed).sweep(count)))
        .collect()
}
