//! Phase portrait: each coordinate against its rate.

use super::common::{height, symbol};
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Guide, Panel, PanelRow, Sheet, Style, Target,
    downsample_in_plane,
};
use upright_sim::trajectory::Trajectory;

/// Coordinates and their rates, with the unit of the coordinate.
const PLANES: [(&str, &str, &str); 3] =
    [("theta1", "theta1_dot", "rad"), ("theta2", "theta2_dot", "rad"), ("x", "x_dot", "m")];

/// Points of a curve at most: of noise, more would only blacken the same area.
const MAX_POINTS: usize = 20_000;

/// A run in the three planes.
pub(crate) type Planes = [Vec<[f64; 2]>; 3];

/// The run of a trajectory in the three planes.
pub(crate) fn planes(trajectory: &Trajectory) -> Planes {
    PLANES.map(|(coordinate, rate, _)| {
        downsample_in_plane(&trajectory.picture_in_plane(coordinate, rate), MAX_POINTS)
    })
}

/// The three planes of some runs, each with a name and a style; starts are marked.
pub(crate) fn figure(title: &str, runs: &[(&str, Style, &Planes)], target: Target) -> Drawing {
    let mark = Style::solid(Color::BLACK).with_width(4.0);
    let across = if target == Target::OneColumn { 1 } else { 3 };
    let mut sheet = Sheet::new(title, across, 330.0).on(target);
    for (plane, (coordinate, rate, unit)) in PLANES.into_iter().enumerate() {
        let mut panel = Panel::new()
            .with_guide(Guide::Vertical { x: 0.0 })
            .with_guide(Guide::Horizontal { y: 0.0 });
        for (name, style, planes) in runs {
            panel = panel.with_curve(Curve::new(*name, *style, planes[plane].iter().copied()));
        }
        let starts = runs.iter().filter_map(|(_, _, planes)| planes[plane].first());
        // Points apart from each other.
        let starts = starts.flat_map(|start| [*start, [f64::NAN; 2]]);
        let row = PanelRow::new(format!("{} ({unit}/s)", symbol(rate)))
            .with_panel(panel.with_curve(Curve::new("start", mark, starts)));
        let part = Figure::new("")
            .with_x_label(format!("{} ({unit})", symbol(coordinate)))
            .with_size(Figure::WIDTH, height(target, 220.0))
            .with_block(Block::new("").with_row(row));
        sheet = sheet.with_part(part);
    }
    sheet.into()
}
