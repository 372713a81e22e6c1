//! The `linear` model: rigid bodies about upright.

use super::coefficients::Coefficients;
use super::dynamics::Dynamics;
use super::parameters::Plant;
use super::rigid::Rigid;
use super::state::Vector;
use crate::angles::Angles;
use crate::forward::Push;
use crate::real::{Real, each_lane};

/// The `linear` model: `M(0) q_ddot + D v + K q = Q`.
#[derive(Debug, Clone, Copy)]
pub struct Linear<R> {
    rigid: Rigid<R>,
    /// `M(0)^-1`, which is the same throughout.
    inverse: [Vector<R>; 3],
}

impl<R: Real> Linear<R> {
    /// From physical parameters, the same in every lane.
    pub fn new(plant: &Plant) -> Self {
        Self::of_lanes(|_| *plant)
    }

    /// With the parameters `plant(i)` in lane `i`. The derived numbers are computed in `f64` and
    /// rounded once.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        let own = each_lane::<R, _>(|lane| Coefficients::of(&plant(lane)));
        let inverses = each_lane::<R, _>(|lane| inverse_mass(&own[lane]));
        let number = |i: usize, j: usize| R::from_lanes(|lane| inverses[lane][i][j]);
        let inverse = [0, 1, 2].map(|i| [number(i, 0), number(i, 1), number(i, 2)]);
        Self { rigid: Rigid::of_all(&|lane| own[lane]), inverse }
    }
}

/// `M(0)^-1`.
fn inverse_mass(own: &Coefficients) -> [Vector<f64>; 3] {
    let mass = Rigid::of_coefficients(own).mass_matrix(&Angles::new(0.0, 0.0));
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|unit| mass.solve(&unit))
}

impl<R: Real> Dynamics<R> for Linear<R> {
    /// The angles themselves.
    type Posture = [R; 2];

    #[inline(always)]
    fn posture(&self, theta: &[R; 2]) -> [R; 2] {
        *theta
    }

    #[inline(always)]
    fn posture_of(&self, theta: &[R; 2], _angles: &Angles<R>) -> [R; 2] {
        *theta
    }

    #[inline(always)]
    fn turned(&self, _at: &[R; 2], theta: &[R; 2], by: &[R; 2]) -> [R; 2] {
        [theta[0] + by[0], theta[1] + by[1]]
    }

    #[inline(always)]
    fn nudged(
        &self,
        _nearly: &[R; 2],
        _more: &[R; 2],
        at: &[R; 2],
        theta: &[R; 2],
        by: &[R; 2],
    ) -> [R; 2] {
        self.turned(at, theta, by)
    }

    #[inline(always)]
    fn push(&self, force: &Vector<R>) -> Push<R> {
        Push { cart: force[0], joints: Some([force[1], force[2]]) }
    }

    #[inline(always)]
    fn push_cart(&self, force: R) -> Push<R> {
        Push { cart: force, joints: None }
    }

    #[inline(always)]
    fn acceleration_in(&self, theta: &[R; 2], v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let [x_dot, w1, w2] = *v;
        let rigid = &self.rigid;
        let joint2 = rigid.b2 * (w2 - w1);
        let net = push.and(&[
            -(rigid.b0 * x_dot),
            rigid.h1_g * theta[0] - rigid.b1 * w1 + joint2,
            rigid.h2_g * theta[1] - joint2,
        ]);
        let [cart, link1, link2] = &self.inverse;
        [
            cart[0] * net[0] + cart[1] * net[1] + cart[2] * net[2],
            link1[0] * net[0] + link1[1] * net[1] + link1[2] * net[2],
            link2[0] * net[0] + link2[1] * net[1] + link2[2] * net[2],
        ]
    }
}
