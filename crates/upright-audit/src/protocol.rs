//! What the audit tells the process of a subject, and what that answers: a line of JSON each.

use crate::evidence::{ComponentEvidence, HistoryEvidence, PhaseEvidence};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the process of a subject is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Which subject.
    pub(crate) subject: SubjectName,
    /// What to do with it.
    pub(crate) task: Task,
    /// The scenario that it runs, as resolved.
    pub(crate) scenario: Value,
    /// Whether the short form was asked for.
    pub(crate) quick: bool,
}

/// A subject by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectName {
    /// One of the toolkit's own.
    Own(String),
    /// An animal of the zoo.
    Animal(String),
}

impl SubjectName {
    /// The name alone.
    pub fn word(&self) -> &str {
        match self {
            Self::Own(name) | Self::Animal(name) => name,
        }
    }
}

/// What to do with a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// All phases that one process can do, but for stress.
    Phases,
    /// The stress phase, in a process that has freed nothing yet.
    Stress,
    /// The first control of a fresh process, and one simulation.
    FreshStart,
}

/// What the process of a subject answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Message {
    /// A phase is over, which was so much of its work in steps.
    Phase {
        /// Its evidence.
        evidence: Box<PhaseEvidence>,
        /// Work done, in steps.
        work: u64,
    },
    /// What it is made of.
    Components(Vec<ComponentEvidence>),
    /// Its histories after the longest run.
    Histories(Vec<HistoryEvidence>),
    /// The first control of a fresh process was answered.
    FirstControl,
    /// What a fresh process showed.
    FreshStart(FreshStart),
    /// All is done.
    Done,
    /// It could not be done, and why.
    Failed(String),
}

/// What a fresh process showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FreshStart {
    /// From the beginning of its main function to the first control, in ns.
    pub(crate) first_control_ns: u64,
    /// At the beginning of the process.
    pub(crate) start: Held,
    /// Before the controller was created, its scenario read and its surface designed.
    pub(crate) before: Held,
    /// After the first control.
    pub(crate) after_first: Held,
    /// After 1000 more of them.
    pub(crate) after_more: Held,
    /// After one simulation, its subject dropped.
    pub(crate) after_simulation: Held,
}

/// What a process held at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// Live bytes of the Rust allocator.
    pub(crate) live_bytes: i64,
    /// Resident memory, where it is known.
    pub(crate) resident_bytes: Option<u64>,
}

impl Held {
    /// Now.
    pub(crate) fn now() -> Self {
        Self {
            live_bytes: heapwatch::process_counts().live_bytes(),
            resident_bytes: heapwatch::process::resident(),
        }
    }
}
