//! Coulomb friction that sticks: a force that may be anything up to its bound while nothing slips, and is at the
//! bound against the slip where something does.
//!
//! Over a step of the integrator the friction is a constant `lambda` with `lambda_i` in `c_i Sign(v_i)`, where `v` is
//! the slip at the end of the step: of the cart on its track, of joint 1, of joint 2. So a cart at rest stays at rest,
//! which no smooth function of the speed can give. Compare J. J. Moreau in Nonsmooth Mechanics and Applications
//! (1988), and V. Acary and B. Brogliato, Numerical Methods for Nonsmooth Dynamical Systems (2008): the scheme is of
//! first order where a slip reverses and has the integrator's own order in between.

use crate::integrate::{euler_from, rk4_from};
use crate::plant::{Angles, Dynamics, Full, Plant, Rigid, State, Vector};
use crate::real::{Mask, Real, each_lane};

/// Newton rounds over the integrator's step at most. Four do, but where damping acts within a step.
const ROUNDS: usize = 12;
/// Sweeps of the projected Gauss-Seidel iteration in a round.
const SWEEPS: usize = 60;
/// Changes of the friction that end the iterations, as a share of its bound.
const TOLERANCE: f64 = 1e-12;
/// Slower than this, in m/s and rad/s, nothing slips: the residue of the iterations is far below.
const REST: f64 = 1e-9;

/// A plant of the `full` model whose Coulomb friction sticks.
#[derive(Debug, Clone, Copy)]
pub struct Sticking<R> {
    /// Everything but the Coulomb friction.
    smooth: Full<R>,
    rigid: Rigid<R>,
    /// The bounds of the friction while it slips, in N and N m.
    sliding: Vector<R>,
    /// The bounds while it sticks.
    at_rest: Vector<R>,
}

/// A step of an integrator under friction that sticks.
#[derive(Debug, Clone, Copy)]
pub struct RubbedStep<R> {
    /// The state at its end.
    pub state: State<R>,
    /// The friction over the step, as it acts against the slips of the cart, joint 1 and joint 2, in N and N m.
    pub friction: Vector<R>,
}

/// How fast cart, joint 1 and joint 2 slip.
#[inline(always)]
fn slips<R: Real>(state: &State<R>) -> Vector<R> {
    [state[3], state[4], state[5] - state[4]]
}

/// What is left of the forces under a friction.
#[inline(always)]
fn against<R: Real>(force: &Vector<R>, friction: &Vector<R>) -> Vector<R> {
    let [cart, joint1, joint2] = *friction;
    [force[0] - cart, force[1] - (joint1 - joint2), force[2] - joint2]
}

/// How much a friction that is held for `h` slows each slip: `h J M^-1 J'`.
#[inline(always)]
fn compliance<R: Real>(rigid: &Rigid<R>, angles: &Angles<R>, h: R) -> [Vector<R>; 3] {
    let mass = rigid.mass_matrix(angles);
    let (zero, one) = (R::zero(), R::one());
    let row = |w: Vector<R>| [h * w[0], h * w[1], h * (w[2] - w[1])];
    [
        row(mass.solve(&[one, zero, zero])),
        row(mass.solve(&[zero, one, zero])),
        row(mass.solve(&[zero, -one, one])),
    ]
}

/// The friction for which the slips, `slip` under the friction `at` and linear in it, are zero or opposed by a friction
/// at its bound: projected Gauss-Seidel. A lane that has found its own rests, so that it does not depend on the
/// others.
#[inline(always)]
fn opposed<R: Real>(
    compliance: &[Vector<R>; 3],
    slip: &Vector<R>,
    at: &Vector<R>,
    bound: &Vector<R>,
) -> Vector<R> {
    let mut friction = *at;
    let mut resting = <R::Mask as Mask>::splat(false);
    let mut sweep = 0;
    while sweep < SWEEPS {
        let mut still = <R::Mask as Mask>::splat(true);
        let mut i = 0;
        while i < 3 {
            let row = &compliance[i];
            let left = slip[i]
                - (row[0] * (friction[0] - at[0])
                    + row[1] * (friction[1] - at[1])
                    + row[2] * (friction[2] - at[2]));
            let wanted = (friction[i] + left / row[i]).clamp(-bound[i], bound[i]);
            let change = (wanted - friction[i]).abs();
            still = still & change.le(R::of(TOLERANCE) * bound[i]);
            friction[i] = R::select(resting, friction[i], wanted);
            i += 1;
        }
        resting = resting | still;
        if resting.all() {
            break;
        }
        sweep += 1;
    }
    friction
}

