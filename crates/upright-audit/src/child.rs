//! The process of one subject: reads its job, runs the phases, answers a line of JSON for each.

use crate::evidence::{PhaseEvidence, PhaseOutcome};
use crate::extent::Extent;
use crate::phases::{self, Context};
use crate::protocol::{FreshStart, Held, Job, Message, SubjectName, Task};
use crate::subjects::{
    Audited, BATCH, FALLING, LEANING, MPC, OnPlant, RUNNER, RunLoop, SHORT, SHORT_PLANS, SWING_UP,
    Searches, Studies, TUNER, Wild,
};
use heapwatch::{AuditError, Scope, Subject, zoo};
use serde_json::Value;
use std::io::Write;
use std::time::Instant;
use upright_lanes::UnitError;
use upright_sim::design::DesignError;
use upright_sim::scenario::kinds::{Kind, KindVisitor};
use upright_sim::scenario::{Overrides, Scenario, ScenarioError};
use upright_sim::study::StudyError;

/// Does the job that `text` describes and writes a line a message to `answers`. `began` is when this
/// process began. What goes wrong is a message too.
///
/// # Errors
/// Where `answers` cannot be written: nobody is listening any more.
pub fn work(text: &str, began: Instant, answers: &mut dyn Write) -> std::io::Result<()> {
    let mut answers = Answers(answers);
    match attempt(text, (began, Held::now()), &mut answers) {
        Ok(()) => answers.send(&Message::Done),
        Err(Trouble::Listener(error)) => Err(error),
        Err(other) => answers.send(&Message::Failed(other.to_string())),
    }
}

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the job makes no sense: {0}")]
    Job(#[from] serde_json::Error),
    #[error("the job names no subject that there is: {0}")]
    Name(String),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Design(#[from] DesignError),
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error(transparent)]
    Batch(#[from] StudyError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error("nobody listens: {0}")]
    Listener(#[from] std::io::Error),
}

/// When the process began, and what it held then.
type Began = (Instant, Held);

struct Answers<'a>(&'a mut dyn Write);

impl Answers<'_> {
    fn send(&mut self, message: &Message) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.write_all(&line)?;
        self.0.flush()
    }

    /// Sends what a phase found. Where its surroundings came to a standstill it shows nothing.
    fn phase(
        &mut self,
        mut evidence: PhaseEvidence,
        subject: &impl Audited,
        work: u64,
    ) -> std::io::Result<()> {
        if let Some(still) = subject.standstill()
            && evidence.outcome != PhaseOutcome::Failed
        {
            evidence.outcome = PhaseOutcome::Inconclusive;
            evidence.statement = still;
        }
        self.send(&Message::Phase { evidence: Box::new(evidence), work })
    }
}

/// What a step of the toolkit's own subjects is called.
const PERIOD: &str = "period";

/// Rows that the run loop's trajectory keeps: a ring that is seen to fill and to turn.
const RECORDED: u32 = 1000;

