//! The plant: a cart on a straight track with two rigid links in series, in one vertical plane.
//!
//! State, everywhere in this order: `[x, theta1, theta2, x_dot, theta1_dot, theta2_dot]`, in SI
//! units and radians. `x` is positive to the right; each angle is absolute, measured from the
//! upward vertical and positive when the link leans to the right, so upright is zero.
//!
//! The equation of motion is `M(q) q_ddot + h(q, v) = Q` with the generalised force
//! `Q = [u + d_cart, tau1 - tau2, tau2]`: a force on the cart, a torque at joint 1 from the cart,
//! a torque at joint 2 between the links. It is the exact Lagrangian model (compare K. J. Åström
//! and K. Furuta, Automatica 36 (2000) 287-295, for the single link).

mod coefficients;
mod dynamics;
mod full;
mod linear;
mod parameters;
mod rigid;
mod slopes;
mod state;
mod symmetric;
mod uncertain;

pub use crate::angles::Angles;
pub use crate::forward::{Levers, Push};
pub use coefficients::Coefficients;
pub use dynamics::Dynamics;
pub use full::{Full, Stance};
pub use linear::Linear;
pub use parameters::{Coulomb, Damping, Drag, FrictionModel, Link, Model, Plant};
pub use rigid::Rigid;
pub use slopes::Sensitivity;
pub use state::{STATE_UNITS, STATES, State, Vector, copy_of};
pub use symmetric::Symmetric;
pub use uncertain::PARAMETERS;
