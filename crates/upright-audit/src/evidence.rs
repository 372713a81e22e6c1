//! What an audit found, as `audit.json` has it. The schema for editors and other programs is made from
//! these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that an audit found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Version of the program that made it.
    pub version: String,
    /// Whether the short form was asked for.
    pub quick: bool,
    /// False where it was interrupted: what was measured until then is here.
    pub complete: bool,
    /// The worst verdict among the subjects.
    pub verdict: VerdictName,
    /// The animal of the zoo that was audited in place of the toolkit's own subjects.
    pub demo: Option<String>,
    /// Wall time in s.
    pub seconds: f64,
    /// The score, recomputable from its rows.
    pub score: Score,
    /// Each subject, measured in a process of its own.
    pub subjects: Vec<SubjectEvidence>,
    /// What stands in the place of each history that the reference audit worried about.
    pub reference_histories: Vec<HistoryAnswer>,
    /// The scenario that the subjects ran, as resolved.
    pub scenario: Value,
}

/// What a series of bytes says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VerdictName {
    /// No growth.
    Clean,
    /// A cost paid once, then flat.
    OneTime,
    /// Growth to a capacity, then flat.
    Bounded,
    /// This audit does not tell.
    Inconclusive,
    /// Growth that goes on.
    Leak,
}

impl Evidence {
    /// The worst outcome of any phase of any subject.
    pub fn worst_outcome(&self) -> PhaseOutcome {
        let outcomes = self.subjects.iter().flat_map(|s| s.phases.iter().map(|p| p.outcome));
        outcomes.max().unwrap_or(PhaseOutcome::Inconclusive)
    }

    /// Whether all subjects of the toolkit were audited, which is what a score is of.
    pub fn is_whole(&self) -> bool {
        self.demo.is_none() && self.subjects.len() == crate::subjects().len()
    }
}

impl VerdictName {
    /// Its name, as files have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::OneTime => "one_time",
            Self::Bounded => "bounded",
            Self::Inconclusive => "inconclusive",
            Self::Leak => "leak",
        }
    }
}

/// What was found of one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SubjectEvidence {
    /// Its name: a kind of controller, or a part of the toolkit.
    pub subject: String,
    /// The worst verdict of its phases.
    pub verdict: VerdictName,
    /// The verdict in words.
    pub statement: String,
    /// For how many control periods (or lives, where those leak) it may run: `unlimited` where nothing grows; where something
    /// does, until it has grown by [`GROWTH_BUDGET`]; `unknown` where the audit does not tell.
    pub max_recommended_periods: PeriodLimit,
    /// What that limit counts: `period`, or `step`, `life`, `reset` or `round` where those leak.
    pub max_recommended_unit: String,
    /// Heap bytes taken once, in the steady run.
    pub one_time_bytes: f64,
    /// Most heap bytes at a time of what fills up and then stays, in the steady run.
    pub capacity_bytes: f64,
    /// Its phases in the order in which they ran.
    pub phases: Vec<PhaseEvidence>,
    /// What it is made of.
    pub components: Vec<ComponentEvidence>,
    /// Every history in it, after the longest run.
    pub histories: Vec<HistoryEvidence>,
    /// False where it was interrupted.
    pub complete: bool,
}

impl SubjectEvidence {
    /// The phase of this name, if it ran.
    pub fn phase(&self, name: PhaseName) -> Option<&PhaseEvidence> {
        self.phases.iter().find(|phase| phase.phase == name)
    }

    /// Whether that phase ran and passed.
    pub fn passed(&self, name: PhaseName) -> bool {
        self.phase(name).is_some_and(|phase| phase.outcome == PhaseOutcome::Passed)
    }
}

/// Growth after which a subject that grows should be made anew, in bytes.
pub const GROWTH_BUDGET: f64 = 100e6;

/// For how many control periods a subject may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PeriodLimit {
    /// So many.
    Periods(u64),
    /// Without a number.
    Word(PeriodWord),
}

/// A limit that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodWord {
    /// Nothing grows.
    Unlimited,
    /// The audit does not tell.
    Unknown,
}

impl std::fmt::Display for PeriodLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Periods(periods) => write!(f, "{periods}"),
            Self::Word(PeriodWord::Unlimited) => f.write_str("unlimited"),
            Self::Word(PeriodWord::Unknown) => f.write_str("unknown"),
        }
    }
}

/// A phase of the audit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// What it is made of, walked and counted.
    Footprint,
    /// Many lives: created, run and dropped.
    Lifecycle,
    /// Requests for memory in its steps.
    SteadyStep,
    /// One long life, sampled.
    Stress,
    /// What stays after a reset and after it was dropped.
    Cleanup,
    /// One long session, a tuning run, a restart for each simulation.
    Scenarios,
    /// A fresh process to its first control.
    WarmUp,
}

