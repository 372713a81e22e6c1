//! What the controller was given against what was true.

use super::common::{height, marked, symbol};
use crate::input::LoadedScenario;
use upright_report::{Block, Color, Curve, Drawing, Figure, PanelRow, Style, Target, color_of};
use upright_sim::scenario::{EstimatorSettings, VelocitySource};
use upright_sim::trajectory::Trajectory;

/// The velocities and their units.
const RATES: [(&str, &str); 3] =
    [("x_dot", "m/s"), ("theta1_dot", "rad/s"), ("theta2_dot", "rad/s")];

/// The velocities that an estimator made, over the true ones, and the difference of the two; nothing where they were
/// measured.
pub(crate) fn figure(
    loaded: &LoadedScenario,
    trajectory: &Trajectory,
    target: Target,
) -> Option<Drawing> {
    let scenario = &loaded.scenario;
    let measured = match &scenario.estimator {
        None => scenario.sensors.velocity == VelocitySource::Exact,
        Some(estimator) => estimator.kind() == "exact",
    };
    if measured {
        return None;
    }
    let (truth, own) = (Color::new(150, 150, 150), color_of(scenario.controller.settings.kind()));
    let (truth, own) = (Style::solid(truth).with_width(2.5), Style::solid(own));
    let mut block = Block::new("");
    for (state, unit) in RATES {
        let estimated = trajectory.picture(&format!("{state}_estimated"));
        let panel = marked(scenario)
            .with_curve(Curve::new("true", truth, trajectory.picture(state)))
            .with_curve(Curve::new("estimated", own, estimated));
        let row = PanelRow::new(format!("{} ({unit})", symbol(state))).with_panel(panel);
        block = block.with_row(row);
    }
    let kind = match &scenario.estimator {
        Some(estimator) => estimator.kind().replace('_', " "),
        None => "differences".to_owned(),
    };
    let predicts = scenario.estimator.as_ref().is_some_and(EstimatorSettings::predicts);
    let ahead = scenario.timing().ahead();
    let title = match ahead {
        ahead if predicts && ahead > 0 => format!(
            "Velocities of {} as {kind} gives them, {ahead} period{} ahead",
            loaded.name,
            if ahead == 1 { "" } else { "s" }
        ),
        _ => format!("Velocities of {} as {kind} gives them", loaded.name),
    };
    let figure = Figure::new(title)
        .with_x_label("t (s)")
        .with_size(700.0, height(target, 130.0))
        .with_legend_entry("true", truth)
        .with_legend_entry("estimated", own)
        .with_block(block)
        .on(target);
    Some(figure.into())
}
