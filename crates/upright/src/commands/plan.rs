//! `upright plan`: a plan from a scenario's start to an equilibrium.

use crate::console::say;
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::{Equilibrium, Shared};
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::{report, results};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Instant;
use upright_core::plant::Rigid;
use upright_core::swing_up::Tracker;
use upright_core::swing_up::settings::Tracking;
use upright_plan::{Answer, Candidate, NoPlan, Question, Work};
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, Target};
use upright_sim::scenario::kinds::{KindSettings, SwingUpSettings, write_plan};
use upright_sim::scenario::{Scenario, ScenarioError};

const COMMAND: &str = "plan";

/// What was asked for.
pub(crate) struct Asked {
    pub(crate) loaded: LoadedScenario,
    /// Where to.
    pub(crate) to: Equilibrium,
    /// Whether the time is what counts.
    pub(crate) time_optimal: bool,
}

/// A plan with what its making took.
struct Found<'a> {
    asked: &'a Asked,
    question: Question,
    /// Every start.
    answer: Answer,
    /// The same plans as short as they can be, where the time is what counts.
    shortest: Option<Answer>,
    /// Gains at the starts of the steps and at the end.
    gains: Vec<[f64; 6]>,
    seconds: f64,
}

pub(crate) fn run(asked: &Asked, shared: &Shared) -> Result {
    let scenario = &asked.loaded.scenario;
    let output = results::prepare(shared, COMMAND)?;
    let began = Instant::now();
    let settings = settings(scenario);
    let context = scenario.context().map_err(ScenarioError::from)?;
    let question = Question {
        at: asked.to.angles(),
        plan: settings.plan.settings,
        seed: scenario.seed,
        ..Question::new(context.model, context.max_force, context.period, context.start)
    };
    let none = |error: NoPlan| Failure::Refused(ScenarioError::from(error));
    let progress = Progress::lines(shared, "plans", 0, Some(0));
    let tell = |work| match work {
        Work::More(more) => progress.more(more as u64),
        Work::Done => progress.one(),
    };
    let answer = question.answer_telling(&tell).map_err(none)?;
    let shortest = asked.time_optimal.then(|| question.shortest_telling(&answer, &tell));
    let shortest = shortest.transpose().map_err(none)?;
    progress.end();
    let best = shortest.as_ref().unwrap_or(&answer).best();
    let tracker = tracker(&question, &settings.tracking, (&best.forces, &best.states));
    let gains = tracker.as_deref().map(gains).unwrap_or_default();
    let seconds = began.elapsed().as_secs_f64();
    let found = Found { asked, question, answer, shortest, gains, seconds };
    if let Some(output) = &output {
        let (step, best) = (found.question.plan.step, found.best());
        output.write("plan.csv", |writer| {
            write_plan(writer, step, (&best.forces, &best.states), &found.gains)
        })?;
        output.write("candidates.csv", |writer| found.write_candidates(writer))?;
        let yaml = format!("# The scenario as resolved.\n{}", scenario.to_yaml());
        output.write_bytes("scenario.yaml", yaml.as_bytes())?;
        let drawing = found.figure(shared.target());
        figures::write(output, "plan", &drawing, &shared.figures)?;
        report::write(output, found.page(), &[(&asked.loaded.name, scenario)])?;
    }
    let summary = found.summary();
    results::conclude(shared, COMMAND, output, &summary, || found.text())?;
    if scenario.plant.track.is_none() {
        say!("note: the scenario has no track (plant.track), so the cart may go anywhere");
    }
    Ok(Outcome::Done)
}

/// The swing-up's settings of a scenario, or the defaults where it has another kind.
fn settings(scenario: &Scenario) -> SwingUpSettings {
    match &scenario.controller.settings {
        KindSettings::SwingUp(settings) => settings.clone(),
        _ => SwingUpSettings::default(),
    }
}

/// What follows a plan; none where its step is no multiple of the control period.
pub(super) fn tracker(
    question: &Question,
    tracking: &Tracking,
    (forces, states): (&[f64], &[[f64; 6]]),
) -> Option<Box<Tracker<f64>>> {
    let steps = question.plan.periods_a_step(question.period)?;
    let model = Rigid::<f64>::new(&question.model);
    let mut tracker = Box::new(Tracker::new(model, tracking, question.period, steps, question.at)?);
    tracker.take(forces, states.iter().copied());
    Some(tracker)
}

/// The gains at the starts of a plan's steps, and at its end.
pub(super) fn gains(tracker: &Tracker<f64>) -> Vec<[f64; 6]> {
    tracker.plan().gains().iter().chain([tracker.end_gain()]).copied().collect()
}

