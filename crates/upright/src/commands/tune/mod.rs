//! `upright tune`: search for the gains of a scenario.

mod front;
mod history_writer;
mod list;
mod search;
mod text;

use crate::console::say;
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::{Requirement, Shared, Tune};
use crate::input::Named;
use crate::report;
use crate::results;
use history_writer::HistoryWriter;
use indicatif::ProgressBar;
use search::{COMMAND, ITERATIONS, Machine, PARTICLES, VERSION, bar, method, warn_of_bounds};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;
use upright_report::{Chart, Drawing, Item, Medium, Page, Section};
use upright_store::Results;
use upright_tune::checkpoint::{Checkpoint, Saved, Store};
use upright_tune::pareto::FrontState;
use upright_tune::{
    Cost, Evaluator, Options, Resume, State, Step, TuneError, Tuning, Validation, validate,
};

/// The columns of the history.
const COLUMNS: [&str; 7] =
    ["iteration", "best", "iteration_best", "mean", "worst", "diversity", "evaluations"];

pub(crate) fn run(tune: &Tune) -> Result {
    let mut shared = Shared { out: None, ..tune.shared.clone() };
    if let Some(objectives) = &tune.objectives {
        shared.set.push(("tuning.objectives".to_owned(), format!("[{objectives}]")));
    }
    let read = |path: &Path| crate::input::read(path, &shared);
    let named = tune.scenario.as_deref().map(read).transpose()?;
    if tune.list {
        return list::run(named.as_ref(), &shared);
    }
    // The flags ask for a scenario where no search goes on.
    match (&tune.resume, named) {
        (Some(folder), named) => resume(tune, folder, named.as_ref()),
        (None, Some(named)) if has_objectives(&named) => front::begin(tune, &named),
        (None, Some(named)) => begin(tune, &named),
        (None, None) => Err(Failure::Flag {
            flag: "SCENARIO",
            value: String::new(),
            allowed: "a scenario, or --resume DIR, or --list".to_owned(),
        }),
    }
}

fn has_objectives(named: &Named) -> bool {
    named.scenario.tuning.as_ref().is_some_and(|tuning| tuning.objectives.is_some())
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
    let folder = tune.shared.out.as_deref();
    let kept =
        folder.map(|folder| HistoryWriter::begin(Store::new(folder), COLUMNS)).transpose()?;
    let evaluator = machine.evaluator(&named.scenario);
    let stop = &crate::interrupt::interrupted;
    let Some(tuning) = Tuning::begin(&named.scenario, options, &evaluator, stop)? else {
        return Ok(Outcome::Interrupted);
    };
    warn_of_bounds(tuning.space());
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
    let lock = store.lock().map_err(TuneError::from)?;
    let loaded = store.load::<Saved<State, FrontState>>(VERSION).map_err(TuneError::from)?;
    if let Some(damage) = &loaded.passed_over {
        say!("warning: the last checkpoint is not whole ({damage}); going on from the one before");
    }
    let Checkpoint { history, seconds, state, .. } = loaded.checkpoint;
    let state = match state {
        Saved::Single(state) => state,
        Saved::Front(state) => {
            let begun = front::Begun { store, lock, history, seconds, state };
            return front::resume(tune, folder, named, machine, begun);
        }
    };
    let given = Resume {
        scenario: named.map(|named| &named.scenario),
        objectives: tune.objectives.as_deref(),
        method: tune.optimizer.map(method),
        candidates: tune.particles.map(|count| count as usize),
        iterations: tune.iterations,
        patience: tune.patience,
    };
    let tuning = Tuning::resume(folder, state, &given)?;
    crate::interrupt::watch();
    let output = Results::begin(folder, COMMAND)?;
    let evaluator = machine.evaluator(tuning.scenario());
    let kept = Some(HistoryWriter::resume(store, history, lock)?);
    let name = named.map_or_else(|| "the search".to_owned(), |named| named.name.clone());
    let search = Search { tune, name, machine, evaluator, tuning, kept, before: seconds };
    search.finish(Some(output), Some(folder))
}

/// A search for the least cost as a checkpoint has it.
fn saved(tuning: &Tuning) -> Saved<&State, &FrontState> {
    Saved::Single(tuning.state())
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

/// A search under way.
struct Search<'a> {
    tune: &'a Tune,
    name: String,
    machine: Machine,
    evaluator: Evaluator,
    tuning: Tuning,
    kept: Option<HistoryWriter>,
    /// Wall time of the search before it went on, in s.
    before: f64,
}

