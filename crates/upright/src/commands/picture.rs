//! Runs as figures: angles, cart, force and sliding variable over time, side by side.

use crate::Result;
use crate::flags::Format;
use crate::output::Output;
use upright_report::{
    Block, Color, Curve, DEFAULT_DPI, Figure, Guide, Panel, Row, Style, color_of, decimate,
};
use upright_sim::Run;
use upright_sim::metrics::{SETTLED_ANGLE, SETTLED_CART};
use upright_sim::scenario::Scenario;

/// What a figure needs of a run, thinned so that a comparison of many does not fill the memory.
pub(super) struct Drawn {
    angles: [Vec<[f64; 2]>; 2],
    cart: Vec<[f64; 2]>,
    force: Vec<[f64; 2]>,
    sigma: Vec<[f64; 2]>,
}

/// A panel is narrower than this many points, so columns of time finer than that cannot be told
/// apart in it.
const COLUMNS: f64 = 1000.0;

impl Drawn {
    /// Of a run.
    pub(super) fn new(run: &Run) -> Self {
        let series = |name| {
            let points = run.trajectory.series(name);
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
pub(super) struct Case<'a> {
    /// What results call the scenario.
    pub(super) name: &'a str,
    pub(super) scenario: &'a Scenario,
    /// Each kind and its run.
    pub(super) runs: Vec<(&'a str, &'a Drawn)>,
}

/// The rows of one scenario, a panel for each of its runs.
fn block(case: &Case<'_>) -> Block {
    let mut angles = Row::new("θ₁, θ₂ (rad)");
    let mut cart = Row::new("x (m)");
    let mut force = Row::new("u (N)");
    let mut sigma = Row::new("σ");
    for (kind, drawn) in &case.runs {
        let color = color_of(kind);
        let marked = || {
            let mut panel = Panel::new();
            for disturbance in &case.scenario.disturbances {
                if disturbance.start > 0.0 {
                    panel = panel.with_guide(Guide::Vertical { x: disturbance.start });
                }
            }
            panel
        };
        let band = |size: f64| Guide::Band { from: -size, to: size };
        angles = angles.with_panel(
            marked()
                .with_guide(band(SETTLED_ANGLE))
                .with_curve(Curve::new("θ₁", Style::solid(color), drawn.angles[0].iter().copied()))
                .with_curve(Curve::new(
                    "θ₂",
                    Style::dashed(color),
                    drawn.angles[1].iter().copied(),
                )),
        );
        cart = cart.with_panel(marked().with_guide(band(SETTLED_CART)).with_curve(Curve::new(
            "x",
            Style::solid(color),
            drawn.cart.iter().copied(),
        )));
        force = force.with_panel(marked().with_curve(Curve::new(
            "u",
            Style::solid(color),
            drawn.force.iter().copied(),
        )));
        sigma = sigma.with_panel(marked().with_curve(Curve::new(
            "σ",
            Style::solid(color),
            drawn.sigma.iter().copied(),
        )));
    }
    Block::new(case.name).with_row(angles).with_row(cart).with_row(force).with_row(sigma)
}

/// A kind of controller as people write it.
fn heading(kind: &str) -> String {
    if kind == "lqr" { "LQR".to_owned() } else { kind.replace('_', "-") }
}

/// The figure of several scenarios, each under several controllers.
pub(super) fn comparison(cases: &[Case<'_>]) -> String {
    let columns: Vec<String> = cases
        .first()
        .map(|case| case.runs.iter().map(|(kind, _)| heading(kind)).collect())
        .unwrap_or_default();
    let width = 140.0 + 230.0 * columns.len().max(2) as f64;
    let mut figure = Figure::new("Double inverted pendulum on a cart")
        .with_columns(columns)
        .with_x_label("t (s)")
        .with_size(width, 105.0)
        .with_legend_entry("θ₁ and all others", Style::solid(Color::BLACK))
        .with_legend_entry("θ₂", Style::dashed(Color::BLACK))
        .with_legend_entry("settling band", Style::band())
        .with_legend_entry("a disturbance begins", Style::guide());
    for case in cases {
        figure = figure.with_block(block(case));
    }
    figure.to_svg()
}

/// Writes a figure in every format that was asked for.
pub(super) fn write(output: &Output, name: &str, svg: &str, formats: &[Format]) -> Result<()> {
    for format in formats {
        let file = format!("{name}.{format}");
        match format {
            Format::Svg => output.write_bytes(file, svg.as_bytes())?,
            Format::Png => output.write_bytes(file, &upright_report::png(svg, DEFAULT_DPI)?)?,
            Format::Pdf => output.write_bytes(file, &upright_report::pdf(svg)?)?,
        }
    }
    Ok(())
}
