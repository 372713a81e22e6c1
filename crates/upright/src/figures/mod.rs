//! What the commands draw: a file a figure.

pub(crate) mod bars;
pub(crate) mod convergence;
pub(crate) mod distribution;
pub(crate) mod pareto;
pub(crate) mod phase;
mod regimes;
pub(crate) mod region;
mod sliding;
pub(crate) mod spectrum;
pub(crate) mod time_series;

use crate::failure::Result;
use crate::flags::{Format, Shared};
use crate::input::Named;
use time_series::{Case, Drawn};
use upright_report::{DEFAULT_DPI, Drawing, Medium, Panel, Style, color_of};
use upright_sim::Run;
use upright_sim::trajectory::Trajectory;
use upright_store::Results;

/// A metric of a comparison or a study: its key, and its label with symbol and unit, and as it fits
/// beside a low panel.
pub(crate) type Shown = (&'static str, &'static str, &'static str);

/// The metrics that figures show.
pub(crate) const SHOWN: [Shown; 6] = [
    ("settling_time", "settling time (s)", "settling (s)"),
    ("max_angle", "largest |θ| (rad)", "angle (rad)"),
    ("peak_force", "largest |u| (N)", "force (N)"),
    ("total_variation", "variation of u (N)", "variation (N)"),
    ("max_cart", "largest |x| (m)", "cart (m)"),
    ("chatter_power", "chatter of u (N²)", "chatter (N²)"),
];

/// Writes all figures of one run.
pub(crate) fn of_run(output: &Results, named: &Named, run: &Run, shared: &Shared) -> Result<()> {
    let (scenario, medium) = (&named.scenario, shared.medium());
    let kind = scenario.controller.settings.kind();
    let drawn = Drawn::new(run);
    let case = Case { name: &named.name, scenario, runs: vec![(kind, &drawn)] };
    let write = |name, drawing: &Drawing| write(output, name, drawing, &shared.figures);
    write("run", &time_series::comparison(&[case], medium))?;
    let style = Style::solid(color_of(kind));
    let of = |what| format!("{what} of {} under {}", named.name, heading(kind));
    let planes = phase::planes(&run.trajectory);
    write("phase", &phase::figure(&of("Phase portrait"), &[(kind, style, &planes)], medium))?;
    let density = spectrum::density(scenario, &run.trajectory);
    let title = of("Spectrum of the force");
    write("spectrum", &spectrum::figure(&title, &[("S_u", style, &density)], medium))?;
    for (name, drawing) in of_law(named, run, medium) {
        write(name, &drawing)?;
    }
    Ok(())
}

/// What shows how a law works: its sliding variable and, of the hybrid one, its regimes; with their names.
pub(crate) fn of_law(named: &Named, run: &Run, medium: Medium) -> Vec<(&'static str, Drawing)> {
    let sliding = sliding::figure(named, &run.trajectory, medium);
    let regimes = regimes::figure(named, &run.trajectory, medium);
    std::iter::once(("sliding", sliding)).chain(regimes.map(|it| ("regimes", it))).collect()
}

/// Writes a figure in every format that was asked for.
pub(crate) fn write(
    output: &Results,
    name: &str,
    drawing: &Drawing,
    formats: &[Format],
) -> Result<()> {
    let svg = &drawing.to_svg();
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

/// A kind of controller as people write it.
fn heading(kind: &str) -> String {
    if kind == "lqr" { "LQR".to_owned() } else { kind.replace('_', "-") }
}

/// A state as the field writes it; rates without a dot above, which a PDF cannot hold as text on a
/// letter that it has no sign for with a dot.
fn symbol(state: &str) -> &str {
    match state {
        "theta1" => "θ₁",
        "theta2" => "θ₂",
        "x_dot" => "dx/dt",
        "theta1_dot" => "dθ₁/dt",
        "theta2_dot" => "dθ₂/dt",
        other => other,
    }
}

/// Height of a panel in px: that on the screen, less on paper.
fn height(medium: Medium, screen: f64) -> f64 {
    match medium {
        Medium::Screen => screen,
        Medium::OneColumn => 0.6 * screen,
        Medium::TwoColumns => 0.7 * screen,
    }
}

/// A column of a trajectory over time, `change`d; what changes to not a number interrupts the line.
fn series(trajectory: &Trajectory, column: &str, change: impl Fn(f64) -> f64) -> Vec<[f64; 2]> {
    let points = trajectory.series(column).into_iter();
    points.map(|[time, value]| [time, change(value)]).collect()
}

/// An empty panel with a line where each disturbance begins.
fn marked(scenario: &upright_sim::Scenario) -> Panel {
    let begins = scenario.disturbances.iter().map(|disturbance| disturbance.start);
    begins
        .filter(|start| *start > 0.0)
        .fold(Panel::new(), |panel, x| panel.with_guide(upright_report::Guide::Vertical { x }))
}
