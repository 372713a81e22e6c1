//! `upright diagnose`: why a scenario does not settle, or bangs, and what to change first.

use super::loop_text;
use crate::failure::{Outcome, Result};
use crate::figures::response;
use crate::flags::Shared;
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::report;
use crate::results;
use serde_json::{Value, json};
use std::fmt::Write;
use upright_diagnose::{Change, Diagnosis, Observed, Trial, diagnose_telling};
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, Target};

const COMMAND: &str = "diagnose";

pub(crate) fn run(loaded: &LoadedScenario, shared: &Shared) -> Result {
    crate::interrupt::watch();
    let output = results::prepare(shared, COMMAND)?;
    let scenario = &loaded.scenario;
    let progress = Progress::lines(shared, "runs", 0, None);
    let tell = |done, all| progress.at(done as u64, all as u64);
    let found = diagnose_telling(scenario, &crate::interrupt::interrupted, &tell)?;
    progress.end();
    let Some(diagnosis) = found else { return Ok(Outcome::Interrupted) };
    // Numbers and words only.
    let mut summary = serde_json::to_value(&diagnosis).unwrap_or_default();
    summary["lead"] = json!(lead(loaded, &diagnosis));
    summary["scenario"] = scenario.to_value();
    summary["version"] = env!("CARGO_PKG_VERSION").into();
    if let Some(output) = &output {
        output.write_bytes("diagnosis.txt", text(loaded, &diagnosis).as_bytes())?;
        report::write(output, page(loaded, &diagnosis), &[(&loaded.name, scenario)])?;
    }
    results::conclude(shared, COMMAND, output, &summary, || text(loaded, &diagnosis))?;
    Ok(results::outcome(shared, [(diagnosis.as_it_is.verdict, diagnosis.complete)]))
}

/// A signal as people write it, with a size in its unit.
fn size(signal: &str, value: f64) -> String {
    if signal == "x" { format!("{value:.3} m") } else { format!("{value:.3} rad") }
}

/// How a run ended, and how its force behaves.
fn state(observed: &Observed) -> String {
    let end = observed.early_end.map_or_else(String::new, |end| {
        let link = end.link.map_or_else(String::new, |link| format!(", link {link}"));
        format!(" at {:.2} s{link}", end.time)
    });
    let limit = if observed.at_limit >= 5e-4 {
        format!(", at the limit {:.1} % of the time", 100.0 * observed.at_limit)
    } else {
        String::new()
    };
    format!(
        "{}{end}, force varies by {:.0} N/s{limit}",
        observed.verdict.word(),
        observed.variation
    )
}

/// Why a run is not settled.
fn reason(observed: &Observed) -> String {
    observed.reason.map_or_else(String::new, |reason| {
        format!(
            "{} reaches {} (band {}), last outside at {:.2} s",
            reason.signal,
            size(reason.signal, reason.largest),
            size(reason.signal, reason.band),
            reason.last_outside
        )
    })
}

