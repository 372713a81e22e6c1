//! Following a plan: where in it one is, and what it asks for there.

use super::cart::CartResponse;
use super::plan::{Plan, Segment};
use super::pursuit::{Demand, Pursuit, Wanted};
use super::regulator::{Input, Regulator, Weights};
use super::settings::{Inner, Tracking};
use crate::elementary::nearest_turn;
use crate::law::super_twisting::Settings;
use crate::plant::{Rigid, State};
use crate::real::Real;

/// Follows a plan.
#[derive(Debug, Clone)]
pub struct Tracker<R> {
    model: Rigid<R>,
    regulator: Regulator<R>,
    plan: Plan<R>,
    /// Of the law by which the cart is made to have an acceleration.
    inner: Option<Settings>,
    period: R,
    step: R,
    periods_a_step: u32,
    /// The step that it is in, and the control periods of it that have passed.
    knot: usize,
    part: u32,
    segment: Segment<R>,
    pursuit: Pursuit<R>,
}

impl<R: Real<Mask = bool>> Tracker<R> {
    /// With plans of steps of `periods_a_step` control periods of `period` s, to the equilibrium whose angles are
    /// `at`, in rad. Absent where the weights have no regulator.
    pub fn new(
        model: Rigid<R>,
        settings: &Tracking,
        period: f64,
        periods_a_step: u32,
        at: [f64; 2],
    ) -> Option<Self> {
        let weights =
            Weights { state: settings.weights.state, input: settings.weights.acceleration };
        let law = Settings { slope_bound: Some(settings.slope_bound), ..Settings::default() };
        let inner = (settings.inner == Inner::SuperTwisting).then_some(law);
        let rest = [R::zero(); 6];
        let step = R::of(period * f64::from(periods_a_step));
        Some(Self {
            regulator: Regulator::new(model, Input::Acceleration, &weights, period, at)?,
            plan: Plan::default(),
            pursuit: Pursuit::new(inner.as_ref(), period),
            inner,
            period: R::of(period),
            step,
            periods_a_step,
            knot: 0,
            part: 0,
            segment: Segment::new(&model, &rest, &rest, R::zero(), step),
            model,
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan<R> {
        &self.plan
    }

    /// The gains at the end of plans, in 1/s^2 for positions and angles, in 1/s for rates.
    pub fn end_gain(&self) -> &State<R> {
        self.regulator.top_gain()
    }

    /// Takes a plan over and designs its gains; false where there is none, or one that is too long.
    pub fn take(&mut self, forces: &[R], states: impl ExactSizeIterator<Item = State<R>>) -> bool {
        let Self { regulator, model, step, periods_a_step, .. } = self;
        self.plan.fill(regulator, model, forces, states, (*step, *periods_a_step))
    }

    /// How large the closed loop lets an error become over a step of the plan at most, in SI units: the largest spectral
    /// norm of its transitions.
    pub fn largest_transition(&self) -> R {
        let Self { plan, regulator, model, step, periods_a_step, .. } = self;
        (0..plan.steps()).fold(R::zero(), |largest, k| {
            largest.max(plan.transition_norm(regulator, model, k, (*step, *periods_a_step)))
        })
    }

    /// Takes over a plan that has been designed already.
    pub fn copy_plan(&mut self, plan: &Plan<R>) {
        self.plan.clone_from(plan);
    }

    /// Begins at the plan's start, whose angles are counted from the turn that `measured` is in.
    pub fn begin(&mut self, measured: &State<R>) {
        self.pursuit.begin(&self.plan.state(0), measured);
        self.rewind();
    }

    /// Back to the plan's start.
    pub(super) fn rewind(&mut self) {
        (self.knot, self.part) = (0, 0);
        self.enter();
    }

    /// How far `measured` is from the plan's start, whole turns left aside: the larger of the two angles, in rad.
    pub fn distance_from_start(&self, measured: &State<R>) -> R {
        let start = self.plan.state(0);
        let away = |i: usize| {
            let angle = measured[i] - start[i];
            (angle - nearest_turn(angle)).abs()
        };
        away(1).max(away(2))
    }

    /// Whether the plan has come to its end.
    pub fn is_over(&self) -> bool {
        self.knot >= self.plan.steps()
    }

    /// The step of the plan that it is in.
    pub(super) fn knot(&self) -> usize {
        self.knot
    }

    /// Whether the next control period is the first one of a step.
    pub(super) fn begins_a_step(&self) -> bool {
        self.part == 0
    }

    /// A measured state with its angles in the turns of the plan's.
    pub(super) fn in_turns_of_the_plan(&self, measured: &State<R>) -> State<R> {
        let mut state = *measured;
        state[1] = state[1] - self.pursuit.turns()[0];
        state[2] = state[2] - self.pursuit.turns()[1];
        state
    }

    fn enter(&mut self) {
        if self.knot < self.plan.steps() {
            self.segment = self.plan.segment(&self.model, self.knot, self.step);
        }
    }

    fn share(&self, part: u32) -> R {
        R::of(f64::from(part)) / R::of(f64::from(self.periods_a_step))
    }

    /// The gains now, between those of the two knots.
    fn gain(&self) -> State<R> {
        let gains = self.plan.gains();
        let (Some(from), share) = (gains.get(self.knot), self.share(self.part)) else {
            return *self.regulator.top_gain();
        };
        let to = gains.get(self.knot + 1).unwrap_or(self.regulator.top_gain());
        core::array::from_fn(|i| from[i] + share * (to[i] - from[i]))
    }

    /// What the plan says of this period.
    pub(super) fn demand(&self) -> Demand<R> {
        let gain = self.gain();
        if self.is_over() {
            let state = self.plan.state(self.plan.steps());
            return Demand { state, acceleration: R::zero(), gain };
        }
        let state = self.segment.at(self.share(self.part));
        // What the cart does of itself over the period, so that the sum of it is the plan's speed.
        let next = self.segment.at(self.share(self.part + 1))[3];
        Demand { state, acceleration: (next - state[3]) / self.period, gain }
    }

    /// What keeps plants to plans as this does, a plant a lane.
    pub(super) fn pursuit_in<L: Real>(&self) -> Pursuit<L> {
        Pursuit::new(self.inner.as_ref(), self.period.lane(0))
    }

    /// What it wants at the measured state, where the cart returns as `response` says.
    pub fn want(&mut self, measured: &State<R>, response: &CartResponse<R>) -> Wanted<R> {
        let demand = self.demand();
        self.pursuit.want(&demand, measured, response)
    }

    /// Tells which force came of what was wanted, and whether it was limited; goes on to the next period.
    pub fn given(&mut self, measured: &State<R>, wanted: &Wanted<R>, force: R, limited: bool) {
        self.pursuit.given(measured, wanted, force, limited);
        self.go_on();
    }

    /// Goes on to the next period.
    pub(super) fn go_on(&mut self) {
        self.part += 1;
        if self.part >= self.periods_a_step {
            self.part = 0;
            self.knot = (self.knot + 1).min(self.plan.steps());
            self.enter();
        }
    }
}
