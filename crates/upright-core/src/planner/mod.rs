//! Plans: forces that carry the plant from where it is to an equilibrium, within a force limit and a track.
//!
//! A plan is `steps` forces, each held for the same time, and the states in between ([`Planner`]). What it
//! knows of the plant are its rigid bodies and viscous friction. A planner is a value of fixed size that never
//! allocates and can be stepped, so that a control loop can spread its work over periods.
//!
//! ```
//! use upright_core::Plant;
//! use upright_core::planner::{Planner, Progress, Task};
//!
//! // From a lean that a balance law can catch, to upright: half a second of 10 ms steps.
//! let mut planner = Planner::<f64, 100>::new(&Plant::default(), &Task::default())?;
//! planner.start(&[0.0, 0.05, -0.03, 0.0, 0.0, 0.0], 100, |_, _| 0.0)?;
//! assert_eq!(planner.iterate(150), Progress::Converged);
//! assert!(planner.end_error() < 0.03);
//! assert_eq!(planner.forces().len() + 1, planner.states().len());
//! # Ok::<(), upright_core::planner::PlanError>(())
//! ```

mod costs;
mod ilqr;
mod motion;
mod reference;
mod task;

pub(crate) use motion::{Motion, carried, first_slopes, linearisation};

pub use ilqr::{Planner, Progress, Trials};
pub use motion::{Linearisation, held, linearise};
pub use reference::Reference;
pub use task::{PlanError, Task};
