//! `upright simulate`: one run.

use crate::failure::Result;
use crate::figures;
use crate::flags::Shared;
use crate::input::LoadedScenario;
use crate::monitoring;
use crate::progress::Progress;
use crate::report::{self, Recorded};
use crate::results::{self, outcome};
use serde_json::Value;
use std::path::Path;
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, Target, style_of};
use upright_sim::Run;
use upright_sim::metrics::Metrics;
use upright_sim::monitor::MonitoredRun;
use upright_sim::realization::{COLUMNS, Realization};
use upright_sim::scenario::Scenario;
use upright_sim::study::StudyError;

const COMMAND: &str = "simulate";

pub(crate) fn run(loaded: &LoadedScenario, index: Option<u64>, shared: &Shared) -> Result {
    let drawn = drawn(&loaded.scenario, index)?;
    crate::interrupt::watch();
    let output = results::prepare(shared, COMMAND)?;
    let scenario = &loaded.scenario;
    results::warn(&loaded.name, scenario)?;
    let nominal = || Realization::nominal(scenario);
    let realization = drawn.unwrap_or_else(nominal);
    let progress = Progress::lines(shared, "periods", 0, Some(scenario.periods()));
    let recorded = output.is_some();
    let run = results::replay(&loaded.name, scenario, &realization, recorded, Some(&progress))?;
    // The last periods are within one look, and an early end is the end.
    progress.at(run.periods, scenario.periods());
    progress.end();
    results::warn_after(&loaded.name, scenario.controller.settings.kind(), scenario, &run.metrics);
    let mut summary = results::summary(scenario, &run);
    if let Some(realization) = &drawn {
        summary["run"] = realization.run.into();
        let values = COLUMNS.iter().map(|name| (*name).to_owned());
        summary["drawn"] = values.zip(realization.values().map(Value::from)).collect();
    }
    if let Some(output) = &output {
        results::write(output, Path::new(""), loaded, index, &run)?;
        let page = page(loaded, drawn.as_ref(), &run);
        report::write(output, page, &[(&loaded.name, scenario)])?;
        figures::of_run(output, loaded, &run, shared)?;
    }
    results::conclude(shared, COMMAND, output, &summary, || text(loaded, drawn.as_ref(), &run))?;
    Ok(outcome(shared, [(run.verdict, run.complete)]))
}

/// The run of the scenario's study that was asked for, if one was.
pub(super) fn drawn(scenario: &Scenario, index: Option<u64>) -> Result<Option<Realization>> {
    let drawn = index.map(|run| Realization::new(scenario, run)).transpose();
    Ok(drawn.map_err(StudyError::from)?)
}

/// What ran under what, and how it ended.
pub(super) fn headline(
    loaded: &LoadedScenario,
    realization: Option<&Realization>,
    run: &Run,
) -> String {
    let which =
        realization.map_or_else(String::new, |realization| format!(", run {}", realization.run));
    let kind = loaded.scenario.controller.settings.kind();
    let end = run.early_end.map_or_else(String::new, |end| {
        let link = end.link.map_or_else(String::new, |link| format!(", link {link}"));
        format!(" at {:.3} s{link}", end.time)
    });
    let verdict = if run.complete { run.verdict.word() } else { "interrupted" };
    format!("{}{which} under {kind}: {verdict}{end}", loaded.name)
}

/// The metrics, a row a metric.
pub(super) fn table(run: &Run) -> Table {
    let mut table = Table::new([
        Heading::new("metric", ""),
        Heading::new("value", ""),
        Heading::new("unit", ""),
    ]);
    let values = run.metrics.values();
    let Metrics { swing_up, tracking, .. } = run.metrics;
    for place in Metrics::places(swing_up.is_some(), tracking.is_some()) {
        let (key, unit) = Metrics::KEYS[place];
        let value = values[place].map_or(Cell::Missing, |value| Cell::text(readable(value)));
        table.push([Cell::text(key), value, Cell::text(unit)]);
    }
    table
}

/// The verdict and the metrics as a table.
fn text(loaded: &LoadedScenario, realization: Option<&Realization>, run: &MonitoredRun) -> String {
    let memory = run.memory.as_ref().map_or_else(String::new, monitoring::text);
    format!("{}\n\n{}{memory}", headline(loaded, realization, run), table(run).to_text())
}

fn page(loaded: &LoadedScenario, realization: Option<&Realization>, run: &MonitoredRun) -> Page {
    let scenario = &loaded.scenario;
    let kind = scenario.controller.settings.kind();
    let recorded = Recorded::new(kind, style_of(kind), scenario, run, 1);
    let metrics = &run.metrics;
    let settling =
        metrics.settling_time.map_or_else(String::new, |time| format!("settles in {time:.2} s, "));
    let mut page = Page::new(format!("{} under {kind}", loaded.name))
        .with_lead(headline(loaded, realization, run))
        .with_lead(format!(
            "{settling}leans {} rad and travels {} m at most, with at most {} N",
            readable(metrics.max_angle),
            readable(metrics.max_cart),
            readable(metrics.peak_force)
        ))
        .with_lead(format!(
            "chattering: the force varies by {:.0} N in all and is at its limit in {:.1} % of the periods",
            metrics.total_variation,
            100.0 * metrics.saturation
        ))
        .with_section(Section::new("Metrics").with_table(table(run)))
        .with_section(report::section("The run", &loaded.name, scenario, &[&recorded]));
    let law = figures::of_law(loaded, run, Target::Screen).into_iter();
    page = page.with_section(law.fold(Section::new("The law"), |section, (_, drawing)| {
        section.with(Item::Chart(Chart::new(drawing).with_clock(&loaded.name)))
    }));
    if let Some(memory) = &run.memory {
        let lines = monitoring::text(memory).trim().lines().map(str::to_owned).collect();
        page = page.with_section(Section::new("Memory").with(Item::Lines(lines)));
    }
    page
}

/// Four digits, with an exponent where a plain number would hide them.
pub(super) fn readable(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e6).contains(&size) {
        let decimals = if size >= 100.0 {
            1
        } else if size >= 1.0 {
            3
        } else {
            4
        };
        format!("{value:.decimals$}")
    } else {
        format!("{value:.2e}")
    }
}
