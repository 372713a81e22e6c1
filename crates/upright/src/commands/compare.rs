//! `upright compare`, and the main job: every controller on each scenario.

use crate::contenders;
use crate::failure::{Failure, Outcome, Result};
use crate::figures::time_series::{Case, Drawn};
use crate::figures::{self, bars, time_series};
use crate::flags::Shared;
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::report::{self, Recorded};
use crate::results::{self, outcome};
use serde_json::{Value, json};
use std::path::Path;
use upright_report::{Cell, Chart, Drawing, Heading, Item, Page, Section, Table, Target, style_of};
use upright_sim::metrics::{EarlyEnd, Metrics, Verdict};
use upright_store::Results;
use upright_threads::in_order;

const COMMAND: &str = "compare";

/// What is kept of a run once its files are written.
struct Entry {
    kind: &'static str,
    verdict: Verdict,
    early_end: Option<EarlyEnd>,
    metrics: Metrics,
    complete: bool,
    summary: Value,
    drawn: Option<Drawn>,
    recorded: Option<Recorded>,
}

/// A kind that a scenario has no controller of, and why.
type Absent = (&'static str, String);
/// What came of a scenario.
type Group<'a> = (&'a LoadedScenario, &'a [Entry], Vec<Absent>);

/// Why a scenario has no controller of a kind, where all else of it is in order.
pub(super) fn absence(loaded: &LoadedScenario, kind: &str) -> Option<String> {
    let scenario = contenders::under(&loaded.scenario, kind).ok()?;
    // What every kind stands on was checked when the scenario was read.
    scenario.check_design().err().map(|error| error.to_string())
}

pub(crate) fn run(scenarios: &[LoadedScenario], kinds: &[&'static str], shared: &Shared) -> Result {
    for (i, loaded) in scenarios.iter().enumerate() {
        if shared.out.is_some() && scenarios[..i].iter().any(|other| other.name == loaded.name) {
            return Err(Failure::SameName(loaded.name.clone()));
        }
    }
    crate::interrupt::watch();
    let output = results::prepare(shared, COMMAND)?;

    let absent: Vec<Vec<Absent>> = scenarios
        .iter()
        .map(|loaded| {
            kinds.iter().filter_map(|kind| Some((*kind, absence(loaded, kind)?))).collect()
        })
        .collect();
    let is_absent = |i: usize, kind: &str| absent[i].iter().any(|(absent, _)| *absent == kind);
    let jobs: Vec<(&LoadedScenario, &'static str)> = scenarios
        .iter()
        .enumerate()
        .flat_map(|(i, loaded)| {
            kinds.iter().filter(move |kind| !is_absent(i, kind)).map(move |kind| (loaded, *kind))
        })
        .collect();
    let any_absent = absent.iter().any(|absent| !absent.is_empty());
    let threads = shared.thread_count();
    let progress = Progress::lines(shared, "runs", 0, Some(jobs.len() as u64));
    let run_one = |i: usize| {
        let entry = entry(&jobs[i], jobs.len(), output.as_ref());
        progress.one();
        entry
    };
    let entries = in_order(threads, jobs.len(), || (), |(), i| run_one(i));
    progress.end();
    let entries: Vec<Entry> = entries.into_iter().collect::<Result<_>>()?;
    let mut rest = &entries[..];
    let groups: Vec<Group<'_>> = scenarios
        .iter()
        .zip(absent)
        .map(|(loaded, absent)| {
            let (own, others) = rest.split_at(kinds.len() - absent.len());
            rest = others;
            (loaded, own, absent)
        })
        .collect();

    let summary = summary(&groups);
    if let Some(output) = &output {
        output.write("comparison.csv", |writer| csv(&groups, writer))?;
        let [over_time, bars] = drawings(&groups, shared.target());
        let write = |name, drawing| figures::write(output, name, drawing, &shared.figures);
        let pictures = [("comparison", &over_time), ("bars", &bars)];
        in_order(threads, pictures.len(), || (), |(), i| write(pictures[i].0, pictures[i].1))
            .into_iter()
            .collect::<Result<()>>()?;
        let read: Vec<_> = scenarios.iter().map(|n| (n.name.as_str(), &n.scenario)).collect();
        report::write(output, page(&groups), &read)?;
    }
    results::conclude(shared, COMMAND, output, &summary, || {
        let tables: Vec<String> = groups
            .iter()
            .map(|group| {
                let mut text = format!("{}\n{}", group.0.name, table(group).to_text());
                text.extend(tracking(group).map(|table| table.to_text()));
                for (kind, reason) in &group.2 {
                    for part in [kind, ": no design: ", reason.as_ref(), "\n"] {
                        text.push_str(part);
                    }
                }
                text
            })
            .collect();
        tables.join("\n")
    })?;
    let outcome = outcome(shared, entries.iter().map(|entry| (entry.verdict, entry.complete)));
    Ok(match outcome {
        // What is not there is not what was required.
        Outcome::Done if any_absent && shared.require.is_some() => Outcome::Bad,
        outcome => outcome,
    })
}

/// Runs one scenario under one kind, one of `runs`, and writes its files.
fn entry(
    (loaded, kind): &(&LoadedScenario, &'static str),
    runs: usize,
    output: Option<&Results>,
) -> Result<Entry> {
    let scenario = contenders::under(&loaded.scenario, kind)
        .map_err(|error| Failure::Scenario { error, text: String::new() })?;
    results::warn_under(&loaded.name, kind, &scenario)?;
    let run = results::run(&loaded.name, &scenario, output.is_some())?;
    results::warn_after(&loaded.name, kind, &scenario, &run.metrics);
    let summary = results::summary(&scenario, &run);
    let (mut drawn, mut recorded) = (None, None);
    if let Some(output) = output {
        let folder = Path::new(&loaded.name).join(kind);
        recorded = Some(Recorded::new(kind, style_of(kind), &scenario, &run, runs));
        let loaded = LoadedScenario { name: loaded.name.clone(), scenario };
        results::write(output, &folder, &loaded, None, &run)?;
        results::write_summary(output, &folder, &summary)?;
        drawn = Some(Drawn::new(&run));
    }
    Ok(Entry {
        kind,
        verdict: run.verdict,
        early_end: run.early_end,
        metrics: run.metrics,
        complete: run.complete,
        summary,
        drawn,
        recorded,
    })
}

fn summary(groups: &[Group<'_>]) -> Value {
    let runs: Vec<Value> = groups
        .iter()
        .flat_map(|(loaded, entries, absent)| {
            let absent = absent.iter().map(|(kind, reason)| {
                json!({
                    "name": loaded.name,
                    "controller": kind,
                    "verdict": null,
                    "no_design": reason,
                    "complete": true,
                })
            });
            let ran = entries.iter().map(|entry| {
                let mut run = json!({"name": loaded.name, "controller": entry.kind});
                if let (Some(run), Some(own)) = (run.as_object_mut(), entry.summary.as_object()) {
                    run.extend(own.clone());
                }
                run
            });
            ran.chain(absent)
        })
        .collect();
    json!({
        "runs": runs,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": groups.iter().all(|(_, entries, _)| entries.iter().all(|entry| entry.complete)),
    })
}

/// The metrics of all runs, a row a run.
fn csv(groups: &[Group<'_>], writer: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    let heads = ["scenario", "controller", "verdict", "complete"];
    writer.write_record(heads.into_iter().chain(Metrics::KEYS.map(|(key, _)| key)))?;
    for (loaded, entries, absent) in groups {
        for entry in *entries {
            let head =
                (results::cell(&loaded.name), entry.kind, entry.verdict.word(), entry.complete);
            // What is not finite is not there.
            let metrics = entry.metrics.values().map(|value| value.filter(|x| x.is_finite()));
            writer.serialize((head, metrics))?;
        }
        for (kind, _) in absent {
            let head = (results::cell(&loaded.name), kind, "no_design", true);
            writer.serialize((head, [None::<f64>; Metrics::KEYS.len()]))?;
        }
    }
    writer.flush()
}

fn drawings(groups: &[Group<'_>], target: Target) -> [Drawing; 2] {
    let drawn: Vec<Case<'_>> = groups
        .iter()
        .map(|(loaded, entries, _)| Case {
            name: &loaded.name,
            scenario: &loaded.scenario,
            runs: entries
                .iter()
                .filter_map(|entry| Some((entry.kind, entry.drawn.as_ref()?)))
                .collect(),
        })
        .collect();
    let metrics: Vec<bars::Group<'_>> = groups
        .iter()
        .map(|(loaded, entries, _)| bars::Group {
            name: &loaded.name,
            runs: entries.iter().map(|entry| (entry.kind, &entry.metrics)).collect(),
        })
        .collect();
    [time_series::comparison(&drawn, target), bars::comparison(&metrics, target)]
}

/// The comparison of one scenario as a table of 80 columns: largest angle, cart travel and force.
fn table((_, entries, absent): &Group<'_>) -> Table {
    let mut table = Table::new([
        Heading::new("controller", ""),
        Heading::new("verdict", ""),
        Heading::new("settling", "s"),
        Heading::new("angle", "rad"),
        Heading::new("cart", "m"),
        Heading::new("force", "N"),
        Heading::new("variation", "N"),
    ]);
    for entry in *entries {
        let verdict = match entry.early_end {
            _ if !entry.complete => "interrupted".to_owned(),
            Some(end) => format!("{} {:.1} s", entry.verdict.word(), end.time),
            None => entry.verdict.word().to_owned(),
        };
        let metrics = &entry.metrics;
        table.push([
            Cell::text(entry.kind),
            Cell::text(verdict),
            Cell::optional(metrics.settling_time, 2),
            Cell::number(metrics.max_angle, 3),
            Cell::number(metrics.max_cart, 3),
            Cell::number(metrics.peak_force, 1),
            Cell::number(metrics.total_variation, 0),
        ]);
    }
    for (kind, _) in absent {
        let nothing = || Cell::optional(None, 0);
        let [settling, angle, cart, force, variation] = std::array::from_fn(|_| nothing());
        let head = [Cell::text(*kind), Cell::text("no design")];
        let [kind, verdict] = head;
        table.push([kind, verdict, settling, angle, cart, force, variation]);
    }
    table
}

/// How well each controller follows the reference of a scenario; nothing where it has none.
fn tracking((loaded, entries, _): &Group<'_>) -> Option<Table> {
    loaded.scenario.reference.as_ref()?;
    let mut table = Table::new([
        Heading::new("controller", ""),
        Heading::new("arrival", "s"),
        Heading::new("rise", "s"),
        Heading::new("overshoot", "m"),
        Heading::new("undershoot", "m"),
        Heading::new("rms", "m"),
        Heading::new("peak", "m"),
    ]);
    for entry in *entries {
        let told = entry.metrics.tracking.map(|told| told.values()).unwrap_or_default();
        let digits = [2, 2, 4, 4, 4, 4];
        let cells =
            told.into_iter().zip(digits).map(|(value, digits)| Cell::optional(value, digits));
        table.push(std::iter::once(Cell::text(entry.kind)).chain(cells));
    }
    Some(table)
}

/// The tables first; then, scenario by scenario, all controllers over each other.
fn page(groups: &[Group<'_>]) -> Page {
    let names: Vec<&str> = groups.iter().map(|(loaded, ..)| loaded.name.as_str()).collect();
    let mut page = Page::new(format!("Controllers compared: {}", names.join(", ")));
    for (loaded, entries, _) in groups {
        let settled = entries.iter().filter(|entry| entry.verdict == Verdict::Settled);
        let settled: Vec<&str> = settled.map(|entry| entry.kind).collect();
        let count = settled.len();
        let who = if settled.is_empty() { "none".to_owned() } else { settled.join(", ") };
        let all = entries.len();
        let upright = entries.iter().filter(|entry| entry.verdict.upright()).count();
        page = page.with_lead(format!(
            "{}: {count} of {all} settle ({who}), {upright} stay upright",
            loaded.name
        ));
    }
    for group in groups {
        let heading = format!("{}: the metrics", group.0.name);
        let mut section = Section::new(heading).with_table(table(group));
        if let Some(table) = tracking(group) {
            section = section.with_table(table);
        }
        for (kind, reason) in &group.2 {
            section = section.with_text(format!("{kind}: no design: {reason}"));
        }
        page = page.with_section(section);
    }
    let [_, bars] = drawings(groups, Target::Screen);
    page = page
        .with_section(Section::new("The metrics side by side").with(Item::Chart(Chart::new(bars))));
    for (loaded, entries, _) in groups {
        let runs: Vec<&Recorded> =
            entries.iter().filter_map(|entry| entry.recorded.as_ref()).collect();
        let heading = format!("{}: the runs", loaded.name);
        page = page.with_section(report::section(heading, &loaded.name, &loaded.scenario, &runs));
    }
    page
}
