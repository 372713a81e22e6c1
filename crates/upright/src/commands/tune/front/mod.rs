//! `upright tune` with objectives: search the front between two terms of the cost.

mod table;
mod text;

use super::history_writer::HistoryWriter;
use super::search::{
    COMMAND, ITERATIONS, Machine, PARTICLES, VERSION, bar, method, warn_of_bounds,
};
use crate::console::say;
use crate::failure::{Failure, Outcome, Result};
use crate::figures::{self, pareto};
use crate::flags::{Requirement, Shared, Tune};
use crate::input::Named;
use crate::report;
use crate::results;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Instant;
use upright_report::{Chart, Drawing, Item, Medium, Page, Section};
use upright_sim::Scenario;
use upright_sim::scenario::Term;
use upright_store::Results;
use upright_tune::checkpoint::{Extent, Lock, Saved, Store};
use upright_tune::optimizer::Method;
use upright_tune::pareto::{
    FrontOptions, FrontResume, FrontSearch, FrontState, FrontStep, FrontValidation, REFERENCE,
    validate,
};
use upright_tune::{Evaluator, State};

/// A search that was read from its folder.
pub(super) struct Begun {
    pub(super) store: Store,
    pub(super) lock: Lock,
    /// What belongs to it of the history.
    pub(super) history: Extent,
    /// Wall time that it has taken.
    pub(super) seconds: f64,
    pub(super) state: FrontState,
}

pub(super) fn begin(tune: &Tune, named: &Named) -> Result {
    if let Some(optimizer) = tune.optimizer {
        return Err(Failure::Flag {
            flag: "--optimizer",
            value: method(optimizer).name().to_owned(),
            allowed: "a front (--objectives, tuning.objectives) is searched by nsga-ii alone; \
                      leave the optimiser out"
                .to_owned(),
        });
    }
    let machine = Machine::of(&tune.shared)?;
    crate::interrupt::watch();
    let output = results::prepare(&tune.shared, COMMAND)?;
    results::warn(&named.name, &named.scenario)?;
    let options = FrontOptions {
        candidates: tune.particles.map_or(PARTICLES, |count| count as usize),
        iterations: tune.iterations.unwrap_or(ITERATIONS),
        patience: tune.patience,
    };
    let evaluator = machine.evaluator(&named.scenario);
    let stop = &crate::interrupt::interrupted;
    let Some(search) = FrontSearch::begin(&named.scenario, options, &evaluator, stop)? else {
        return Ok(Outcome::Interrupted);
    };
    let folder = tune.shared.out.as_deref();
    let kept = folder
        .map(|folder| HistoryWriter::begin(Store::new(folder), columns(&search)))
        .transpose()?;
    warn_of_bounds(search.space());
    Front { tune, name: named.name.clone(), machine, evaluator, search, kept, before: 0.0 }
        .finish(output, folder)
}

pub(super) fn resume(
    tune: &Tune,
    folder: &Path,
    named: Option<&Named>,
    machine: Machine,
    begun: Begun,
) -> Result {
    let given = FrontResume {
        scenario: named.map(|named| &named.scenario),
        objectives: tune.objectives.as_deref(),
        method: tune.optimizer.map(method).map(Method::name),
        candidates: tune.particles.map(|count| count as usize),
        iterations: tune.iterations,
        patience: tune.patience,
    };
    let search = FrontSearch::resume(folder, begun.state, &given)?;
    crate::interrupt::watch();
    let output = Results::begin(folder, COMMAND)?;
    let evaluator = machine.evaluator(search.scenario());
    let kept = Some(HistoryWriter::resume(begun.store, begun.history, begun.lock)?);
    let name = named.map_or_else(|| "the search".to_owned(), |named| named.name.clone());
    Front { tune, name, machine, evaluator, search, kept, before: begun.seconds }
        .finish(Some(output), Some(folder))
}

/// The columns of the history.
fn columns(search: &FrontSearch) -> [String; 7] {
    let [first, second] = search.objectives().terms().map(|term| format!("least_{}", term.name()));
    let [a, b, c] = ["iteration", "hypervolume", "members"].map(str::to_owned);
    [a, b, c, first, second, "diversity".to_owned(), "evaluations".to_owned()]
}

/// The search as a checkpoint has it.
fn saved(search: &FrontSearch) -> Saved<&State, &FrontState> {
    Saved::Front(search.state())
}

