//! The accelerations of the rigid bodies, with as few operations as they take.
//!
//! Everything is divided by the total mass, so that the first element of the mass matrix is one and the cart is
//! eliminated without a division; what is left are two equations. The sines and cosines come multiplied with the
//! moments that they appear with, since a rotation does not care: within a step they turn by the small angles that
//! the links move, and their sines and cosines are not taken anew.

use crate::angles::Angles;
use crate::elementary::{NUDGE, TURN, nudge, turn};
use crate::real::{Kernel, Mask, Real};

/// The numbers that the motion depends on, each divided by the total mass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Specific<R> {
    /// The total mass in kg, and one over it.
    pub(crate) mass: R,
    pub(crate) per_mass: R,
    /// First moments in m and the coupling of the links in m^2.
    pub(crate) h1: R,
    pub(crate) h2: R,
    pub(crate) h12: R,
    /// `h12 / (h1 h2)`
    pub(crate) coupling: R,
    /// Moments of inertia in m^2.
    pub(crate) j1: R,
    pub(crate) j2: R,
    pub(crate) gravity: R,
    /// Viscous friction of the cart in 1/s and of the joints in m^2/s.
    pub(crate) b0: R,
    pub(crate) b1: R,
    pub(crate) b2: R,
}

/// The elements of the mass matrix that depend on the angles, and the same with sines in the place of the cosines, all
/// per total mass.
#[derive(Debug, Clone, Copy)]
pub struct Levers<R> {
    pub(crate) s1: R,
    pub(crate) c1: R,
    pub(crate) s2: R,
    pub(crate) c2: R,
    pub(crate) s12: R,
    pub(crate) c12: R,
}

/// A generalised force, in the units that an equation of motion wants it in.
#[derive(Debug, Clone, Copy)]
pub struct Push<R> {
    pub(crate) cart: R,
    /// Nothing on the joints costs nothing.
    pub(crate) joints: Option<[R; 2]>,
}

/// The two equations of the links that are left without the cart, and the determinant of their matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<R> {
    pub(crate) m11: R,
    pub(crate) m12: R,
    pub(crate) m22: R,
    pub(crate) determinant: R,
}

impl<R: Real> Specific<R> {
    #[inline(always)]
    pub(crate) fn push(&self, force: &[R; 3]) -> Push<R> {
        let [cart, joint1, joint2] = *force;
        let joints = [joint1 * self.per_mass, joint2 * self.per_mass];
        Push { cart: cart * self.per_mass, joints: Some(joints) }
    }

    #[inline(always)]
    pub(crate) fn push_cart(&self, force: R) -> Push<R> {
        Push { cart: force * self.per_mass, joints: None }
    }

    #[inline(always)]
    pub(crate) fn levers(&self, angles: &Angles<R>) -> Levers<R> {
        let Angles { s1, c1, s2, c2, s12, c12 } = *angles;
        Levers {
            s1: self.h1 * s1,
            c1: self.h1 * c1,
            s2: self.h2 * s2,
            c2: self.h2 * c2,
            s12: self.h12 * s12,
            c12: self.h12 * c12,
        }
    }

    #[inline(always)]
    fn of_both(&self, [s1, c1]: [R; 2], [s2, c2]: [R; 2]) -> Levers<R> {
        Levers {
            s1,
            c1,
            s2,
            c2,
            s12: self.coupling * (s1 * c2 - c1 * s2),
            c12: self.coupling * (c1 * c2 + s1 * s2),
        }
    }

    /// The levers at the angles `theta + by`, from those at `theta`.
    #[inline(always)]
    pub(crate) fn turned(&self, at: &Levers<R>, theta: &[R; 2], by: &[R; 2]) -> Levers<R> {
        let near = by[0].abs().max(by[1].abs()).le(R::of(TURN));
        let turned = self.of_both(turn([at.s1, at.c1], by[0]), turn([at.s2, at.c2], by[1]));
        if near.all() {
            return turned;
        }
        core::hint::cold_path();
        self.far(near, &turned.apart(), &[theta[0], theta[1]], &[by[0], by[1]]).apart()
    }

    /// The levers at the angles `theta + by`, from those at nearly the same angles, which `more` is added to.
    #[inline(always)]
    pub(crate) fn nudged(
        &self,
        nearly: &Levers<R>,
        more: &[R; 2],
        at: &Levers<R>,
        theta: &[R; 2],
        by: &[R; 2],
    ) -> Levers<R> {
        let near = more[0].abs().max(more[1].abs()).le(R::of(NUDGE));
        let nudged = self.of_both(
            nudge([nearly.s1, nearly.c1], more[0]),
            nudge([nearly.s2, nearly.c2], more[1]),
        );
        if near.all() {
            return nudged;
        }
        core::hint::cold_path();
        let (theta, by) = ([theta[0], theta[1]], [by[0], by[1]]);
        self.not_so_near(near, &nudged.apart(), &at.apart(), &theta, &by).apart()
    }

