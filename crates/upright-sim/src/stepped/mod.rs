//! Half a loop, for those who close it themselves: a scenario's controller against a plant of the caller's own, and
//! a scenario's plant under a controller of the caller's own, a control period at a time.
//!
//! ```
//! use upright_sim::stepped::{SteppedController, SteppedPlant};
//! use upright_sim::{RunOptions, Scenario, realization::Realization, run};
//!
//! let scenario = Scenario::default();
//! let mut controller = SteppedController::new(&scenario)?;
//! let mut plant = SteppedPlant::new(&scenario, &Realization::nominal(&scenario))?;
//! while !plant.is_over() {
//!     let command = controller.step(plant.measured());
//!     plant.step(command.force);
//! }
//! // Both halves together are the run of the scenario, to the bit.
//! let whole = run(&scenario, RunOptions::default())?;
//! assert_eq!(plant.world().state(), &whole.final_state);
//! assert_eq!(plant.metrics(), whole.metrics);
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```

mod controller;
mod plant;

pub use controller::SteppedController;
pub use plant::SteppedPlant;
