//! A search from its begin to its results, whatever it looks for.

use super::history_writer::HistoryWriter;
use super::machine::{Machine, VERSION, bar, warn_of_bounds};
use crate::console::say;
use crate::failure::{Outcome, Result};
use crate::flags::{Requirement, Shared, Tune};
use crate::input::LoadedScenario;
use crate::progress::{self, Progress};
use crate::results;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Instant;
use upright_sim::Scenario;
use upright_store::Results;
use upright_tune::checkpoint::{Extent, Lock, Saved, Store};
use upright_tune::pareto::Front;
use upright_tune::scales::{self, Rescaled};
use upright_tune::{Evaluator, Goal, LeastCost, Resume, Search, SearchOptions, State, Step};

/// The name of the command in its results.
const COMMAND: &str = "tune";
/// Candidates a step and steps, unless told otherwise.
const CANDIDATES: usize = 40;
const ITERATIONS: u64 = 50;

/// A search of either kind as a checkpoint has it.
pub(super) type AnyState<'a> = Saved<&'a State<LeastCost>, &'a State<Front>>;

/// A goal as the command shows it.
pub(super) trait Presentation: Goal {
    /// What fresh draws say of what was found.
    type Validation;

    /// The search as a checkpoint has it.
    fn saved(state: &State<Self>) -> AnyState<'_>;

    /// The columns of the history.
    fn columns(&self) -> Vec<String>;

    /// The goal as a scenario asks for it whose scales of the cost were fitted.
    fn under(self, fitted: &Scenario) -> Self;

    /// How far a search is, beside its bar.
    fn progress(row: &Self::Row) -> String;

    /// Judges what was found on fresh draws; nothing where the user interrupted it.
    fn validate(session: &Session<'_, Self>) -> Result<Option<Self::Validation>>;

    /// Writes every file but the summary and the history.
    fn write(done: &Done<'_, '_, Self>, output: &Results, history: &Path) -> Result<()>;

    /// What the summary says beside what that of every search says.
    fn summary(done: &Done<'_, '_, Self>) -> Value;

    /// What is told on the terminal.
    fn text(done: &Done<'_, '_, Self>) -> String;

    /// What should make a user wary.
    fn warnings(validation: &Self::Validation) -> Vec<String>;

    /// The terms of the cost that the search could hardly see.
    fn saturated(_search: &Search<Self>) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether fresh draws end as is required.
    fn meets(requirement: Requirement, validation: &Self::Validation) -> bool;
}

/// A search under way.
pub(super) struct Session<'a, G: Goal> {
    tune: &'a Tune,
    pub(super) name: String,
    machine: Machine,
    pub(super) evaluator: Evaluator,
    pub(super) search: Search<G>,
    history: Option<HistoryWriter>,
    /// Wall time of the search before it went on, in s.
    before: f64,
}

/// A search that has ended, or was interrupted.
pub(super) struct Done<'s, 'a, G: Presentation> {
    session: &'s Session<'a, G>,
    /// What fresh draws say; absent where the search was interrupted.
    pub(super) validation: Option<&'s G::Validation>,
    /// Wall time, in s.
    pub(super) seconds: f64,
}

impl<'s, G: Presentation> Done<'s, '_, G> {
    /// The name of the scenario.
    pub(super) fn name(&self) -> &'s str {
        &self.session.name
    }

    /// The search.
    pub(super) fn search(&self) -> &'s Search<G> {
        &self.session.search
    }

    /// The flags that all commands share.
    pub(super) fn shared(&self) -> &'s Shared {
        &self.session.tune.shared
    }
}

/// A search that was read from its folder.
pub(super) struct Checkpointed<G: Goal> {
    pub(super) store: Store,
    pub(super) lock: Lock,
    /// What belongs to it of the history.
    pub(super) history: Extent,
    /// Wall time that it has taken, in s.
    pub(super) seconds: f64,
    pub(super) state: State<G>,
}

/// Begins a search and finishes it.
pub(super) fn begin<G: Presentation>(tune: &Tune, loaded: &LoadedScenario, goal: G) -> Result {
    let machine = Machine::of(&tune.shared)?;
    crate::interrupt::watch();
    let output = results::prepare(&tune.shared, COMMAND)?;
    results::warn(&loaded.name, &loaded.scenario)?;
    let options = SearchOptions {
        candidates: tune.particles.map_or(CANDIDATES, |count| count as usize),
        iterations: tune.iterations.unwrap_or(ITERATIONS),
        patience: tune.patience,
    };
    let folder = tune.shared.out.as_deref();
    let history = folder
        .map(|folder| HistoryWriter::begin(Store::new(folder), goal.columns()))
        .transpose()?;
    let stop = &crate::interrupt::interrupted;
    let Some(scenario) = fitted(&machine, &loaded.scenario)? else {
        return Ok(Outcome::Interrupted);
    };
    let evaluator = machine.evaluator(&scenario);
    let goal = goal.under(&scenario);
    let begun = Search::begin_with(goal, &scenario, options, &evaluator, stop)?;
    let Some(search) = begun else { return Ok(Outcome::Interrupted) };
    warn_of_bounds(search.space());
    let name = loaded.name.clone();
    Session { tune, name, machine, evaluator, search, history, before: 0.0 }.finish(output, folder)
}