impl Found<'_> {
    fn best(&self) -> &Candidate {
        self.shortest.as_ref().unwrap_or(&self.answer).best()
    }

    fn write_candidates(&self, writer: &mut dyn Write) -> std::io::Result<()> {
        writeln!(
            writer,
            "start,turns1,turns2,horizon,first_limit,iterations,passes,cost,end_error,travel,found,successes"
        )?;
        for c in &self.answer.candidates {
            let successes = c.successes.map_or_else(String::new, |count| count.to_string());
            writeln!(
                writer,
                "{},{},{},{},{},{},{},{},{},{},{},{successes}",
                c.number,
                c.turns[0],
                c.turns[1],
                c.horizon,
                c.first_limit,
                c.iterations,
                c.passes,
                c.cost,
                c.end_error,
                c.travel,
                c.found
            )?;
        }
        Ok(())
    }

    /// The largest force in N and rate of a link in rad/s.
    fn peaks(&self) -> (f64, f64) {
        let best = self.best();
        let largest = |most: f64, x: f64| most.max(x.abs());
        let force = best.forces.iter().copied().fold(0.0, largest);
        let rates = best.states.iter().flat_map(|state| [state[4], state[5]]);
        (force, rates.fold(0.0, largest))
    }

    fn summary(&self) -> Value {
        let best = self.best();
        let (peak_force, peak_rate) = self.peaks();
        let all = &self.answer.candidates;
        let effort: f64 = best.forces.iter().map(|u| u * u * self.question.plan.step).sum();
        json!({
            "name": self.asked.loaded.name,
            "to": self.asked.to.word(),
            "time_optimal": self.asked.time_optimal,
            "start": best.number,
            "turns": best.turns,
            "duration": best.horizon,
            "cost": best.cost,
            "effort": effort,
            "end_error": best.end_error,
            "travel": best.travel,
            "peak_force": peak_force,
            "peak_rate": peak_rate,
            "successes": best.successes,
            "draws": self.question.plan.ranking.draws,
            "starts": all.len(),
            "found": self.answer.ranked().count(),
            "iterations": all.iter().map(|c| c.iterations).sum::<usize>(),
            "passes": all.iter().map(|c| c.passes).sum::<usize>(),
            "seconds": self.seconds,
            "scenario": self.asked.loaded.scenario,
            "seed": self.asked.loaded.scenario.seed,
            "version": env!("CARGO_PKG_VERSION"),
            "complete": true,
        })
    }

    fn headline(&self) -> String {
        format!(
            "{} to {}: {:.2} s, from {} plans of {} starts",
            self.asked.loaded.name,
            self.asked.to.word(),
            self.best().horizon,
            self.answer.ranked().count(),
            self.answer.candidates.len()
        )
    }

    fn table(&self) -> Table {
        let best = self.best();
        let (force, rate) = self.peaks();
        let mut table = Table::new([
            Heading::new("of the plan", ""),
            Heading::new("value", ""),
            Heading::new("unit", ""),
        ]);
        let mut row = |name: &str, value: String, unit: &str| {
            table.push([Cell::text(name), Cell::text(value), Cell::text(unit)]);
        };
        let readable = super::simulate::readable;
        row("duration", readable(best.horizon), "s");
        row("largest force", readable(force), "N");
        row("largest travel of the cart", readable(best.travel), "m");
        row("largest rate of a link", readable(rate), "rad/s");
        row("distance of the end from its goal", readable(best.end_error), "SI");
        row("cost", readable(best.cost), "");
        if let Some(successes) = best.successes {
            let draws = self.question.plan.ranking.draws;
            row("came up in the ranking", format!("{successes} of {draws}"), "draws");
        }
        row("turns of the links", format!("{}, {}", best.turns[0], best.turns[1]), "");
        row("iterations of the planner", best.iterations.to_string(), "");
        table
    }

    fn text(&self) -> String {
        format!("{}\n\n{}", self.headline(), self.table().to_text())
    }

    fn figure(&self, target: Target) -> upright_report::Drawing {
        figures::plan::figure(
            &self.headline(),
            &self.question.model,
            self.question.plan.step,
            self.best(),
            &self.answer,
            target,
        )
    }

    fn page(&self) -> Page {
        Page::new(format!("A plan for {}", self.asked.loaded.name))
            .with_lead(self.headline())
            .with_section(Section::new("The plan").with_table(self.table()))
            .with_section(Section::new("Its motion, and the other plans").with(Item::Chart(
                Chart::new(self.figure(Target::Screen)).with_file("plan.svg".to_owned()),
            )))
    }
}
