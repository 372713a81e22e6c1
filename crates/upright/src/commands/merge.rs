//! `upright merge`: the shards of a study back into one.

use super::batch::{self, Findings};
use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::flags::Shared;
use crate::progress::Progress;
use crate::report::Examples;
use crate::results;
use crate::resume::{self, Earlier};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use upright_sim::metrics::Metrics;
use upright_sim::restless::RestlessRuns;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Record, Shard, Statistics};
use upright_store::{FileError, Kept, Results, pretty};

/// A shard's folder, as its summary describes it.
struct Part {
    kept: Kept,
    shard: Shard,
}

impl Part {
    fn folder(&self) -> &Path {
        self.kept.path()
    }

    fn summary(&self) -> &Value {
        self.kept.summary()
    }
}

/// What was typed of a merge.
pub(crate) struct Asked<'a> {
    pub(crate) folders: &'a [PathBuf],
    pub(crate) parquet: bool,
    pub(crate) resume: Option<&'a Path>,
}

pub(crate) fn run(asked: &Asked<'_>, shared: &Shared) -> Result {
    crate::interrupt::watch();
    let Some(folder) = asked.resume else {
        return merge(asked.folders, asked.parquet, None, shared);
    };
    let shared = Shared { out: Some(folder.to_path_buf()), ..shared.clone() };
    // What a merge reads stays where it is, so that to go on is to read it again.
    match resume::open(folder, batch::COMMAND, None, |_| 0)? {
        Earlier::Complete(summary) => {
            if shared.json {
                print(&pretty(&summary))?;
            } else if !shared.quiet {
                say!("{} holds the whole study", folder.display());
            }
            Ok(Outcome::Done)
        }
        Earlier::Nothing(output) if !asked.folders.is_empty() => {
            merge(asked.folders, asked.parquet, Some(output), &shared)
        }
        Earlier::Nothing(_) => {
            let reason = "no merge was begun there; give the folders of all shards to begin one";
            Err(resume::refuse(folder, reason))
        }
        Earlier::Unfinished(unfinished) => {
            let merged = unfinished.state["merging"].as_array().into_iter().flatten();
            let merged: Vec<PathBuf> =
                merged.filter_map(Value::as_str).map(PathBuf::from).collect();
            if merged.is_empty() {
                let reason =
                    "what was begun there is no merge; batch --resume goes on with a study";
                return Err(resume::refuse(folder, reason));
            }
            let parquet = asked.parquet || unfinished.state["parquet"] == true;
            merge(&merged, parquet, Some(unfinished.output), &shared)
        }
    }
}

/// Merges the shards in `folders` into `output`, or into the folder that is asked for.
fn merge(folders: &[PathBuf], parquet: bool, output: Option<Results>, shared: &Shared) -> Result {
    let mut parts = folders.iter().map(|folder| part(folder)).collect::<Result<Vec<_>>>()?;
    for part in &parts {
        // A study that is made of altered rows would have a right checksum of its own.
        if let Some(fault) = part.kept.faults().first() {
            return Err(refuse(part.folder(), fault.to_string()));
        }
    }
    parts.sort_by_key(|part| part.shard.index());
    check(&parts)?;
    let output = match output {
        Some(output) => Some(output),
        None => results::prepare(shared, batch::COMMAND)?,
    };
    if let Some(output) = &output {
        let version = env!("CARGO_PKG_VERSION");
        let state = json!({ "merging": absolute(folders), "parquet": parquet, "version": version });
        output.checkpoint(state)?;
    }
    // `check` refuses to merge nothing.
    let first = parts[0].summary();
    let text = first["scenario"].to_string();
    let overrides = Overrides { unrecorded: true, ..Overrides::default() };
    let scenario = Scenario::read("summary.json", &text, &overrides)
        .map_err(|error| Failure::Scenario { error, text })?;

    let progress = Progress::lines(shared, "runs", 0, first["study"].as_u64());
    let mut statistics = Statistics::default();
    let mut examples = Examples::default();
    let mut restless = RestlessRuns::default();
    let settling = Metrics::KEYS.iter().position(|(key, _)| *key == "settling_time");
    let mut complete = true;
    let mut read = |add: &mut dyn FnMut(&Record) -> std::io::Result<()>| {
        complete = rows(&parts, &mut |row| {
            progress.one();
            statistics.note(row.verdict, row.metrics);
            examples.note(row.run, row.verdict, settling.and_then(|place| row.metrics[place]));
            restless.note(&scenario, row.run, &row.metrics);
            add(row)
        })?;
        Ok(())
    };
    match &output {
        Some(output) => {
            batch::write_rows(output, parquet, None, |add| {
                read(add).map_err(|error: FileError| std::io::Error::other(error))
            })?;
        }
        None => read(&mut |_| Ok(()))?,
    }
    progress.end();
    let sum = |key: &str| parts.iter().filter_map(|part| part.summary()[key].as_f64()).sum::<f64>();
    let findings = Findings {
        name: first["name"].as_str().unwrap_or("study").to_owned(),
        scenario: &scenario,
        told: statistics.finish(),
        steps: sum("steps") as u64,
        seconds: sum("seconds"),
        complete,
        examples,
        restless,
    };
    let mut summary = findings.summary();
    summary["merged"] = parts.len().into();
    if !complete {
        // What `--resume` has to know.
        summary["merging"] = json!(absolute(folders));
        summary["parquet"] = parquet.into();
    }
    if let Some(output) = &output {
        findings.write(output, shared)?;
    }
    results::conclude(shared, batch::COMMAND, output, &summary, || findings.text())?;
    Ok(findings.outcome(shared))
}

