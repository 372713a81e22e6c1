//! The law: a prediction every few periods, and its first force with its gains in between.

use super::observer::Observer;
use super::settings::{MAX_HORIZON, PredictionModel, PredictiveSettings, PushObserver};
use crate::controller::Target;
use crate::kind::{BuildError, ControllerContext};
use crate::planner::{Motion, PlanError, Planner, Task};
use crate::plant::{Rigid, State};
use crate::real::Real;
use crate::swing_up::{Input, Regulator, Weights};

/// What is predicted now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction<R> {
    /// What the prediction costs.
    pub cost: R,
    /// How far its last state is from the goal, in the worst of its components.
    pub end_error: R,
    /// How far its cart goes from the middle of the track, in m.
    pub travel: R,
}

/// A prediction whose angles end within this ends upright, in rad.
const UPRIGHT: f64 = 0.1;

/// Balance by prediction. A value of some 60 kB in `f64`, which never allocates.
#[derive(Debug, Clone)]
pub struct Predictive<R> {
    settings: PredictiveSettings,
    planner: Planner<R, MAX_HORIZON>,
    /// What it expects of one control period.
    motion: Motion<R>,
    model: Rigid<R>,
    /// The gains after the horizon, and without a prediction: `u = -K x`.
    top: State<R>,
    steps: usize,
    periods_a_step: u32,
    max_force: R,
    /// The track's length that it knows, in m.
    track: R,
    observer: Option<Observer<R>>,
    /// What the observer added in the last period, in N.
    correction: R,
    /// Periods of the step that have passed.
    part: u32,
    planned: bool,
    /// Where the plant is expected now, off what is followed.
    expected: State<R>,
    target: Target<R>,
}

impl<R: Real<Mask = bool>> Predictive<R> {
    /// By what the context knows of the plant, the force limit and the track.
    ///
    /// # Errors
    /// Where the step is no multiple of the control period, or the weights have no regulator.
    pub fn new(
        settings: &PredictiveSettings,
        context: &ControllerContext,
    ) -> Result<Self, BuildError> {
        let periods_a_step = settings.periods_a_step(context.period).ok_or(BuildError {
            field: "step",
            reason: "the step of a prediction must be a whole number of control periods",
        })?;
        let steps = settings.steps().filter(|steps| *steps <= MAX_HORIZON).ok_or(BuildError {
            field: "horizon",
            reason: "the horizon must be a whole number of steps, of at most 100",
        })?;
        let none = BuildError { field: "weights", reason: "these weights have no regulator" };
        let weights = &settings.weights;
        let track = context.model.track.unwrap_or(f64::INFINITY);
        let task = Task {
            step: settings.step,
            max_force: context.max_force,
            cart_limit: settings.track_share * track,
            beyond: weights.track,
            target: [0.0; 6],
            state: weights.state,
            force: weights.force,
            terminal: [0.0; 6],
        };
        let model = Rigid::new(&context.model);
        let own = Weights { state: weights.state, input: weights.force };
        let regulator =
            Regulator::new(model, Input::Force, &own, settings.step, [0.0; 2]).ok_or(none)?;
        let mut planner = Planner::new(&context.model, &task).map_err(|_| BuildError {
            field: "horizon",
            reason: "the planner does not take these settings",
        })?;
        let period = R::of(context.period);
        let motion = match settings.prediction {
            PredictionModel::Nonlinear => {
                planner.set_coarse();
                Motion::rigid(model, period, 1)
            }
            PredictionModel::Linear => {
                planner.set_linear();
                Motion::linear(&model, period)
            }
        };
        planner.set_end_weight(regulator.top_cost());
        Ok(Self {
            planner,
            motion,
            model,
            top: *regulator.top_gain(),
            steps,
            periods_a_step,
            max_force: R::of(context.max_force),
            track: R::of(track),
            observer: (settings.observer == PushObserver::SuperTwisting)
                .then(|| Observer::new(settings.slope_bound, context.period)),
            correction: R::zero(),
            part: 0,
            planned: false,
            expected: [R::zero(); 6],
            target: Target::origin(),
            settings: *settings,
        })
    }

