//! `upright sweep`: a metric over one or two fields of a scenario.

use crate::console::{one_line, say};
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::{Over, Shared};
use crate::input::{self, LoadedScenario};
use crate::points::{Metric, Point};
use crate::progress::Progress;
use crate::report;
use crate::results::{self, outcome};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;
use upright_lanes::Unit;
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, Target};
use upright_sim::metrics::Metrics;
use upright_sim::restless::{Restless, RestlessRuns};
use upright_sim::study::{Source, Statistics, Study, StudyError, run_study};

const COMMAND: &str = "sweep";
/// The share of a study's runs that settled, as a metric.
const SETTLED_RATE: &str = "settled_rate";
/// The metrics that are shown unless others are asked for.
const DEFAULT: [&str; 3] = ["settling_time", "peak_force", "total_variation"];

/// What was typed of a sweep.
pub(crate) struct Asked<'a> {
    pub(crate) path: &'a Path,
    pub(crate) over: Vec<Over>,
    pub(crate) metrics: &'a [String],
    pub(crate) runs: Option<u64>,
}

pub(crate) fn run(asked: &Asked<'_>, shared: &Shared) -> Result {
    if asked.over.len() > 2 {
        let value = asked.over[2].path.clone();
        let allowed = "a sweep goes over one field or two".to_owned();
        return Err(Failure::Flag { flag: "--over", value, allowed });
    }
    if let [one, other] = &asked.over[..]
        && one.path == other.path
    {
        let allowed = "must be another field than the first".to_owned();
        return Err(Failure::Flag { flag: "--over", value: one.path.clone(), allowed });
    }
    let metrics = metrics(asked)?;
    let unrecorded = Shared { out: None, ..shared.clone() };
    let text = input::text(asked.path, &unrecorded)?;
    // All are read before the first is run: what is not allowed is told at once.
    let points: Vec<(Vec<f64>, LoadedScenario)> = places(&asked.over)
        .into_iter()
        .map(|at| {
            let fields = asked.over.iter().zip(&at);
            let set = fields.map(|(over, value)| (over.path.clone(), written(*value)));
            let set = unrecorded.set.iter().cloned().chain(set).collect();
            let shared = Shared { set, ..unrecorded.clone() };
            Ok((at, input::parse_from(asked.path, &text, &shared, false)?))
        })
        .collect::<Result<_>>()?;
    crate::interrupt::watch();
    let output = results::prepare(shared, COMMAND)?;
    let progress = Progress::new(shared, "points", 0, points.len() as u64);
    let mut found = Vec::with_capacity(points.len());
    for (at, loaded) in &points {
        let Some(point) = point(at, loaded, &metrics, asked.runs, shared)? else { break };
        found.push(point);
        progress.one();
    }
    progress.end();
    let complete = found.len() == points.len();
    let base = &points[0].1;
    let stem = asked.path.file_stem().unwrap_or_default().to_string_lossy();
    let name = if stem == "-" { base.name.clone() } else { one_line(&stem) };
    let summary = json!({
        "over": asked.over.iter().map(|over| json!({"path": over.path, "values": over.values})).collect::<Value>(),
        "metrics": metrics.iter().map(|(name, _)| *name).collect::<Value>(),
        "runs": asked.runs,
        "points": found.iter().map(|point| json!({
            "at": point.at,
            "verdict": point.verdict,
            "metrics": point.metrics,
        })).collect::<Value>(),
        "scenario": base.scenario,
        "seed": base.scenario.seed,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": complete,
    });
    let table = table(asked, &metrics, &found);
    if let Some(output) = &output {
        output.write("sweep.csv", |writer| csv(asked, &metrics, &found, writer))?;
        for (file, drawing) in
            figures::sweep::figures(&name, &asked.over, &metrics, &found, shared.target())
        {
            figures::write(output, &file, &drawing, &shared.figures)?;
        }
        let page = page(&name, asked, &metrics, &found, table.clone(), complete);
        report::write(output, page, &[(&name, &base.scenario)])?;
    }
    results::conclude(shared, COMMAND, output, &summary, || {
        let state = if complete { "" } else { ", interrupted" };
        format!("{name}{state}\n{}", table.to_text())
    })?;
    warn_of_restless(&name, asked, &found);
    if !complete {
        return Ok(Outcome::Interrupted);
    }
    Ok(outcome(shared, found.iter().filter_map(|point| Some((point.verdict?, true)))))
}

/// The metrics that were asked for.
fn metrics(asked: &Asked<'_>) -> Result<Vec<Metric>> {
    let mut known: Vec<Metric> = Metrics::KEYS.to_vec();
    if asked.runs.is_some() {
        known.push((SETTLED_RATE, "1"));
    }
    let find = |name: &str| known.iter().find(|(key, _)| *key == name).copied();
    if asked.metrics.is_empty() {
        return Ok(DEFAULT.into_iter().filter_map(find).collect());
    }
    let found = asked.metrics.iter().map(|name| {
        find(name.trim()).ok_or_else(|| Failure::Flag {
            flag: "--metric",
            value: name.clone(),
            allowed: format!(
                "allowed is one of {}",
                known.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ")
            ),
        })
    });
    found.collect()
}

/// All combinations of the values, the first field fastest.
fn places(over: &[Over]) -> Vec<Vec<f64>> {
    let Some((first, others)) = over.split_first() else { return Vec::new() };
    let Some(second) = others.first() else {
        return first.values.iter().map(|value| vec![*value]).collect();
    };
    let rows = second.values.iter();
    rows.flat_map(|y| first.values.iter().map(move |x| vec![*x, *y])).collect()
}

