//! The `full` model: smoothed Coulomb friction and air drag on top of the rigid bodies.

use super::coefficients::Coefficients;
use super::dynamics::Dynamics;
use super::parameters::Plant;
use super::rigid::{Rigid, of_rigid_bodies};
use super::state::Vector;
use crate::angles::Angles;
use crate::elementary::tanh_of_three;
use crate::forward::{Levers, Push};
use crate::real::{Kernel, Real, each_lane};

/// The `full` model: the rigid bodies with smoothed Coulomb friction and air drag besides. Friction that sticks is
/// [`Sticking`](crate::friction::Sticking).
#[derive(Debug, Clone, Copy)]
pub struct Full<R> {
    rigid: Rigid<R>,
    /// Absent where no lane has any, which leaves the bits of the rigid model.
    coulomb: Option<CoulombForce<R>>,
    drag: Option<DragForce<R>>,
}

/// Per total mass.
#[derive(Debug, Clone, Copy)]
struct CoulombForce<R> {
    c0: R,
    c1: R,
    c2: R,
    /// One over the speed over which the cart's friction changes sign.
    per_cart_speed: R,
    /// The same of the joints.
    per_joint_speed: R,
}

#[derive(Debug, Clone, Copy)]
struct DragForce<R> {
    /// `rho C A / 2` of each link, per total mass.
    k1: R,
    k2: R,
    wind: R,
    /// What makes distances in m of the levers of a link.
    com1: R,
    length1: R,
    com2: R,
}

impl<R: Real> Full<R> {
    /// Rigid bodies without Coulomb friction and drag.
    pub fn of_rigid(rigid: Rigid<R>) -> Self {
        Self { rigid, coulomb: None, drag: None }
    }

    /// The rigid bodies where no lane has Coulomb friction or drag: then they alone have the same bits, and cost less.
    #[inline(always)]
    pub fn as_rigid(&self) -> Option<&Rigid<R>> {
        (self.coulomb.is_none() && self.drag.is_none()).then_some(&self.rigid)
    }

    /// From physical parameters, the same in every lane.
    pub fn new(plant: &Plant) -> Self {
        Self::of_lanes(|_| *plant)
    }

    /// With the parameters `plant(i)` in lane `i`.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        let plants = each_lane::<R, _>(|lane| {
            let plant = plant(lane);
            (plant, Coefficients::of(&plant))
        });
        let number = |derive: fn(&Plant, &Coefficients) -> f64| {
            R::from_lanes(|lane| derive(&plants[lane].0, &plants[lane].1))
        };
        let some_lane = |has: fn(&Plant) -> bool| plants.iter().any(|(plant, _)| has(plant));
        let rubs = some_lane(|p| p.coulomb.is_some());
        let drags = some_lane(|p| p.drag.link1_area != 0.0 || p.drag.link2_area != 0.0);
        Self {
            coulomb: rubs.then(|| CoulombForce {
                c0: number(|p, own| p.coulomb.cart / own.mt),
                c1: number(|p, own| p.coulomb.joint1 / own.mt),
                c2: number(|p, own| p.coulomb.joint2 / own.mt),
                per_cart_speed: number(|p, _| 1.0 / p.coulomb.cart_speed),
                per_joint_speed: number(|p, _| 1.0 / p.coulomb.joint_speed),
            }),
            drag: drags.then(|| DragForce {
                k1: number(|p, own| p.drag.factor(p.drag.link1_area) / own.mt),
                k2: number(|p, own| p.drag.factor(p.drag.link2_area) / own.mt),
                wind: number(|p, _| p.drag.wind),
                com1: number(|p, own| p.link1.com * own.mt / own.h1),
                length1: number(|p, own| p.link1.length * own.mt / own.h1),
                // The lever of link 2 is its own mass's.
                com2: number(|p, own| own.mt / p.link2.mass),
            }),
            rigid: Rigid::of_all(&|lane| plants[lane].1),
        }
    }
}

/// Coulomb friction at the velocities `v`.
struct Rubbing<'a, R> {
    coulomb: &'a CoulombForce<R>,
    v: Vector<R>,
}

impl<R: Real> Kernel for Rubbing<'_, R> {
    type Output = Vector<R>;
    #[inline(always)]
    fn run(self) -> Vector<R> {
        let Self { coulomb, v: [x_dot, w1, w2] } = self;
        let [cart, joint1, joint2] = tanh_of_three([
            x_dot * coulomb.per_cart_speed,
            w1 * coulomb.per_joint_speed,
            (w2 - w1) * coulomb.per_joint_speed,
        ]);
        let joint2 = coulomb.c2 * joint2;
        [coulomb.c0 * cart, coulomb.c1 * joint1 - joint2, joint2]
    }
}

impl<R: Real> DragForce<R> {
    /// `rho C A |rel| rel / 2` at a point that moves with `(right, up)`, for `k = rho C A / 2`.
    #[inline(always)]
    fn at(&self, k: R, right: R, up: R) -> (R, R) {
        let right = right - self.wind;
        let force = k * (right * right + up * up).sqrt();
        (force * right, force * up)
    }
}

/// Air drag at these levers and the velocities `v`.
struct Dragging<'a, R> {
    drag: &'a DragForce<R>,
    at: &'a Levers<R>,
    v: Vector<R>,
}

impl<R: Real> Kernel for Dragging<'_, R> {
    type Output = Vector<R>;
    #[inline(always)]
    fn run(self) -> Vector<R> {
        let Self { drag, at, v: [x_dot, w1, w2] } = self;
        let (arm1, rise1) = (drag.com1 * at.c1, drag.com1 * at.s1);
        let (arm12, rise12) = (drag.length1 * at.c1, drag.length1 * at.s1);
        let (arm2, rise2) = (drag.com2 * at.c2, drag.com2 * at.s2);
        let (right1, up1) = drag.at(drag.k1, x_dot + arm1 * w1, -(rise1 * w1));
        let (right2, up2) =
            drag.at(drag.k2, x_dot + arm12 * w1 + arm2 * w2, -(rise12 * w1) - rise2 * w2);
        [
            right1 + right2,
            arm1 * right1 - rise1 * up1 + arm12 * right2 - rise12 * up2,
            arm2 * right2 - rise2 * up2,
        ]
    }
}

impl<R: Real> Dynamics<R> for Full<R> {
    of_rigid_bodies!(self => self.rigid.specific);

    #[inline(always)]
    fn acceleration_in(&self, at: &Levers<R>, v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let mut net = push.and(&self.rigid.specific.drift(at, v));
        if let Some(coulomb) = &self.coulomb {
            let h = R::run(Rubbing { coulomb, v: *v });
            net = [net[0] - h[0], net[1] - h[1], net[2] - h[2]];
        }
        if let Some(drag) = &self.drag {
            let h = R::run(Dragging { drag, at, v: *v });
            net = [net[0] - h[0], net[1] - h[1], net[2] - h[2]];
        }
        self.rigid.specific.solve(at, &net)
    }
}
