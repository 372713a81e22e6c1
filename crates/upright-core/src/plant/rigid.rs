//! The `simplified` model: rigid bodies with viscous friction, their mass matrix, forces and energy.

use super::coefficients::Coefficients;
use super::dynamics::Dynamics;
use super::parameters::Plant;
use super::state::{State, Vector};
use super::symmetric::Symmetric;
use crate::angles::Angles;
use crate::forward::{Levers, Push, Specific};
use crate::real::{Real, each_lane};

/// The `simplified` model: exact rigid bodies with viscous friction. Also what a controller knows
/// of the plant.
#[derive(Debug, Clone, Copy)]
pub struct Rigid<R> {
    mt: R,
    pub(super) h1: R,
    pub(super) h2: R,
    pub(super) h12: R,
    j1: R,
    j2: R,
    pub(super) h1_g: R,
    pub(super) h2_g: R,
    pub(super) b0: R,
    pub(super) b1: R,
    pub(super) b2: R,
    pub(crate) specific: Specific<R>,
}

impl<R: Real> Rigid<R> {
    /// From physical parameters, the same in every lane.
    pub fn new(plant: &Plant) -> Self {
        Self::of_lanes(|_| *plant)
    }

    /// With the parameters `plant(i)` in lane `i`. The derived numbers are computed in `f64` and
    /// rounded once.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        Self::of_all(&|lane| Coefficients::of(&plant(lane)))
    }

    /// From the numbers that the motion depends on, `own(i)` in lane `i`.
    pub(super) fn of_all(own: &dyn Fn(usize) -> Coefficients) -> Self {
        let rigid = each_lane::<R, _>(|lane| Rigid::of_coefficients(&own(lane)));
        let number = |pick: fn(&Rigid<f64>) -> f64| R::from_lanes(|lane| pick(&rigid[lane]));
        Self {
            mt: number(|own| own.mt),
            h1: number(|own| own.h1),
            h2: number(|own| own.h2),
            h12: number(|own| own.h12),
            j1: number(|own| own.j1),
            j2: number(|own| own.j2),
            h1_g: number(|own| own.h1_g),
            h2_g: number(|own| own.h2_g),
            b0: number(|own| own.b0),
            b1: number(|own| own.b1),
            b2: number(|own| own.b2),
            specific: Specific {
                mass: number(|own| own.specific.mass),
                per_mass: number(|own| own.specific.per_mass),
                h1: number(|own| own.specific.h1),
                h2: number(|own| own.specific.h2),
                h12: number(|own| own.specific.h12),
                coupling: number(|own| own.specific.coupling),
                j1: number(|own| own.specific.j1),
                j2: number(|own| own.specific.j2),
                gravity: number(|own| own.specific.gravity),
                b0: number(|own| own.specific.b0),
                b1: number(|own| own.specific.b1),
                b2: number(|own| own.specific.b2),
            },
        }
    }

    /// From the numbers that the motion depends on.
    pub fn of_coefficients(own: &Coefficients<R>) -> Self {
        let Coefficients { mt, h1, h2, h12, j1, j2, gravity, b0, b1, b2 } = *own;
        Self {
            mt,
            h1,
            h2,
            h12,
            j1,
            j2,
            h1_g: h1 * gravity,
            h2_g: h2 * gravity,
            b0,
            b1,
            b2,
            specific: Specific {
                mass: mt,
                per_mass: R::one() / mt,
                h1: h1 / mt,
                h2: h2 / mt,
                h12: h12 / mt,
                coupling: own.coupling(),
                j1: j1 / mt,
                j2: j2 / mt,
                gravity,
                b0: b0 / mt,
                b1: b1 / mt,
                b2: b2 / mt,
            },
        }
    }

    /// The mass matrix `M(q)` in kg, kg m, kg m^2.
    #[inline(always)]
    pub fn mass_matrix(&self, angles: &Angles<R>) -> Symmetric<R> {
        Symmetric {
            upper: [
                self.mt,
                self.h1 * angles.c1,
                self.h2 * angles.c2,
                self.j1,
                self.h12 * angles.c12,
                self.j2,
            ],
        }
    }

    /// `h(q, v)`: centrifugal, gravity and viscous forces, in N and N m.
    #[inline(always)]
    pub fn bias(&self, angles: &Angles<R>, v: &Vector<R>) -> Vector<R> {
        let [x_dot, w1, w2] = *v;
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let joint2 = self.b2 * (w2 - w1);
        let coupling = self.h12 * angles.s12;
        [
            self.b0 * x_dot - self.h1 * angles.s1 * w1w1 - self.h2 * angles.s2 * w2w2,
            coupling * w2w2 - self.h1_g * angles.s1 + self.b1 * w1 - joint2,
            joint2 - coupling * w1w1 - self.h2_g * angles.s2,
        ]
    }

    /// Kinetic and potential energy in J, zero for the rest at the height of the cart.
    pub fn energy(&self, state: &State<R>) -> R {
        let [_, theta1, theta2, v0, v1, v2] = *state;
        let angles = Angles::new(theta1, theta2);
        let [m11, m12, m13, m22, m23, m33] = self.mass_matrix(&angles).upper;
        let kinetic = v0 * (m11 * v0 + m12 * v1 + m13 * v2)
            + v1 * (m12 * v0 + m22 * v1 + m23 * v2)
            + v2 * (m13 * v0 + m23 * v1 + m33 * v2);
        R::of(0.5) * kinetic + self.h1_g * angles.c1 + self.h2_g * angles.c2
    }
}

impl<R: Real> Dynamics<R> for Rigid<R> {
    type Posture = Levers<R>;

    #[inline(always)]
    fn posture(&self, theta: &[R; 2]) -> Levers<R> {
        self.specific.levers(&Angles::new(theta[0], theta[1]))
    }

    #[inline(always)]
    fn posture_of(&self, _theta: &[R; 2], angles: &Angles<R>) -> Levers<R> {
        self.specific.levers(angles)
    }

    #[inline(always)]
    fn turned(&self, at: &Levers<R>, theta: &[R; 2], by: &[R; 2]) -> Levers<R> {
        self.specific.turned(at, theta, by)
    }

    #[inline(always)]
    fn nudged(
        &self,
        nearly: &Levers<R>,
        more: &[R; 2],
        at: &Levers<R>,
        theta: &[R; 2],
        by: &[R; 2],
    ) -> Levers<R> {
        self.specific.nudged(nearly, more, at, theta, by)
    }

    #[inline(always)]
    fn push(&self, force: &Vector<R>) -> Push<R> {
        self.specific.push(force)
    }

    #[inline(always)]
    fn push_cart(&self, force: R) -> Push<R> {
        self.specific.push_cart(force)
    }

    #[inline(always)]
    fn acceleration_in(&self, at: &Levers<R>, v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let net = push.and(&self.specific.drift(at, v));
        self.specific.solve(at, &net)
    }
}
