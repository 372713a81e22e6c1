//! The `full` model: smoothed Coulomb friction and air drag on top of the rigid bodies.

use super::coefficients::Coefficients;
use super::dynamics::Dynamics;
use super::parameters::Plant;
use super::rigid::Rigid;
use super::state::Vector;
use crate::angles::Angles;
use crate::elementary::{TANH_STEP, tanh_of_three, tanh_of_three_from};
use crate::forward::{Levers, Push};
use crate::real::{Kernel, Mask, Real, each_lane};

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

/// What the accelerations need of the angles; and, where it was passed a moment ago with nearly the same velocities, the
/// friction of then, from which the one of now is had.
#[derive(Debug, Clone, Copy)]
pub struct Stance<R> {
    levers: Levers<R>,
    passed: Option<Slip<R>>,
}

/// The slips of cart, joint 1 and joint 2 over the speeds over which their friction changes sign, and the hyperbolic
/// tangents of these.
#[derive(Debug, Clone, Copy)]
struct Slip<R> {
    slips: [R; 3],
    tanh: [R; 3],
}

impl<R: Copy> Slip<R> {
    /// The same in a place of its own, see [`Levers`].
    #[inline(always)]
    fn apart(&self) -> Self {
        let Self { slips: [a, b, c], tanh: [d, e, f] } = *self;
        Self { slips: [a, b, c], tanh: [d, e, f] }
    }
}

impl<R: Real> CoulombForce<R> {
    #[inline(always)]
    fn slips(&self, v: &Vector<R>) -> [R; 3] {
        let [x_dot, w1, w2] = *v;
        [x_dot * self.per_cart_speed, w1 * self.per_joint_speed, (w2 - w1) * self.per_joint_speed]
    }

    /// The force, given the tangents.
    #[inline(always)]
    fn force(&self, tanh: &[R; 3]) -> Vector<R> {
        let joint2 = self.c2 * tanh[2];
        [self.c0 * tanh[0], self.c1 * tanh[1] - joint2, joint2]
    }
}

/// The friction's tangents of slips.
struct Rubbing<R>([R; 3]);

impl<R: Real> Kernel for Rubbing<R> {
    type Output = [R; 3];
    #[inline(always)]
    fn run(self) -> [R; 3] {
        tanh_of_three(self.0)
    }
}

/// The same a moment after others.
struct RubbingOn<R> {
    before: Slip<R>,
    slips: [R; 3],
}

impl<R: Real> Kernel for RubbingOn<R> {
    type Output = [R; 3];
    #[inline(always)]
    fn run(self) -> [R; 3] {
        let Self { before: Slip { slips: before, tanh }, slips } = self;
        let d = [slips[0] - before[0], slips[1] - before[1], slips[2] - before[2]];
        let near = d[0].abs().max(d[1].abs()).max(d[2].abs()).le(R::of(TANH_STEP));
        let there = tanh_of_three_from(tanh, d);
        if near.all() {
            return there;
        }
        core::hint::cold_path();
        // A lane that is near has the bits that it has among others that are.
        let [a, b, c] = R::run(Rubbing(slips));
        [R::select(near, there[0], a), R::select(near, there[1], b), R::select(near, there[2], c)]
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
    at: Levers<R>,
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

impl<R: Real> Full<R> {
    /// The accelerations, given the friction.
    #[inline(always)]
    fn moved(
        &self,
        at: &Levers<R>,
        v: &Vector<R>,
        push: &Push<R>,
        friction: Option<Vector<R>>,
    ) -> Vector<R> {
        let mut net = push.and(&self.rigid.specific.drift(at, v));
        if let Some(h) = friction {
            net = [net[0] - h[0], net[1] - h[1], net[2] - h[2]];
        }
        if let Some(drag) = &self.drag {
            let [h0, h1, h2] = R::run(Dragging { drag, at: at.apart(), v: *v });
            let h = [h0, h1, h2];
            net = [net[0] - h[0], net[1] - h[1], net[2] - h[2]];
        }
        self.rigid.specific.solve(at, &net)
    }
}

impl<R: Real> Dynamics<R> for Full<R> {
    type Posture = Stance<R>;

    #[inline(always)]
    fn posture(&self, theta: &[R; 2]) -> Stance<R> {
        Stance { levers: self.rigid.posture(theta), passed: None }
    }

    #[inline(always)]
    fn posture_of(&self, theta: &[R; 2], angles: &Angles<R>) -> Stance<R> {
        Stance { levers: self.rigid.posture_of(theta, angles), passed: None }
    }

    #[inline(always)]
    fn turned(&self, at: &Stance<R>, theta: &[R; 2], by: &[R; 2]) -> Stance<R> {
        Stance { levers: self.rigid.turned(&at.levers, theta, by), passed: None }
    }

    #[inline(always)]
    fn nudged(
        &self,
        nearly: &Stance<R>,
        more: &[R; 2],
        at: &Stance<R>,
        theta: &[R; 2],
        by: &[R; 2],
    ) -> Stance<R> {
        let levers = self.rigid.nudged(&nearly.levers, more, &at.levers, theta, by);
        Stance { levers, passed: nearly.passed }
    }

    #[inline(always)]
    fn passing(&self, posture: &Stance<R>, v: &Vector<R>) -> Stance<R> {
        let mut passed = None;
        if let Some(coulomb) = &self.coulomb {
            let slips = coulomb.slips(v);
            let [a, b, c] = R::run(Rubbing(slips));
            passed = Some(Slip { slips, tanh: [a, b, c] });
        }
        Stance { levers: posture.levers, passed }
    }

    #[inline(always)]
    fn acceleration_passing(
        &self,
        posture: &Stance<R>,
        v: &Vector<R>,
        push: &Push<R>,
    ) -> Vector<R> {
        let friction = match (&self.coulomb, &posture.passed) {
            (Some(coulomb), Some(passed)) => Some(coulomb.force(&passed.tanh)),
            _ => None,
        };
        self.moved(&posture.levers, v, push, friction)
    }

    #[inline(always)]
    fn push(&self, force: &Vector<R>) -> Push<R> {
        self.rigid.push(force)
    }

    #[inline(always)]
    fn push_cart(&self, force: R) -> Push<R> {
        self.rigid.push_cart(force)
    }

    #[inline(always)]
    fn acceleration_in(&self, at: &Stance<R>, v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let mut friction = None;
        if let Some(coulomb) = &self.coulomb {
            let slips = coulomb.slips(v);
            let [a, b, c] = match &at.passed {
                None => R::run(Rubbing(slips)),
                Some(passed) => R::run(RubbingOn { before: passed.apart(), slips }),
            };
            friction = Some(coulomb.force(&[a, b, c]));
        }
        self.moved(&at.levers, v, push, friction)
    }
}
