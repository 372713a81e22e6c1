//! The plant over one step of a plan, and how its end depends on its start.

#![allow(clippy::needless_range_loop, reason = "matrices are read best by their indices")]

use crate::integrate::rk4_held;
use crate::plant::{Plant, Rigid, State, Vector};
use crate::real::{Real, in_all_lanes};

/// Runge-Kutta steps a step of a plan. One alone misses the motion by up to 1e-4 at 12.6 ms.
pub(super) const PARTS: usize = 2;

/// The state after `step` seconds under the force `u` (in N), held.
#[inline(always)]
pub fn held<R: Real>(model: &Rigid<R>, state: &State<R>, u: R, step: R) -> State<R> {
    let h = step * R::of(1.0 / PARTS as f64);
    let mut at = *state;
    for _ in 0..PARTS {
        at = rk4_held(model, &at, h, u);
    }
    at
}

/// How the state after a step depends on the state before it and on the force.
#[derive(Debug, Clone, Copy)]
pub struct Linearisation<R> {
    /// Element `[i][j]` is the derivative of the state's component `i` after the step by component `j`
    /// before it.
    pub state: [[R; 6]; 6],
    /// Element `i` is the derivative of component `i` after the step by the force, per N.
    pub force: [R; 6],
}

/// Derivatives of what does not depend on `x`: a row a component of the state, a column each for theta1,
/// theta2, `x_dot`, `theta1_dot`, `theta2_dot` and the input.
pub(crate) type Slopes<R> = [[R; 6]; 6];

/// The slopes at the start of a motion: a state's own are one, and the input has done nothing yet.
#[inline(always)]
pub(crate) fn first_slopes<R: Real>() -> Slopes<R> {
    let mut slopes = [[R::zero(); 6]; 6];
    for z in 0..5 {
        slopes[1 + z][z] = R::one();
    }
    slopes
}

/// How `slopes` change in time where the accelerations change by `by` (columns as of [`Slopes`]).
#[inline(always)]
pub(crate) fn carried<R: Real>(by: &[Vector<R>; 6], slopes: &Slopes<R>) -> Slopes<R> {
    let mut rate = [[R::zero(); 6]; 6];
    for i in 0..3 {
        rate[i] = slopes[3 + i];
        let row = &mut rate[3 + i];
        row[5] = by[5][i];
        for z in 0..5 {
            for column in 0..6 {
                row[column] = row[column] + by[z][i] * slopes[1 + z][column];
            }
        }
    }
    rate
}

/// The slopes at the end of a motion as derivatives by the whole state and by the input.
#[inline(always)]
pub(crate) fn linearisation<R: Real>(slopes: &Slopes<R>) -> Linearisation<R> {
    let mut end = Linearisation { state: [[R::zero(); 6]; 6], force: [R::zero(); 6] };
    // Wherever the cart stands, it goes on from there.
    end.state[0][0] = R::one();
    for i in 0..6 {
        for z in 0..5 {
            end.state[i][1 + z] = slopes[i][z];
        }
        end.force[i] = slopes[i][5];
    }
    end
}

/// The derivative in time of `state`, and of its `slopes`.
#[inline(always)]
fn rates<R: Real>(
    model: &Rigid<R>,
    state: &State<R>,
    slopes: &Slopes<R>,
    u: R,
) -> (State<R>, Slopes<R>) {
    let here = model.sensitivity(state, u);
    let [a0, a1, a2] = here.acceleration;
    ([state[3], state[4], state[5], a0, a1, a2], carried(&here.by, slopes))
}

/// `start + h rate` of a state and its slopes.
#[inline(always)]
fn moved<R: Real>(
    start: &(State<R>, Slopes<R>),
    h: R,
    rate: &(State<R>, Slopes<R>),
) -> (State<R>, Slopes<R>) {
    let mut end = *start;
    for i in 0..6 {
        end.0[i] = end.0[i] + h * rate.0[i];
        for column in 0..6 {
            end.1[i][column] = end.1[i][column] + h * rate.1[i][column];
        }
    }
    end
}

/// The derivatives of [`held`], carried through the stages of its steps.
#[inline(always)]
pub fn linearise<R: Real>(model: &Rigid<R>, state: &State<R>, u: R, step: R) -> Linearisation<R> {
    let h = step * R::of(1.0 / PARTS as f64);
    let half = R::of(0.5) * h;
    let (sixth, third) = (R::of(1.0 / 6.0) * h, R::of(1.0 / 3.0) * h);
    let mut at = (*state, first_slopes());
    for _ in 0..PARTS {
        let k1 = rates(model, &at.0, &at.1, u);
        let stage = moved(&at, half, &k1);
        let k2 = rates(model, &stage.0, &stage.1, u);
        let stage = moved(&at, half, &k2);
        let k3 = rates(model, &stage.0, &stage.1, u);
        let stage = moved(&at, h, &k3);
        let k4 = rates(model, &stage.0, &stage.1, u);
        at = moved(&at, sixth, &k1);
        at = moved(&at, third, &k2);
        at = moved(&at, third, &k3);
        at = moved(&at, sixth, &k4);
    }
    linearisation(&at.1)
}

