//! The cart as what moves the links: its acceleration as a function of the force.

use crate::plant::{Angles, Rigid, State};
use crate::real::Real;

/// The cart's acceleration at a state is `drift + gain u` under the force `u`.
#[derive(Debug, Clone, Copy)]
pub struct CartResponse<R> {
    /// `a_0`: the acceleration without force in m/s^2.
    pub drift: R,
    /// `j_u`: the acceleration that a newton adds in 1/kg; above zero.
    pub gain: R,
}

impl<R: Real> CartResponse<R> {
    /// By a model of the plant.
    #[inline(always)]
    pub fn new(model: &Rigid<R>, state: &State<R>) -> Self {
        let [_, theta1, theta2, v0, v1, v2] = *state;
        let angles = Angles::new(theta1, theta2);
        let w = model.mass_matrix(&angles).solve(&[R::one(), R::zero(), R::zero()]);
        let h = model.bias(&angles, &[v0, v1, v2]);
        Self { drift: -(w[0] * h[0] + w[1] * h[1] + w[2] * h[2]), gain: w[0] }
    }
}

/// The force of the brake in N, not limited: it brings the cart to rest in the middle of the track, whatever the
/// links do.
#[inline(always)]
pub fn brake<R: Real>(state: &State<R>) -> R {
    R::of(-60.0) * state[0] - R::of(25.0) * state[3]
}
