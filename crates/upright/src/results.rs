//! What every run leaves: its trajectory, its summary and its scenario.

use crate::console::{print, say};
use crate::failure::{Outcome, Result};
use crate::flags::{Requirement, Shared};
use crate::input::LoadedScenario;
use crate::monitoring;
use crate::progress::Progress;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::Path;
use upright_sim::RunOptions;
use upright_sim::metrics::{Metrics, Verdict};
use upright_sim::monitor::{MonitoredRun, Report};
use upright_sim::realization::Realization;
use upright_sim::restless::{Restless, RestlessRuns};
use upright_sim::scenario::{Integrator, Scenario};
use upright_store::{Results, labelled, pretty};

/// How many steps of integration pass between looks at the interruption flag, about.
const LOOK_EVERY: u64 = 1024;

/// Runs a scenario until it ends or the user interrupts; warns where its memory grows.
pub(crate) fn run(name: &str, scenario: &Scenario, record: bool) -> Result<MonitoredRun> {
    replay(name, scenario, &Realization::nominal(scenario), record, None)
}

/// The same with one run of the scenario's study; `progress` hears of its periods.
pub(crate) fn replay(
    name: &str,
    scenario: &Scenario,
    realization: &Realization,
    record: bool,
    progress: Option<&Progress>,
) -> Result<MonitoredRun> {
    // A period may have many steps, and those of `rk45` are not known beforehand.
    let simulation = &scenario.simulation;
    let every = match simulation.integrator {
        Integrator::Rk45 => 1,
        _ => (LOOK_EVERY / u64::from(simulation.substeps)).max(1),
    };
    let periods = scenario.periods();
    let mut watch = |tick: &upright_sim::closed_loop::Tick| {
        if !tick.index.is_multiple_of(every) {
            return true;
        }
        if let Some(progress) = progress {
            progress.at(tick.index, periods);
        }
        !crate::interrupt::interrupted()
    };
    let options = RunOptions { record, hook: Some(&mut watch) };
    let mut warn = |report: &Report| {
        if let Some(warning) = monitoring::warning(report) {
            let kind = scenario.controller.settings.kind();
            say!("warning: {name} under {kind}: {warning}");
        }
    };
    let run = upright_sim::monitor::run_monitored(scenario, realization, options, &mut warn)?;
    if let Some(report) = run.memory.as_ref().filter(|report| report.warned_after.is_none()) {
        warn(report);
    }
    Ok(run)
}

/// Warns of what the design of a scenario does not bear.
pub(crate) fn warn(name: &str, scenario: &Scenario) -> Result<()> {
    warn_under(name, scenario.controller.settings.kind(), scenario)
}

/// The same under what is called `kind`.
pub(crate) fn warn_under(name: &str, kind: &str, scenario: &Scenario) -> Result<()> {
    for warning in upright_sim::scenario::design_report::warnings(scenario)? {
        say!("warning: {name} under {kind}: {warning}");
    }
    Ok(())
}

/// Warns of a force that no motor bears, after a run whose metrics are these.
pub(crate) fn warn_after(name: &str, kind: &str, scenario: &Scenario, metrics: &Metrics) {
    if let Some(restless) = Restless::of(scenario, metrics.values()) {
        say!("warning: {name} under {kind}: {restless}");
    }
}

/// Warns of those among `all` runs of a study whose force no motor bears.
pub(crate) fn warn_of_restless(name: &str, scenario: &Scenario, restless: &RestlessRuns, all: u64) {
    if let RestlessRuns { count, first: Some((run, restless)) } = restless {
        let kind = scenario.controller.settings.kind();
        say!(
            "warning: {name} under {kind}: {count} of {all} runs are restless; run {run}: {restless}"
        );
    }
}

/// Ends a command: finishes its folder, says where it is, and prints the summary or the words.
pub(crate) fn conclude(
    shared: &Shared,
    command: &str,
    output: Option<Results>,
    summary: &Value,
    text: impl FnOnce() -> String,
) -> Result<()> {
    let summary = match output {
        Some(output) => finish(output, summary)?,
        None => labelled(command, summary),
    };
    if shared.json {
        print(&pretty(&summary))?;
    } else if !shared.quiet {
        print(&text())?;
    }
    if let (Some(folder), false) = (&shared.out, shared.quiet) {
        say!("results in {}", folder.display());
    }
    Ok(())
}

