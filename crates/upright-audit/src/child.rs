//! The process of one subject: reads its job, runs the phases, answers a line of JSON for each.

use crate::evidence::PhaseEvidence;
use crate::extent::Extent;
use crate::messages::{FreshStart, Held, Job, Message, SubjectName, Task};
use crate::phases::{self, Context};
use crate::subjects::{BATCH, OnPlant, RUNNER, RunLoop, Studies};
use heapwatch::{AuditError, Subject, zoo};
use std::io::Write;
use std::time::Instant;
use upright_lanes::UnitError;
use upright_sim::batch::BatchError;
use upright_sim::design::DesignError;
use upright_sim::registry::{Kind, Visitor};
use upright_sim::scenario::{Overrides, Scenario, ScenarioError};

/// Does the job that `text` describes and writes a line a message to `answers`. `began` is when this
/// process began. What goes wrong is a message too.
///
/// # Errors
/// Where `answers` cannot be written: nobody is listening any more.
pub fn work(text: &str, began: Instant, answers: &mut dyn Write) -> std::io::Result<()> {
    let mut answers = Answers(answers);
    match attempt(text, began, &mut answers) {
        Ok(()) => answers.send(&Message::Done),
        Err(Trouble::Listener(error)) => Err(error),
        Err(fell @ Trouble::Fell { .. }) => {
            answers.send(&Message::Still(fell.to_string()))?;
            answers.send(&Message::Done)
        }
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
    Batch(#[from] BatchError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(
        "the pendulum falls in {step} {at}: from then on nothing moves and nothing is shown; a scenario \
         in which it stands would do"
    )]
    Fell { step: &'static str, at: u64 },
    #[error("nobody listens: {0}")]
    Listener(#[from] std::io::Error),
}

struct Answers<'a>(&'a mut dyn Write);

impl Answers<'_> {
    fn send(&mut self, message: &Message) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.write_all(&line)?;
        self.0.flush()
    }

    fn phase(&mut self, evidence: PhaseEvidence, work: u64) -> std::io::Result<()> {
        self.send(&Message::Phase { evidence: Box::new(evidence), work })
    }
}

/// What a step of the toolkit's own subjects is called.
const PERIOD: &str = "period";

/// Rows that the run loop's trajectory keeps: a ring that is seen to fill and to turn.
const RECORDED: u32 = 1000;

fn attempt(text: &str, began: Instant, answers: &mut Answers<'_>) -> Result<(), Trouble> {
    let job: Job = serde_json::from_str(text)?;
    let name = match &job.subject {
        SubjectName::Animal(name) => {
            return zoo::visit(name, Wild { answers })
                .unwrap_or_else(|| Err(Trouble::Name(name.clone())));
        }
        SubjectName::Own(name) => name.as_str(),
    };
    let extent = Extent::of_subjects(job.quick);
    if name == BATCH {
        let scenario = read(&job)?;
        return studies(&scenario, Extent::of_studies(job.quick), answers);
    }
    let longest = extent.stress_long.max(extent.steady).max(extent.session);
    let mut scenario = read(&job)?;
    // As long as the longest phase, and some more so that it is not the end that ends it.
    scenario.simulation.duration = (longest + 10) as f64 * scenario.simulation.control_period;
    if name == RUNNER {
        scenario.simulation.record_last = Some(RECORDED);
    } else {
        scenario = scenario.under(name)?;
    }
    let own = Own { job: &job, scenario: &scenario, extent, began, answers };
    scenario.controller.settings.visit(own)
}

fn read(job: &Job) -> Result<Scenario, ScenarioError> {
    let overrides = Overrides { unrecorded: true, ..Overrides::default() };
    Scenario::read("scenario", &job.scenario.to_string(), &overrides)
}

/// The batch engine. Runs and control periods of its studies where they differ from the usual ones.
const FEW_RUNS: u64 = 20_000;
const SHORT_RUN: u64 = 5;
const LONG_RUN: u64 = 2005;
const COMPARED_RUNS: u64 = 48;