/// A value as a scenario has it: whole ones without a point, so that whole fields take them.
fn written(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else {
        format!("{value:?}")
    }
}

/// What comes of one point; nothing where it was interrupted.
fn point(
    at: &[f64],
    loaded: &LoadedScenario,
    metrics: &[Metric],
    runs: Option<u64>,
    shared: &Shared,
) -> Result<Option<Point>> {
    let scenario = &loaded.scenario;
    let at = at.to_vec();
    let Some(runs) = runs else {
        if crate::interrupt::interrupted() {
            return Ok(None);
        }
        let run = results::run(&loaded.name, scenario, false)?;
        if !run.complete {
            return Ok(None);
        }
        let all: Vec<_> = Metrics::KEYS.iter().zip(run.metrics.values()).collect();
        let value = |name: &str| all.iter().find(|((key, _), _)| *key == name)?.1;
        let metrics = metrics.iter().map(|(name, _)| value(name)).collect();
        let restless = Restless::of(scenario, run.metrics.values());
        return Ok(Some(Point { at, verdict: Some(run.verdict), metrics, restless }));
    };
    let unit = Unit::of_environment().map_err(StudyError::from)?;
    let threads = shared.thread_count();
    let study = Study { scenario, runs: 0..runs, threads, unit, source: Source::Uncertainty };
    let mut statistics = Statistics::default();
    let mut restless = RestlessRuns::default();
    let tally = run_study(&study, &crate::interrupt::interrupted, &mut |row| {
        statistics.add(&row);
        restless.note(scenario, row.realization.run, &row.metrics.values());
        ControlFlow::Continue(())
    })?;
    if !tally.complete {
        return Ok(None);
    }
    let told = statistics.finish();
    let value = |name: &str| match name {
        SETTLED_RATE => Some(told.settled().rate),
        _ => told.quantile(name, 0.5),
    };
    let metrics = metrics.iter().map(|(name, _)| value(name)).collect();
    let restless = restless.first.map(|(_, restless)| restless);
    Ok(Some(Point { at, verdict: None, metrics, restless }))
}

/// Warns of points with forces that no motor bears.
fn warn_of_restless(name: &str, asked: &Asked<'_>, found: &[Point]) {
    let mut restless = found.iter().filter_map(|point| Some((point, point.restless?)));
    let Some((point, first)) = restless.next() else { return };
    let fields = asked.over.iter().zip(&point.at);
    let at: Vec<String> = fields
        .map(|(over, value)| format!("{} {}", over.path, super::simulate::readable(*value)))
        .collect();
    let (count, all) = (1 + restless.count(), found.len());
    say!("warning: {name}: {count} of {all} points are restless; at {}: {first}", at.join(", "));
}

fn table(asked: &Asked<'_>, metrics: &[Metric], found: &[Point]) -> Table {
    // The last name of a path tells it from the others; the whole is in the files.
    let short = |path: &str| path.rsplit('.').next().unwrap_or(path).replace('_', " ");
    let fields = asked.over.iter().map(|over| Heading::new(short(&over.path), ""));
    let verdict = asked.runs.is_none().then(|| Heading::new("verdict", ""));
    let numbers = metrics.iter().map(|(name, unit)| Heading::new(name.replace('_', " "), *unit));
    let headings: Vec<Heading> = fields.chain(verdict).chain(numbers).collect();
    let mut table = Table::new(headings);
    for point in found {
        let readable = |value: f64| Cell::text(super::simulate::readable(value));
        let fields = point.at.iter().map(|value| readable(*value));
        let verdict = point.verdict.map(|verdict| Cell::text(verdict.word()));
        let numbers = point.metrics.iter().map(|value| value.map_or(Cell::Missing, readable));
        table.push(fields.chain(verdict).chain(numbers).collect::<Vec<_>>());
    }
    table
}

/// A row a point: the fields, the verdict of a single run, the metrics; absent is empty.
fn csv(
    asked: &Asked<'_>,
    metrics: &[Metric],
    found: &[Point],
    writer: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    let fields = asked.over.iter().map(|over| over.path.as_str());
    let verdict = asked.runs.is_none().then_some("verdict");
    writer.write_record(fields.chain(verdict).chain(metrics.iter().map(|(name, _)| *name)))?;
    for point in found {
        let fields = point.at.iter().map(|value| format!("{value:?}"));
        let verdict = point.verdict.map(|verdict| verdict.word().to_owned());
        let finite = |value: &Option<f64>| value.filter(|value| value.is_finite());
        let numbers = point
            .metrics
            .iter()
            .map(|value| finite(value).map_or_else(String::new, |value| format!("{value:?}")));
        writer.write_record(fields.chain(verdict).chain(numbers))?;
    }
    writer.flush()
}

fn page(
    name: &str,
    asked: &Asked<'_>,
    metrics: &[Metric],
    found: &[Point],
    table: Table,
    complete: bool,
) -> Page {
    let paths: Vec<&str> = asked.over.iter().map(|over| over.path.as_str()).collect();
    let mut page = Page::new(format!("{name} over {}", paths.join(" and ")));
    if !complete {
        page = page.with_lead("interrupted: only the first points were run");
    }
    let drawn = figures::sweep::figures(name, &asked.over, metrics, found, Target::Screen);
    let charts = drawn.into_iter().fold(Section::new("The metrics"), |section, (file, drawing)| {
        section.with(Item::Chart(Chart::new(drawing).with_file(format!("{file}.svg"))))
    });
    page.with_section(charts).with_section(Section::new("The points").with_table(table))
}