fn attempt(text: &str, began: Began, answers: &mut Answers<'_>) -> Result<(), Trouble> {
    let job: Job = serde_json::from_str(text)?;
    let name = match &job.subject {
        SubjectName::Animal(name) => {
            return zoo::visit(name, Watched { task: job.task, answers })
                .unwrap_or_else(|| Err(Trouble::Name(name.clone())));
        }
        SubjectName::Own(name) => name.as_str(),
    };
    if name == BATCH {
        // Its runs are shorter than a plan, which is therefore made before.
        let scenario = read(&job.scenario, &[])?.with_plan()?;
        return studies(&scenario, job.task, Extent::of_studies(job.quick), answers);
    }
    if name == TUNER {
        let planned = read(&job.scenario, &[])?.with_plan()?.to_value();
        let mut searches = Searches::new(&read(&planned, &SHORT)?)?;
        let context = Context {
            subject: TUNER,
            step: "iteration",
            scope: Scope::Process,
            extent: Extent::of_searches(job.quick),
        };
        return match job.task {
            Task::Stress => stress(&mut searches, &context, answers),
            Task::Phases | Task::FreshStart => common(&mut searches, &context, answers),
        };
    }
    let (extent, set) = match name {
        MPC => (Extent::of_predictions(job.quick), &LEANING[..]),
        SWING_UP => (Extent::of_swing_ups(job.quick), &FALLING[..]),
        _ => (Extent::of_subjects(job.quick), &[][..]),
    };
    let longest = extent.stress_long.max(extent.steady).max(extent.session);
    let mut text = job.scenario.clone();
    if let (false, Some(file)) = (set.is_empty(), text.pointer_mut("/controller/plan/file")) {
        // A plan for another plant than that of this subject.
        *file = Value::Null;
    }
    let mut scenario = read(&text, set)?;
    // As long as the longest phase, and some more so that it is not the end that ends it.
    scenario.simulation.duration = (longest + 10) as f64 * scenario.simulation.control_period;
    if name == RUNNER {
        scenario.simulation.record_last = Some(RECORDED);
    } else {
        scenario = scenario.under(name)?;
        if name == SWING_UP {
            scenario = read(&scenario.to_value(), &SHORT_PLANS)?;
        }
    }
    let context = Context { subject: name, step: PERIOD, scope: Scope::Process, extent };
    if name == RUNNER {
        let (mut subject, mut tuning) = (RunLoop::new(&scenario)?, RunLoop::tuning(&scenario)?);
        return own(job.task, began, &mut subject, &mut tuning, &context, answers);
    }
    let (task, scenario) = (job.task, &scenario);
    scenario.controller.settings.visit(Own { task, scenario, context, began, answers })
}

/// A job's scenario with these fields set.
fn read(scenario: &Value, set: &[(&str, &str)]) -> Result<Scenario, ScenarioError> {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let overrides = Overrides { set, unrecorded: true, ..Overrides::default() };
    Scenario::read("scenario", &scenario.to_string(), &overrides)
}

/// The batch engine. Runs and control periods of its studies where they differ from the usual ones.
const FEW_RUNS: u64 = 10_000;
const SHORT_RUN: u64 = 5;
const LONG_RUN: u64 = 2005;
const COMPARED_RUNS: u64 = 48;

fn studies(
    scenario: &Scenario,
    task: Task,
    extent: Extent,
    answers: &mut Answers<'_>,
) -> Result<(), Trouble> {
    let context = Context { subject: BATCH, step: "round", scope: Scope::Process, extent };
    let mut subject = Studies::new(scenario)?;
    if task == Task::Stress {
        return stress(&mut subject, &context, answers);
    }
    let of = |runs, periods| Studies::of(scenario, runs, periods);
    let (mut few, mut many) = (of(FEW_RUNS, SHORT_RUN)?, of(4 * FEW_RUNS, SHORT_RUN)?);
    let bound = Studies::bound_bytes();
    let (evidence, components) = phases::studies::peak(&mut few, &mut many, bound)?;
    answers.phase(evidence, &many, 0)?;
    answers.send(&Message::Components(components))?;

    let evidence = phases::lifecycle(&mut subject, &context)?;
    answers.phase(evidence, &subject, extent.lives)?;
    subject.begin_phase();
    let mut evidence = phases::steady_step(&mut subject, &context)?;
    let (mut short, mut long) = (of(COMPARED_RUNS, SHORT_RUN)?, of(COMPARED_RUNS, LONG_RUN)?);
    let further = COMPARED_RUNS * (LONG_RUN - SHORT_RUN);
    phases::studies::periods_ask_for_nothing(
        &mut evidence,
        &mut short,
        &mut long,
        further,
        &context,
    );
    answers.phase(evidence, &subject, extent.steady)?;
    subject.begin_phase();
    answers.phase(phases::cleanup(&mut subject, &context)?, &subject, extent.cleanup)?;
    Ok(())
}

/// A controller as a subject, of whatever kind.
struct Own<'a, 'w> {
    task: Task,
    scenario: &'a Scenario,
    context: Context<'a>,
    began: Began,
    answers: &'a mut Answers<'w>,
}

impl KindVisitor for Own<'_, '_> {
    type Output = Result<(), Trouble>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Self { task, scenario, context, began, answers } = self;
        let mut subject = OnPlant::<K>::new(scenario, settings)?;
        let mut tuning = OnPlant::<K>::tuning(scenario, settings)?;
        own(task, began, &mut subject, &mut tuning, &context, answers)
    }
}