    /// The lanes that are not in `near` are computed the long way.
    #[cold]
    #[inline(never)]
    fn far(&self, near: R::Mask, turned: &Levers<R>, theta: &[R; 2], by: &[R; 2]) -> Levers<R> {
        R::run(Far { specific: self, near, turned, theta, by })
    }

    /// The lanes that are not in `near` are turned from further away.
    #[cold]
    #[inline(never)]
    fn not_so_near(
        &self,
        near: R::Mask,
        nudged: &Levers<R>,
        at: &Levers<R>,
        theta: &[R; 2],
        by: &[R; 2],
    ) -> Levers<R> {
        R::run(NotSoNear { specific: self, near, nudged, at, theta, by })
    }

    /// The forces on cart and links but for what accelerates them, centrifugal, gravity and viscous, with their sign
    /// turned: what they drive.
    #[inline(always)]
    pub(crate) fn drift(&self, at: &Levers<R>, v: &[R; 3]) -> [R; 3] {
        let [x_dot, w1, w2] = *v;
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let joint2 = self.b2 * (w2 - w1);
        [
            at.s1 * w1w1 + at.s2 * w2w2 - self.b0 * x_dot,
            (self.gravity * at.s1 - at.s12 * w2w2) + (joint2 - self.b1 * w1),
            (self.gravity * at.s2 + at.s12 * w1w1) - joint2,
        ]
    }

    /// The equations of the links alone.
    #[inline(always)]
    pub(crate) fn links(&self, at: &Levers<R>) -> Links<R> {
        let m11 = self.j1 - at.c1 * at.c1;
        let m12 = at.c12 - at.c1 * at.c2;
        let m22 = self.j2 - at.c2 * at.c2;
        Links { m11, m12, m22, determinant: m11 * m22 - m12 * m12 }
    }

    /// The accelerations under what is left of the forces.
    #[inline(always)]
    pub(crate) fn solve(&self, at: &Levers<R>, net: &[R; 3]) -> [R; 3] {
        let Links { m11, m12, m22, determinant } = self.links(at);
        let inverse = R::one() / determinant;
        let b1 = net[1] - at.c1 * net[0];
        let b2 = net[2] - at.c2 * net[0];
        let a1 = (m22 * b1 - m12 * b2) * inverse;
        let a2 = (m11 * b2 - m12 * b1) * inverse;
        [net[0] - (at.c1 * a1 + at.c2 * a2), a1, a2]
    }
}

impl<R: Real> Push<R> {
    /// The force and `more`, which is in the same units.
    #[inline(always)]
    pub(crate) fn and(&self, more: &[R; 3]) -> [R; 3] {
        let cart = self.cart + more[0];
        match self.joints {
            None => [cart, more[1], more[2]],
            Some([joint1, joint2]) => [cart, joint1 + more[1], joint2 + more[2]],
        }
    }
}

/// See [`Specific::far`].
struct Far<'a, R: Real> {
    specific: &'a Specific<R>,
    near: R::Mask,
    turned: &'a Levers<R>,
    theta: &'a [R; 2],
    by: &'a [R; 2],
}

impl<R: Real> Kernel for Far<'_, R> {
    type Output = Levers<R>;
    #[inline(always)]
    fn run(self) -> Levers<R> {
        let Self { specific, near, turned, theta, by } = self;
        let long = specific.levers(&Angles::new(theta[0] + by[0], theta[1] + by[1]));
        Levers::select(near, turned, &long)
    }
}

/// See [`Specific::not_so_near`].
struct NotSoNear<'a, R: Real> {
    specific: &'a Specific<R>,
    near: R::Mask,
    nudged: &'a Levers<R>,
    at: &'a Levers<R>,
    theta: &'a [R; 2],
    by: &'a [R; 2],
}

impl<R: Real> Kernel for NotSoNear<'_, R> {
    type Output = Levers<R>;
    #[inline(always)]
    fn run(self) -> Levers<R> {
        let Self { specific, near, nudged, at, theta, by } = self;
        Levers::select(near, nudged, &specific.turned(at, theta, by))
    }
}

impl<R: Real> Levers<R> {
    /// The same in a place of its own. What is handed to a function by its address stands in the memory, whether or not
    /// the function is called; this way that is the copy, where it is, and the hot loop keeps its numbers in registers.
    #[inline(always)]
    pub(crate) fn apart(&self) -> Self {
        Self { s1: self.s1, c1: self.c1, s2: self.s2, c2: self.c2, s12: self.s12, c12: self.c12 }
    }

    #[inline(always)]
    fn select(mask: R::Mask, yes: &Self, no: &Self) -> Self {
        Self {
            s1: R::select(mask, yes.s1, no.s1),
            c1: R::select(mask, yes.c1, no.c1),
            s2: R::select(mask, yes.s2, no.s2),
            c2: R::select(mask, yes.c2, no.c2),
            s12: R::select(mask, yes.s12, no.s12),
            c12: R::select(mask, yes.c12, no.c12),
        }
    }
}
