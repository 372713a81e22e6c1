//! Why does a scenario not settle, or bang? Its run as it is, with one cause removed each, and with the settings that
//! a user can change, alone and in pairs; then what none of them removes.
//!
//! ```
//! use upright_diagnose::diagnose;
//! use upright_sim::Scenario;
//!
//! let scenario = Scenario::builder()
//!     .set("simulation.duration", 2.0)
//!     .set("actuator.delay", 3)
//!     .build()?;
//! let diagnosis = diagnose(&scenario, &|| false)?.expect("not interrupted");
//! assert_eq!(diagnosis.as_it_is.verdict.word(), "chattering");
//! let best = diagnosis.proposal().expect("something helps");
//! assert_eq!(best.knobs, ["slope"]);
//! assert!(best.observed.verdict.calm());
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```

mod cause;
mod change;
mod diagnosis;
mod knob;
mod observed;

pub use change::Change;
pub use diagnosis::{Diagnosis, Remaining, Trial, diagnose, diagnose_telling};
pub use observed::{Observed, Reason};