/// What a subject of the toolkit's own is asked for; `tuning` makes the candidates of a tuning run.
fn own<S: Audited>(
    task: Task,
    began: Began,
    subject: &mut S,
    tuning: &mut S,
    context: &Context<'_>,
    answers: &mut Answers<'_>,
) -> Result<(), Trouble> {
    match task {
        Task::FreshStart => fresh_start(began, subject, answers),
        Task::Stress => stress(subject, context, answers),
        Task::Phases => {
            common(subject, context, answers)?;
            subject.begin_phase();
            tuning.begin_phase();
            let mut evidence = phases::scenarios(subject, tuning, context)?;
            if let (Some(still), PhaseOutcome::Passed) = (tuning.standstill(), evidence.outcome) {
                evidence.outcome = PhaseOutcome::Inconclusive;
                evidence.statement = format!("in the tuning run {still}");
            }
            answers.phase(evidence, subject, sessions(&context.extent))?;
            Ok(())
        }
    }
}

fn sessions(extent: &Extent) -> u64 {
    extent.session + extent.simulations * extent.life_steps
}

/// The phases that every subject has, but for stress.
fn common<S: Audited>(
    subject: &mut S,
    context: &Context<'_>,
    answers: &mut Answers<'_>,
) -> Result<(), Trouble> {
    let extent = &context.extent;
    subject.begin_phase();
    answers.phase(phases::footprint(subject, context)?, subject, 0)?;
    subject.begin_phase();
    let evidence = phases::lifecycle(subject, context)?;
    answers.phase(evidence, subject, extent.lives * extent.life_steps)?;
    subject.begin_phase();
    answers.phase(phases::steady_step(subject, context)?, subject, extent.steady)?;
    subject.begin_phase();
    answers.phase(phases::cleanup(subject, context)?, subject, extent.cleanup)?;
    Ok(())
}

fn stress<S: Audited>(
    subject: &mut S,
    context: &Context<'_>,
    answers: &mut Answers<'_>,
) -> Result<(), Trouble> {
    subject.begin_phase();
    let (evidence, worn) = phases::stress(subject, context)?;
    let work = context.extent.stress_short + context.extent.stress_long;
    answers.phase(evidence, subject, work)?;
    if !worn.components.is_empty() {
        answers.send(&Message::Components(worn.components))?;
    }
    answers.send(&Message::Histories(worn.histories))?;
    Ok(())
}

/// Periods of the simulation of a fresh process, and of its look after the first control.
const MORE: u64 = 1000;
const SIMULATED: u64 = 5000;

fn fresh_start<S: Subject>(
    (began, start): Began,
    subject: &mut S,
    answers: &mut Answers<'_>,
) -> Result<(), Trouble> {
    let before = Held::now();
    let mut instance = subject.create();
    subject.step(&mut instance, 0);
    let first_control_ns = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let after_first = Held::now();
    answers.send(&Message::FirstControl)?;
    (1..=MORE).for_each(|step| subject.step(&mut instance, step));
    let after_more = Held::now();
    (MORE + 1..SIMULATED).for_each(|step| subject.step(&mut instance, step));
    drop(instance);
    let after_simulation = Held::now();
    let found =
        FreshStart { first_control_ns, start, before, after_first, after_more, after_simulation };
    answers.send(&Message::FreshStart(found))?;
    Ok(())
}

/// The phases of an animal of the zoo.
struct Watched<'a, 'w> {
    task: Task,
    answers: &'a mut Answers<'w>,
}

impl zoo::Visitor for Watched<'_, '_> {
    type Output = Result<(), Trouble>;
    fn visit<S: Subject>(self, animal: &'static zoo::Animal, subject: S) -> Self::Output {
        let extent = Extent::of_animal(animal.steps);
        let context = Context { subject: animal.name, step: "step", scope: Scope::Process, extent };
        match self.task {
            Task::Stress => stress(&mut Wild(subject), &context, self.answers),
            Task::Phases | Task::FreshStart => common(&mut Wild(subject), &context, self.answers),
        }
    }
}
