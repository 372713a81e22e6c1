//! `upright batch`: many runs over a scenario's uncertainty.

mod findings;
mod rows;

pub(super) use findings::Findings;
pub(super) use rows::{ROWS, write_rows};

use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::flags::Shared;
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::report::Examples;
use crate::results;
use crate::resume::{self, Earlier, Unfinished};
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::time::Instant;
use upright_lanes::Unit;
use upright_sim::metrics::Metrics;
use upright_sim::restless::RestlessRuns;
use upright_sim::scenario::Scenario;
use upright_sim::study::{
    Record, Row, Shard, Source, Statistics, Study, StudyError, Tally, run_study,
};
use upright_store::{Results, pretty};

pub(super) const COMMAND: &str = "batch";

/// A study as it was asked for.
struct Job {
    name: String,
    scenario: Scenario,
    /// Runs of the whole study.
    study: u64,
    shard: Shard,
    parquet: bool,
}

/// What was done of a study before.
struct Before {
    rows: Box<dyn Read>,
    runs: u64,
    steps: u64,
    seconds: f64,
}

impl Before {
    fn nothing() -> Self {
        Self { rows: Box::new(std::io::empty()), runs: 0, steps: 0, seconds: 0.0 }
    }
}

/// What was typed of a study.
pub(crate) struct Asked<'a> {
    pub(crate) loaded: Option<LoadedScenario>,
    pub(crate) runs: Option<u64>,
    pub(crate) shard: Option<Shard>,
    pub(crate) parquet: bool,
    pub(crate) resume: Option<&'a Path>,
}

pub(crate) fn run(asked: Asked<'_>, shared: &Shared) -> Result {
    let resume = asked.resume;
    let parquet = asked.parquet;
    let given = |loaded: LoadedScenario, runs: u64| Job {
        name: loaded.name,
        scenario: loaded.scenario,
        study: runs,
        shard: asked.shard.unwrap_or(Shard::WHOLE),
        parquet,
    };
    let Some(folder) = resume else {
        let (Some(loaded), Some(runs)) = (asked.loaded, asked.runs) else {
            // The flags ask for both.
            return Err(Failure::Flag {
                flag: "SCENARIO",
                value: String::new(),
                allowed: "a scenario and --runs, or --resume DIR".to_owned(),
            });
        };
        let job = given(loaded, runs);
        crate::interrupt::watch();
        let output = results::prepare(shared, COMMAND)?;
        return study(&job, Before::nothing(), output, shared);
    };
    crate::interrupt::watch();
    let shared = Shared { out: Some(folder.to_path_buf()), ..shared.clone() };
    let runs_of = |state: &Value| state["runs"].as_u64().unwrap_or(0);
    match resume::open(folder, COMMAND, Some(ROWS), runs_of)? {
        Earlier::Nothing(output) => match (asked.loaded, asked.runs) {
            (Some(loaded), Some(runs)) => {
                study(&given(loaded, runs), Before::nothing(), Some(output), &shared)
            }
            _ => Err(resume::refuse(
                folder,
                "no study was begun there; give its scenario and --runs to begin one",
            )),
        },
        Earlier::Complete(summary) => {
            if let Some(loaded) = &asked.loaded {
                resume::same(
                    folder,
                    "scenario",
                    &loaded.scenario.to_value(),
                    &summary["scenario"],
                )?;
            }
            if let Some(runs) = asked.runs {
                resume::same(folder, "number of runs", &runs.into(), &summary["study"])?;
            }
            if shared.json {
                print(&pretty(&summary))?;
            } else if !shared.quiet {
                say!("{} holds the whole study", folder.display());
            }
            Ok(Outcome::Done)
        }
        Earlier::Unfinished(unfinished) => {
            let Unfinished { output, state, file } = *unfinished;
            if !state["merging"].is_null() {
                return Err(resume::refuse(
                    folder,
                    "what was begun there is a merge; merge --resume",
                ));
            }
            let job = Job {
                name: state["name"].as_str().unwrap_or("study").to_owned(),
                scenario: resume::scenario(&state)?,
                study: state["study"].as_u64().unwrap_or(0),
                shard: state["shard"].as_str().map_or(Ok(Shard::WHOLE), str::parse).map_err(
                    |error: upright_sim::study::ShardError| {
                        resume::refuse(folder, error.to_string())
                    },
                )?,
                parquet: parquet || state["parquet"] == true,
            };
            if let Some(loaded) = &asked.loaded {
                resume::same(folder, "scenario", &loaded.scenario.to_value(), &state["scenario"])?;
            }
            if let Some(runs) = asked.runs {
                resume::same(folder, "number of runs", &runs.into(), &job.study.into())?;
            }
            if let Some(shard) = asked.shard {
                let begun = job.shard.to_string();
                resume::same(folder, "shard", &shard.to_string().into(), &begun.into())?;
            }
            let before = Before {
                rows: file,
                runs: runs_of(&state),
                steps: state["steps"].as_u64().unwrap_or(0),
                seconds: state["seconds"].as_f64().unwrap_or(0.0),
            };
            if !shared.quiet {
                say!("going on behind {} of {} runs", before.runs, job.shard.of(job.study).count());
            }
            study(&job, before, Some(output), &shared)
        }
    }
}

