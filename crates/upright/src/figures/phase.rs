//! Phase portrait: each coordinate against its rate.

use super::{height, symbol};
use crate::commands::Named;
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Guide, Medium, Panel, Row, Sheet, Style, color_of,
};
use upright_sim::trajectory::Trajectory;

/// Coordinates and their rates, with the unit of the coordinate.
const PLANES: [(&str, &str, &str); 3] =
    [("theta1", "theta1_dot", "rad"), ("theta2", "theta2_dot", "rad"), ("x", "x_dot", "m")];

/// The three planes of a run, its start marked.
pub(super) fn figure(named: &Named, trajectory: &Trajectory, medium: Medium) -> Drawing {
    let kind = named.scenario.controller.settings.kind();
    let (line, mark) = (Style::solid(color_of(kind)), Style::solid(Color::BLACK).with_width(4.0));
    let across = if medium == Medium::OneColumn { 1 } else { 3 };
    let title = format!("Phase portrait of {} under {}", named.name, super::heading(kind));
    let mut sheet = Sheet::new(title, across, 330.0).on(medium);
    for (coordinate, rate, unit) in PLANES {
        let places = trajectory.series(coordinate).into_iter();
        let rates = trajectory.series(rate).into_iter();
        let points: Vec<[f64; 2]> = places.zip(rates).map(|(x, y)| [x[1], y[1]]).collect();
        let start = points.first().copied();
        let panel = Panel::new()
            .with_guide(Guide::Vertical { x: 0.0 })
            .with_guide(Guide::Horizontal { y: 0.0 })
            .with_curve(Curve::new(symbol(coordinate), line, points))
            .with_curve(Curve::new("start", mark, start));
        let row = Row::new(format!("{} ({unit}/s)", symbol(rate))).with_panel(panel);
        let part = Figure::new("")
            .with_x_label(format!("{} ({unit})", symbol(coordinate)))
            .with_size(Figure::WIDTH, height(medium, 220.0))
            .with_block(Block::new("").with_row(row));
        sheet = sheet.with_part(part);
    }
    sheet.into()
}
