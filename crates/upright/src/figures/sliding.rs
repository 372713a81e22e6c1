//! The sliding variable: as a whole, and near the surface with the law's boundary layer.

use super::common::{height, marked, series};
use crate::input::LoadedScenario;
use upright_report::{
    Block, Curve, Drawing, Figure, Guide, Panel, PanelRow, Style, Target, color_of,
};
use upright_sim::scenario::kinds::KindSettings;
use upright_sim::trajectory::Trajectory;

/// The close view reaches over so many boundary layers.
const LAYERS: f64 = 3.0;
/// A close view that shows more than this share of the whole would show nothing new.
const SHARE: f64 = 0.5;

/// What a law makes of the surface, in N s.
#[derive(Default)]
struct Widths {
    /// Half the width of the boundary layer.
    layer: Option<f64>,
    /// Half the width of the dead band (classical) or of the adaptation's dead zone.
    dead: Option<f64>,
}

fn widths(settings: &KindSettings) -> Widths {
    let above_zero = |width: f64| Some(width).filter(|width| *width > 0.0 && width.is_finite());
    match settings {
        KindSettings::Classical(law) => Widths {
            // The layer widens with |s|; its edge is where |s| is as large as that.
            layer: above_zero(law.boundary_layer / (1.0 - law.boundary_layer_slope)),
            dead: above_zero(law.dead_band * law.boundary_layer),
        },
        KindSettings::Adaptive(law) => {
            Widths { layer: Some(law.boundary_layer), dead: above_zero(law.dead_zone) }
        }
        KindSettings::Hybrid(law) => Widths {
            layer: Some(law.reaching.boundary_layer),
            dead: above_zero(law.sliding.dead_zone),
        },
        _ => Widths::default(),
    }
}

/// Gaps that are shorter than one of so many parts of the run are not to be seen.
const COLUMNS: f64 = 1000.0;

/// The line within `near` of zero, cut at the edges of that view: a force that goes from side to side crosses the
/// view at every period without a sample in it. What lies beyond interrupts the line, if it lasts long enough to be
/// seen: noise that leaves the view at every other sample would make a line of nothing but ends.
fn close(points: &[[f64; 2]], near: f64) -> Vec<[f64; 2]> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let seen = (last[0] - first[0]) / COLUMNS;
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for pair in points.windows(2) {
        let Some(ends) = within(pair[0], pair[1], near) else { continue };
        for (place, end) in ends.into_iter().enumerate() {
            match kept.last() {
                Some(last) if *last == end => continue,
                Some(last) if place == 0 && end[0] - last[0] > seen => kept.push([f64::NAN; 2]),
                _ => {}
            }
            kept.push(end);
        }
    }
    kept
}

/// The part of the line from `a` to `b` whose heights are within `near` of zero.
fn within(a: [f64; 2], b: [f64; 2], near: f64) -> Option<[[f64; 2]; 2]> {
    let inside = |point: [f64; 2]| point[1].abs() <= near;
    let beyond_one_edge = a[1].min(b[1]) > near || a[1].max(b[1]) < -near;
    if beyond_one_edge || a[1].is_nan() || b[1].is_nan() {
        return None;
    }
    // Where the line comes to the edge that `point` lies beyond.
    let cut = |point: [f64; 2]| {
        let edge = near.copysign(point[1]);
        [a[0] + (edge - a[1]) / (b[1] - a[1]) * (b[0] - a[0]), edge]
    };
    Some([a, b].map(|point| if inside(point) { point } else { cut(point) }))
}

/// `sigma` and `s` of a run over time; `s` once more near zero; a gain that the law adapts, and the
/// integral of the super-twisting law.
pub(super) fn figure(loaded: &LoadedScenario, trajectory: &Trajectory, target: Target) -> Drawing {
    let settings = &loaded.scenario.controller.settings;
    let kind = settings.kind();
    let color = color_of(kind);
    let row = |label: &str, guides: &[Guide], points: Vec<[f64; 2]>| {
        let panel = guides.iter().copied().fold(marked(&loaded.scenario), Panel::with_guide);
        let curve = Curve::new(label, Style::solid(color), points);
        PanelRow::new(label).with_panel(panel.with_curve(curve))
    };
    let Widths { layer, dead } = widths(settings);
    let mut guides = Vec::new();
    guides.extend(layer.map(|layer| Guide::Band { from: -layer, to: layer }));
    guides.extend(dead.into_iter().flat_map(|y| [-y, y]).map(|y| Guide::Horizontal { y }));

    let distances = series(trajectory, "s", f64::abs);
    let largest = |points: &[[f64; 2]]| points.iter().map(|p| p[1]).fold(0.0, f64::max);
    let calm = largest(&distances[distances.len() / 2..]);
    let near = LAYERS * layer.or(dead).unwrap_or(calm);
    let close = close(&trajectory.picture("s"), near);

    let whole = series(trajectory, "s", |s| s);
    let mut block = Block::new("").with_row(row("σ", &[], series(trajectory, "sigma", |x| x)));
    if near > 0.0 && near < SHARE * largest(&distances) {
        let mut row_near = row("s, close (N s)", &guides, close);
        // Both edges of the layer are seen, with some room beyond.
        row_near.reach = layer.map(|layer| [-1.4 * layer, 1.4 * layer]);
        block = block.with_row(row("s (N s)", &[], whole)).with_row(row_near);
    } else {
        block = block.with_row(row("s (N s)", &guides, whole));
    }
    for (column, label) in [("gain", "K (N)"), ("z", "z (N)")] {
        if kind != "hybrid" && trajectory.columns().contains(&column) {
            block = block.with_row(row(label, &[], series(trajectory, column, |value| value)));
        }
    }
    let title =
        format!("Sliding variable of {} under {}", loaded.name, super::common::heading(kind));
    let mut figure = Figure::new(title)
        .with_x_label("t (s)")
        .with_size(700.0, height(target, 120.0))
        .with_block(block)
        .on(target);
    if layer.is_some() {
        figure = figure.with_legend_entry("boundary layer", Style::band());
    }
    if dead.is_some() {
        let name = if kind == "classical" { "dead band" } else { "dead zone of the adaptation" };
        figure = figure.with_legend_entry(name, Style::guide());
    }
    figure.into()
}

#[cfg(test)]
mod tests {
    use super::close;

    #[test]
    fn what_goes_from_side_to_side_fills_the_close_view() {
        let points: Vec<[f64; 2]> =
            (0..10_000).map(|k| [f64::from(k), if k % 2 == 0 { 3.0 } else { -3.0 }]).collect();
        let seen = close(&points, 1.0);
        assert!(seen.len() > 10_000 && seen.iter().all(|point| point[1].abs() <= 1.0));
        let [low, high] = [-1.0, 1.0].map(|edge| seen.iter().filter(|p| p[1] == edge).count());
        assert!(low > 5_000 && high > 5_000, "{low} {high}");
    }

    #[test]
    fn a_close_view_is_cut_at_its_edges_and_interrupted_beyond() {
        let points = [[0.0, 0.0], [1.0, 2.0], [2.0, 2.0], [3.0, 0.0], [4.0, f64::NAN], [5.0, 0.5]];
        let seen = close(&points, 1.0);
        assert_eq!(seen[..2], [[0.0, 0.0], [0.5, 1.0]]);
        assert!(seen[2][0].is_nan());
        assert_eq!(seen[3..], [[2.5, 1.0], [3.0, 0.0]]);
    }
}
