//! `upright design`: what a scenario's design is and what it tolerates.

use super::loop_text;
use crate::console::say;
use crate::failure::{Failure, Outcome, Result};
use crate::figures::{self, response};
use crate::flags::Shared;
use crate::input::LoadedScenario;
use serde::Serialize;
use std::fmt::Write;
use upright_core::swing_up::settings::TrackingKind;
use upright_core::swing_up::{Plan, PredictiveTracker, Replanner};
use upright_plan::Question;
use upright_sim::design::Root;
use upright_sim::scenario::design_report::{Design, design};
use upright_sim::scenario::kinds::{KindSettings, SwingUp};
use upright_sim::scenario::{Scenario, ScenarioError};

const COMMAND: &str = "design";

pub(crate) fn run(loaded: &LoadedScenario, shared: &Shared) -> Result {
    let output = crate::results::prepare(shared, COMMAND)?;
    let design = design(&loaded.scenario)?;
    // Numbers and words only.
    let mut summary = serde_json::to_value(&design).unwrap_or_default();
    let swing_up = swing_up(&loaded.scenario)?;
    if let Some(swing_up) = &swing_up {
        summary["swing_up"] = serde_json::to_value(swing_up).unwrap_or_default();
    }
    summary["scenario"] = loaded.scenario.to_value();
    summary["version"] = env!("CARGO_PKG_VERSION").into();
    summary["complete"] = true.into();
    let text = text(loaded, &design) + &swing_up.map(|own| own.text()).unwrap_or_default();
    if let Some(output) = &output {
        output.write_bytes("design.txt", text.as_bytes())?;
        let (scenario, target) = (&loaded.scenario, shared.target());
        let loops = response::figure(&loaded.name, scenario, &design.sampled_loop, target);
        if let Some(drawing) = loops {
            figures::write(output, "loop", &drawing, &shared.figures)?;
        }
    }
    crate::results::conclude(shared, COMMAND, output, &summary, || text)?;
    for warning in &design.warnings {
        say!("warning: {warning}");
    }
    Ok(Outcome::Done)
}

/// What a swing-up that begins with a plan has besides.
#[derive(Debug, Serialize)]
struct SwingUpDesign {
    /// How long the plan is, in s.
    duration: f64,
    /// Gains of the cart's acceleration by the state at the plan's start, middle and end.
    gains: [[f64; 6]; 3],
    /// The largest spectral norm of the closed loop's transition over a step of the plan, in SI units: how large an error
    /// may become in it.
    largest_transition: f64,
    /// Bytes of the plan with its gains.
    plan_bytes: usize,
    /// Bytes of what makes another one on the way.
    workspace_bytes: usize,
    /// Bytes of what follows it by prediction, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    prediction_bytes: Option<usize>,
}

/// The design of a scenario's swing-up, if it is one and begins with a plan.
fn swing_up(scenario: &Scenario) -> Result<Option<SwingUpDesign>> {
    let KindSettings::SwingUp(settings) = &scenario.controller.settings else { return Ok(None) };
    let context = scenario.context().map_err(ScenarioError::from)?;
    let first = SwingUp::first_plan(settings, &context);
    let first = first.map_err(|error| Failure::Refused(ScenarioError::from(error)))?;
    let Some(plan) = first else { return Ok(None) };
    let question = Question {
        plan: settings.plan.settings,
        ..Question::new(context.model, context.max_force, context.period, context.start)
    };
    let motion = (plan.forces(), plan.states());
    let Some(tracker) = super::plan::tracker(&question, &settings.tracking, motion) else {
        return Ok(None);
    };
    let gains = super::plan::gains(&tracker);
    let ([first, ..], [.., last]) = (&gains[..], &gains[..]) else { return Ok(None) };
    Ok(Some(SwingUpDesign {
        duration: plan.forces().len() as f64 * settings.plan.settings.step,
        gains: [*first, gains[gains.len() / 2], *last],
        largest_transition: tracker.largest_transition(),
        plan_bytes: size_of::<Plan<f64>>(),
        workspace_bytes: size_of::<Replanner>(),
        prediction_bytes: (settings.tracking.kind == TrackingKind::Predictive)
            .then_some(size_of::<PredictiveTracker<f64>>()),
    }))
}

impl SwingUpDesign {
    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<26}{value}");
        };
        line("plan", format!("{:.2} s", self.duration));
        for (name, gains) in ["start", "middle", "end"].iter().zip(&self.gains) {
            line(&format!("its gains, {name}"), row(&gains[..3], 3));
            line("", row(&gains[3..], 3));
        }
        line("largest transition norm", format!("{:.3} over a step", self.largest_transition));
        let (plan, workspace) = (self.plan_bytes, self.workspace_bytes);
        line("its memory", format!("{plan} B, and {workspace} B to make one"));
        if let Some(bytes) = self.prediction_bytes {
            line("", format!("{bytes} B to follow it by prediction"));
        }
        text
    }
}

