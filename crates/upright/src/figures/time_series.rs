//! Runs as figures: angles, cart, force and sliding variable over time, side by side.

use super::common::{heading, height, marked};
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Guide, Row, Style, Target, color_of, decimate, style_of,
};
use upright_sim::Run;
use upright_sim::scenario::Scenario;

/// What a figure needs of a run, thinned so that a comparison of many does not fill the memory.
pub(crate) struct Drawn {
    angles: [Vec<[f64; 2]>; 2],
    cart: Vec<[f64; 2]>,
    force: Vec<[f64; 2]>,
    sigma: Vec<[f64; 2]>,
}

/// A panel is narrower than this many points, so columns of time finer than that cannot be told
/// apart in it.
const COLUMNS: f64 = 1000.0;

impl Drawn {
    /// Time series of a run.
    pub(crate) fn new(run: &Run) -> Self {
        let series = |name| {
            let points = run.trajectory.picture(name);
            let end = points.last().map_or(0.0, |point| point[0]);
            decimate(&points, |time| (time / end * COLUMNS) as i64)
        };
        Self {
            angles: [series("theta1"), series("theta2")],
            cart: series("x"),
            force: series("u"),
            sigma: series("sigma"),
        }
    }
}

/// A scenario under several controllers.
pub(crate) struct Case<'a> {
    /// What results call the scenario.
    pub(crate) name: &'a str,
    pub(crate) scenario: &'a Scenario,
    /// Each kind and its run.
    pub(crate) runs: Vec<(&'a str, &'a Drawn)>,
}

/// The rows of one scenario, a panel for each of its runs.
fn block(case: &Case<'_>) -> Block {
    let mut angles = Row::new("θ₁, θ₂ (rad)");
    let mut cart = Row::new("x (m)");
    let mut force = Row::new("u (N)");
    let mut sigma = Row::new("σ");
    let settled = case.scenario.simulation.settled;
    for (kind, drawn) in &case.runs {
        let color = color_of(kind);
        let marked = || marked(case.scenario);
        let curve = |name, style, points: &[[f64; 2]]| Curve::new(name, style, points.to_vec());
        let (solid, dashed) = (Style::solid(color), Style::dashed(color));
        let [theta1, theta2] = &drawn.angles;
        angles = angles.with_panel(
            marked()
                .with_guide(band(settled.angle))
                .with_curve(curve("θ₁", solid, theta1))
                .with_curve(curve("θ₂", dashed, theta2)),
        );
        let near = marked().with_guide(band(settled.position));
        cart = cart.with_panel(near.with_curve(curve("x", solid, &drawn.cart)));
        force = force.with_panel(marked().with_curve(curve("u", solid, &drawn.force)));
        sigma = sigma.with_panel(marked().with_curve(curve("σ", solid, &drawn.sigma)));
    }
    Block::new(case.name).with_row(angles).with_row(cart).with_row(force).with_row(sigma)
}

/// The rows of one scenario, all runs in the same panels: what fits into one column.
fn overlaid(case: &Case<'_>) -> Block {
    let row = |label, size: Option<f64>, points: fn(&Drawn) -> &[[f64; 2]]| {
        let panel =
            size.map_or(marked(case.scenario), |s| marked(case.scenario).with_guide(band(s)));
        let curves = case.runs.iter().map(|(kind, drawn)| {
            Curve::new(heading(kind), overlaid_style(kind), points(drawn).to_vec())
        });
        Row::new(label).with_panel(curves.fold(panel, upright_report::Panel::with_curve))
    };
    let settled = case.scenario.simulation.settled;
    Block::new(case.name)
        .with_row(row("θ₁ (rad)", Some(settled.angle), |drawn| &drawn.angles[0]))
        .with_row(row("θ₂ (rad)", Some(settled.angle), |drawn| &drawn.angles[1]))
        .with_row(row("x (m)", Some(settled.position), |drawn| &drawn.cart))
        .with_row(row("u (N)", None, |drawn| &drawn.force))
        .with_row(row("σ", None, |drawn| &drawn.sigma))
}

fn overlaid_style(kind: &str) -> Style {
    style_of(kind).with_width(1.2)
}

fn band(size: f64) -> Guide {
    Guide::Band { from: -size, to: size }
}

/// Height of a panel in px in which curves are overlaid: two scenarios fit on a page.
const OVERLAID: f64 = 52.0;

/// The figure of several scenarios, each under several controllers.
pub(crate) fn comparison(cases: &[Case<'_>], target: Target) -> Drawing {
    let kinds: Vec<&str> = cases
        .first()
        .map(|case| case.runs.iter().map(|(kind, _)| *kind).collect())
        .unwrap_or_default();
    let overlay = target == Target::OneColumn && kinds.len() > 1;
    let width = 140.0 + 230.0 * kinds.len().max(2) as f64;
    let mut figure = Figure::new("Double inverted pendulum on a cart")
        .with_x_label("t (s)")
        .with_size(width, if overlay { OVERLAID } else { height(target, 105.0) });
    if overlay {
        for kind in &kinds {
            figure = figure.with_legend_entry(heading(kind), overlaid_style(kind));
        }
    } else {
        figure = figure
            .with_columns(kinds.iter().map(|kind| heading(kind)))
            .with_legend_entry("θ₁ and all others", Style::solid(Color::BLACK))
            .with_legend_entry("θ₂", Style::dashed(Color::BLACK));
    }
    figure = figure.with_legend_entry("settling band", Style::band());
    let mut disturbances = cases.iter().flat_map(|case| &case.scenario.disturbances);
    if disturbances.any(|disturbance| disturbance.start > 0.0) {
        figure = figure.with_legend_entry("a disturbance begins", Style::guide());
    }
    for case in cases {
        figure = figure.with_block(if overlay { overlaid(case) } else { block(case) });
    }
    figure.on(target).into()
}