/// A search under way.
struct Front<'a> {
    tune: &'a Tune,
    name: String,
    machine: Machine,
    evaluator: Evaluator,
    search: FrontSearch,
    kept: Option<HistoryWriter>,
    /// Wall time of the search before it went on, in s.
    before: f64,
}

impl Front<'_> {
    /// Searches, validates and writes what came of it.
    fn finish(mut self, output: Option<Results>, folder: Option<&Path>) -> Result {
        let began = Instant::now();
        let whole = self.search(began)?;
        let seconds = self.before + began.elapsed().as_secs_f64();
        let stop = &crate::interrupt::interrupted;
        let found = self.search.scenarios();
        let with = (self.machine.threads, self.machine.unit);
        let validation =
            if whole { validate(&self.search, &self.evaluator, with, stop)? } else { None };
        let validated = validation.as_ref();
        if let (Some(output), Some(kept)) = (&output, &mut self.kept) {
            kept.leave(output, &saved(&self.search))?;
        }
        if let (Some(output), Some(kept)) = (&output, &self.kept) {
            output.write("pareto.csv", |writer| {
                table::csv(&self.search, &found, validated, writer)
            })?;
            for (i, scenario) in found.iter().enumerate() {
                let yaml = self.yaml(i + 1, scenario);
                output.write_bytes(format!("front/{}.yaml", i + 1), yaml.as_bytes())?;
            }
            let history = kept.path();
            let shared = &self.tune.shared;
            for (name, drawing) in self.drawings(validated, &history, shared.medium())? {
                figures::write(output, name, &drawing, &shared.figures)?;
            }
            let drawings = self.drawings(validated, &history, Medium::Screen)?;
            let page = self.page(&found, validated, seconds, drawings)?;
            report::write(output, page, &[(&self.name, self.search.scenario())])?;
        }
        let shared = Shared { out: folder.map(Path::to_path_buf), ..self.tune.shared.clone() };
        let summary = self.summary(&found, validated, seconds);
        results::conclude(&shared, COMMAND, output, &summary, || {
            text::words(&self.name, &self.search, validated, seconds)
        })?;
        for warning in validated.iter().flat_map(|validation| &validation.warnings) {
            say!("warning: {warning}");
        }
        Ok(outcome(&shared, validated))
    }

    /// The figures with their names: the front in units, in costs, and the search.
    fn drawings(
        &self,
        validation: Option<&FrontValidation>,
        history: &Path,
        medium: Medium,
    ) -> Result<[(&'static str, Drawing); 3]> {
        let (name, search) = (&self.name, &self.search);
        Ok([
            ("pareto", pareto::front(name, search, validation, medium)),
            ("costs", pareto::costs(name, search, validation, medium)),
            ("history", pareto::history(name, search, history, medium)?),
        ])
    }

    /// The members first; then the front, and some of its members moving.
    fn page(
        &self,
        found: &[Scenario],
        validation: Option<&FrontValidation>,
        seconds: f64,
        drawings: [(&'static str, Drawing); 3],
    ) -> Result<Page> {
        let (name, search) = (&self.name, &self.search);
        let scenario = search.scenario();
        let kind = scenario.controller.settings.kind();
        let [first, second] = search.objectives().terms().map(Term::name);
        let title = format!("{first} against {second}: {name} under {}", kind.replace('_', "-"));
        let mut page =
            Page::new(title).with_lead(text::headline(name, search, validation, seconds));
        for note in text::notes(search, validation) {
            page = page.with_lead(note);
        }
        for warning in validation.iter().flat_map(|validation| &validation.warnings) {
            page = page.with_lead(format!("warning: {warning}"));
        }
        page = page.with_section(Section::new("Members").with_table(text::members(
            search,
            validation,
            found.len(),
        )));
        let chart = |section: Section, (name, drawing): (&str, Drawing)| {
            section.with(Item::Chart(Chart::new(drawing).with_file(format!("{name}.svg"))))
        };
        page = page.with_section(drawings.into_iter().fold(Section::new("The front"), chart));
        // Both ends of the front and what lies between them.
        let ends = [0, found.len() / 2, found.len().saturating_sub(1)];
        let mut ends: Vec<usize> = ends.into_iter().filter(|&end| end < found.len()).collect();
        ends.dedup();
        let names: Vec<String> = ends.iter().map(|end| format!("member {}", end + 1)).collect();
        let style = report::style_of_run;
        let mut runs = vec![("start", style(1, kind), scenario)];
        for (i, (end, name)) in ends.iter().zip(&names).enumerate() {
            let index = if i == 0 { 0 } else { i + 1 };
            runs.push((name, style(index, kind), &found[*end]));
        }
        if let Some(fresh) = validation.map(|validation| validation.first_run) {
            page = page.with_section(report::under_gains(&self.name, scenario, fresh, &runs)?);
        }
        Ok(page)
    }

    /// Step after step; answers whether it came to its end.
    fn search(&mut self, began: Instant) -> Result<bool> {
        let iterations = self.search.options().iterations;
        let progress = if self.tune.shared.quiet { ProgressBar::hidden() } else { bar(iterations) };
        progress.set_position(self.search.iteration());
        progress.reset_eta();
        let first = self.search.evaluations();
        let whole = loop {
            match self.search.step(&self.evaluator, &crate::interrupt::interrupted)? {
                FrontStep::Interrupted => break false,
                FrontStep::Ended => break true,
                FrontStep::Done(row) => {
                    let seconds = began.elapsed().as_secs_f64();
                    if let Some(kept) = &mut self.kept {
                        kept.step(&saved(&self.search), &row, self.before + seconds)?;
                    }
                    let speed = (row.evaluations - first) as f64 / seconds;
                    progress.set_message(format!(
                        "hypervolume {:.4}, {} members, {speed:.0}/s",
                        row.hypervolume, row.members
                    ));
                    progress.inc(1);
                }
            }
        };
        progress.finish_and_clear();
        Ok(whole)
    }

    fn yaml(&self, number: usize, scenario: &Scenario) -> String {
        let [first, second] = self.search.objectives().terms().map(Term::name);
        format!(
            "# Member {number} of the front of {first} and {second} that `upright tune` has found: {} \
             steps, seed {}.\n{}",
            self.search.iteration(),
            scenario.seed,
            scenario.to_yaml()
        )
    }

    fn summary(
        &self,
        found: &[Scenario],
        validation: Option<&FrontValidation>,
        seconds: f64,
    ) -> Value {
        let search = &self.search;
        let FrontOptions { candidates, patience, .. } = search.options();
        let scenario = search.scenario();
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        let members = search.archive().members().iter().zip(found).enumerate();
        let members: Vec<Value> = members
            .map(|(i, (member, found))| {
                let gains = super::text::gains(search.space(), member.point.as_deref(), found);
                let gains = gains.into_iter().map(|gain| (gain.name, gain.after.into()));
                json!({
                    "member": i + 1,
                    "start": member.point.is_none(),
                    "gains": gains.collect::<Map<_, _>>(),
                    "search": member.figures,
                    "fresh": validation.map(|validation| &validation.members[i]),
                })
            })
            .collect();
        let gains = super::text::gains(search.space(), None, scenario).into_iter().map(|gain| {
            json!({
                "name": gain.name, "unit": gain.unit, "start": gain.before,
                "min": gain.bounds.min, "max": gain.bounds.max, "scale": gain.bounds.scale,
            })
        });
        json!({
            "controller": scenario.controller.settings.kind(),
            "objectives": search.objectives().terms(),
            "units": search.objectives().terms().map(Term::unit),
            "reference": REFERENCE,
            "hypervolume": search.archive().hypervolume(),
            "hypervolume_fresh": validation.map(|validation| validation.hypervolume),
            "start": {"search": search.start(), "fresh": validation.map(|fresh| &fresh.start)},
            "members": members,
            "gains": gains.collect::<Vec<_>>(),
            "first_fresh_run": validation.map(|validation| validation.first_run),
            "warnings": validation.map(|validation| &validation.warnings),
            "optimizer": "nsga-ii",
            "particles": candidates,
            "patience": patience,
            "iterations": search.iteration(),
            "evaluations": search.evaluations(),
            "periods": search.periods(),
            "refused": search.refused(),
            "settings": settings,
            "seconds": seconds,
            "threads": self.machine.threads,
            "vector_unit": self.machine.unit.name(),
            "scenario": scenario,
            "seed": scenario.seed,
            "version": VERSION,
            "complete": validation.is_some(),
        })
    }
}

/// What is required is required of every fresh run of every member.
fn outcome(shared: &Shared, validation: Option<&FrontValidation>) -> Outcome {
    let Some(validation) = validation else { return Outcome::Interrupted };
    let mut members = validation.members.iter().map(|member| member.figures);
    let good = match shared.require {
        None => true,
        Some(Requirement::Settled) => members.all(|figures| figures.settled == figures.runs),
        Some(Requirement::Balanced) => members.all(|figures| figures.failed == 0),
    };
    if good { Outcome::Done } else { Outcome::Bad }
}