fn studies(scenario: &Scenario, extent: Extent, answers: &mut Answers<'_>) -> Result<(), Trouble> {
    let context = Context { subject: BATCH, step: "round", extent };
    let of = |runs, periods| Studies::of(scenario, runs, periods);
    let (mut few, mut many) = (of(FEW_RUNS, SHORT_RUN)?, of(4 * FEW_RUNS, SHORT_RUN)?);
    let bound = few.bound_bytes()?;
    let (evidence, components) = phases::studies::peak(&mut few, &mut many, bound)?;
    answers.phase(evidence, 0)?;
    answers.send(&Message::Components(components))?;

    let mut subject = Studies::new(scenario)?;
    answers.phase(phases::lifecycle(&mut subject, &context)?, extent.lives)?;
    subject.forget_events();
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
    answers.phase(evidence, extent.steady)?;
    subject.forget_events();
    let (evidence, _) = phases::stress(&mut subject, &context)?;
    answers.phase(evidence, extent.stress_short + extent.stress_long)?;
    answers.phase(phases::cleanup(&mut subject, &context)?, extent.cleanup)?;
    Ok([few, many, subject, short, long].iter_mut().try_for_each(Studies::trouble)?)
}

/// A subject of the toolkit's own, of whatever kind.
struct Own<'a, 'w> {
    job: &'a Job,
    scenario: &'a Scenario,
    extent: Extent,
    began: Instant,
    answers: &'a mut Answers<'w>,
}

impl Visitor for Own<'_, '_> {
    type Output = Result<(), Trouble>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Self { job, scenario, extent, began, answers } = self;
        let name = job.subject.word();
        let context = Context { subject: name, step: PERIOD, extent };
        match (job.task, name == RUNNER) {
            (Task::FreshStart, true) => {
                fresh_start(began, &mut RunLoop::<K>::new(scenario, settings)?, answers)
            }
            (Task::FreshStart, false) => {
                fresh_start(began, &mut OnPlant::<K>::new(scenario, settings)?, answers)
            }
            (Task::Phases, true) => {
                let mut subject = RunLoop::<K>::new(scenario, settings)?;
                common(&mut subject, RunLoop::forget_events, &context, answers)?;
                stands(subject.fell())?;
                let mut session = RunLoop::<K>::new(scenario, settings)?;
                let evidence = phases::scenarios(&mut session, &mut subject, &context)?;
                answers.phase(evidence, sessions(&extent))?;
                stands(session.fell())
            }
            (Task::Phases, false) => {
                let mut subject = OnPlant::<K>::new(scenario, settings)?;
                common(&mut subject, OnPlant::forget_events, &context, answers)?;
                stands(subject.fell())?;
                let mut tuning = OnPlant::<K>::tuning(scenario, settings)?;
                let evidence = phases::scenarios(&mut subject, &mut tuning, &context)?;
                answers.phase(evidence, sessions(&extent))?;
                stands(tuning.fell())
            }
        }
    }
}

fn sessions(extent: &Extent) -> u64 {
    extent.session + extent.simulations * extent.life_steps
}

fn stands(fell: Option<u64>) -> Result<(), Trouble> {
    fell.map_or(Ok(()), |at| Err(Trouble::Fell { step: PERIOD, at }))
}

/// The phases that every subject has. Events are counted anew in each of them.
fn common<S: Subject>(
    subject: &mut S,
    forget_events: fn(&mut S),
    context: &Context<'_>,
    answers: &mut Answers<'_>,
) -> Result<(), Trouble> {
    let extent = &context.extent;
    let (evidence, components) = phases::footprint(subject)?;
    answers.phase(evidence, 0)?;
    answers.send(&Message::Components(components))?;
    forget_events(subject);
    answers.phase(phases::lifecycle(subject, context)?, extent.lives * extent.life_steps)?;
    forget_events(subject);
    answers.phase(phases::steady_step(subject, context)?, extent.steady)?;
    forget_events(subject);
    let (evidence, histories) = phases::stress(subject, context)?;
    answers.phase(evidence, extent.stress_short + extent.stress_long)?;
    answers.send(&Message::Histories(histories))?;
    answers.phase(phases::cleanup(subject, context)?, extent.cleanup)?;
    forget_events(subject);
    Ok(())
}

/// Periods of the simulation of a fresh process, and of its look after the first control.
const MORE: u64 = 1000;
const SIMULATED: u64 = 5000;

fn fresh_start<S: Subject>(
    began: Instant,
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
    let start = FreshStart { first_control_ns, before, after_first, after_more, after_simulation };
    answers.send(&Message::FreshStart(start))?;
    Ok(())
}

/// An animal of the zoo.
struct Wild<'a, 'w> {
    answers: &'a mut Answers<'w>,
}

impl zoo::Visitor for Wild<'_, '_> {
    type Output = Result<(), Trouble>;
    fn visit<S: Subject>(self, animal: &'static zoo::Animal, mut subject: S) -> Self::Output {
        let extent = Extent::of_animal(animal.steps);
        let context = Context { subject: animal.name, step: "step", extent };
        common(&mut subject, |_| (), &context, self.answers)
    }
}
