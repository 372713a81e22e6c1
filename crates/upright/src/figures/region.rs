//! Regions of attraction: the initial states from which each controller settles.

use super::common::{heading, symbol};
use crate::region::Region;
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Medium, Panel, Row, Sheet, Style, color_of,
};
use upright_sim::grid::{Axis, Grid, STATES, UNITS};
use upright_sim::metrics::Verdict;

/// Height of a panel in px.
fn panel_height(medium: Medium) -> f64 {
    if medium == Medium::Screen { 230.0 } else { 110.0 }
}

/// A panel a controller; two side by side in one column of a paper.
pub(crate) fn figure(name: &str, grid: &Grid, regions: &[Region], medium: Medium) -> Drawing {
    const TITLE: &str = "Initial states from which the run settles";
    let label = |axis: &Axis| format!("{} ({})", symbol(STATES[axis.state]), UNITS[axis.state]);
    let (x_label, y_label, height) = (label(&grid.x), label(&grid.y), panel_height(medium));
    let figure = |heading: &str, width: f64, regions: &[Region]| {
        let panels = regions.iter().map(|region| panel(grid, region));
        let row = panels.fold(Row::new(y_label.as_str()), Row::with_panel);
        Figure::new(TITLE)
            .with_x_label(x_label.as_str())
            .with_size(width, height)
            .with_block(Block::new(heading).with_row(row))
    };
    if medium == Medium::OneColumn {
        let sheet = Sheet::new(TITLE, 2, 230.0).on(medium);
        let parts = regions
            .iter()
            .map(|region| figure(&heading(region.kind), 230.0, std::slice::from_ref(region)));
        return parts.fold(sheet, Sheet::with_part).into();
    }
    figure(name, 140.0 + 230.0 * regions.len() as f64, regions)
        .with_columns(regions.iter().map(|region| heading(region.kind)))
        .on(medium)
        .into()
}

/// What settles is filled: a rectangle for each stretch of cells.
fn panel(grid: &Grid, region: &Region) -> Panel {
    let [half, tall] = [&grid.x, &grid.y].map(|axis| 0.5 * axis.step());
    // These make the panel as wide and high as the grid, white on white.
    let corners = [
        [grid.x.from - half, grid.y.from - tall],
        [f64::NAN; 2],
        [grid.x.to + half, grid.y.to + tall],
    ];
    let mut outlines = Vec::new();
    let rows = region.verdicts.chunks(grid.x.points as usize);
    let mut first = 0;
    for row in rows {
        let mut at = first;
        for stretch in row.chunk_by(|a, b| (*a == Verdict::Settled) == (*b == Verdict::Settled)) {
            if stretch[0] == Verdict::Settled {
                let [from, y] = grid.point(at);
                let [to, _] = grid.point(at + stretch.len() as u64 - 1);
                let ([left, right], [low, high]) = ([from - half, to + half], [y - tall, y + tall]);
                let corners = [[left, low], [right, low], [right, high], [left, high], [left, low]];
                outlines.extend(corners.into_iter().chain([[f64::NAN; 2]]));
            }
            at += stretch.len() as u64;
        }
        first += row.len() as u64;
    }
    // Thin lines close the gaps between rectangles that touch.
    let style = Style::solid(color_of(region.kind)).with_width(0.5);
    let unseen = Style::solid(Color::new(255, 255, 255)).with_width(0.1);
    Panel::new()
        .with_curve(Curve::new("", unseen, corners))
        .with_curve(Curve::new(heading(region.kind), style, outlines).filled())
}
