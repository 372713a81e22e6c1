//! `upright batch`: many runs over a scenario's uncertainty.

use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::{Requirement, Shared};
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::report::{self, Examples, Recorded};
use crate::results;
use crate::resume::{self, Begun, Earlier};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Read, Write};
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::time::{Duration, Instant};
use upright_lanes::Unit;
use upright_report::{Cell as TableCell, Chart, Heading, Item, Page, Section, Table, Target};
use upright_sim::metrics::Metrics;
use upright_sim::realization::Realization;
use upright_sim::restless::RestlessRuns;
use upright_sim::scenario::Scenario;
use upright_sim::scenario::kinds::Family;
use upright_sim::study::{
    Parquet, Rate, Record, Row, Shard, Source, Statistics, Study, StudyError, Summary,
    Table as Rows, Tally, run_study,
};
use upright_store::{Growing, Results, pretty};

pub(super) const COMMAND: &str = "batch";
/// The file of the rows.
pub(super) const ROWS: &str = "batch.csv";

/// What a study came to.
pub(super) struct Findings<'a> {
    /// What results call its scenario.
    pub(super) name: String,
    pub(super) scenario: &'a Scenario,
    pub(super) told: Summary,
    /// Control periods simulated.
    pub(super) steps: u64,
    /// Wall time of the simulation in s; of merged shards the sum.
    pub(super) seconds: f64,
    pub(super) complete: bool,
    /// Runs that the report shows.
    pub(super) examples: Examples,
    /// Runs whose force no motor bears.
    pub(super) restless: RestlessRuns,
}

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
        Earlier::Begun(begun) => {
            let Begun { output, state, file } = *begun;
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
    let threads = threads(shared);
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

/// The threads that were asked for, or one a core.
pub(super) fn threads(shared: &Shared) -> NonZero<usize> {
    let asked = shared.threads.and_then(|threads| NonZero::new(usize::from(threads)));
    asked.unwrap_or_else(upright_threads::all_cores)
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

/// From one checkpoint of a study to the next, at least.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(500);

/// Writes `batch.csv`, and `batch.parquet` where it is wanted, of the rows that `fill` adds. `state` says on
/// the way what is needed to go on after a kill.
pub(super) fn write_rows(
    output: &Results,
    parquet: bool,
    state: Option<&dyn Fn() -> Value>,
    fill: impl FnOnce(&mut dyn FnMut(&Record) -> std::io::Result<()>) -> std::io::Result<()>,
) -> Result<()> {
    let written = output.write_with_checkpoints(ROWS, |file| {
        let file = RefCell::new(file);
        let mut table = Rows::new(Through(&file))?;
        let mut last: Option<Instant> = None;
        let mut add_row = |row: Option<&Record>| {
            if let Some(row) = row {
                table.add(row)?;
            }
            if let Some(state) = state
                && last.is_none_or(|last| last.elapsed() >= CHECKPOINT_EVERY)
            {
                table.flush()?;
                file.borrow_mut().checkpoint(state())?;
                last = Some(Instant::now());
            }
            Ok(())
        };
        // What was asked for is known from the start.
        add_row(None)?;
        if !parquet {
            fill(&mut |row| add_row(Some(row)))?;
            return table.finish();
        }
        // Both files are filled at once, since rows are not kept.
        let filled = output.write("batch.parquet", |writer| {
            let mut columns = Parquet::new(writer)?;
            fill(&mut |row| {
                add_row(Some(row))?;
                columns.add(*row)
            })?;
            columns.finish()
        });
        filled.map_err(|failure| std::io::Error::other(failure.to_string()))?;
        table.finish()
    });
    Ok(written?)
}

/// A file that is written here and has its checkpoints made there.
struct Through<'a, 'b, 'c>(&'a RefCell<&'b mut Growing<'c>>);

impl Write for Through<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// Runs what is left of a study of `all` runs; shows how far it is where someone looks. Ends early where `keep` returns false.
fn simulate(
    study: &Study<'_>,
    all: Range<u64>,
    shared: &Shared,
    keep: &mut dyn FnMut(&Row) -> bool,
) -> Result<Tally> {
    let all = all.end - all.start;
    let mut progress = Progress::new(shared, all - (study.runs.end - study.runs.start), all);
    let tally = run_study(study, &crate::interrupt::interrupted, &mut |row| {
        progress.one();
        if keep(&row) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    progress.end();
    Ok(tally?)
}

impl Findings<'_> {
    /// As `summary.json` has it.
    pub(super) fn summary(&self) -> Value {
        let told = &self.told;
        let mut summary = json!({
            "name": self.name,
            "runs": told.runs(),
            "upright": told.upright(),
            "settled": told.settled(),
            "verdicts": told.verdicts(),
            "metrics": told.metrics(),
            "steps": self.steps,
            "seconds": self.seconds,
            "steps_per_second": self.steps as f64 / self.seconds,
            "scenario": self.scenario,
            "seed": self.scenario.seed,
            "version": env!("CARGO_PKG_VERSION"),
            "complete": self.complete,
        });
        if self.swings_up() {
            // Numbers only.
            summary["first_try"] = serde_json::to_value(told.first_try()).unwrap_or_default();
        }
        summary
    }

    fn swings_up(&self) -> bool {
        self.scenario.controller.settings.info().family == Family::SwingUp
    }

    /// Writes scenario and figures; the rows are written as they come.
    pub(super) fn write(&self, output: &Results, shared: &Shared) -> Result<()> {
        let yaml = format!(
            "# The scenario as resolved. Row i of batch.csv once more, to the same bits:\n\
             # upright simulate scenario.yaml --run i\n{}",
            self.scenario.to_yaml()
        );
        output.write_bytes("scenario.yaml", yaml.as_bytes())?;
        let (kind, target) = (self.scenario.controller.settings.kind(), shared.target());
        let spread = figures::distribution::figure(&self.name, kind, &self.told, target);
        figures::write(output, "batch", &spread, &shared.figures)?;
        let bars = figures::bars::study(&self.name, kind, &self.told, target);
        figures::write(output, "bars", &bars, &shared.figures)?;
        report::write(output, self.page()?, &[(&self.name, self.scenario)])
    }

    /// How it ended; warns of forces that no motor bears.
    pub(super) fn outcome(&self, shared: &Shared) -> Outcome {
        let told = &self.told;
        results::warn_of_restless(&self.name, self.scenario, &self.restless, told.runs());
        let good = match shared.require {
            None => true,
            Some(Requirement::Calm) => {
                let calm = ["settled", "balanced"].map(|word| told.verdicts().get(word));
                calm.into_iter().flatten().sum::<u64>() == told.runs()
            }
            Some(Requirement::Settled) => told.settled().count == told.runs(),
            Some(Requirement::Balanced) => told.upright().count == told.runs(),
        };
        match (self.complete, good) {
            (false, _) => Outcome::Interrupted,
            (true, true) => Outcome::Done,
            (true, false) => Outcome::Bad,
        }
    }

    fn headline(&self) -> String {
        let kind = self.scenario.controller.settings.kind();
        let state = if self.complete { "" } else { ", interrupted" };
        format!("{} under {kind}: {} runs{state}", self.name, self.told.runs())
    }

    /// How long it took and how fast it was.
    fn speed(&self) -> String {
        format!(
            "{} control periods in {:.2} s, {:.1} million a second",
            self.steps,
            self.seconds,
            self.steps as f64 / self.seconds / 1e6
        )
    }

    /// Rates, verdicts, and how the metrics are spread, as tables of 80 columns.
    pub(super) fn text(&self) -> String {
        let [rates, spreads] = self.tables();
        let (headline, speed) = (self.headline(), self.speed());
        format!("{headline}\n\n{}\n{}\n{speed}\n", rates.to_text(), spreads.to_text())
    }

    /// Rates of the verdicts, and the spread of the metrics.
    fn tables(&self) -> [Table; 2] {
        let mut rates = Table::new([
            Heading::new("outcome", ""),
            Heading::new("runs", ""),
            Heading::new("share", "%"),
            Heading::new("95 % interval", "%"),
        ]);
        let mut rate = |name: &str, count: u64| {
            let rate = upright_sim::study::Rate::new(count, self.told.runs());
            let [low, high] = rate.interval.map(|bound| 100.0 * bound);
            rates.push([
                TableCell::text(name),
                TableCell::number(count as f64, 0),
                TableCell::number(100.0 * rate.rate, 2),
                TableCell::text(format!("{low:.2} to {high:.2}")),
            ]);
        };
        rate("upright", self.told.upright().count);
        if self.swings_up() {
            rate("first try", self.told.first_try().count);
        }
        for (verdict, &count) in self.told.verdicts() {
            rate(verdict, count);
        }
        let mut spreads = Table::new([
            Heading::new("metric", ""),
            Heading::new("unit", ""),
            Heading::new("runs", ""),
            Heading::new("5 %", ""),
            Heading::new("median", ""),
            Heading::new("95 %", ""),
            Heading::new("largest", ""),
        ]);
        let follows = self.scenario.reference.is_some();
        for place in Metrics::places(self.swings_up(), follows) {
            let (key, unit) = Metrics::KEYS[place];
            let at = |share| {
                self.told.quantile(key, share).map_or(TableCell::Missing, |value| {
                    TableCell::text(super::simulate::readable(value))
                })
            };
            spreads.push([
                TableCell::text(key),
                TableCell::text(unit),
                TableCell::number(self.told.count(key) as f64, 0),
                at(0.05),
                at(0.5),
                at(0.95),
                at(1.0),
            ]);
        }
        [rates, spreads]
    }

    /// The rates first; then a few of the runs, moving, and how the metrics are spread.
    fn page(&self) -> Result<Page> {
        let kind = self.scenario.controller.settings.kind();
        let told = &self.told;
        let [rates, spreads] = self.tables();
        let share = |rate: &Rate, what: &str| {
            let [low, high] = rate.interval.map(|bound| 100.0 * bound);
            format!(
                "{what} in {} of {} runs: {:.1} % (95 % interval {low:.1} to {high:.1} %)",
                rate.count,
                told.runs(),
                100.0 * rate.rate
            )
        };
        let drawings = [
            ("batch", figures::distribution::figure(&self.name, kind, told, Target::Screen)),
            ("bars", figures::bars::study(&self.name, kind, told, Target::Screen)),
        ];
        let spread = drawings.into_iter().fold(
            Section::new("How the metrics are spread").with_table(spreads),
            |section, (name, drawing)| {
                section.with(Item::Chart(Chart::new(drawing).with_file(format!("{name}.svg"))))
            },
        );
        let mut page = Page::new(self.headline())
            .with_lead(share(&told.settled(), "settled"))
            .with_lead(share(&told.upright(), "upright throughout"))
            .with_lead(self.speed())
            .with_section(Section::new("Rates").with_table(rates));
        let chosen = self.examples.chosen();
        let mut runs = Vec::new();
        for (index, (run, name)) in chosen.iter().enumerate() {
            let realization = Realization::new(self.scenario, *run).map_err(StudyError::from)?;
            let style = report::style_of_run(index, kind);
            runs.extend(report::again(name, style, self.scenario, &realization, chosen.len())?);
        }
        if !runs.is_empty() {
            let runs: Vec<&Recorded> = runs.iter().collect();
            let section = report::section("Some of the runs", &self.name, self.scenario, &runs)
                .with_text(
                    "Any run again, to the same bits: upright simulate scenario.yaml --run N",
                );
            page = page.with_section(section);
        }
        Ok(page.with_section(spread))
    }
}