/// Does what is left of a study, and leaves the whole.
fn study(job: &Job, before: Before, output: Option<Results>, shared: &Shared) -> Result {
    let unit = Unit::of_environment().map_err(StudyError::from)?;
    let scenario = &job.scenario;
    results::warn(&job.name, scenario)?;
    let threads = shared.thread_count();
    let mut runs = job.shard.of(job.study);
    runs.start += before.runs;
    let study = Study { scenario, runs, threads, unit, source: Source::Uncertainty };
    let (steps, seconds) = (before.steps, before.seconds);

    let mut examples = Examples::default();
    let mut restless = RestlessRuns::default();
    let (statistics, tally) = if let Some(output) = &output {
        rows(&study, job, before, shared, output, (&mut examples, &mut restless))?
    } else {
        let mut statistics = Statistics::default();
        let tally = simulate(&study, job.shard.of(job.study), shared, &mut |row| {
            statistics.add(row);
            restless.note(scenario, row.realization.run, &row.metrics.values());
            true
        })?;
        (statistics, tally)
    };
    let findings = Findings {
        name: job.name.clone(),
        scenario,
        told: statistics.finish(),
        steps: steps + tally.steps,
        seconds: seconds + tally.seconds,
        complete: tally.complete,
        examples,
        restless,
    };
    let mut summary = findings.summary();
    summary["threads"] = threads.get().into();
    summary["vector_unit"] = unit.name().into();
    // What `merge` and `--resume` have to know of a part.
    summary["study"] = job.study.into();
    summary["parquet"] = job.parquet.into();
    if job.shard != Shard::WHOLE {
        summary["shard"] = job.shard.to_string().into();
    }
    if let Some(output) = &output {
        findings.write(output, shared)?;
    }
    results::conclude(shared, COMMAND, output, &summary, || findings.text())?;
    Ok(findings.outcome(shared))
}

/// Writes the rows that were there before and those that are left, as they come.
fn rows(
    study: &Study<'_>,
    job: &Job,
    before: Before,
    shared: &Shared,
    output: &Results,
    (examples, restless): (&mut Examples, &mut RestlessRuns),
) -> Result<(Statistics, Tally)> {
    let began = Instant::now();
    let settling = Metrics::KEYS.iter().position(|(key, _)| *key == "settling_time");
    let (runs, steps) = (Cell::new(0), Cell::new(before.steps));
    let seconds = before.seconds;
    let state = || {
        json!({
            "name": job.name,
            "scenario": job.scenario,
            "study": job.study,
            "shard": (job.shard != Shard::WHOLE).then(|| job.shard.to_string()),
            "parquet": job.parquet,
            "runs": runs.get(),
            "steps": steps.get(),
            "seconds": seconds + began.elapsed().as_secs_f64(),
            "version": env!("CARGO_PKG_VERSION"),
        })
    };
    let mut statistics = Statistics::default();
    let mut done = None;
    write_rows(output, job.parquet, Some(&state), |add| {
        let mut note = |row: &Record| {
            statistics.note(row.verdict, row.metrics);
            let settled = settling.and_then(|place| row.metrics[place]);
            examples.note(row.run, row.verdict, settled);
            restless.note(&job.scenario, row.run, &row.metrics);
            runs.set(runs.get() + 1);
        };
        let mut lines = BufReader::new(before.rows).lines().skip(1);
        for _ in 0..before.runs {
            // Its checksum was right, so only another program can have written it.
            let wrong = || std::io::Error::other("a row of the study that goes on is no row");
            let row = Record::read(&lines.next().ok_or_else(wrong)??).ok_or_else(wrong)?;
            note(&row);
            add(&row)?;
        }
        let mut written = Ok(());
        done = Some(simulate(study, job.shard.of(job.study), shared, &mut |row| {
            let record = Record::from(row);
            note(&record);
            steps.set(steps.get() + row.periods);
            written = add(&record);
            written.is_ok()
        }));
        written
    })?;
    // Without an error, the files were filled, and what fills them sets this.
    done.expect("the study was run").map(|tally| (statistics, tally))
}

/// Runs what is left of a study of `all` runs; shows how far it is where someone looks. Ends early where `keep` returns false.
fn simulate(
    study: &Study<'_>,
    all: Range<u64>,
    shared: &Shared,
    keep: &mut dyn FnMut(&Row) -> bool,
) -> Result<Tally> {
    let all = all.end - all.start;
    let before = all - (study.runs.end - study.runs.start);
    let progress = Progress::new(shared, "runs", before, all);
    let tally = run_study(study, &crate::interrupt::interrupted, &mut |row| {
        progress.one();
        if keep(&row) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    progress.end();
    Ok(tally?)
}
