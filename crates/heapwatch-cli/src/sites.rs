//! What `exec --sites` shows: the lines that keep memory.

use crate::failure::Result;
use crate::flags::{SitesMode, Watch};
use heapwatch::Verdict;
use heapwatch_sites::{Found, FoundSite, Mode, Sites};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use upright_store::FileError;
use upright_table::size;

/// Sites at most in the summary, and in what is printed.
pub(crate) const LISTED: usize = 100;
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
        .map_err(FileError::writing(Path::new("the private folder of --sites")))?;
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

pub(crate) fn held(site: &FoundSite) -> f64 {
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

/// A site in words.
pub(crate) fn line(site: &FoundSite) -> String {
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
