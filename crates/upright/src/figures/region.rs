//! Regions of attraction: the initial states from which each controller settles.

use super::common::{heading, symbol};
use crate::region::Region;
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Panel, PanelRow, Sheet, Style, Target, color_of,
};
use upright_sim::grid::{Axis, Grid, STATES, UNITS};
use upright_sim::metrics::Verdict;

/// Height of a panel in px.
fn panel_height(target: Target) -> f64 {
    if target == Target::Screen { 230.0 } else { 110.0 }
}

const TITLE: &str = "What comes of each initial state";

/// The same for a page: parts of their own, which stand side by side where there is room.
pub(crate) fn parts(grid: &Grid, regions: &[Region]) -> Drawing {
    let sheet = Sheet::new(TITLE, 3, 330.0);
    let parts = regions.iter().map(|region| {
        let alone = std::slice::from_ref(region);
        let name = heading(region.kind);
        with_legend(row(&name, grid, alone, (330.0, panel_height(Target::Screen))), alone)
    });
    parts.fold(sheet, Sheet::with_part).into()
}

/// Panels side by side, of a width and a height in px.
fn row(heading: &str, grid: &Grid, regions: &[Region], (width, height): (f64, f64)) -> Figure {
    let label = |axis: &Axis| format!("{} ({})", symbol(STATES[axis.state]), UNITS[axis.state]);
    let panels = regions.iter().map(|region| panel(grid, region));
    let row = panels.fold(PanelRow::new(label(&grid.y)), PanelRow::with_panel);
    Figure::new(TITLE)
        .with_x_label(label(&grid.x))
        .with_size(width, height)
        .with_block(Block::new(heading).with_row(row))
}

/// A panel a controller; two side by side in one column of a paper.
pub(crate) fn figure(name: &str, grid: &Grid, regions: &[Region], target: Target) -> Drawing {
    let height = panel_height(target);
    if target == Target::OneColumn {
        let sheet = Sheet::new(TITLE, 2, 230.0).on(target);
        let parts = regions.iter().map(|region| {
            let alone = std::slice::from_ref(region);
            with_legend(row(&heading(region.kind), grid, alone, (230.0, height)), alone)
        });
        return parts.fold(sheet, Sheet::with_part).into();
    }
    let width = 140.0 + 230.0 * regions.len() as f64;
    with_legend(row(name, grid, regions, (width, height)), regions)
        .with_columns(regions.iter().map(|region| heading(region.kind)))
        .on(target)
        .into()
}

/// How a verdict is filled, and what the legend calls it: what settles in the controller's own colour, the rest in
/// tones that differ in grey print. What diverged stays white.
const TONES: [(Verdict, &str, Color); 5] = [
    (Verdict::Balanced, "balanced", Color::new(154, 205, 240)),
    (Verdict::Chattering, "chattering", Color::new(245, 200, 120)),
    (Verdict::Down, "down", Color::new(170, 170, 170)),
    (Verdict::Fell, "fell", Color::new(226, 226, 226)),
    (Verdict::OffTrack, "off track", Color::new(110, 110, 110)),
];

/// The legend of the verdicts that there are.
fn with_legend(figure: Figure, regions: &[Region]) -> Figure {
    let has = |verdict| regions.iter().any(|region| region.verdicts.contains(&verdict));
    let settled = regions.iter().find(|region| region.verdicts.contains(&Verdict::Settled));
    let thick = |color| Style::solid(color).with_width(8.0);
    let figure = match settled {
        Some(region) => figure.with_legend_entry("settled", thick(color_of(region.kind))),
        None => figure,
    };
    TONES
        .into_iter()
        .filter(|(verdict, ..)| has(*verdict))
        .fold(figure, |figure, (_, name, color)| figure.with_legend_entry(name, thick(color)))
}

/// Each verdict in its tone: a rectangle for each stretch of cells.
fn panel(grid: &Grid, region: &Region) -> Panel {
    let [half, tall] = [&grid.x, &grid.y].map(|axis| 0.5 * axis.step());
    // These make the panel as wide and high as the grid, white on white.
    let corners = [
        [grid.x.from - half, grid.y.from - tall],
        [f64::NAN; 2],
        [grid.x.to + half, grid.y.to + tall],
    ];
    let outlines = |verdict: Verdict| {
        let mut outlines = Vec::new();
        let mut at = 0;
        for row in region.verdicts.chunks(grid.x.points as usize) {
            for stretch in row.chunk_by(|a, b| a == b) {
                if stretch[0] == verdict {
                    let [from, y] = grid.point(at);
                    let [to, _] = grid.point(at + stretch.len() as u64 - 1);
                    let ([left, right], [low, high]) =
                        ([from - half, to + half], [y - tall, y + tall]);
                    let corners =
                        [[left, low], [right, low], [right, high], [left, high], [left, low]];
                    outlines.extend(corners.into_iter().chain([[f64::NAN; 2]]));
                }
                at += stretch.len() as u64;
            }
        }
        outlines
    };
    // Thin lines close the gaps between rectangles that touch.
    let downsample = |color| Style::solid(color).with_width(0.5);
    let unseen = Style::solid(Color::new(255, 255, 255)).with_width(0.1);
    let panel = Panel::new().with_curve(Curve::new("", unseen, corners));
    let filled = |panel: Panel, verdict, name: &str, color| {
        let outlines = outlines(verdict);
        if outlines.is_empty() {
            panel
        } else {
            panel.with_curve(Curve::new(name, downsample(color), outlines).filled())
        }
    };
    let panel = TONES
        .into_iter()
        .fold(panel, |panel, (verdict, name, color)| filled(panel, verdict, name, color));
    filled(panel, Verdict::Settled, &heading(region.kind), color_of(region.kind))
}
