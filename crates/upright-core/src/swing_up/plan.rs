//! A plan that is to be followed: states, held forces and gains, a knot a step.

use super::regulator::{self, Regulator};
use super::settings::MAX_STEPS;
use crate::elementary::nearest_turn;
use crate::integrate::rk4;
use crate::plant::{Dynamics, Rigid, State};
use crate::real::Real;

/// The motion over one step of a plan, as the cubic that has the states and their derivatives at both ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<R> {
    from: State<R>,
    slope: State<R>,
    square: State<R>,
    cube: State<R>,
}

impl<R: Real> Segment<R> {
    pub(super) fn new(model: &Rigid<R>, from: &State<R>, to: &State<R>, u: R, step: R) -> Self {
        let slope = |state: &State<R>| {
            let [a0, a1, a2] = model.acceleration(state, &[u, R::zero(), R::zero()]);
            [state[3], state[4], state[5], a0, a1, a2].map(|rate| step * rate)
        };
        let (first, last) = (slope(from), slope(to));
        let (two, three) = (R::of(2.0), R::of(3.0));
        let mut segment = Self { from: *from, slope: first, square: *from, cube: *from };
        for i in 0..6 {
            let way = to[i] - from[i];
            segment.square[i] = three * way - two * first[i] - last[i];
            segment.cube[i] = first[i] + last[i] - two * way;
        }
        segment
    }

    /// The state at the share `at` of the step.
    pub(super) fn at(&self, at: R) -> State<R> {
        core::array::from_fn(|i| {
            self.from[i] + at * (self.slope[i] + at * (self.square[i] + at * self.cube[i]))
        })
    }
}

/// The state at a share of a step whose halves these are.
fn at_share<R: Real<Mask = bool>>([first, second]: &[Segment<R>; 2], share: R) -> State<R> {
    let at = R::of(2.0) * share;
    if at.lt(R::one()) { first.at(at) } else { second.at(at - R::one()) }
}

/// A plan that is to be followed: at most [`MAX_STEPS`] held forces, the states between them, and the gains there.
#[derive(Debug, Clone)]
pub struct Plan<R> {
    steps: usize,
    start: State<R>,
    ends: [State<R>; MAX_STEPS],
    forces: [R; MAX_STEPS],
    gains: [State<R>; MAX_STEPS],
}

impl<R: Real<Mask = bool>> Default for Plan<R> {
    /// No plan: of no steps.
    fn default() -> Self {
        let none = [R::zero(); 6];
        Self {
            steps: 0,
            start: none,
            ends: [none; MAX_STEPS],
            forces: [R::zero(); MAX_STEPS],
            gains: [none; MAX_STEPS],
        }
    }
}

impl<R: Real<Mask = bool>> Plan<R> {
    /// Takes over forces and states, one more than there are forces, and designs the gains; each force is held for
    /// `step` s, which are `periods` control periods. Nothing is taken, and the answer is false, where there are
    /// more than [`MAX_STEPS`] forces, none, or another number of states.
    pub fn fill(
        &mut self,
        regulator: &Regulator<R>,
        model: &Rigid<R>,
        forces: &[R],
        mut states: impl ExactSizeIterator<Item = State<R>>,
        (step, periods): (R, u32),
    ) -> bool {
        let steps = forces.len();
        if steps == 0 || steps > MAX_STEPS || states.len() != steps + 1 {
            return false;
        }
        self.steps = steps;
        self.forces[..steps].copy_from_slice(forces);
        if let Some(start) = states.next() {
            self.start = start;
        }
        for (end, state) in self.ends.iter_mut().zip(states) {
            *end = state;
        }
        let mut cost = regulator.top_cost();
        let share = R::one() / R::of(f64::from(periods));
        for k in (0..steps).rev() {
            let u = self.forces[k];
            let halves = self.halves(model, k, step);
            let slopes = |part: f64| regulator.slopes(&at_share(&halves, R::of(part) * share), u);
            let mut end = slopes(f64::from(periods));
            for part in (0..periods).rev() {
                let part = f64::from(part);
                let (start, middle) = (slopes(part), slopes(part + 0.5));
                let (a, b) = regulator.over(&start, &middle, &end);
                self.gains[k] = regulator.back(&mut cost, &a, &b);
                end = start;
            }
        }
        true
    }

    /// How large the closed loop lets an error become over step `k` at most, in SI units: the spectral norm of its
    /// transition, under the gains between those of the knots, as they are followed.
    pub fn transition_norm(
        &self,
        regulator: &Regulator<R>,
        model: &Rigid<R>,
        k: usize,
        (step, periods): (R, u32),
    ) -> R {
        let halves = self.halves(model, k, step);
        let u = self.forces[k];
        let (from, to) = (self.gains[k], self.gains().get(k + 1).unwrap_or(regulator.top_gain()));
        let share = R::one() / R::of(f64::from(periods));
        let slopes = |part: f64| regulator.slopes(&at_share(&halves, R::of(part) * share), u);
        let mut whole = regulator::identity();
        for part in 0..periods {
            let part = f64::from(part);
            let (mut a, b) =
                regulator.over(&slopes(part), &slopes(part + 0.5), &slopes(part + 1.0));
            for j in 0..6 {
                let gain = from[j] + R::of(part) * share * (to[j] - from[j]);
                for i in 0..6 {
                    a[i][j] = a[i][j] - b[i] * gain;
                }
            }
            whole = regulator::product(&a, &whole);
        }
        regulator::spectral_norm(&whole)
    }

    /// The motion over either half of step `k`, for gains, which some plans have large ones of: one cubic for the
    /// whole step leaves them 4e-5 off.
    fn halves(&self, model: &Rigid<R>, k: usize, step: R) -> [Segment<R>; 2] {
        let (from, to, u) = (self.state(k), self.ends[k], self.forces[k]);
        let half = R::of(0.5) * step;
        let middle = rk4(model, &from, half, |_| [u, R::zero(), R::zero()]);
        [Segment::new(model, &from, &middle, u, half), Segment::new(model, &middle, &to, u, half)]
    }

    /// The motion over step `k`.
    pub(super) fn segment(&self, model: &Rigid<R>, k: usize, step: R) -> Segment<R> {
        Segment::new(model, &self.state(k), &self.ends[k], self.forces[k], step)
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The state at the start of step `k`, or at the end of the last one.
    pub fn state(&self, k: usize) -> State<R> {
        if k == 0 { self.start } else { self.ends[k - 1] }
    }

    /// The rest that it ends near: its last angles to whole turns, in the middle of the track.
    pub(super) fn top(&self) -> State<R> {
        let end = self.state(self.steps);
        let zero = R::zero();
        [zero, nearest_turn(end[1]), nearest_turn(end[2]), zero, zero, zero]
    }

    /// The forces in N, one a step.
    pub fn forces(&self) -> &[R] {
        &self.forces[..self.steps]
    }

    /// The gains at the starts of the steps, in units of the input per unit of the state.
    pub fn gains(&self) -> &[State<R>] {
        &self.gains[..self.steps]
    }
}
