//! The memory audit of the toolkit: do the controllers, and what runs them, leak; what do they cost
//! once; what bounds them?
//!
//! [`orchestrate()`] starts a fresh process for each subject, in which [`work`] runs the phases on a moving
//! plant and returns their evidence. The [`score`] is computed from that evidence alone, and
//! [`mod@report`] shows it beside the figures of the reference audit.

mod child;
pub mod evidence;
mod extent;
mod histories;
mod junit;
mod orchestrate;
mod phases;
mod picture;
mod protocol;
pub mod reference;
pub mod report;
pub mod score;
mod subjects;

pub use child::work;
pub use evidence::{Evidence, PhaseOutcome, VerdictName};
pub use extent::Extent;
pub use junit::junit;
pub use orchestrate::{OrchestrateError, Plan, Progress, orchestrate};
pub use picture::memory_stress;
pub use protocol::SubjectName;
pub use subjects::{BATCH, RUNNER, TUNER, names as subjects};

/// The JSON Schema (draft 2020-12) of [`Evidence`], for editors and other programs.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Evidence).to_value()
}
