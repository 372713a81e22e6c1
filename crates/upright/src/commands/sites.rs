//! What `upright audit exec --sites` shows: the lines that keep memory.

use crate::failure::{Failure, Result};
use crate::flags::{SitesMode, Watch};
use heapwatch::Verdict;
use heapwatch_sites::{Found, FoundSite, Mode, Sites};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use upright_report::{Cell, Heading, Item, Page, Section, Table, flame, size};
use upright_store::Results;

/// Sites at most in the summary, and in what is printed.
const LISTED: usize = 100;
const PRINTED: usize = 12;

/// Prepares a command to be counted from inside, where that is asked for.
pub(crate) fn begin(
    command: &mut Command,
    watch: &Watch,
    duration: Duration,
) -> Result<Option<Sites>> {
    let Some(mode) = watch.sites else { return Ok(None) };
    let mode = match mode {
        SitesMode::Sampled => Mode::Sampled,
        SitesMode::All => Mode::All,
    };
    let sites = Sites::begin(command, mode, duration)
        .map_err(Failure::writing(Path::new("the private folder of --sites")))?;
    Ok(Some(if watch.redact { sites.without_arguments() } else { sites }))
}

/// Adds `sites` and `notes` to the summary of a watch.
pub(crate) fn add(summary: &mut Value, found: &Found) {
    let sites: Vec<Value> = found.sites.iter().take(LISTED).map(of_site).collect();
    summary["sites"] = sites.into();
    summary["notes"] = json!(found.notes);
}

fn of_site(site: &FoundSite) -> Value {
    let growth = &site.judgement.growth;
    json!({
        "place": site.place.to_string(),
        "file": site.place.file,
        "line": site.place.line,
        "verdict": site.judgement.verdict.name(),
        "growth_bytes_per_second": growth.rate,
        "growth_interval": [growth.interval.low, growth.interval.high],
        "live_bytes": held(site),
        "blocks": site.blocks,
        "counted": site.counted.name(),
        "pid": site.pid,
        "frames": site.frames.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn held(site: &FoundSite) -> f64 {
    site.series.bytes().last().copied().unwrap_or(0.0)
}

/// The sites in words: those that leak or may, then what holds most.
pub(crate) fn words(found: &Found) -> String {
    let mut text = String::new();
    for site in found.sites.iter().take(PRINTED) {
        text.push_str(&line(site));
        text.push('\n');
    }
    for note in &found.notes {
        text.push_str(note);
        text.push('\n');
    }
    text
}

fn line(site: &FoundSite) -> String {
    let (verdict, place) = (&site.judgement.verdict, &site.place);
    match verdict {
        Verdict::Leak { rate, interval, .. } => format!(
            "leak of {} a second ({} to {}) from {place}",
            size(*rate),
            size(interval.low),
            size(interval.high)
        ),
        _ => format!("{}: {} held by {place}", verdict.name(), size(held(site))),
    }
}

/// The page of the sites, and the flame graph of what leaks beside it.
pub(crate) fn write(output: &Results, name: &str, statement: &str, found: &Found) -> Result<()> {
    let leaks = || found.sites.iter().filter(|site| site.judgement.verdict.is_leak());
    let mut page = Page::new(format!("Memory of {name}")).with_lead(statement);
    for site in leaks() {
        page = page.with_lead(line(site));
    }
    for note in &found.notes {
        page = page.with_lead(note);
    }
    let stacks: Vec<(Vec<String>, f64)> = leaks().flat_map(|site| site.stacks.clone()).collect();
    if !stacks.is_empty() {
        let svg = flame("what leaks", &stacks);
        output.write_bytes("flame.svg", svg.as_bytes())?;
        let section = Section::new("What leaks, by call stack").with(Item::Picture {
            svg,
            description:
                "Growth in the steady state by call stack, the outermost function at the bottom"
                    .to_owned(),
            file: "flame.svg".to_owned(),
        });
        page = page.with_section(section);
    }
    let mut section = Section::new("Call sites").with_table(table(found));
    for site in leaks() {
        let frames = site.frames.iter().map(ToString::to_string).collect();
        section = section.with(Item::Folded(format!("Stack to {}", site.place), frames));
    }
    output.write_bytes("report.html", page.with_section(section).to_html().as_bytes())?;
    Ok(())
}

fn table(found: &Found) -> Table {
    let mut table = Table::new([
        Heading::new("place", ""),
        Heading::new("verdict", ""),
        Heading::new("rate", "B/s"),
        Heading::new("from", "B/s"),
        Heading::new("to", "B/s"),
        Heading::new("held", "B"),
        Heading::new("process", ""),
    ]);
    for site in found.sites.iter().take(LISTED) {
        let growth = &site.judgement.growth;
        table.push([
            Cell::text(site.place.to_string()),
            Cell::text(site.judgement.verdict.name()),
            Cell::number(growth.rate, 0),
            Cell::number(growth.interval.low, 0),
            Cell::number(growth.interval.high, 0),
            Cell::number(held(site), 0),
            Cell::number(f64::from(site.pid), 0),
        ]);
    }
    table
}