/// Folders as they are called from wherever the merge goes on.
fn absolute(folders: &[PathBuf]) -> Vec<PathBuf> {
    let absolute =
        |folder: &PathBuf| std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    folders.iter().map(absolute).collect()
}

fn refuse(folder: &Path, reason: impl Into<String>) -> Failure {
    Failure::Merge { folder: folder.to_path_buf(), reason: reason.into() }
}

/// Reads what a shard's summary says of it.
fn part(folder: &Path) -> Result<Part> {
    let kept = Kept::open(folder)?;
    for note in kept.notes() {
        say!("note: {note}");
    }
    let summary = kept.summary();
    if summary["command"] != batch::COMMAND {
        return Err(refuse(folder, "it holds no results of `upright batch`"));
    }
    let shard = summary["shard"].as_str().and_then(|text| text.parse().ok());
    let shard =
        shard.ok_or_else(|| refuse(folder, "its summary names no shard (batch --shard)"))?;
    if summary["complete"] != true {
        return Err(refuse(
            folder,
            format!("shard {shard} was interrupted; batch --resume goes on with it"),
        ));
    }
    Ok(Part { kept, shard })
}

/// That these are all shards of one study, each once.
fn check(parts: &[Part]) -> Result<()> {
    let Some(first) = parts.first() else {
        return Err(refuse(Path::new("(none)"), "there is nothing to merge"));
    };
    let count = first.shard.count();
    for part in parts {
        for key in ["scenario", "study", "seed", "version"] {
            if part.summary()[key] != first.summary()[key] {
                let of = first.folder().display();
                return Err(refuse(part.folder(), format!("its {key} is not that of {of}")));
            }
        }
        if part.shard.count() != count {
            let reason = format!(
                "it is shard {}, and {} is {}",
                part.shard,
                first.folder().display(),
                first.shard
            );
            return Err(refuse(part.folder(), reason));
        }
    }
    for (wanted, part) in (1..).zip(parts) {
        if part.shard.index() < wanted {
            return Err(refuse(part.folder(), format!("shard {} is given twice", part.shard)));
        }
        if part.shard.index() > wanted {
            return Err(refuse(
                part.folder(),
                format!("shard {wanted}/{count} is missing before it"),
            ));
        }
    }
    if (parts.len() as u64) < count {
        let missing = format!("shard {}/{count} is missing", parts.len() + 1);
        return Err(refuse(first.folder(), missing));
    }
    Ok(())
}

/// Hands the rows of all shards on, in order; returns false where it was interrupted before the last. Every number reads back to the same bits, so that writing
/// them again gives the same bytes.
fn rows(
    parts: &[Part],
    add: &mut dyn FnMut(&Record) -> std::io::Result<()>,
) -> std::result::Result<bool, FileError> {
    let header: Vec<&str> = Record::names().collect();
    let header = header.join(",");
    let mut expected = 0;
    for part in parts {
        let path = part.folder().join(batch::ROWS);
        let file = part
            .kept
            .read(batch::ROWS)
            .map_err(|error| FileError::reading(&path)(std::io::Error::other(error.to_string())))?;
        let trouble = |error: std::io::Error| FileError::reading(&path)(error);
        let wrong = |reason: String| FileError::reading(&path)(std::io::Error::other(reason));
        let mut lines = BufReader::new(file).lines();
        let head = lines.next().unwrap_or_else(|| Ok(String::new())).map_err(trouble)?;
        if head != header {
            return Err(wrong("its columns are not those of a study of this version".to_owned()));
        }
        for line in lines {
            if crate::interrupt::interrupted() {
                return Ok(false);
            }
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
    let wanted = parts.first().and_then(|part| part.summary()["study"].as_u64());
    if wanted == Some(expected) {
        Ok(true)
    } else {
        let path = parts.last().map_or_else(PathBuf::new, |part| part.folder().join(batch::ROWS));
        let reason = format!("rows end at {expected}, of {}", wanted.unwrap_or(0));
        Err(FileError::reading(&path)(std::io::Error::other(reason)))
    }
}
