//! What the commands draw: a file a figure.

pub(crate) mod bars;
pub(crate) mod common;
pub(crate) mod convergence;
pub(crate) mod distribution;
mod estimate;
pub(crate) mod pareto;
pub(crate) mod phase;
pub(crate) mod plan;
mod regimes;
pub(crate) mod region;
pub(crate) mod residuals;
pub(crate) mod response;
mod sliding;
pub(crate) mod spectrum;
pub(crate) mod sweep;
pub(crate) mod time_series;
mod tones;

use crate::failure::Result;
use crate::flags::{Format, Shared};
use crate::input::LoadedScenario;
use common::heading;
use time_series::{Case, Drawn};
use upright_report::{DEFAULT_DPI, Drawing, Style, Target, color_of};
use upright_sim::Run;
use upright_store::Results;

/// Writes all figures of one run.
pub(crate) fn of_run(
    output: &Results,
    loaded: &LoadedScenario,
    run: &Run,
    shared: &Shared,
) -> Result<()> {
    let (scenario, target) = (&loaded.scenario, shared.target());
    let kind = scenario.controller.settings.kind();
    let drawn = Drawn::new(run);
    let case = Case { name: &loaded.name, scenario, runs: vec![(kind, &drawn)] };
    let write = |name, drawing: &Drawing| write(output, name, drawing, &shared.figures);
    write("run", &time_series::comparison(&[case], target))?;
    let style = Style::solid(color_of(kind));
    let of = |what| format!("{what} of {} under {}", loaded.name, heading(kind));
    let planes = phase::planes(&run.trajectory);
    write("phase", &phase::figure(&of("Phase portrait"), &[(kind, style, &planes)], target))?;
    let density = spectrum::density(scenario, &run.trajectory);
    let title = of("Spectrum of the force");
    write("spectrum", &spectrum::figure(&title, &[("S_u", style, &density)], target))?;
    for (name, drawing) in of_law(loaded, run, target) {
        write(name, &drawing)?;
    }
    Ok(())
}

/// What shows how a law works: its sliding variable, of the hybrid one its regimes, and the estimate that it was given
/// where there is one; with their names.
pub(crate) fn of_law(
    loaded: &LoadedScenario,
    run: &Run,
    target: Target,
) -> Vec<(&'static str, Drawing)> {
    let sliding = sliding::figure(loaded, &run.trajectory, target);
    let regimes = regimes::figure(loaded, &run.trajectory, target);
    let estimate = estimate::figure(loaded, &run.trajectory, target);
    std::iter::once(("sliding", sliding))
        .chain(regimes.map(|it| ("regimes", it)))
        .chain(estimate.map(|it| ("estimate", it)))
        .collect()
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
            #[cfg(feature = "pdf")]
            Format::Pdf => output.write_bytes(file, &upright_report::pdf(svg)?)?,
        }
    }
    Ok(())
}