/// Terms of the exponential's series: what is left out is some 1e-6 of it for a step of 10 ms of a fast swing.
const TERMS: u32 = 4;

/// What a planner knows of the plant over one step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Motion<R> {
    /// The rigid bodies, by as many Runge-Kutta steps of the given length as make up the step.
    Rigid { model: Rigid<R>, parts: usize, part: R },
    /// A linear model about the origin: the same matrices wherever the plant is.
    Linear(Linearisation<R>),
}

impl<R: Real> Motion<R> {
    /// The motion of rigid bodies over `step` s.
    pub(crate) fn rigid(model: Rigid<R>, step: R, parts: usize) -> Self {
        // In powers of two no digit is lost.
        Self::Rigid { model, parts, part: step * R::of(1.0 / parts as f64) }
    }

    /// The motion of the linear model about upright over `step` s.
    pub(crate) fn linear(model: &Rigid<R>, step: R) -> Self {
        Self::Linear(linearise(model, &[R::zero(); 6], R::zero(), step))
    }

    /// The same of the same plant in every lane of another number.
    pub(super) fn in_lanes<L: Real>(&self, plant: &Plant) -> Motion<L> {
        let all = in_all_lanes::<R, L>;
        match self {
            Self::Rigid { parts, part, .. } => {
                Motion::Rigid { model: Rigid::new(plant), parts: *parts, part: all(*part) }
            }
            Self::Linear(by) => Motion::Linear(Linearisation {
                state: by.state.map(|row| row.map(all)),
                force: by.force.map(all),
            }),
        }
    }

    /// The state after the step under the force `u` (in N), held.
    #[inline(always)]
    pub(crate) fn end(&self, state: &State<R>, u: R) -> State<R> {
        match self {
            Self::Rigid { model, parts, part } => {
                let mut at = *state;
                for _ in 0..*parts {
                    at = rk4_held(model, &at, *part, u);
                }
                at
            }
            Self::Linear(by) => {
                let mut at = *state;
                for i in 0..6 {
                    let mut sum = by.force[i] * u;
                    for j in 0..6 {
                        sum = sum + by.state[i][j] * state[j];
                    }
                    at[i] = sum;
                }
                at
            }
        }
    }

    /// The derivatives of the step from `from` to `to` under `u`, as a search needs them.
    #[inline(always)]
    pub(super) fn linearise(
        &self,
        from: &State<R>,
        to: &State<R>,
        u: R,
        step: R,
    ) -> Linearisation<R> {
        match self {
            Self::Rigid { model, .. } => linearise_at_middle(model, from, to, u, step),
            Self::Linear(by) => *by,
        }
    }
}

/// The derivatives of a step from `from` to `to` under `u`, as a search needs them: from one linear model, at the
/// middle of the motion, whose error is of the third order in the step. An eighth of the work of
/// [`linearise`], which has the step's own derivatives.
#[inline(always)]
fn linearise_at_middle<R: Real>(
    model: &Rigid<R>,
    from: &State<R>,
    to: &State<R>,
    u: R,
    step: R,
) -> Linearisation<R> {
    let half = R::of(0.5);
    let mut middle = *from;
    for i in 0..6 {
        middle[i] = half * (from[i] + to[i]);
    }
    let by = model.sensitivity(&middle, u).by;
    // Columns as in `Slopes`. The force is an input that stays: its column of the exponential is the integral.
    let mut series = first_slopes::<R>();
    for n in (1..=TERMS).rev() {
        let share = step * R::of(1.0 / f64::from(n));
        let mut next = [[R::zero(); 6]; 6];
        for i in 0..3 {
            // The last term is of the identity, whose products need not be made.
            if n == TERMS {
                next[i][2 + i] = share;
                for column in 0..6 {
                    next[3 + i][column] = share * by[column][i];
                }
                continue;
            }
            for column in 0..6 {
                next[i][column] = share * series[3 + i][column];
            }
            let mut sum = [R::zero(); 6];
            sum[5] = by[5][i];
            for z in 0..5 {
                for column in 0..6 {
                    sum[column] = sum[column] + by[z][i] * series[1 + z][column];
                }
            }
            for column in 0..6 {
                next[3 + i][column] = share * sum[column];
            }
        }
        for z in 0..5 {
            next[1 + z][z] = next[1 + z][z] + R::one();
        }
        series = next;
    }
    linearisation(&series)
}
