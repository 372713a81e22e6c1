//! From a plant and a wish to numbers: linear model, sliding surface, LQR, observers, and what they tolerate.
//!
//! Nothing here leans on the system's mathematical library: `nalgebra` is built with its portable
//! one, so a design is the same to the bit on every machine.

pub mod conditioning;
mod discrete_riccati;
mod error;
pub mod gain_ratio;
mod linear_model;
pub mod observer;
pub mod reference;
pub mod riccati;
mod root;
mod roots;
pub mod sampled_loop;
pub mod sampled_lqr;
pub mod stiffness;
pub mod surface;
mod twofold;

pub use error::DesignError;
pub use linear_model::{LinearModel, mass_matrix};
pub use root::Root;
pub use upright_core::ControllerContext;