impl<R: Real> Sticking<R> {
    /// With the parameters `plant(i)` in lane `i`. Static friction below the sliding one counts as that.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        let plants = each_lane::<R, _>(plant);
        let number = |derive: fn(&Plant) -> f64| R::from_lanes(|lane| derive(&plants[lane]));
        let sliding = [
            number(|p| p.coulomb.cart),
            number(|p| p.coulomb.joint1),
            number(|p| p.coulomb.joint2),
        ];
        let at_rest = |i: usize| {
            R::from_lanes(|lane| plants[lane].coulomb.r#static.map_or(0.0, |bounds| bounds[i]))
        };
        Self {
            smooth: Full::of_lanes(|lane| plants[lane].without_coulomb()),
            rigid: Rigid::of_lanes(|lane| plants[lane]),
            sliding,
            at_rest: [
                sliding[0].max(at_rest(0)),
                sliding[1].max(at_rest(1)),
                sliding[2].max(at_rest(2)),
            ],
        }
    }

    /// Rigid bodies with bounds of the friction of cart, joint 1 and joint 2 in N and N m, sticking or not.
    pub fn of_rigid(rigid: Rigid<R>, bounds: Vector<R>) -> Self {
        Self { smooth: Full::of_rigid(rigid), rigid, sliding: bounds, at_rest: bounds }
    }

    /// One step of length `h` in s, of the classical Runge-Kutta method or, where `first_order`, of the explicit Euler
    /// method, under the generalised forces at its start, in its middle and at its end.
    #[inline(always)]
    pub fn step(
        &self,
        first_order: bool,
        state: &State<R>,
        h: R,
        forces: [&Vector<R>; 3],
    ) -> RubbedStep<R> {
        let smooth = &self.smooth;
        let angles = Angles::new(state[1], state[2]);
        // Every round begins there.
        let posture = smooth.posture_of(&[state[1], state[2]], &angles);
        let compliance = compliance(&self.rigid, &angles, h);
        let before = slips(state);
        let mut bound = self.sliding;
        let mut i = 0;
        while i < 3 {
            let rests = before[i].abs().lt(R::of(REST));
            bound[i] = R::select(rests, self.at_rest[i], bound[i]);
            i += 1;
        }
        // A first guess from the accelerations at the start.
        let speeds = [state[3], state[4], state[5]];
        let [a0, a1, a2] = smooth.acceleration_in(&posture, &speeds, &smooth.push(forces[0]));
        let free = [before[0] + h * a0, before[1] + h * a1, before[2] + h * (a2 - a1)];
        let mut friction = opposed(&compliance, &free, &[R::zero(); 3], &bound);
        let mut found = <R::Mask as Mask>::splat(false);
        let mut round = 0;
        loop {
            let pushes = [
                smooth.push(&against(forces[0], &friction)),
                smooth.push(&against(forces[1], &friction)),
                smooth.push(&against(forces[2], &friction)),
            ];
            let next = if first_order {
                euler_from(smooth, &posture, state, h, &pushes[0])
            } else {
                rk4_from(smooth, &posture, state, h, &pushes)
            };
            let better = opposed(&compliance, &slips(&next), &friction, &bound);
            let mut still = <R::Mask as Mask>::splat(true);
            let mut i = 0;
            while i < 3 {
                let change = (better[i] - friction[i]).abs();
                still = still & change.le(R::of(TOLERANCE) * bound[i]);
                i += 1;
            }
            found = found | still;
            if found.all() || round == ROUNDS {
                return RubbedStep { state: next, friction };
            }
            let mut i = 0;
            while i < 3 {
                friction[i] = R::select(found, friction[i], better[i]);
                i += 1;
            }
            round += 1;
        }
    }
}
