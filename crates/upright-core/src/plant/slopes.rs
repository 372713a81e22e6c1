//! How the accelerations of the rigid bodies change with the state and the force.

use super::rigid::Rigid;
use super::state::{State, Vector};
use crate::angles::Angles;
use crate::real::Real;

/// Accelerations of the rigid bodies and how they change with what they depend on.
#[derive(Debug, Clone, Copy)]
pub struct Sensitivity<R> {
    /// Accelerations `q_ddot` in m/s^2 and rad/s^2.
    pub acceleration: Vector<R>,
    /// Their derivatives by theta1, theta2, `x_dot`, `theta1_dot`, `theta2_dot` and the force on the cart, in
    /// this order. They do not depend on `x`.
    pub by: [Vector<R>; 6],
}

impl<R: Real> Rigid<R> {
    /// How the accelerations change with the state and with the force on the cart: their derivatives by
    /// `theta1`, `theta2`, `x_dot`, `theta1_dot`, `theta2_dot` and the force, at `state`, where the accelerations are
    /// `acceleration`. By `x` they are zero. From the equation of motion, differentiated.
    #[inline(always)]
    pub fn acceleration_slopes(
        &self,
        state: &State<R>,
        acceleration: &Vector<R>,
    ) -> [Vector<R>; 6] {
        let [_, theta1, theta2, _, w1, w2] = *state;
        let [a0, a1, a2] = *acceleration;
        let angles = Angles::new(theta1, theta2);
        let mass = self.mass_matrix(&angles);
        let Angles { s1, c1, s2, c2, s12, c12 } = angles;
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let (coupling, turned) = (self.h12 * s12, self.h12 * c12);
        let (zero, two) = (R::zero(), R::of(2.0));
        [
            mass.solve(&[
                self.h1 * (s1 * a1 + c1 * w1w1),
                self.h1 * s1 * a0 + coupling * a2 - turned * w2w2 + self.h1_g * c1,
                coupling * a1 + turned * w1w1,
            ]),
            mass.solve(&[
                self.h2 * (s2 * a2 + c2 * w2w2),
                turned * w2w2 - coupling * a2,
                self.h2 * s2 * a0 - coupling * a1 - turned * w1w1 + self.h2_g * c2,
            ]),
            mass.solve(&[-self.b0, zero, zero]),
            mass.solve(&[
                two * self.h1 * s1 * w1,
                -(self.b1 + self.b2),
                two * coupling * w1 + self.b2,
            ]),
            mass.solve(&[two * self.h2 * s2 * w2, self.b2 - two * coupling * w2, -self.b2]),
            mass.solve(&[R::one(), zero, zero]),
        ]
    }

    /// Accelerations at `state` under the force `u` on the cart (in N), with their derivatives
    /// `M^-1 (d(e1 u - h)/dz - (dM/dz) q_ddot)`.
    #[inline(always)]
    pub fn sensitivity(&self, state: &State<R>, u: R) -> Sensitivity<R> {
        let [_, theta1, theta2, x_dot, w1, w2] = *state;
        let Self { h1, h2, h12, h1_g, h2_g, b0, b1, b2, .. } = *self;
        let angles = Angles::new(theta1, theta2);
        let Angles { s1, c1, s2, c2, s12, c12 } = angles;
        let mass = self.mass_matrix(&angles);
        let h = self.bias(&angles, &[x_dot, w1, w2]);
        let acceleration = mass.solve(&[u - h[0], -h[1], -h[2]]);
        let [a0, a1, a2] = acceleration;
        let (zero, two) = (R::zero(), R::of(2.0));
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let (bend, turn) = (h12 * c12, h12 * s12);
        let by_theta1 = [
            h1 * c1 * w1w1 + h1 * s1 * a1,
            h1_g * c1 - bend * w2w2 + h1 * s1 * a0 + turn * a2,
            bend * w1w1 + turn * a1,
        ];
        let by_theta2 = [
            h2 * c2 * w2w2 + h2 * s2 * a2,
            bend * w2w2 - turn * a2,
            h2_g * c2 - bend * w1w1 + h2 * s2 * a0 - turn * a1,
        ];
        let by_w1 = [two * h1 * s1 * w1, -b1 - b2, b2 + two * turn * w1];
        let by_w2 = [two * h2 * s2 * w2, b2 - two * turn * w2, -b2];
        Sensitivity {
            acceleration,
            by: [
                mass.solve(&by_theta1),
                mass.solve(&by_theta2),
                mass.solve(&[-b0, zero, zero]),
                mass.solve(&by_w1),
                mass.solve(&by_w2),
                mass.solve(&[R::one(), zero, zero]),
            ],
        }
    }
}
