//! Conducting an audit: a fresh process a subject, what they answer, and what comes of it.

use crate::evidence::Score;
use crate::evidence::{
    Evidence, GROWTH_BUDGET, PeriodLimit, PeriodWord, PhaseName, PhaseOutcome, SubjectEvidence,
    VerdictName,
};
use crate::extent::{Extent, START};
use crate::histories;
use crate::phases::{add_fresh_starts, warm_up};
use crate::protocol::{FreshStart, Job, Message, SubjectName, Task};
use crate::subjects::{BATCH, MPC, SWING_UP, TUNER};
use heapwatch::zoo;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// What is to be audited, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program that calls [`crate::work`] with what it reads from standard input, and how it is
    /// told to.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The scenario that the subjects run, as resolved.
    pub scenario: Value,
    /// The subjects.
    pub subjects: Vec<SubjectName>,
    /// Whether the short form was asked for.
    pub quick: bool,
    /// Processes at a time; from 1.
    pub parallel: usize,
    /// The audit ends early once this is true, and keeps what it has.
    pub stop: Arc<AtomicBool>,
}

/// Why an audit came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrchestrateError {
    /// The process of a subject did not start.
    #[error("the process of {subject} did not start")]
    Start {
        /// Whose.
        subject: String,
        /// Why.
        source: std::io::Error,
    },
}

/// How far an audit is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Work done, in steps.
    pub done: u64,
    /// All work.
    pub all: u64,
    /// What was done last: the subject, and the phase with its outcome.
    pub last: String,
    /// Whether that was the end of the subject.
    pub subject_over: bool,
}

/// What the parent hears from its workers.
enum WorkerEvent {
    Message(usize, Message),
    /// Whole seconds from start to first control.
    Started(usize, FreshStart, f64),
    /// The end of a subject: nothing, why it broke down, or that its process did not start.
    Over(usize, Result<Option<String>, OrchestrateError>),
}

