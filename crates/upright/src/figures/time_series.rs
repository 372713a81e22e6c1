//! Runs as figures: angles, cart, force and sliding variable over time, side by side.

use super::common::{heading, height, marked};
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Guide, Panel, PanelRow, Style, Target, color_of,
    decimate, style_of,
};
use upright_sim::Run;
use upright_sim::scenario::Scenario;

/// What a figure needs of a run, thinned so that a comparison of many does not fill the memory.
pub(crate) struct Drawn {
    angles: [Vec<[f64; 2]>; 2],
    cart: Vec<[f64; 2]>,
    force: Vec<[f64; 2]>,
    sigma: Vec<[f64; 2]>,
    /// Of a swing-up its energy and its phase, by the columns that it alone has.
    swing_up: [Vec<[f64; 2]>; 2],
    /// Where the cart is to be, of a run that follows something.
    reference: Vec<[f64; 2]>,
}

/// What a swing-up has besides, with its label: what a plan has to bring in, and what is done with it.
const SWING_UP: [(&str, &str); 2] = [("energy", "E (J)"), ("phase", "phase")];

/// The column of where the cart is to be.
const REFERENCE: &str = "x_reference";

/// What is followed stands behind who follows it.
const REFERENCE_STYLE: Style = Style::dotted(Color::BLACK).with_width(1.0);

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
        let has = |name| run.trajectory.columns().contains(&name);
        Self {
            swing_up: SWING_UP.map(|(name, _)| if has(name) { series(name) } else { Vec::new() }),
            angles: [series("theta1"), series("theta2")],
            cart: series("x"),
            force: series("u"),
            sigma: series("sigma"),
            reference: if has(REFERENCE) { series(REFERENCE) } else { Vec::new() },
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
    let mut angles = PanelRow::new("θ₁, θ₂ (rad)");
    let mut cart = PanelRow::new("x (m)");
    let mut force = PanelRow::new("u (N)");
    let mut sigma = PanelRow::new("σ");
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
        let followed = on_the_way(marked(), drawn, settled.position);
        cart = cart.with_panel(followed.with_curve(curve("x", solid, &drawn.cart)));
        force = force.with_panel(marked().with_curve(curve("u", solid, &drawn.force)));
        sigma = sigma.with_panel(marked().with_curve(curve("σ", solid, &drawn.sigma)));
    }
    let mut block =
        Block::new(case.name).with_row(angles).with_row(cart).with_row(force).with_row(sigma);
    for (i, (_, label)) in SWING_UP.iter().enumerate() {
        if case.runs.iter().any(|(_, drawn)| !drawn.swing_up[i].is_empty()) {
            let panels = case.runs.iter().map(|(kind, drawn)| {
                let points = drawn.swing_up[i].clone();
                marked(case.scenario).with_curve(Curve::new(
                    *label,
                    Style::solid(color_of(kind)),
                    points,
                ))
            });
            let row = PanelRow::new(*label);
            let row = if *label == "phase" { row.with_whole_y() } else { row };
            block = block.with_row(panels.fold(row, PanelRow::with_panel));
        }
    }
    block
}

/// The rows of one scenario, all runs in the same panels: what fits into one column.
fn overlaid(case: &Case<'_>) -> Block {
    let row = |label, below: &dyn Fn(Panel) -> Panel, points: fn(&Drawn) -> &[[f64; 2]]| {
        let panel = below(marked(case.scenario));
        let curves = case.runs.iter().map(|(kind, drawn)| {
            Curve::new(heading(kind), overlaid_style(kind), points(drawn).to_vec())
        });
        PanelRow::new(label).with_panel(curves.fold(panel, Panel::with_curve))
    };
    let settled = case.scenario.simulation.settled;
    let angle = |panel: Panel| panel.with_guide(band(settled.angle));
    // What is followed does not depend on who follows it.
    let cart = |panel: Panel| match case.runs.first() {
        Some((_, drawn)) => on_the_way(panel, drawn, settled.position),
        None => panel,
    };
    let bare = |panel| panel;
    Block::new(case.name)
        .with_row(row("θ₁ (rad)", &angle, |drawn| &drawn.angles[0]))
        .with_row(row("θ₂ (rad)", &angle, |drawn| &drawn.angles[1]))
        .with_row(row("x (m)", &cart, |drawn| &drawn.cart))
        .with_row(row("u (N)", &bare, |drawn| &drawn.force))
        .with_row(row("σ", &bare, |drawn| &drawn.sigma))
}

/// A panel of the cart with where it is to be: what it follows, or the band about the middle in m.
fn on_the_way(panel: Panel, drawn: &Drawn, near: f64) -> Panel {
    if drawn.reference.is_empty() {
        return panel.with_guide(band(near));
    }
    panel.with_curve(Curve::new("reference", REFERENCE_STYLE, drawn.reference.clone()))
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
    let mut drawn = cases.iter().flat_map(|case| &case.runs);
    if drawn.any(|(_, drawn)| !drawn.reference.is_empty()) {
        figure = figure.with_legend_entry("reference of x", REFERENCE_STYLE);
    }
    let mut disturbances = cases.iter().flat_map(|case| &case.scenario.disturbances);
    if disturbances.any(|disturbance| disturbance.start > 0.0) {
        figure = figure.with_legend_entry("a disturbance begins", Style::guide());
    }
    for case in cases {
        figure = figure.with_block(if overlay { overlaid(case) } else { block(case) });
    }
    figure.on(target).into()
}
