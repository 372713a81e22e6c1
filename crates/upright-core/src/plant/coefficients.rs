//! The few numbers that the motion of the rigid bodies depends on.

use super::parameters::Plant;
use crate::real::Real;

/// The numbers that the motion of the rigid bodies depends on, and no others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients<R = f64> {
    /// Mass of everything in kg.
    pub mt: R,
    /// First moment about joint 1 of link 1, with the mass of link 2 at its end, in kg m.
    pub h1: R,
    /// First moment of link 2 about joint 2 in kg m.
    pub h2: R,
    /// Coupling of the links, `h2` times the length of link 1, in kg m^2.
    pub h12: R,
    /// Moment of inertia about joint 1, as `h1`, in kg m^2.
    pub j1: R,
    /// Moment of inertia of link 2 about joint 2 in kg m^2.
    pub j2: R,
    /// Acceleration of gravity in m/s^2.
    pub gravity: R,
    /// Viscous friction of the cart in N s/m.
    pub b0: R,
    /// Viscous friction of joint 1 in N m s/rad.
    pub b1: R,
    /// Viscous friction of joint 2 in N m s/rad.
    pub b2: R,
}

impl Coefficients {
    /// Those of physical parameters.
    pub fn of(plant: &Plant) -> Self {
        let p = plant;
        Self {
            mt: p.cart_mass + p.link1.mass + p.link2.mass,
            h1: p.link1.mass * p.link1.com + p.link2.mass * p.link1.length,
            h2: p.link2.mass * p.link2.com,
            h12: p.link2.mass * p.link1.length * p.link2.com,
            j1: p.link1.inertia
                + p.link1.mass * p.link1.com * p.link1.com
                + p.link2.mass * p.link1.length * p.link1.length,
            j2: p.link2.inertia + p.link2.mass * p.link2.com * p.link2.com,
            gravity: p.gravity,
            b0: p.damping.cart,
            b1: p.damping.joint1,
            b2: p.damping.joint2,
        }
    }
}

impl<R: Real> Coefficients<R> {
    /// What makes the coupling of the links of the products of their first moments, per total mass. A link without
    /// a moment is not coupled.
    pub(super) fn coupling(&self) -> R {
        let moments = self.h1 * self.h2;
        let coupled = moments.abs().gt(R::zero());
        R::select(coupled, self.h12 * self.mt / moments, R::zero())
    }
}
