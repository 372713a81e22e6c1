//! What every run leaves: its trajectory, its summary and its scenario.

use super::{Named, monitoring};
use crate::Result;
use crate::failure::Failure;
use crate::output::{Output, of_command, pretty};
use serde_json::{Value, json};
use std::path::Path;
use upright_sim::Run;
use upright_sim::draw::Draw;
use upright_sim::monitor::Report;
use upright_sim::run::Options;
use upright_sim::scenario::Scenario;

/// How many control periods pass between looks at the interruption flag.
const LOOK_EVERY: u64 = 1024;

/// Runs a scenario until it ends or the user interrupts; warns where its memory grows.
pub(super) fn run(name: &str, scenario: &Scenario, record: bool) -> Result<Run> {
    replay(name, scenario, &Draw::nominal(scenario), record)
}

/// The same with one run of the scenario's study.
pub(crate) fn replay(name: &str, scenario: &Scenario, draw: &Draw, record: bool) -> Result<Run> {
    let mut watch = |tick: &upright_sim::run::Tick| {
        !tick.index.is_multiple_of(LOOK_EVERY) || !crate::interrupt::interrupted()
    };
    let options = Options { record, watch: Some(&mut watch) };
    let mut warn = |report: &Report| {
        if let Some(warning) = monitoring::warning(report) {
            let kind = scenario.controller.settings.kind();
            eprintln!("warning: {name} under {kind}: {warning}");
        }
    };
    let run = upright_sim::run::monitored(scenario, draw, options, &mut warn)?;
    if let Some(report) = run.monitor.as_ref().filter(|report| report.warned_after.is_none()) {
        warn(report);
    }
    Ok(run)
}

/// Warns of what the design of a scenario does not bear.
pub(super) fn warn(name: &str, scenario: &Scenario) -> Result<()> {
    for warning in upright_sim::design::warnings(scenario)? {
        let kind = scenario.controller.settings.kind();
        eprintln!("warning: {name} under {kind}: {warning}");
    }
    Ok(())
}

/// Ends a command: finishes its folder, says where it is, and prints the summary or the words.
pub(super) fn conclude(
    shared: &crate::flags::Shared,
    command: &str,
    output: Option<Output>,
    summary: &Value,
    words: impl FnOnce() -> String,
) -> Result<()> {
    let summary = match output {
        Some(output) => output.finish(command, summary)?,
        None => of_command(command, summary),
    };
    if shared.json {
        super::print(&pretty(&summary))?;
    } else if !shared.quiet {
        super::print(&words())?;
    }
    if let (Some(folder), false) = (&shared.out, shared.quiet) {
        eprintln!("results in {}", folder.display());
    }
    Ok(())
}

/// What a run came to, as `summary.json` has it.
pub(super) fn summary(scenario: &Scenario, run: &Run) -> Value {
    json!({
        "verdict": run.complete.then_some(run.verdict),
        "early_end": run.early_end,
        "metrics": run.metrics,
        "monitor": run.monitor.as_ref().map(monitoring::summary),
        "surface": {"coefficients": run.surface, "sliding_poles": run.sliding_poles},
        "scenario": scenario,
        "seed": scenario.seed,
        "periods": run.periods,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": run.complete,
    })
}

/// Writes `trajectory.csv`, `scenario.yaml` and, of a run that was monitored, `monitor.csv` under
/// `folder`, relative to the output. `drawn` is the index of a run that was drawn from the scenario.
pub(super) fn write(
    output: &Output,
    folder: &Path,
    named: &Named,
    drawn: Option<u64>,
    run: &Run,
) -> Result<()> {
    output.write(folder.join("trajectory.csv"), |writer| {
        run.trajectory.write_csv(writer).map_err(std::io::Error::other)
    })?;
    if let Some(report) = &run.monitor {
        let period = named.scenario.simulation.control_period;
        output
            .write(folder.join("monitor.csv"), |writer| monitoring::csv(report, period, writer))?;
    }
    let again = drawn.map_or_else(String::new, |run| format!(" with --run {run}"));
    let yaml = format!(
        "# The scenario as resolved; running it again{again} gives the same bits.\n{}",
        named.scenario.to_yaml()
    );
    output.write_bytes(folder.join("scenario.yaml"), yaml.as_bytes())
}

/// Writes `summary.json` under `folder`, for a run within a larger result.
pub(super) fn write_summary(output: &Output, folder: &Path, summary: &Value) -> Result<()> {
    output.write_bytes(folder.join("summary.json"), pretty(summary).as_bytes())
}

/// The results folder that was asked for, if one was.
pub(super) fn prepare(
    shared: &crate::flags::Shared,
    command: &str,
) -> std::result::Result<Option<Output>, Failure> {
    shared.out.as_deref().map(|folder| Output::prepare(folder, command)).transpose()
}