/// A value as a scenario has it on one line.
fn value(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(name, own)| format!("{name}: {}", self::value(own))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(list) => {
            format!("[{}]", list.iter().map(self::value).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Fields with the values to set. Beside an estimator nothing is to be said of the sensors' velocities.
fn settings(changes: &[Change]) -> String {
    let estimates = changes.iter().any(|change| change.path == "estimator");
    let each = changes.iter().map(|change| match &*change.path {
        "sensors.velocity" if estimates => "no sensors.velocity".to_owned(),
        path => format!("{path} = {}", value(&change.to)),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// What a reader must know first: three lines, of which those that have nothing to say are left out.
fn lead(loaded: &LoadedScenario, diagnosis: &Diagnosis) -> Vec<String> {
    let kind = loaded.scenario.controller.settings.kind();
    let now = &diagnosis.as_it_is;
    let why = reason(now);
    let why = if why.is_empty() { why } else { format!("; {why}") };
    let mut lead = vec![format!("{} under {kind}: {}{why}", loaded.name, state(now))];
    let together = |trial: &Trial| if trial.knobs.len() > 1 { ", together" } else { "" };
    match diagnosis.proposal() {
        Some(trial) => lead.push(format!(
            "change first{}: {}: {}; then {}{}",
            together(trial),
            trial.what,
            settings(&trial.changes),
            state(&trial.observed),
            no_slope(kind, trial)
        )),
        None if now.verdict == upright_sim::metrics::Verdict::Settled => {
            lead.push("nothing to change first: it settles under a calm force".to_owned());
        }
        None if diagnosis.knobs.is_empty() && !diagnosis.complete => {}
        None => lead.push("none of the settings that were tried makes it better".to_owned()),
    }
    if !diagnosis.complete {
        lead.push("interrupted: not all was tried".to_owned());
    }
    if !diagnosis.remaining.is_empty() {
        let each = diagnosis.remaining.iter().map(|remaining| {
            let size = friction(loaded, remaining.what).unwrap_or_default();
            format!("{}{size}; without it {}", remaining.what, state(&remaining.without))
        });
        let before = diagnosis.proposal().map_or(now, |trial| &trial.observed);
        let each = each.collect::<Vec<_>>().join("; ");
        let faster = faster(diagnosis).unwrap_or_default();
        lead.push(format!("no setting removes: {each} ({} with it{faster})", reason(before)));
    }
    lead
}

/// Why there is no slope among the settings of a law that has none, for who has read that it belongs beside the
/// estimate.
fn no_slope(kind: &str, trial: &Trial) -> &'static str {
    let alone = kind == "lqr" && !trial.knobs.contains(&"slope");
    if alone { " (LQR has no boundary layer, so no slope to change beside it)" } else { "" }
}

/// What faster poles make of it, beside what is proposed.
fn faster(diagnosis: &Diagnosis) -> Option<String> {
    let proposed = diagnosis.proposal()?;
    let before = proposed.observed.reason?;
    let more = diagnosis.knobs.iter().find(|trial| {
        let adds = trial.knobs.len() == proposed.knobs.len() + 1 && trial.knobs.contains(&"poles");
        adds && proposed.knobs.iter().all(|knob| trial.knobs.contains(knob))
    })?;
    let after = more.observed.reason.filter(|after| after.largest < before.largest)?;
    let size = size(after.signal, after.largest);
    Some(format!("; poles half as fast again leave {} {size}", after.signal))
}

/// How large a friction is.
fn friction(loaded: &LoadedScenario, what: &str) -> Option<String> {
    let coulomb = &loaded.scenario.plant.coulomb;
    if what.contains("joints") {
        Some(format!(" ({} and {} N m)", coulomb.joint1, coulomb.joint2))
    } else if what.contains("cart") {
        Some(format!(" ({} N)", coulomb.cart))
    } else {
        None
    }
}

/// Runs as rows: what is changed, and what came of it.
fn table<'a>(rows: impl IntoIterator<Item = (&'a str, &'a Observed)>) -> Table {
    let mut table = Table::new([
        Heading::new("run", ""),
        Heading::new("verdict", ""),
        Heading::new("variation", "N/s"),
        Heading::new("at limit", "%"),
        Heading::new("x", "mm"),
        Heading::new("theta1", "mrad"),
        Heading::new("theta2", "mrad"),
        Heading::new("outside", ""),
    ]);
    for (what, observed) in rows {
        let verdict = match observed.early_end {
            Some(end) => format!("{} {:.1} s", observed.verdict.word(), end.time),
            None => observed.verdict.word().to_owned(),
        };
        let outside = observed
            .reason
            .map_or_else(String::new, |reason| format!("{} {:.3}", reason.signal, reason.largest));
        table.push([
            Cell::text(what),
            Cell::text(verdict),
            Cell::number(observed.variation, 0),
            Cell::number(100.0 * observed.at_limit, 1),
            Cell::number(1e3 * observed.span[0], 1),
            Cell::number(1e3 * observed.span[1], 1),
            Cell::number(1e3 * observed.span[2], 1),
            Cell::text(outside),
        ]);
    }
    table
}

fn causes(diagnosis: &Diagnosis) -> Table {
    let first = ("as it is", &diagnosis.as_it_is);
    let each = diagnosis.causes.iter().map(|trial| (trial.what.as_str(), &trial.observed));
    table(std::iter::once(first).chain(each))
}

fn knobs(diagnosis: &Diagnosis) -> Table {
    let names: Vec<String> = diagnosis.knobs.iter().map(|trial| trial.knobs.join(" + ")).collect();
    table(names.iter().map(String::as_str).zip(diagnosis.knobs.iter().map(|trial| &trial.observed)))
}

/// The values that each set of settings has.
fn values(diagnosis: &Diagnosis) -> Vec<String> {
    let each = diagnosis.knobs.iter();
    each.map(|trial| format!("{}: {}", trial.knobs.join(" + "), settings(&trial.changes))).collect()
}

fn margins(diagnosis: &Diagnosis) -> Vec<String> {
    let of = |title: &str, report| {
        let mut lines = vec![title.to_owned()];
        let each = loop_text::lines(report).into_iter();
        lines.extend(each.map(|(name, value)| format!("  {name:<26}{value}")));
        lines
    };
    let mut lines = of("the loop as it is", &diagnosis.sampled_loop);
    if let Some(report) = &diagnosis.proposed_loop {
        lines.extend(of("the loop as proposed", report));
    }
    lines
}

fn text(loaded: &LoadedScenario, diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for line in lead(loaded, diagnosis) {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(
        text,
        "\none cause removed (figures of the last 3 s, spans from smallest to largest)\n{}",
        causes(diagnosis).to_text()
    );
    if !diagnosis.knobs.is_empty() {
        let _ = writeln!(text, "settings, by what is left\n{}", knobs(diagnosis).to_text());
        for line in values(diagnosis) {
            let _ = writeln!(text, "{line}");
        }
        let _ = writeln!(text);
    }
    for line in margins(diagnosis) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn page(loaded: &LoadedScenario, diagnosis: &Diagnosis) -> Page {
    let mut page = Page::new(format!("Why {} does what it does", loaded.name));
    for line in lead(loaded, diagnosis) {
        page = page.with_lead(line);
    }
    page = page.with_section(
        Section::new("One cause removed")
            .with_text("Figures of the last 3 s; spans from the smallest to the largest value.")
            .with_table(causes(diagnosis)),
    );
    if !diagnosis.knobs.is_empty() {
        page = page.with_section(
            Section::new("Settings, by what is left")
                .with_table(knobs(diagnosis))
                .with(Item::Lines(values(diagnosis))),
        );
    }
    let mut section = Section::new("The sampled loop").with(Item::Lines(margins(diagnosis)));
    let report = &diagnosis.sampled_loop;
    if let Some(drawing) = response::figure(&loaded.name, &loaded.scenario, report, Target::Screen)
    {
        section = section.with(Item::Chart(Chart::new(drawing)));
    }
    page.with_section(section)
}
