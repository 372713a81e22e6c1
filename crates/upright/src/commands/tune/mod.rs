//! `upright tune`: search for the gains of a scenario.

mod list;
mod words;

use super::{Named, results};
use crate::Result;
use crate::failure::{Failure, Outcome};
use crate::figures;
use crate::flags::{Optimizer, Requirement, Shared, Tune};
use crate::output::Output;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Write};
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};
use upright_lanes::Unit;
use upright_tune::checkpoint::{Checkpoint, Store};
use upright_tune::optimizer::Method;
use upright_tune::{
    Cost, Evaluator, Iteration, Options, Resume, State, Step, TuneError, Tuning, Validation,
    validate,
};

const COMMAND: &str = "tune";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Candidates a step and steps, unless told otherwise.
const PARTICLES: usize = 40;
const ITERATIONS: u64 = 50;

pub(crate) fn run(tune: &Tune) -> Result {
    let read = |path: &Path| super::read(path, &Shared { out: None, ..tune.shared.clone() });
    let named = tune.scenario.as_deref().map(read).transpose()?;
    if tune.list {
        return list::run(named.as_ref(), &tune.shared);
    }
    // The flags ask for a scenario where no search goes on.
    match (&tune.resume, named) {
        (Some(folder), named) => resume(tune, folder, named.as_ref()),
        (None, Some(named)) => begin(tune, &named),
        (None, None) => Err(Failure::Flag {
            flag: "SCENARIO",
            value: String::new(),
            allowed: "a scenario, or --resume DIR, or --list".to_owned(),
        }),
    }
}

fn method(optimizer: Optimizer) -> Method {
    match optimizer {
        Optimizer::Pso => Method::Pso,
        Optimizer::CmaEs => Method::CmaEs,
        Optimizer::De => Method::De,
    }
}

/// What runs are computed with.
struct Machine {
    threads: NonZero<usize>,
    unit: Unit,
}

impl Machine {
    fn of(shared: &Shared) -> Result<Self> {
        let unit = Unit::of_environment().map_err(upright_sim::batch::BatchError::from)?;
        let threads = shared.threads.and_then(|threads| NonZero::new(usize::from(threads)));
        let threads = threads.or_else(|| std::thread::available_parallelism().ok());
        Ok(Self { threads: threads.unwrap_or(NonZero::<usize>::MIN), unit })
    }

    fn evaluator(&self, scenario: &upright_sim::Scenario) -> Evaluator {
        Evaluator::new(scenario, self.threads, self.unit)
    }
}

fn begin(tune: &Tune, named: &Named) -> Result {
    let machine = Machine::of(&tune.shared)?;
    crate::interrupt::watch();
    let output = results::prepare(&tune.shared, COMMAND)?;
    results::warn(&named.name, &named.scenario)?;
    let options = Options {
        method: tune.optimizer.map(method).unwrap_or_default(),
        candidates: tune.particles.map_or(PARTICLES, |count| count as usize),
        iterations: tune.iterations.unwrap_or(ITERATIONS),
        patience: tune.patience,
    };
    let evaluator = machine.evaluator(&named.scenario);
    let stop = &crate::interrupt::interrupted;
    let Some(tuning) = Tuning::begin(&named.scenario, options, &evaluator, stop)? else {
        return Ok(Outcome::Interrupted);
    };
    let mut kept = None;
    if let Some(folder) = &tune.shared.out {
        let store = Store::new(folder);
        store.clear().map_err(TuneError::from)?;
        kept = Some(Kept::begin(store, &tuning)?);
    }
    let search =
        Search { tune, name: named.name.clone(), machine, evaluator, tuning, kept, before: 0.0 };
    search.finish(output, tune.shared.out.as_deref())
}

fn resume(tune: &Tune, folder: &Path, named: Option<&Named>) -> Result {
    if named.is_none() {
        unchanged(&tune.shared)?;
    }
    let machine = Machine::of(&tune.shared)?;
    let store = Store::new(folder);
    let loaded = store.load::<State>(VERSION).map_err(TuneError::from)?;
    if let Some(damage) = &loaded.passed_over {
        eprintln!(
            "warning: the last checkpoint is not whole ({damage}); going on from the one before"
        );
    }
    let Checkpoint { history, seconds, state, .. } = loaded.checkpoint;
    let given = Resume {
        scenario: named.map(|named| &named.scenario),
        method: tune.optimizer.map(method),
        candidates: tune.particles.map(|count| count as usize),
        iterations: tune.iterations,
        patience: tune.patience,
    };
    let tuning = Tuning::resume(folder, state, &given)?;
    crate::interrupt::watch();
    let output = Output::prepare(folder, COMMAND)?;
    let evaluator = machine.evaluator(tuning.scenario());
    let kept = Some(Kept::resume(store, history)?);
    let name = named.map_or_else(|| "the search".to_owned(), |named| named.name.clone());
    let search = Search { tune, name, machine, evaluator, tuning, kept, before: seconds };
    search.finish(Some(output), Some(folder))
}

