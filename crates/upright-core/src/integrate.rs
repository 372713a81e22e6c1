//! Integrators of the equation of motion over one step.
//!
//! The force may vary within a step: `force(c)` is asked for it at the stage fractions `c` of
//! 0 to 1, which is how disturbances enter.

use crate::plant::{Dynamics, Push, State, Vector};
use crate::real::Real;

/// Time derivative of a state.
#[inline(always)]
fn derivative<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    state: &State<R>,
    force: &Vector<R>,
) -> State<R> {
    let [a0, a1, a2] = dynamics.acceleration(state, force);
    [state[3], state[4], state[5], a0, a1, a2]
}

/// A state whose component `i` is the value. Written out, since every operation must be inlined into
/// the kernel of a vector unit.
macro_rules! each {
    ($i:ident => $value:expr) => {
        [each!($i 0 $value), each!($i 1 $value), each!($i 2 $value),
         each!($i 3 $value), each!($i 4 $value), each!($i 5 $value)]
    };
    ($i:ident $index:literal $value:expr) => {{
        let $i: usize = $index;
        $value
    }};
}

#[inline(always)]
fn twice<R: Real>(x: R) -> R {
    x + x
}

/// The generalised forces of a step at its start, in its middle and at its end.
pub type Pushes<R> = [Push<R>; 3];

/// What [`Pushes`] are of a force that varies within the step.
#[inline(always)]
fn pushes<R: Real, D: Dynamics<R>>(dynamics: &D, force: impl Fn(f64) -> Vector<R>) -> Pushes<R> {
    [dynamics.push(&force(0.0)), dynamics.push(&force(0.5)), dynamics.push(&force(1.0))]
}

/// The angles of a state.
#[inline(always)]
fn angles<R: Real>(state: &State<R>) -> [R; 2] {
    [state[1], state[2]]
}

/// One step of length `h` (in s) of the explicit Euler method, order 1.
#[inline(always)]
pub fn euler<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    state: &State<R>,
    h: R,
    force: impl Fn(f64) -> Vector<R>,
) -> State<R> {
    let posture = dynamics.posture(&angles(state));
    euler_from(dynamics, &posture, state, h, &dynamics.push(&force(0.0)))
}

/// The same where the posture is at hand.
#[inline(always)]
pub fn euler_from<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    posture: &D::Posture,
    state: &State<R>,
    h: R,
    push: &Push<R>,
) -> State<R> {
    let [x, theta1, theta2, v0, v1, v2] = *state;
    let [a0, a1, a2] = dynamics.acceleration_in(posture, &[v0, v1, v2], push);
    [x + h * v0, theta1 + h * v1, theta2 + h * v2, v0 + h * a0, v1 + h * a1, v2 + h * a2]
}

/// One step of length `h` (in s) of the classical Runge-Kutta method, order 4.
#[inline(always)]
pub fn rk4<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    state: &State<R>,
    h: R,
    force: impl Fn(f64) -> Vector<R>,
) -> State<R> {
    let posture = dynamics.posture(&angles(state));
    rk4_from(dynamics, &posture, state, h, &pushes(dynamics, force))
}

/// The same under a force on the cart that is held, in N.
#[inline(always)]
pub fn rk4_held<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    state: &State<R>,
    h: R,
    force: R,
) -> State<R> {
    let posture = dynamics.posture(&angles(state));
    rk4_from(dynamics, &posture, state, h, &[dynamics.push_cart(force); 3])
}

/// The same where the posture is at hand.
///
/// The coordinates' slopes are the velocities of the stages, so that what is added up are accelerations alone, as in
/// the method of E. J. Nyström (1925). The second look at the middle differs from the first by what the acceleration
/// makes of half a step.
#[inline(always)]
pub fn rk4_from<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    posture: &D::Posture,
    state: &State<R>,
    h: R,
    pushes: &Pushes<R>,
) -> State<R> {
    let [start, middle, end] = pushes;
    let half = R::of(0.5) * h;
    let quarter = half * half;
    let theta = angles(state);
    let v1 = [state[3], state[4], state[5]];
    let a1 = dynamics.acceleration_in(posture, &v1, start);

    let there = dynamics.turned(posture, &theta, &[half * v1[1], half * v1[2]]);
    let v2 = moved(&v1, half, &a1);
    let there = dynamics.passing(&there, &v2);
    let a2 = dynamics.acceleration_passing(&there, &v2, middle);

    let more = [quarter * a1[1], quarter * a1[2]];
    let by = [half * v2[1], half * v2[2]];
    let there = dynamics.nudged(&there, &more, posture, &theta, &by);
    let v3 = moved(&v1, half, &a2);
    let a3 = dynamics.acceleration_in(&there, &v3, middle);

    let there = dynamics.turned(posture, &theta, &[h * v3[1], h * v3[2]]);
    let a4 = dynamics.acceleration_in(&there, &moved(&v1, h, &a3), end);

    let sixth = R::of(1.0 / 6.0) * h;
    let middles = [a2[0] + a3[0], a2[1] + a3[1], a2[2] + a3[2]];
    each!(i => if i < 3 {
        state[i] + h * (v1[i] + sixth * (a1[i] + middles[i]))
    } else {
        v1[i - 3] + sixth * (a1[i - 3] + twice(middles[i - 3]) + a4[i - 3])
    })
}

