//! Sliding mode control of the double inverted pendulum on a cart, for machines of any size.
//!
//! This crate holds what a production controller and its simulation share: the plant, the sliding
//! surface, the reaching laws and the fixed-step integrators. It needs no operating system, never
//! allocates and has no `unsafe`. Everything is written once, generic over [`Real`]: `f64` for a
//! simulation, `f32` for a microcontroller, vectors of lanes for a batch.
//!
//! A controller is a plain value. One control period looks like this:
//!
//! ```
//! use upright_core::{
//!     Controller, ControllerContext, Kind, Plant,
//!     law::super_twisting::{Settings, SuperTwisting},
//! };
//!
//! // The surface of the poles -3, -4, -5, -2.2 ± 2i at the default plant.
//! let surface = [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];
//! let context = ControllerContext {
//!     surface,
//!     model: Plant::default(),
//!     beta_min: 0.05,
//!     max_force: 150.0,
//!     period: 0.001,
//!     late: 0,
//!     start: [0.0; 6],
//!     seed: 42,
//! };
//! let mut controller = SuperTwisting::build::<f64>(&Settings::default(), &context)?;
//!
//! let measured = [0.0, 0.05, -0.03, 0.0, 0.0, 0.0];
//! let command = controller.control(&measured);
//! assert!(command.force.abs() < 150.0);
//! # Ok::<(), upright_core::BuildError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "std", test))]
extern crate std;

mod angles;
mod controller;
pub mod elementary;
pub mod estimator;
pub mod feedback;
mod forward;
pub mod friction;
pub mod history;
pub mod integrate;
mod kind;
pub mod law;
pub mod planner;
pub mod plant;
pub mod predictive;
mod real;
pub mod settings;
mod sliding_mode;
mod surface;
pub mod swing_up;

pub use controller::{Command, Controller, Target};
pub use history::{History, HistorySize};
pub use kind::{BuildError, ControllerContext, Family, Kind};
pub use law::{Margins, ReachingLaw, Sample};
pub use plant::{Dynamics, Plant, State};
pub use real::{Kernel, MAX_LANES, Mask, Real, Words, each_lane};
pub use settings::Settings;
pub use sliding_mode::SlidingMode;
pub use surface::{SlidingSurface, SurfaceReading};