/// Audits every subject of the plan and tells `progress` how far it is.
///
/// # Errors
/// Where a process does not start. A subject whose process breaks down is no error: its evidence is what
/// it had answered, and its verdict is inconclusive. Neither is an audit that was stopped.
pub fn orchestrate(
    plan: &Plan,
    version: &str,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Evidence, OrchestrateError> {
    let began = Instant::now();
    let mut gathered: Vec<Gathered> = plan.subjects.iter().map(Gathered::new).collect();
    let all = plan.subjects.iter().map(|subject| extent_of(subject, plan.quick).work()).sum();
    let mut state = Progress { done: 0, all, last: String::new(), subject_over: false };
    let mut trouble = None;
    let children = Children::default();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..plan.parallel.clamp(1, plan.subjects.len().max(1)) {
            let (sender, children, next) = (sender.clone(), &children, &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(subject) = plan.subjects.get(index) else { break };
                    let result = audit(plan, subject, index, children, &sender);
                    // The receiver lives until all senders are gone.
                    let _ = sender.send(WorkerEvent::Over(index, result));
                }
            });
        }
        drop(sender);
        loop {
            if plan.stop.load(Ordering::Relaxed) {
                children.end();
            }
            match receiver.recv_timeout(LOOK) {
                Ok(heard) => {
                    let of = gather(&mut gathered, heard, &mut state);
                    if let Some(error) = of {
                        trouble.get_or_insert(error);
                        children.end();
                    }
                    progress(&state);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    let stopped = plan.stop.load(Ordering::Relaxed);
    if let (Some(error), false) = (trouble, stopped) {
        return Err(error);
    }
    let subjects: Vec<SubjectEvidence> = gathered.into_iter().map(Gathered::conclude).collect();
    let demo = plan.subjects.iter().find_map(|subject| match subject {
        SubjectName::Animal(name) => Some(name.clone()),
        SubjectName::Own(_) => None,
    });
    Ok(Evidence {
        version: version.to_owned(),
        quick: plan.quick,
        complete: !stopped || subjects.iter().all(|subject| subject.complete),
        verdict: subjects.iter().map(|s| s.verdict).max().unwrap_or(VerdictName::Inconclusive),
        demo,
        seconds: began.elapsed().as_secs_f64(),
        score: Score::of(&subjects),
        reference_histories: histories::answers(&subjects),
        scenario: plan.scenario.clone(),
        subjects,
    })
}

/// From one look for an interruption to the next.
const LOOK: Duration = Duration::from_millis(50);

fn extent_of(subject: &SubjectName, quick: bool) -> Extent {
    match subject {
        SubjectName::Own(name) if name == BATCH => Extent::of_studies(quick),
        SubjectName::Own(name) if name == TUNER => Extent::of_searches(quick),
        SubjectName::Own(name) if name == MPC => Extent::of_predictions(quick),
        SubjectName::Own(name) if name == SWING_UP => Extent::of_swing_ups(quick),
        SubjectName::Own(_) => Extent::of_subjects(quick),
        SubjectName::Animal(name) => {
            let animal = zoo::ANIMALS.iter().find(|animal| animal.name == name);
            Extent::of_animal(animal.map_or(0, |animal| animal.steps))
        }
    }
}

/// The processes that run, so that they can be ended.
#[derive(Default)]
struct Children {
    running: Mutex<Vec<Child>>,
    ended: AtomicBool,
}

impl Children {
    fn lock(&self) -> MutexGuard<'_, Vec<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends those that run, and any that would start later.
    fn end(&self) {
        let mut running = self.lock();
        self.ended.store(true, Ordering::Relaxed);
        for child in running.iter_mut() {
            // One that has ended already cannot be killed, and need not be.
            let _ = child.kill();
        }
    }

    /// Takes a child in; one that comes too late is ended at once.
    fn take(&self, mut child: Child) -> u32 {
        let mut running = self.lock();
        // Under the lock, so that one is either here when all are ended, or sees that they were.
        if self.ended.load(Ordering::Relaxed) {
            let _ = child.kill();
        }
        let id = child.id();
        running.push(child);
        id
    }

    /// Waits for a child that has closed its output; returns how it ended.
    fn wait(&self, id: u32) -> Option<ExitStatus> {
        let child = {
            let mut running = self.lock();
            let place = running.iter().position(|child| child.id() == id);
            place.map(|place| running.swap_remove(place))
        };
        child?.wait().ok()
    }
}

/// The phases of one subject in one process, stress in another, then its fresh starts. Returns why it
/// broke down, if it did.
fn audit(
    plan: &Plan,
    subject: &SubjectName,
    index: usize,
    children: &Children,
    sender: &mpsc::Sender<WorkerEvent>,
) -> Result<Option<String>, OrchestrateError> {
    let run =
        |task, hear: &mut dyn FnMut(Message, Instant)| run_job(plan, subject, task, children, hear);
    for task in [Task::Phases, Task::Stress] {
        let trouble = run(task, &mut |message, _| {
            // The receiver lives until all senders are gone.
            let _ = sender.send(WorkerEvent::Message(index, message));
        })?;
        if trouble.is_some() {
            return Ok(trouble);
        }
    }
    for _ in 0..extent_of(subject, plan.quick).fresh_starts {
        let mut first = None;
        let trouble = run(Task::FreshStart, &mut |message, began| match message {
            Message::FirstControl => first = Some(began.elapsed().as_secs_f64()),
            Message::FreshStart(start) => {
                let seconds = first.unwrap_or(f64::NAN);
                let _ = sender.send(WorkerEvent::Started(index, start, seconds));
            }
            _ => {}
        })?;
        if trouble.is_some() {
            return Ok(trouble);
        }
    }
    Ok(None)
}

/// Runs one process to its end and hands on what it says. Returns why it broke down, if it did.
fn run_job(
    plan: &Plan,
    subject: &SubjectName,
    task: Task,
    children: &Children,
    hear: &mut dyn FnMut(Message, Instant),
) -> Result<Option<String>, OrchestrateError> {
    let job =
        Job { subject: subject.clone(), task, scenario: plan.scenario.clone(), quick: plan.quick };
    // A job is a tree of plain values.
    let text = serde_json::to_string(&job).unwrap_or_default();
    let began = Instant::now();
    let mut command = Command::new(&plan.program);
    command.args(&plan.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    // An interruption at the terminal is for the parent, which then ends its children.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .spawn()
        .map_err(|source| OrchestrateError::Start { subject: subject.word().to_owned(), source })?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let id = children.take(child);
    if let Some(mut input) = input {
        // A child that does not read says so by its silence.
        let _ = input.write_all(text.as_bytes());
    }
    let mut done = false;
    let mut trouble = None;
    for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()) {
        let message = line.ok().and_then(|line| serde_json::from_str(&line).ok());
        match message {
            Some(Message::Done) => done = true,
            Some(Message::Failed(reason)) => trouble = Some(reason),
            Some(message) => hear(message, began),
            None => trouble = Some("its process answered something else than evidence".to_owned()),
        }
    }
    let status = children.wait(id);
    if trouble.is_none() && !done {
        let how =
            status.map_or_else(|| "in an unknown way".to_owned(), |status| status.to_string());
        trouble = Some(format!("its process ended before it had answered: {how}"));
    }
    Ok(trouble)
}

/// The phases with findings, those first that have looked longest and know the call site.
const KNOWING: [PhaseName; 5] = [
    PhaseName::Stress,
    PhaseName::SteadyStep,
    PhaseName::Lifecycle,
    PhaseName::Scenarios,
    PhaseName::Cleanup,
];

/// What is known of a subject so far.
struct Gathered {
    evidence: SubjectEvidence,
    starts: Vec<(FreshStart, f64)>,
    /// Why its process broke down, if it did.
    broken: Option<String>,
    over: bool,
}

impl Gathered {
    fn new(subject: &SubjectName) -> Self {
        Self {
            evidence: SubjectEvidence {
                subject: subject.word().to_owned(),
                verdict: VerdictName::Inconclusive,
                statement: String::new(),
                max_recommended_periods: PeriodLimit::Word(PeriodWord::Unknown),
                max_recommended_unit: "period".to_owned(),
                one_time_bytes: 0.0,
                capacity_bytes: 0.0,
                phases: Vec::new(),
                components: Vec::new(),
                histories: Vec::new(),
                complete: false,
            },
            starts: Vec::new(),
            broken: None,
            over: false,
        }
    }

    /// The verdict of the subject from those of its phases.
    fn conclude(mut self) -> SubjectEvidence {
        let evidence = &mut self.evidence;
        if !self.starts.is_empty() {
            let starts: Vec<FreshStart> = self.starts.iter().map(|(start, _)| *start).collect();
            let scenarios = evidence.phases.iter_mut().find(|p| p.phase == PhaseName::Scenarios);
            if let Some(phase) = scenarios {
                add_fresh_starts(phase, &starts);
            }
            evidence.phases.push(warm_up(&self.starts));
        }
        // Stress has a process of its own.
        evidence.phases.sort_by_key(|phase| phase.phase);
        evidence.complete = self.over;
        let found = || evidence.phases.iter().filter_map(|phase| phase.finding.as_ref());
        // Of several findings that are as bad, the one of the phase that knows most.
        let by_knowledge = KNOWING.iter().rev().filter_map(|&name| evidence.phase(name));
        let worst = by_knowledge
            .filter_map(|phase| phase.finding.as_ref())
            .max_by_key(|finding| finding.verdict)
            .cloned();
        let doubtful = evidence.phases.iter().find(|p| p.outcome == PhaseOutcome::Inconclusive);
        let failed = evidence.phases.iter().find(|p| p.outcome == PhaseOutcome::Failed);
        let fills = |verdict| {
            let bytes = found().filter(move |f| f.verdict == verdict).map(|f| f.bytes);
            bytes.fold(0.0, f64::max)
        };
        let (one_time, capacity) = (fills(VerdictName::OneTime), fills(VerdictName::Bounded));
        let (verdict, statement) = match (&worst, doubtful, failed) {
            (Some(finding), _, _) if finding.verdict == VerdictName::Leak => {
                (VerdictName::Leak, finding.statement.clone())
            }
            _ if self.broken.is_some() => {
                (VerdictName::Inconclusive, self.broken.unwrap_or_default())
            }
            (_, Some(phase), _) => {
                (VerdictName::Inconclusive, format!("{}: {}", phase.phase.word(), phase.statement))
            }
            (Some(finding), None, Some(phase)) => (
                finding.verdict,
                format!("{}; but {}: {}", finding.statement, phase.phase.word(), phase.statement),
            ),
            (Some(finding), None, None) if evidence.complete => {
                (finding.verdict, finding.statement.clone())
            }
            _ => (VerdictName::Inconclusive, "it was not audited to the end".to_owned()),
        };
        let leaking = worst.filter(|finding| finding.verdict == VerdictName::Leak);
        evidence.max_recommended_periods = match (verdict, leaking) {
            (VerdictName::Leak, Some(finding)) if finding.rate > 0.0 => {
                evidence.max_recommended_unit.clone_from(&finding.unit);
                // By the fastest that it may be.
                let rate = finding.rate.max(finding.interval[1]);
                PeriodLimit::Periods((GROWTH_BUDGET / rate) as u64)
            }
            (VerdictName::Leak | VerdictName::Inconclusive, _) => {
                PeriodLimit::Word(PeriodWord::Unknown)
            }
            _ => PeriodLimit::Word(PeriodWord::Unlimited),
        };
        (evidence.one_time_bytes, evidence.capacity_bytes) = (one_time, capacity);
        (evidence.verdict, evidence.statement) = (verdict, statement);
        self.evidence
    }
}

/// Takes in what was heard; returns the trouble if it was that.
fn gather(
    gathered: &mut [Gathered],
    heard: WorkerEvent,
    state: &mut Progress,
) -> Option<OrchestrateError> {
    let (WorkerEvent::Message(index, _)
    | WorkerEvent::Started(index, ..)
    | WorkerEvent::Over(index, _)) = heard;
    let of = gathered.get_mut(index)?;
    let name = &of.evidence.subject;
    state.subject_over = false;
    match heard {
        WorkerEvent::Message(_, Message::Phase { evidence, work }) => {
            state.done += work;
            state.last = format!("{name}: {} {}", evidence.phase.word(), evidence.outcome.word());
            of.evidence.phases.push(*evidence);
        }
        WorkerEvent::Message(_, Message::Components(components)) => {
            of.evidence.components = components;
        }
        WorkerEvent::Message(_, Message::Histories(histories)) => of.evidence.histories = histories,
        WorkerEvent::Message(..) => {}
        WorkerEvent::Started(_, start, seconds) => {
            state.done += START;
            of.starts.push((start, seconds));
            state.last = format!("{name}: fresh start {}", of.starts.len());
        }
        WorkerEvent::Over(_, end) => {
            of.over = matches!(end, Ok(None));
            state.last.clone_from(name);
            state.subject_over = of.over;
            match end {
                Ok(broken) => of.broken = broken,
                Err(error) => return Some(error),
            }
        }
    }
    None
}