fn poles(poles: &[Root]) -> String {
    // A pair is written once.
    let written = poles.iter().filter(|pole| pole.im >= -1e-9).map(|pole| {
        if pole.im > 1e-9 { pole.to_string().replace(" + ", " ± ") } else { pole.to_string() }
    });
    written.collect::<Vec<_>>().join(",  ")
}

fn row(numbers: &[f64], decimals: usize) -> String {
    let cells: Vec<String> = numbers.iter().map(|x| format!(" {x:>12.decimals$}")).collect();
    cells.concat()
}

fn text(loaded: &LoadedScenario, design: &Design) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<26}{value}");
    };
    line("scenario", format!("{} under {}", loaded.name, design.controller));
    if let Some(motor) = loaded.scenario.actuator.motor() {
        line(
            "motor",
            format!(
                "{:.3} N/V, its back-emf {:.2} N s/m: {:.2} N at rest, {:.2} N left at 0.5 m/s",
                motor.force_per_volt,
                motor.damping,
                motor.max_force(),
                motor.force_at(0.5)
            ),
        );
    }
    let mass = &design.mass_matrix;
    for (i, numbers) in mass.at_upright.iter().enumerate() {
        line(if i == 0 { "mass matrix, upright" } else { "" }, row(numbers, 6));
    }
    line(
        "its condition number",
        format!(
            "{:.1} upright, at worst {:.1} (theta1 {:.2}, theta2 {:.2} rad)",
            mass.condition, mass.worst_condition, mass.worst_at[0], mass.worst_at[1]
        ),
    );
    line("acceleration a newton", row(&design.b[3..], 6));
    line("open-loop poles, 1/s", poles(&design.open_loop_poles));
    line(
        "controllability",
        format!(
            "rank {} of 6, condition number {:.2e}",
            design.controllability.rank, design.controllability.condition
        ),
    );
    if let Some(surface) = &design.surface {
        line("surface, positions", row(&surface.coefficients[..3], 8));
        line("surface, velocities", row(&surface.coefficients[3..], 8));
        line("sliding poles, 1/s", poles(&surface.sliding_poles));
        line("input gain, upright", format!("{:.6}", surface.beta));
        line(
            "input gain vanishes",
            surface.nearest_vanishing_beta.map_or_else(
                || "nowhere within half a turn".to_owned(),
                |at| {
                    format!(
                        "first at theta1 {:.3}, theta2 {:.3} rad, and its mirror image",
                        at.theta1, at.theta2
                    )
                },
            ),
        );
        let force = |value: Option<f64>, unit: &str, none: &str| {
            value.map_or_else(|| none.to_owned(), |value| format!("{value:.1} {unit}"))
        };
        line(
            "disturbance tolerated",
            force(design.tolerated_disturbance, "N", "not bounded by a gain"),
        );
        line("its slope tolerated", force(design.tolerated_slope, "N/s", "not bounded by a gain"));
        let ratio = &surface.gain_ratio;
        line(
            "true / modelled gain",
            format!(
                "{:.3}; {:.2} to {:.2} at the corners of the uncertainty",
                ratio.nominal, ratio.min, ratio.max
            ),
        );
        line(
            "the sampled law rings",
            ratio.bound.map_or_else(
                || match ratio.withheld {
                    Some(what) => format!("at a ratio that is not known: its bound ignores {what}"),
                    None => "no bound for this kind".to_owned(),
                },
                |bound| format!("above a ratio of {bound:.3} at this control period"),
            ),
        );
    } else {
        line(
            "surface",
            format!("no design: {}", design.surface_absent.as_deref().unwrap_or_default()),
        );
    }
    if let Some(lqr) = &design.lqr {
        line("LQR gains, positions", row(&lqr.gains[..3], 4));
        line("LQR gains, velocities", row(&lqr.gains[3..], 4));
        if lqr.integral_gain != 0.0 {
            line("LQR gain, integral", row(&[lqr.integral_gain], 4));
        }
        line("LQR poles, 1/s", poles(&lqr.poles));
    } else {
        line("LQR", format!("no design: {}", design.lqr_absent.unwrap_or_default()));
    }
    for (name, value) in loop_text::lines(&design.sampled_loop) {
        line(&name, value);
    }
    text
}