/// Goes on with a search and finishes it; what was given again must be what it began with.
pub(super) fn resume<G: Presentation>(
    tune: &Tune,
    folder: &Path,
    loaded: Option<&LoadedScenario>,
    machine: Machine,
    checkpointed: Checkpointed<G>,
) -> Result {
    let Checkpointed { store, lock, history, seconds, state } = checkpointed;
    // A scenario that is given again is the one that began with its scales fitted.
    let again = match loaded {
        Some(loaded) => match fitted(&machine, &loaded.scenario)? {
            Some(scenario) => Some(scenario),
            None => return Ok(Outcome::Interrupted),
        },
        None => None,
    };
    let given = Resume {
        scenario: again.as_ref(),
        objectives: tune.objectives.as_deref(),
        optimizer: tune.optimizer.map(|optimizer| optimizer.method().name()),
        candidates: tune.particles.map(|count| count as usize),
        iterations: tune.iterations,
        patience: tune.patience,
    };
    let search = Search::resume(folder, state, &given)?;
    crate::interrupt::watch();
    let output = Results::begin(folder, COMMAND)?;
    let evaluator = machine.evaluator(search.scenario());
    let history = Some(HistoryWriter::resume(store, history, lock)?);
    let name = loaded.map_or_else(|| "the search".to_owned(), |loaded| loaded.name.clone());
    Session { tune, name, machine, evaluator, search, history, before: seconds }
        .finish(Some(output), Some(folder))
}

/// A scenario with scales of the cost that suit its own figures; says which were changed. Nothing where the user
/// interrupted it.
fn fitted(machine: &Machine, scenario: &Scenario) -> Result<Option<Scenario>> {
    let stop = &crate::interrupt::interrupted;
    let found = scales::fitted(scenario, &machine.evaluator(scenario), stop)?;
    let Some((scenario, changed)) = found else { return Ok(None) };
    for Rescaled { term, from, to } in changed {
        let (name, unit) = (term.name(), term.unit());
        say!(
            "note: the term {name} is one half at {to} {unit}, as the start has it, instead of {from}; \
             tuning.scales.{name} sets it"
        );
    }
    Ok(Some(scenario))
}

impl<G: Presentation> Session<'_, G> {
    /// Searches, validates and writes what came of it.
    fn finish(mut self, output: Option<Results>, folder: Option<&Path>) -> Result {
        let began = Instant::now();
        let whole = self.steps(began)?;
        let validation = if whole { G::validate(&self)? } else { None };
        let seconds = self.before + began.elapsed().as_secs_f64();
        if let (Some(output), Some(history)) = (&output, &mut self.history) {
            history.leave(output, &G::saved(self.search.state()))?;
        }
        let done = Done { session: &self, validation: validation.as_ref(), seconds };
        if let (Some(output), Some(history)) = (&output, &self.history) {
            G::write(&done, output, &history.path())?;
        }
        let shared = Shared { out: folder.map(Path::to_path_buf), ..self.tune.shared.clone() };
        let summary = self.summary(&done);
        results::conclude(&shared, COMMAND, output, &summary, || G::text(&done))?;
        for term in G::saturated(&self.search) {
            say!(
                "warning: the term {term} is saturated: it is above 0.95 of its most, where the search can \
                 hardly tell better from worse; a larger tuning.scales.{term} lets it see"
            );
        }
        for warning in validation.iter().flat_map(G::warnings) {
            say!("warning: {warning}");
        }
        Ok(match (&validation, shared.require) {
            (None, _) => Outcome::Interrupted,
            (Some(validation), Some(required)) if !G::meets(required, validation) => Outcome::Bad,
            (Some(_), _) => Outcome::Done,
        })
    }

    /// Step after step; returns whether it came to its end.
    fn steps(&mut self, began: Instant) -> Result<bool> {
        let Self { tune, search, evaluator, history, before, .. } = self;
        let iterations = search.options().iterations;
        let lines = Progress::lines(&tune.shared, "steps", search.iteration(), Some(iterations));
        let silent = tune.shared.quiet || progress::asked(&tune.shared);
        let progress = if silent { ProgressBar::hidden() } else { bar(iterations) };
        progress.set_position(search.iteration());
        // What was done before says nothing of how fast it goes now.
        progress.reset_eta();
        let first = search.evaluations();
        let whole = loop {
            match search.step(evaluator, &crate::interrupt::interrupted)? {
                Step::Interrupted => break false,
                Step::Ended => break true,
                Step::Done(row) => {
                    let seconds = began.elapsed().as_secs_f64();
                    if let Some(history) = history {
                        history.step(&G::saved(search.state()), &row, *before + seconds)?;
                    }
                    let speed = (search.evaluations() - first) as f64 / seconds;
                    progress.set_message(format!("{}, {speed:.0}/s", G::progress(&row)));
                    progress.inc(1);
                    lines.one();
                }
            }
        };
        progress.finish_and_clear();
        lines.end();
        Ok(whole)
    }

    fn summary(&self, done: &Done<'_, '_, G>) -> Value {
        let search = &self.search;
        let SearchOptions { candidates, patience, .. } = search.options();
        let scenario = search.scenario();
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        let of_all = json!({
            "controller": scenario.controller.settings.kind(),
            "optimizer": search.goal().method(),
            "particles": candidates,
            "patience": patience,
            "iterations": search.iteration(),
            "evaluations": search.evaluations(),
            "periods": search.periods(),
            "refused": search.refused(),
            "settings": settings,
            "seconds": done.seconds,
            "threads": self.machine.threads,
            "vector_unit": self.machine.unit.name(),
            "scenario": scenario,
            "seed": scenario.seed,
            "version": VERSION,
            "complete": done.validation.is_some(),
        });
        let both = [G::summary(done), of_all].into_iter();
        let fields = both.filter_map(|value| match value {
            Value::Object(fields) => Some(fields),
            _ => None,
        });
        Value::Object(fields.flatten().collect::<Map<_, _>>())
    }
}
