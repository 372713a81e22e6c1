//! Auditing any type: what it is made of, what a life of it costs, whether its steps grow, and what
//! it leaves behind.

mod audited;
mod cleanup;
mod closures;
mod footprint;
mod plan;
mod run;

pub use audited::{Component, Event, Subject};
pub use cleanup::{Cleanup, cleanup};
pub use closures::{Closures, from_closures};
pub use footprint::{Footprint, footprint};
pub use plan::{AuditError, MAX_SAMPLES, Plan, Scope};
pub use run::{Run, Sample, Snapshot, lifecycle, steady};
