//! `upright merge`: the shards of a study back into one.

use super::batch::{self, Findings};
use super::results;
use crate::Result;
use crate::failure::Failure;
use crate::flags::Shared;
use crate::output::SUMMARY;
use crate::report::Examples;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use upright_sim::batch::{Record, Shard, Statistics};
use upright_sim::metrics::Metrics;
use upright_sim::scenario::{Overrides, Scenario};

/// A shard's folder, as its summary describes it.
struct Part {
    folder: PathBuf,
    shard: Shard,
    summary: Value,
}

pub(crate) fn run(folders: &[PathBuf], parquet: bool, shared: &Shared) -> Result {
    let mut parts = folders.iter().map(|folder| part(folder)).collect::<Result<Vec<_>>>()?;
    parts.sort_by_key(|part| part.shard.index());
    check(&parts)?;
    let output = results::prepare(shared, batch::COMMAND)?;
    // `check` refuses to merge nothing.
    let first = &parts[0].summary;
    let text = first["scenario"].to_string();
    let overrides = Overrides { unrecorded: true, ..Overrides::default() };
    let scenario = Scenario::read("summary.json", &text, &overrides)
        .map_err(|error| Failure::Scenario { error, text })?;

    let mut statistics = Statistics::default();
    let mut examples = Examples::default();
    let settling = Metrics::KEYS.iter().position(|(key, _)| *key == "settling_time");
    let mut read = |add: &mut dyn FnMut(&Record) -> std::io::Result<()>| {
        rows(&parts, &mut |row| {
            statistics.note(row.verdict, row.metrics);
            examples.note(row.run, row.verdict, settling.and_then(|place| row.metrics[place]));
            add(row)
        })
    };
    match &output {
        Some(output) => {
            batch::write_rows(output, parquet, |add| read(add).map_err(std::io::Error::other))?;
        }
        None => read(&mut |_| Ok(())).map_err(|Trouble(path, error)| Failure::File {
            path,
            action: "read",
            error,
        })?,
    }
    let sum = |key: &str| parts.iter().filter_map(|part| part.summary[key].as_f64()).sum::<f64>();
    let findings = Findings {
        name: first["name"].as_str().unwrap_or("study").to_owned(),
        scenario: &scenario,
        told: statistics.finish(),
        steps: sum("steps") as u64,
        seconds: sum("seconds"),
        complete: true,
        examples,
    };
    let mut summary = findings.summary();
    summary["merged"] = parts.len().into();
    if let Some(output) = &output {
        findings.write(output, shared)?;
    }
    results::conclude(shared, batch::COMMAND, output, &summary, || findings.words())?;
    Ok(findings.outcome(shared))
}

fn refuse(folder: &Path, reason: impl Into<String>) -> Failure {
    Failure::Merge { folder: folder.to_path_buf(), reason: reason.into() }
}

/// Reads what a shard's summary says of it.
fn part(folder: &Path) -> Result<Part> {
    let path = folder.join(SUMMARY);
    let text = std::fs::read_to_string(&path).map_err(Failure::reading(&path))?;
    let summary: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if summary["command"] != batch::COMMAND {
        return Err(refuse(folder, "it holds no results of `upright batch`"));
    }
    let shard = summary["shard"].as_str().and_then(|text| text.parse().ok());
    let shard =
        shard.ok_or_else(|| refuse(folder, "its summary names no shard (batch --shard)"))?;
    if summary["complete"] != true {
        return Err(refuse(folder, format!("shard {shard} was interrupted; run it again")));
    }
    Ok(Part { folder: folder.to_path_buf(), shard, summary })
}

/// That these are all shards of one study, each once.
fn check(parts: &[Part]) -> Result<()> {
    let Some(first) = parts.first() else {
        return Err(refuse(Path::new("(none)"), "there is nothing to merge"));
    };
    let count = first.shard.count();
    for part in parts {
        for key in ["scenario", "study", "seed", "version"] {
            if part.summary[key] != first.summary[key] {
                let of = first.folder.display();
                return Err(refuse(&part.folder, format!("its {key} is not that of {of}")));
            }
        }
        if part.shard.count() != count {
            let reason = format!(
                "it is shard {}, and {} is {}",
                part.shard,
                first.folder.display(),
                first.shard
            );
            return Err(refuse(&part.folder, reason));
        }
    }
    for (wanted, part) in (1..).zip(parts) {
        if part.shard.index() < wanted {
            return Err(refuse(&part.folder, format!("shard {} is given twice", part.shard)));
        }
        if part.shard.index() > wanted {
            return Err(refuse(
                &part.folder,
                format!("shard {wanted}/{count} is missing before it"),
            ));
        }
    }
    if (parts.len() as u64) < count {
        let missing = format!("shard {}/{count} is missing", parts.len() + 1);
        return Err(refuse(&first.folder, missing));
    }
    Ok(())
}

/// A file that could not be read, and why.
#[derive(Debug)]
struct Trouble(PathBuf, std::io::Error);

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.display(), self.1)
    }
}

impl std::error::Error for Trouble {}

/// Hands the rows of all shards on, in order. Every number reads back to the same bits, so that writing
/// them again gives the same bytes.
fn rows(
    parts: &[Part],
    add: &mut dyn FnMut(&Record) -> std::io::Result<()>,
) -> std::result::Result<(), Trouble> {
    let header: Vec<&str> = Record::names().collect();
    let header = header.join(",");
    let mut expected = 0;
    for part in parts {
        let path = part.folder.join("batch.csv");
        let trouble = |error: std::io::Error| Trouble(path.clone(), error);
        let wrong = |reason: String| Trouble(path.clone(), std::io::Error::other(reason));
        let mut lines = BufReader::new(File::open(&path).map_err(trouble)?).lines();
        let head = lines.next().unwrap_or_else(|| Ok(String::new())).map_err(trouble)?;
        if head != header {
            return Err(wrong("its columns are not those of a study of this version".to_owned()));
        }
        for line in lines {
            let line = line.map_err(trouble)?;
            let row = Record::read(&line)
                .ok_or_else(|| wrong(format!("the line after run {expected} is no row")))?;
            if row.run != expected {
                let found = row.run;
                return Err(wrong(format!("run {found} stands where {expected} was expected")));
            }
            expected += 1;
            add(&row).map_err(trouble)?;
        }
    }
    let wanted = parts.first().and_then(|part| part.summary["study"].as_u64());
    if wanted == Some(expected) {
        Ok(())
    } else {
        let path = parts.last().map_or_else(PathBuf::new, |part| part.folder.join("batch.csv"));
        let reason = format!("rows end at {expected}, of {}", wanted.unwrap_or(0));
        Err(Trouble(path, std::io::Error::other(reason)))
    }
}
