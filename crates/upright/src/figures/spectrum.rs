//! The power spectral density of the force.

use super::common::height;
use upright_report::{
    Block, Curve, Drawing, Figure, Guide, Panel, PanelRow, Style, Target, downsample,
};
use upright_sim::Scenario;
use upright_sim::metrics::CHATTER_CORNER;
use upright_sim::trajectory::Trajectory;

/// A spectrum: density in N²/Hz over frequency in Hz, and the samples of a segment that it was estimated
/// from.
pub(crate) struct Density {
    pub(crate) points: Vec<[f64; 2]>,
    pub(crate) segment: usize,
}

impl Density {
    /// With about so many points at most, as they are seen on logarithmic axes.
    pub(crate) fn downsampled(mut self, most: usize) -> Self {
        let places = self.points.iter().map(|point| point.map(f64::log10)).collect::<Vec<_>>();
        let kept = downsample(&places, most).into_iter();
        self.points = kept.map(|place| place.map(|log| 10_f64.powf(log))).collect();
        self
    }
}

/// The spectrum of a run's force in all its periods, whatever was recorded of them.
pub(crate) fn density(scenario: &Scenario, trajectory: &Trajectory) -> Density {
    let (points, segment) = trajectory.force_density(scenario.simulation.control_period);
    Density { points, segment }
}

/// The spectra of some runs, each with a name and a style, and where the metric `chatter_power` begins to
/// count.
pub(crate) fn figure(title: &str, runs: &[(&str, Style, &Density)], target: Target) -> Drawing {
    // A force that is the same in every period has no density to draw, and nothing begins in it.
    let positive = |density: &Density| density.points.iter().any(|p| p[0] > 0.0 && p[1] > 0.0);
    let some = runs.iter().any(|(_, _, density)| positive(density));
    let mut panel = Panel::new();
    if some {
        panel = panel.with_guide(Guide::Vertical { x: CHATTER_CORNER });
    }
    for (name, style, density) in runs {
        panel = panel.with_curve(Curve::new(*name, *style, density.points.iter().copied()));
    }
    let heading = match runs {
        _ if !some => "a force that never changes, and no spectrum".to_owned(),
        [(_, _, density)] if density.segment > 0 && target == Target::Screen => {
            format!("Welch, Hann window of {} samples", density.segment)
        }
        _ => String::new(),
    };
    let row = PanelRow::new("density of u (N²/Hz)").with_log_y().with_panel(panel);
    let figure = Figure::new(title)
        .with_x_label("f (Hz)")
        .with_log_x()
        .with_size(700.0, height(target, 300.0))
        .with_block(Block::new(heading).with_row(if some {
            row
        } else {
            row.with_reach([0.1, 10.0])
        }));
    let figure = if some {
        figure.with_legend_entry("chatter power counts from here", Style::guide())
    } else {
        figure
    };
    let figure = if runs.len() > 1 { figure.with_legend_of_curves() } else { figure };
    figure.on(target).into()
}