    /// Returns to the start.
    pub fn restart(&mut self) {
        self.part = 0;
        self.planned = false;
        self.correction = R::zero();
        self.follow(&Target::origin());
        if let Some(observer) = &mut self.observer {
            observer.reset();
        }
    }

    /// What is to be followed from now on. Predictions are made about where it is now.
    pub fn follow(&mut self, target: &Target<R>) {
        self.target = *target;
    }

    /// What is predicted; absent before the first prediction.
    pub fn prediction(&self) -> Option<Prediction<R>> {
        self.planned.then(|| Prediction {
            cost: self.planner.cost(),
            end_error: self.planner.end_error(),
            travel: self.planner.travel(),
        })
    }

    /// Whether the prediction ends upright, on the track.
    pub fn foresees_upright(&self) -> bool {
        let end = self.planner.states().last();
        let near = |end: State<R>| end[1].abs().max(end[2].abs()).le(R::of(UPRIGHT));
        self.planned && end.is_some_and(near) && self.planner.travel().le(self.track)
    }

    /// What the observer added to the force in the last period, in N.
    pub fn correction(&self) -> R {
        self.correction
    }

    /// Plans anew from `away`, off what is followed.
    fn predict(&mut self, away: &State<R>) {
        if self.planned && self.planner.go_on(away, &self.top).is_ok() {
            self.planner.iterate(self.settings.iterations as usize);
        } else {
            self.planned = self.begin(away).is_ok();
        }
        self.expected = *away;
    }

    /// The first prediction: the better one of those from two guesses.
    fn begin(&mut self, away: &State<R>) -> Result<(), PlanError> {
        let linear = self.guess(away, true);
        let straight = self.guess(away, false)?;
        // What is not finite is not better.
        if matches!(linear, Ok(merit) if !straight.lt(merit)) {
            self.guess(away, true)?;
        }
        Ok(())
    }

    /// What the search comes to from the linear law's motion, or from a straight line.
    fn guess(&mut self, away: &State<R>, linear: bool) -> Result<R, PlanError> {
        let (top, steps) = (self.top, self.steps);
        if linear {
            self.planner.start(away, steps, |_, at| -product(&top, at))?;
        } else {
            self.planner.start_with_gaps(away, steps, |k| {
                let left = R::of(1.0 - (k + 1) as f64 / steps as f64);
                (R::zero(), away.map(|e| left * e))
            })?;
        }
        self.planner.iterate(self.settings.first_iterations as usize);
        Ok(self.planner.merit())
    }

    /// One control period against a force on the cart that is known, in N; the force within the limit.
    pub fn control_against(&mut self, measured: &State<R>, known: R) -> R {
        let target = &self.target;
        let away: State<R> = core::array::from_fn(|i| measured[i] - target.state[i]);
        // Forces are planned off the one that is followed, the known one included.
        let (feed, middle) = (target.force, -target.state[0]);
        if self.part == 0 {
            let bounds = [known - feed - self.max_force, known - feed + self.max_force];
            self.planner.set_bounds(bounds, middle);
            self.predict(&away);
        }
        let planned = match (self.planned, self.planner.forces(), self.planner.gains()) {
            (true, [first, ..], [gain, ..]) => {
                let off: State<R> = core::array::from_fn(|i| away[i] - self.expected[i]);
                self.expected = self.motion.end(&self.expected, *first);
                *first + product(gain, &off)
            }
            _ => -product(&self.top, &away),
        };
        let planned = feed + planned;
        let own = self.observer.as_mut().map(|own| own.correct(&self.model, measured, planned));
        self.correction = own.map_or(R::zero(), |own| own.force);
        let wanted = planned + self.correction - known;
        let force = wanted.clamp(-self.max_force, self.max_force);
        if let (Some(observer), Some(own)) = (&mut self.observer, &own) {
            let limited = (wanted - force).abs().gt(R::zero());
            observer.given(measured, own, force + known - planned, limited);
        }
        self.part += 1;
        if self.part >= self.periods_a_step {
            self.part = 0;
        }
        force
    }
}

fn product<R: Real>(gain: &State<R>, away: &State<R>) -> R {
    let mut sum = R::zero();
    for i in 0..6 {
        sum = sum + gain[i] * away[i];
    }
    sum
}