impl Search<'_> {
    /// Searches, validates and writes what came of it.
    fn finish(mut self, output: Option<Results>, folder: Option<&Path>) -> Result {
        let began = Instant::now();
        let whole = self.search(began)?;
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
        if let (Some(output), Some(kept)) = (&output, &mut self.kept) {
            kept.leave(output, &saved(&self.tuning))?;
        }
        if let (Some(output), Some(kept)) = (&output, &self.kept) {
            let yaml = format!(
                "# The scenario with the gains that `upright tune` has found: {} steps of {}, seed {}.\n{}",
                self.tuning.iteration(),
                self.tuning.options().method.name(),
                best.seed,
                best.to_yaml()
            );
            output.write_bytes("best.yaml", yaml.as_bytes())?;
            let draw = |medium| {
                figures::convergence::figure(&self.name, &self.tuning, &kept.path(), medium)
            };
            let shared = &self.tune.shared;
            figures::write(output, "history", &draw(shared.medium())?, &shared.figures)?;
            let page = self.page(&best, validation.as_ref(), seconds, draw(Medium::Screen)?)?;
            report::write(output, page, &[(&self.name, &best)])?;
        }
        let shared = Shared { out: folder.map(Path::to_path_buf), ..self.tune.shared.clone() };
        results::conclude(&shared, COMMAND, output, &summary, || {
            text::words(&self.name, &self.tuning, &best, validation.as_ref(), seconds)
        })?;
        let warnings = validation.iter().flat_map(|validation| &validation.warnings);
        for warning in warnings {
            say!("warning: {warning}");
        }
        Ok(outcome(&shared, validation.as_ref()))
    }

    /// Step after step; answers whether it came to its end.
    fn search(&mut self, began: Instant) -> Result<bool> {
        let iterations = self.tuning.options().iterations;
        let progress = if self.tune.shared.quiet { ProgressBar::hidden() } else { bar(iterations) };
        progress.set_position(self.tuning.iteration());
        // What was done before says nothing of how fast it goes now.
        progress.reset_eta();
        let first = self.tuning.evaluations();
        let whole = loop {
            match self.tuning.step(&self.evaluator, &crate::interrupt::interrupted)? {
                Step::Interrupted => break false,
                Step::Ended => break true,
                Step::Done(row) => {
                    let seconds = began.elapsed().as_secs_f64();
                    if let Some(kept) = &mut self.kept {
                        kept.step(&saved(&self.tuning), &row, self.before + seconds)?;
                    }
                    let speed = (row.evaluations - first) as f64 / seconds;
                    progress.set_message(format!(
                        "cost {:.4}, spread {:.3}, {speed:.0}/s",
                        row.best, row.diversity
                    ));
                    progress.inc(1);
                }
            }
        };
        progress.finish_and_clear();
        Ok(whole)
    }

    /// What came of it first; then the scenario before and after, moving, and the search itself.
    fn page(
        &self,
        best: &upright_sim::Scenario,
        validation: Option<&Validation>,
        seconds: f64,
        search: Drawing,
    ) -> Result<Page> {
        let tuning = &self.tuning;
        let kind = best.controller.settings.kind();
        let (before, after) = (tuning.start().total, tuning.best().judged.cost.total);
        let found = Section::new("Gains").with_table(text::found(tuning, best));
        let mut page = Page::new(format!("Gains of {} for {}", kind.replace('_', "-"), self.name))
            .with_lead(text::headline(&self.name, tuning, best, validation, seconds))
            .with_lead(format!(
                "cost on the draws of the search: {before:.4} before, {after:.4} after"
            ));
        if let Some(validation) = validation {
            page = page
                .with_lead(format!("on fresh draws changes the {}", text::difference(validation)));
            for warning in &validation.warnings {
                page = page.with_lead(format!("warning: {warning}"));
            }
            page = page.with_section(
                Section::new("On fresh draws").with_table(text::validated(validation)),
            );
        }
        page = page.with_section(found);
        let style = report::style_of_run;
        let runs = [("before", style(1, kind), tuning.scenario()), ("after", style(0, kind), best)];
        if let Some(fresh) = validation.map(|validation| validation.first_run) {
            page = page.with_section(report::under_gains(&self.name, best, fresh, &runs)?);
        }
        Ok(page
            .with_section(
                Section::new("Cost on the draws of the search").with_table(text::cost(tuning)),
            )
            .with_section(
                Section::new("The search")
                    .with(Item::Chart(Chart::new(search).with_file("history.svg"))),
            ))
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
        let gains: Vec<Value> = text::gains(tuning.space(), tuning.best().point.as_deref(), best)
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
            "periods": tuning.periods(),
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