impl PhaseName {
    /// Its name, as files have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Footprint => "footprint",
            Self::Lifecycle => "lifecycle",
            Self::SteadyStep => "steady_step",
            Self::Stress => "stress",
            Self::Cleanup => "cleanup",
            Self::Scenarios => "scenarios",
            Self::WarmUp => "warm_up",
        }
    }
}

/// How a phase came out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Outcome")]
pub enum PhaseOutcome {
    /// What it asks for holds.
    Passed,
    /// It has nothing to ask for, and reports.
    Reported,
    /// It does not tell.
    Inconclusive,
    /// What it asks for does not hold.
    Failed,
}

impl PhaseOutcome {
    /// Its name, as files have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Reported => "reported",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
        }
    }
}

/// What a phase found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseEvidence {
    /// Which phase.
    pub phase: PhaseName,
    /// How it came out.
    pub outcome: PhaseOutcome,
    /// Why, in words.
    pub statement: String,
    /// What its series of bytes says, where it has one.
    pub finding: Option<Finding>,
    /// Its figures, each beside the reference audit's where that has one.
    pub figures: Vec<Figure>,
    /// How often each thing happened that must happen for the phase to mean anything.
    pub events: Vec<EventCount>,
    /// Who held most at its marks.
    pub snapshots: Vec<SnapshotEvidence>,
    /// Live bytes and resident memory over the steps of the short run, where there is one.
    pub short_series: Vec<Point>,
    /// Live bytes and resident memory over the steps of the long run.
    pub series: Vec<Point>,
    /// Wall time in s.
    pub seconds: f64,
}

/// What a series of bytes says, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The verdict.
    pub verdict: VerdictName,
    /// The verdict in words.
    pub statement: String,
    /// Bytes paid once, or the most that was held, or nothing.
    pub bytes: f64,
    /// What the series runs over: `period`, `step`, `life` or `simulation`.
    pub unit: String,
    /// Growth in bytes a unit; zero where there is none.
    pub rate: f64,
    /// Where the true rate lies.
    pub interval: [f64; 2],
    /// Where the steady state begins, in units.
    pub steady_from: f64,
    /// Who holds what grew.
    pub site: Option<SiteEvidence>,
    /// How long a run would settle it, in units, where this one does not.
    pub settled_by: Option<f64>,
}

/// A figure of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// What it says.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// The reference audit's, in the same unit.
    pub reference: Option<f64>,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Self { name: name.into(), value, unit: unit.to_owned(), reference: None }
    }

    pub(crate) fn beside(self, reference: Option<f64>) -> Self {
        Self { reference, ..self }
    }
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventCount {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Who held most at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotEvidence {
    /// Lives or steps done.
    pub at: u64,
    /// Live bytes then.
    pub live_bytes: i64,
    /// The call sites that held most of them, most first.
    pub sites: Vec<SiteEvidence>,
}

/// A call site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiteEvidence {
    /// The function to blame, with its place.
    pub culprit: String,
    /// The call stack, innermost first.
    pub frames: Vec<String>,
    /// Bytes that it holds.
    pub live_bytes: u64,
    /// Blocks that it holds.
    pub live_blocks: u64,
}

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Steps done.
    pub at: u64,
    /// Live bytes since the run began.
    pub live_bytes: i64,
    /// Resident memory of the process, where it is known.
    pub resident_bytes: Option<u64>,
}

/// A part of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentEvidence {
    /// Its name.
    pub name: String,
    /// Its size in place, in bytes.
    pub inline_bytes: u64,
    /// What it holds on the heap, in bytes.
    pub heap_bytes: u64,
    /// What it promises never to exceed, in place and on the heap together, in bytes.
    pub bound_bytes: Option<u64>,
}

/// A history in a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEvidence {
    /// Its name.
    pub name: String,
    /// How many entries it can hold.
    pub capacity: u64,
    /// How many it held at the end of the longest run.
    pub length: u64,
}

impl HistoryEvidence {
    /// Whether it was seen full.
    pub fn is_full(&self) -> bool {
        self.length == self.capacity
    }
}

/// What stands in the place of a history that the reference audit worried about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryAnswer {
    /// The reference's history.
    pub history: String,
    /// What there is here.
    pub here: String,
    /// Its capacity in entries; nothing where none is needed.
    pub capacity: Option<u64>,
}

/// The score of an audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// The weighted sum of the categories, 0 to 100.
    pub total: f64,
    /// The categories.
    pub categories: Vec<Category>,
}

/// A category of the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// Its weight in percent.
    pub weight: f64,
    /// Its points, 0 to 100.
    pub points: f64,
    /// How the points come about.
    pub formula: String,
    /// What they were counted from.
    pub rows: Vec<Row>,
}

/// A row of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The subject, and the part of it that the row is about.
    pub of: String,
    /// Whether it counts. What is inconclusive does not.
    pub counts: bool,
}