/// What a run came to, as `summary.json` has it.
pub(crate) fn summary(scenario: &Scenario, run: &MonitoredRun) -> Value {
    let mut summary = json!({
        "verdict": run.complete.then_some(run.verdict),
        "early_end": run.early_end,
        "metrics": run.metrics,
        "monitor": run.memory.as_ref().map(monitoring::summary),
        "surface": (!run.sliding_poles.is_empty())
            .then(|| json!({"coefficients": run.surface, "sliding_poles": run.sliding_poles})),
        "scenario": scenario,
        "seed": scenario.seed,
        "periods": run.periods,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": run.complete,
    });
    if let Some(tracking) = run.metrics.tracking {
        summary["tracking"] = json!(tracking);
    }
    if let Some(seconds) = run.planning_seconds {
        summary["planning_seconds"] = seconds.0.into();
    }
    summary
}

/// Writes `trajectory.csv`, `scenario.yaml` and, of a run that was monitored, `monitor.csv` under
/// `folder`, relative to the output. `drawn` is the index of a run that was drawn from the scenario.
pub(crate) fn write(
    output: &Results,
    folder: &Path,
    loaded: &LoadedScenario,
    drawn: Option<u64>,
    run: &MonitoredRun,
) -> Result<()> {
    output.write(folder.join("trajectory.csv"), |writer| {
        run.trajectory.write_csv(writer).map_err(std::io::Error::other)
    })?;
    if let Some(report) = &run.memory {
        let period = loaded.scenario.simulation.control_period;
        output
            .write(folder.join("monitor.csv"), |writer| monitoring::csv(report, period, writer))?;
    }
    let again = drawn.map_or_else(String::new, |run| format!(" with --run {run}"));
    let yaml = format!(
        "# The scenario as resolved; running it again{again} gives the same bits.\n{}",
        loaded.scenario.to_yaml()
    );
    Ok(output.write_bytes(folder.join("scenario.yaml"), yaml.as_bytes())?)
}

/// Writes `summary.json` under `folder`, for a run within a larger result.
pub(crate) fn write_summary(output: &Results, folder: &Path, summary: &Value) -> Result<()> {
    Ok(output.write_bytes(folder.join("summary.json"), pretty(summary).as_bytes())?)
}

/// The results folder that was asked for, if one was.
pub(crate) fn prepare(shared: &Shared, command: &str) -> Result<Option<Results>> {
    shared.out.as_deref().map(|folder| begin(folder, command)).transpose()
}

/// A folder for the results of `command`; says what was found there.
pub(crate) fn begin(folder: &Path, command: &str) -> Result<Results> {
    Ok(upright_console::folder::begin(folder, command)?)
}

/// Moves results to their place; returns the summary as written, and says what stood in the way.
pub(crate) fn finish(output: Results, summary: &Value) -> Result<Value> {
    Ok(upright_console::folder::finish(output, summary)?)
}

/// A text from outside as a cell of a table: what a spreadsheet would take for a formula gets a quote before
/// it, as spreadsheets write texts themselves.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// Whether a verdict is what was required.
fn meets(required: Option<Requirement>, verdict: Verdict) -> bool {
    match required {
        None => true,
        Some(Requirement::Calm) => verdict.calm(),
        Some(Requirement::Settled) => verdict == Verdict::Settled,
        Some(Requirement::Balanced) => verdict.upright(),
    }
}

/// How a command ended whose runs are these.
pub(crate) fn outcome(shared: &Shared, runs: impl IntoIterator<Item = (Verdict, bool)>) -> Outcome {
    let mut outcome = Outcome::Done;
    for (verdict, complete) in runs {
        if !complete {
            return Outcome::Interrupted;
        }
        if !meets(shared.require, verdict) {
            outcome = Outcome::Bad;
        }
    }
    outcome
}