/// `v + h a`
#[inline(always)]
fn moved<R: Real>(v: &Vector<R>, h: R, a: &Vector<R>) -> Vector<R> {
    [v[0] + h * a[0], v[1] + h * a[1], v[2] + h * a[2]]
}

/// Stage fractions of [`dormand_prince`].
const C: [f64; 7] = [0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0];
/// Stage weights; the last row is the fifth-order solution itself.
const A: [[f64; 6]; 6] = [
    [1.0 / 5.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Weights of the fifth-order solution less those of the fourth-order one.
const E: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

/// One step of length `h` (in s) of the pair of Dormand and Prince (J. Comp. Appl. Math. 6 (1980)
/// 19-26): the solution of order 5, and its estimated error.
pub fn dormand_prince<R: Real, D: Dynamics<R>>(
    dynamics: &D,
    state: &State<R>,
    h: R,
    force: impl Fn(f64) -> Vector<R>,
) -> (State<R>, State<R>) {
    let mut k = [[R::zero(); 6]; 7];
    let mut at = *state;
    for stage in 0..7 {
        if stage > 0 {
            at = each!(i => {
                let mut slope = R::zero();
                for (&weight, k) in A[stage - 1].iter().zip(&k[..stage]) {
                    slope = slope + R::of(weight) * k[i];
                }
                state[i] + h * slope
            });
        }
        k[stage] = derivative(dynamics, &at, &force(C[stage]));
    }
    let error = each!(i => {
        let mut error = R::zero();
        for (&weight, k) in E.iter().zip(&k) {
            error = error + R::of(weight) * k[i];
        }
        h * error
    });
    (at, error)
}

/// The step could not be made small enough: the motion has left what numbers can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepTooSmall;

/// Dormand-Prince 5(4) with error control, as many steps as a period needs.
///
/// A step is accepted when the largest of `|error| / (atol + rtol |state|)` over the six
/// components is at most one, else retried shorter. The last step length is kept from one period
/// to the next.
#[derive(Debug, Clone, Copy)]
pub struct Adaptive {
    rtol: f64,
    atol: f64,
    /// The step to try next, in s.
    step: f64,
}

impl Adaptive {
    /// With relative tolerance `rtol` and absolute tolerance `atol`, starting with a step of
    /// `period` seconds.
    pub fn new(rtol: f64, atol: f64, period: f64) -> Self {
        Self { rtol, atol, step: period }
    }

    /// Advances `state` by `period` seconds. `force(c)` is the force at the fraction `c` of the
    /// period.
    ///
    /// # Errors
    /// [`StepTooSmall`] when no step of at least 1e-9 periods meets the tolerance, as happens when
    /// the state is not finite.
    pub fn advance<D: Dynamics<f64>>(
        &mut self,
        dynamics: &D,
        state: &State<f64>,
        period: f64,
        force: impl Fn(f64) -> Vector<f64>,
    ) -> Result<State<f64>, StepTooSmall> {
        let mut state = *state;
        let mut done = 0.0;
        let shortest = 1e-9 * period;
        while period - done > shortest {
            let rest = period - done;
            let h = if self.step < rest { self.step } else { rest };
            let (next, error) =
                dormand_prince(dynamics, &state, h, |c| force((done + c * h) / period));
            let mut worst: f64 = 0.0;
            for i in 0..6 {
                let scale = Real::max(Real::abs(state[i]), Real::abs(next[i]));
                let ratio = Real::abs(error[i]) / (self.atol + self.rtol * scale);
                // An infinite state would make any error small.
                let ratio = if next[i].is_finite() { ratio } else { f64::NAN };
                // Written so that not a number is kept.
                worst = if ratio <= worst || worst.is_nan() { worst } else { ratio };
            }
            // The usual controller: safety factor 0.9, the step changes by 0.2 to 5.
            let factor = if worst == 0.0 { 5.0 } else { 0.9 * libm::pow(worst, -0.2) };
            let factor = factor.clamp(0.2, 5.0);
            if worst <= 1.0 {
                state = next;
                done += h;
                // A last step cut short by the period's end says little about the step length.
                self.step = if h < self.step { self.step.max(h * factor) } else { h * factor };
                self.step = self.step.min(period);
            } else {
                self.step = if factor.is_nan() { 0.2 * h } else { h * factor.min(0.9) };
                if self.step < shortest {
                    return Err(StepTooSmall);
                }
            }
        }
        Ok(state)
    }
}
