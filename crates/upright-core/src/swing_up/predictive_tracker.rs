//! Following a plan by prediction: every step of it the rest of the way up is planned anew from where the plant is, near
//! the plan, within the force limit and the track.
//!
//! The real-time iteration of [`crate::predictive`], along a motion in place of about a rest. The cost weighs distances
//! from the plan. That of the plan itself in its place would hold the plant on no motion at all: its gains are soft.

use super::plan::Plan;
use super::regulator::{Input, Regulator, Weights};
use super::settings::{MAX_STEPS, Tracking};
use super::tracker::Tracker;
use crate::kind::{BuildError, ControllerContext};
use crate::planner::{Motion, Planner, Reference, Task};
use crate::plant::{Rigid, State};
use crate::real::Real;

/// For how long a prediction goes on at the top, in s.
const AT_TOP: f64 = 0.5;
/// The fewest steps of a prediction.
const FEWEST: usize = 50;
/// The most: of the longest plan with the fewest at the top.
const MOST: usize = MAX_STEPS + FEWEST;
/// Iterations of a prediction.
const ITERATIONS: usize = 2;
/// Share of the track that a prediction has for free.
const TRACK_SHARE: f64 = 0.9;
/// Weight of the square of what it goes beyond, in 1/(m^2 s).
const BEYOND: f64 = 1e5;

/// The rest of a plan, and then its top.
struct Rest<'a, R> {
    plan: &'a Plan<R>,
    /// The plan's step that is the first one now.
    knot: usize,
    top: State<R>,
}

impl<R: Real<Mask = bool>> Reference<R> for Rest<'_, R> {
    #[inline(always)]
    fn state(&self, step: usize) -> State<R> {
        let at = self.knot + step;
        if at <= self.plan.steps() { self.plan.state(at) } else { self.top }
    }

    #[inline(always)]
    fn force(&self, step: usize) -> R {
        self.plan.forces().get(self.knot + step).copied().unwrap_or(R::zero())
    }
}

/// Follows the plan of a [`Tracker`] by prediction. A value of some 250 kB in `f64`, which never allocates and belongs on
/// the heap, or into a static of the caller's.
#[derive(Debug, Clone)]
pub struct PredictiveTracker<R> {
    planner: Planner<R, MOST>,
    /// What it expects of one control period.
    motion: Motion<R>,
    /// The gains after the last step: `-K e` N at the top.
    top: State<R>,
    /// The steps at the top.
    after: usize,
    max_force: R,
    /// Whether there is a prediction.
    planned: bool,
    /// Where the plant is expected now, in the turns of the plan.
    expected: State<R>,
}

impl<R: Real<Mask = bool>> PredictiveTracker<R> {
    /// For plans of steps of `step` s, by what the context knows of the plant, the force limit and the track.
    ///
    /// # Errors
    /// Where the weights have no regulator at the top, or the planner does not take them.
    pub fn new(
        settings: &Tracking,
        step: f64,
        context: &ControllerContext,
    ) -> Result<Self, BuildError> {
        let refuse = |reason| BuildError { field: "tracking.weights", reason };
        let own = &settings.weights;
        let weights = Weights { state: own.state, input: own.force };
        let model = Rigid::new(&context.model);
        let top = Regulator::new(model, Input::Force, &weights, step, [0.0; 2])
            .ok_or_else(|| refuse("these weights have no regulator"))?;
        let task = Task {
            step,
            max_force: context.max_force,
            cart_limit: TRACK_SHARE * context.model.track.unwrap_or(f64::INFINITY),
            beyond: BEYOND,
            target: [0.0; 6],
            state: own.state,
            force: own.force,
            terminal: [0.0; 6],
        };
        // Named once, since each name of a planner may be another place on the stack.
        let Ok(planner) = Planner::new(&context.model, &task) else {
            return Err(refuse("the planner does not take these settings"));
        };
        let mut own = Self {
            planner,
            motion: Motion::rigid(model, R::of(context.period), 1),
            top: *top.top_gain(),
            after: libm::round(AT_TOP / step) as usize,
            max_force: R::of(context.max_force),
            planned: false,
            expected: [R::zero(); 6],
        };
        own.planner.set_coarse();
        own.planner.set_end_weight(top.top_cost());
        Ok(own)
    }

    /// The force in N that a plan's next control period asks for beside a force of `push` N that is on the cart anyhow,
    /// not limited; nothing where no prediction is to be had. To be asked in every period that the plan is followed.
    pub fn force(&mut self, tracker: &Tracker<R>, measured: &State<R>, push: R) -> Option<R> {
        let at = tracker.in_turns_of_the_plan(measured);
        if tracker.begins_a_step() {
            self.predict(tracker, &at, push);
        }
        let ([first, ..], [gain, ..], true) =
            (self.planner.forces(), self.planner.gains(), self.planned)
        else {
            return None;
        };
        let mut force = *first;
        for i in 0..6 {
            force = force + gain[i] * (at[i] - self.expected[i]);
        }
        self.expected = self.motion.end(&self.expected, *first);
        Some(force - push)
    }

    /// Plans the rest of the way from `at`.
    fn predict(&mut self, tracker: &Tracker<R>, at: &State<R>, push: R) {
        let Self { planner, .. } = self;
        let (plan, knot) = (tracker.plan(), tracker.knot());
        let rest = Rest { plan, knot, top: plan.top() };
        let steps = (plan.steps() - knot + self.after).clamp(FEWEST, MOST);
        planner.set_bounds([push - self.max_force, push + self.max_force], R::zero());
        // A plan that has just begun has no prediction yet.
        let goes_on = self.planned && knot > 0;
        let goes_on = goes_on && planner.go_on_along(&rest, at, steps, &self.top).is_ok();
        self.planned = goes_on || planner.start_along(&rest, at, steps).is_ok();
        planner.iterate_along(&rest, ITERATIONS);
        self.expected = *at;
    }
}