/// A search that goes on has its scenario; what would change it says nothing without one.
fn unchanged(shared: &Shared) -> Result<()> {
    let given = [
        ("--set", shared.set.first().map(|(path, value)| format!("{path}={value}"))),
        ("--controller", shared.controller.clone()),
        ("--seed", shared.seed.map(|seed| seed.to_string())),
    ];
    for (flag, value) in given {
        if let Some(value) = value {
            let allowed =
                "a search that goes on has its scenario, and nothing of it can change; give \
                           the scenario too, to have it compared"
                    .to_owned();
            return Err(Failure::Flag { flag, value, allowed });
        }
    }
    Ok(())
}

/// What is kept on disk while a search runs.
struct Kept {
    store: Store,
    history: File,
    length: u64,
}

impl Kept {
    fn begin(store: Store, tuning: &Tuning) -> Result<Self> {
        let path = store.history();
        let history = File::create(&path).map_err(Failure::writing(&path))?;
        let mut kept = Self { store, history, length: 0 };
        kept.append(|writer| {
            writer.write_record([
                "iteration",
                "best",
                "iteration_best",
                "mean",
                "worst",
                "diversity",
                "evaluations",
            ])
        })?;
        kept.save(tuning, 0.0)?;
        Ok(kept)
    }

    /// Goes on behind the first `length` bytes: what follows belongs to steps that will be done again.
    fn resume(store: Store, length: u64) -> Result<Self> {
        let path = store.history();
        let open = || {
            let history = OpenOptions::new().append(true).open(&path)?;
            history.set_len(length)?;
            Ok(history)
        };
        let history = open().map_err(Failure::writing(&path))?;
        Ok(Self { store, history, length })
    }

    fn append(
        &mut self,
        fill: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>,
    ) -> Result<()> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        let write = || {
            fill(&mut writer)?;
            let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
            self.history.write_all(&bytes)?;
            self.length += bytes.len() as u64;
            self.history.flush()
        };
        let path = self.store.history();
        write().map_err(Failure::writing(&path))
    }

    fn step(&mut self, tuning: &Tuning, row: &Iteration, seconds: f64) -> Result<()> {
        self.append(|writer| writer.serialize(row))?;
        self.save(tuning, seconds)
    }

    fn save(&self, tuning: &Tuning, seconds: f64) -> Result<()> {
        let version = VERSION.to_owned();
        let checkpoint =
            Checkpoint { version, history: self.length, seconds, state: tuning.state() };
        Ok(self.store.save(&checkpoint).map_err(TuneError::from)?)
    }
}

/// A search under way.
struct Search<'a> {
    tune: &'a Tune,
    name: String,
    machine: Machine,
    evaluator: Evaluator,
    tuning: Tuning,
    kept: Option<Kept>,
    /// Wall time of the search before it went on, in s.
    before: f64,
}

