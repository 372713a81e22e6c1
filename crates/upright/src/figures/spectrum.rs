//! The power spectral density of the force.

use super::height;
use crate::commands::Named;
use upright_report::{Block, Curve, Drawing, Figure, Guide, Medium, Panel, Row, Style, color_of};
use upright_sim::metrics::CHATTER_CORNER;
use upright_sim::spectrum::{segment_length, welch};
use upright_sim::trajectory::Trajectory;

/// The spectrum of a run's force, and where the metric `chatter_power` begins to count.
pub(super) fn figure(named: &Named, trajectory: &Trajectory, medium: Medium) -> Drawing {
    let simulation = &named.scenario.simulation;
    let rate = 1.0 / (simulation.control_period * f64::from(simulation.record_every));
    let mut force: Vec<f64> = trajectory.series("u").iter().map(|row| row[1]).collect();
    // The last row repeats the last force, and may come early.
    force.pop();
    let kind = named.scenario.controller.settings.kind();
    let density = Curve::new("S_u", Style::solid(color_of(kind)), welch(&force, rate));
    let panel = Panel::new().with_guide(Guide::Vertical { x: CHATTER_CORNER }).with_curve(density);
    let title = format!("Spectrum of the force of {} under {}", named.name, super::heading(kind));
    let heading = match segment_length(force.len()) {
        0 => String::new(),
        length => format!("Welch, Hann window of {length} samples"),
    };
    let heading = if medium == Medium::Screen { heading } else { String::new() };
    Figure::new(title)
        .with_x_label("f (Hz)")
        .with_log_x()
        .with_size(700.0, height(medium, 300.0))
        .with_legend_entry("chatter power counts from here", Style::guide())
        .with_block(
            Block::new(heading)
                .with_row(Row::new("density of u (N²/Hz)").with_log_y().with_panel(panel)),
        )
        .on(medium)
        .into()
}
