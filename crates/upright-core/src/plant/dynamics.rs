//! What every model of the plant is to an integrator.

use super::state::{State, Vector};
use crate::angles::Angles;
use crate::forward::Push;
use crate::real::Real;

/// Right-hand side of the equation of motion.
///
/// What depends on the angles is a value of its own, so that an integrator can have it once for several uses, and can
/// turn it by the small angles of a step instead of taking sines and cosines anew.
pub trait Dynamics<R: Real> {
    /// What the accelerations need of the angles.
    type Posture: Copy;

    /// The posture at the angles `theta` of both links, in rad.
    fn posture(&self, theta: &[R; 2]) -> Self::Posture;

    /// The same where sines and cosines of the angles are at hand; to the bit.
    fn posture_of(&self, theta: &[R; 2], angles: &Angles<R>) -> Self::Posture;

    /// The posture at the angles `theta + by`, from the one `at` the angles `theta`.
    fn turned(&self, at: &Self::Posture, theta: &[R; 2], by: &[R; 2]) -> Self::Posture;

    /// The posture at the angles `theta + by`, from the one `nearly` there, `more` rad before it. The one `at` the
    /// angles `theta` is for where that is not near enough.
    fn nudged(
        &self,
        nearly: &Self::Posture,
        more: &[R; 2],
        at: &Self::Posture,
        theta: &[R; 2],
        by: &[R; 2],
    ) -> Self::Posture;

    /// A posture that is passed with the velocities `v`, from which one that is [`Dynamics::nudged`] from it, with nearly
    /// the same velocities, goes on.
    #[inline(always)]
    fn passing(&self, posture: &Self::Posture, _v: &Vector<R>) -> Self::Posture {
        *posture
    }

    /// Accelerations as [`Dynamics::acceleration_in`] has them, of a posture that is [`Dynamics::passing`] with the
    /// velocities `v`.
    #[inline(always)]
    fn acceleration_passing(
        &self,
        posture: &Self::Posture,
        v: &Vector<R>,
        push: &Push<R>,
    ) -> Vector<R> {
        self.acceleration_in(posture, v, push)
    }

    /// A generalised force in N and N m, as this motion wants it.
    fn push(&self, force: &Vector<R>) -> Push<R>;

    /// A force on the cart in N and nothing on the joints.
    fn push_cart(&self, force: R) -> Push<R>;

    /// Accelerations `q_ddot` in m/s^2 and rad/s^2 at a posture and the velocities `v`.
    fn acceleration_in(&self, posture: &Self::Posture, v: &Vector<R>, push: &Push<R>) -> Vector<R>;

    /// Accelerations `q_ddot` in m/s^2 and rad/s^2 at `state` under the generalised force `force`
    /// in N and N m.
    #[inline(always)]
    fn acceleration(&self, state: &State<R>, force: &Vector<R>) -> Vector<R> {
        let [_, theta1, theta2, v0, v1, v2] = *state;
        let posture = self.posture(&[theta1, theta2]);
        self.acceleration_in(&posture, &[v0, v1, v2], &self.push(force))
    }
}