impl Search<'_> {
    /// Searches, validates and writes what came of it.
    fn finish(mut self, output: Option<Output>, folder: Option<&Path>) -> Result {
        let began = Instant::now();
        let whole = self.search(began).inspect_err(|_| self.forget())?;
        let seconds = self.before + began.elapsed().as_secs_f64();
        let stop = &crate::interrupt::interrupted;
        let best = self.tuning.best_scenario();
        let validation = if whole {
            let training = self.tuning.best().judged.cost.mean;
            let Machine { threads, unit } = self.machine;
            let with = (threads, unit);
            validate(self.tuning.scenario(), &best, training, &self.evaluator, with, stop)?
        } else {
            None
        };
        let complete = validation.is_some();
        let summary = self.summary(&best, validation.as_ref(), seconds, complete);
        if let (Some(output), Some(kept)) = (&output, &self.kept) {
            let yaml = format!(
                "# The scenario with the gains that `upright tune` has found: {} steps of {}, seed {}.\n{}",
                self.tuning.iteration(),
                self.tuning.options().method.name(),
                best.seed,
                best.to_yaml()
            );
            output.write_bytes("best.yaml", yaml.as_bytes())?;
            let path = kept.store.history();
            let mut history = BufReader::new(File::open(&path).map_err(Failure::reading(&path))?);
            output
                .write("history.csv", |writer| std::io::copy(&mut history, writer).map(|_| ()))?;
            let svg = figures::convergence::figure(
                &self.name,
                &self.tuning,
                &path,
                self.tune.shared.medium(),
            )?;
            figures::write(output, "history", &svg, &self.tune.shared.figures)?;
        }
        let shared = Shared { out: folder.map(Path::to_path_buf), ..self.tune.shared.clone() };
        results::conclude(&shared, COMMAND, output, &summary, || {
            words::words(&self.name, &self.tuning, &best, validation.as_ref(), seconds)
        })?;
        let warnings = validation.iter().flat_map(|validation| &validation.warnings);
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        Ok(outcome(&shared, validation.as_ref()))
    }

    /// Of a search that was refused before its first step was done, nothing is kept.
    fn forget(&self) {
        if let (Some(kept), 0) = (&self.kept, self.tuning.iteration()) {
            // The error of the search is the one to tell.
            let _ = kept.store.clear();
        }
    }

    /// Step after step; answers whether it came to its end.
    fn search(&mut self, began: Instant) -> Result<bool> {
        let iterations = self.tuning.options().iterations;
        let progress = if self.tune.shared.quiet { ProgressBar::hidden() } else { bar(iterations) };
        progress.set_position(self.tuning.iteration());
        let first = self.tuning.evaluations();
        let whole = loop {
            match self.tuning.step(&self.evaluator, &crate::interrupt::interrupted)? {
                Step::Interrupted => break false,
                Step::Ended => break true,
                Step::Done(row) => {
                    let seconds = began.elapsed().as_secs_f64();
                    if let Some(kept) = &mut self.kept {
                        kept.step(&self.tuning, &row, self.before + seconds)?;
                    }
                    let speed = (row.evaluations - first) as f64 / seconds;
                    progress.set_message(format!(
                        "cost {:.4}, spread {:.3}, {speed:.0} candidates/s",
                        row.best, row.diversity
                    ));
                    progress.inc(1);
                }
            }
        };
        progress.finish_and_clear();
        Ok(whole)
    }

    fn summary(
        &self,
        best: &upright_sim::Scenario,
        validation: Option<&Validation>,
        seconds: f64,
        complete: bool,
    ) -> Value {
        let tuning = &self.tuning;
        let Options { method, candidates, patience, .. } = tuning.options();
        let (before, after) = (tuning.start(), &tuning.best().judged.cost);
        let settings = best.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        let gains: Vec<Value> = words::gains(tuning)
            .into_iter()
            .map(|gain| {
                json!({
                    "name": gain.name, "unit": gain.unit, "before": gain.before, "after": gain.after,
                    "min": gain.bounds.min, "max": gain.bounds.max, "scale": gain.bounds.scale,
                })
            })
            .collect();
        let parts = |cost: &Cost| {
            json!({
                "mean": cost.mean, "worst": cost.worst,
                "terms": Cost::named(&cost.terms), "worst_terms": Cost::named(&cost.worst_terms),
            })
        };
        json!({
            "controller": best.controller.settings.kind(),
            "cost_before": before.total,
            "cost_after": after.total,
            "before": parts(before),
            "after": parts(after),
            "gains": gains,
            "validation": validation,
            "optimizer": method,
            "particles": candidates,
            "patience": patience,
            "iterations": tuning.iteration(),
            "evaluations": tuning.evaluations(),
            "refused": tuning.refused(),
            "settings": settings,
            "seconds": seconds,
            "threads": self.machine.threads,
            "vector_unit": self.machine.unit.name(),
            "scenario": tuning.scenario(),
            "seed": best.seed,
            "version": VERSION,
            "complete": complete,
        })
    }
}

/// A bar on standard error; nothing where that is no terminal.
fn bar(iterations: u64) -> ProgressBar {
    let style = "{bar:20} {pos}/{len}, {msg}, {eta} left";
    // The template is one that indicatif understands; without it the bar is plain.
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(iterations).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn outcome(shared: &Shared, validation: Option<&Validation>) -> Outcome {
    let Some(validation) = validation else { return Outcome::Interrupted };
    let after = &validation.after;
    let good = match shared.require {
        None => true,
        Some(Requirement::Settled) => after.settled.count == validation.runs,
        Some(Requirement::Balanced) => after.failed.count == 0,
    };
    if good { Outcome::Done } else { Outcome::Bad }
}
