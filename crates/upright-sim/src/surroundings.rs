//! Everything of a closed loop but its controller: world, estimator, clock and metrics of one run.
//!
//! A period of it is inlined into the loop of each kind of controller: passing the state from function to
//! function through the memory costs a single run a third of its speed.

use crate::estimator::AnyEstimator;
use crate::following::Following;
use crate::metrics::MetricsAccumulator;
use crate::realization::Realization;
use crate::tracking::Tracking;
use crate::trajectory::Seen;
use crate::world::World;
use std::sync::Arc;
use upright_core::estimator::Estimator;
use upright_core::integrate::Adaptive;
use upright_core::plant::Angles;
use upright_core::{Command, State, Target};
use upright_scenario::{Integrator, Scenario};

/// What a controller works in, one control period at a time: first [`Surroundings::estimate`], then
/// [`Surroundings::respond`].
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) world: World<f64>,
    pub(crate) accumulator: MetricsAccumulator<f64>,
    estimator: AnyEstimator<f64>,
    /// What is followed, and how well, where there is a reference.
    following: Option<(Arc<Following>, Tracking<f64>)>,
    adaptive: Option<Adaptive>,
    period: f64,
    periods: u64,
    /// Periods done.
    pub(crate) index: u64,
    /// The last command in N.
    pub(crate) force: f64,
    /// What the actuator made of it in N.
    pub(crate) applied: f64,
    ended: bool,
    /// Where no step was small enough there is no state at the end of the period.
    pub(crate) stuck: bool,
}

impl Surroundings {
    pub(crate) fn new(scenario: &Scenario, realization: &Realization) -> Self {
        let simulation = &scenario.simulation;
        let period = simulation.control_period;
        let world = World::of_lanes(scenario, &|_| realization.as_lane());
        let mut accumulator = MetricsAccumulator::new(scenario);
        let following = Following::new(scenario).map(|following| {
            let mut tracking = Tracking::new(&following, period);
            let place = following.place(0.0);
            accumulator.aim(place);
            tracking.begin(true, world.state(), place);
            (Arc::new(following), tracking)
        });
        let ended = accumulator.state(world.state());
        Self {
            following,
            world,
            accumulator,
            estimator: AnyEstimator::new(scenario),
            adaptive: (simulation.integrator == Integrator::Rk45)
                .then(|| Adaptive::new(simulation.rtol, simulation.atol, period)),
            period,
            periods: scenario.periods(),
            index: 0,
            force: 0.0,
            applied: 0.0,
            ended,
            stuck: false,
        }
    }

    /// Whether the run has come to its end, before its time or on it.
    pub(crate) fn is_over(&self) -> bool {
        self.index >= self.periods || self.ended
    }

    /// Simulated time in s.
    pub(crate) fn time(&self) -> f64 {
        self.index as f64 * self.period
    }

    /// The state that the controller is given, and the force that it is to act against; how the state came about
    /// is written to `seen`, where somebody wants it.
    #[inline(always)]
    pub(crate) fn estimate(&mut self, seen: Option<&mut Seen>) -> (State<f64>, f64) {
        let measured = self.world.measure();
        let estimate = *self.estimator.estimate(measured);
        let known = self.estimator.known_force();
        if let Some(seen) = seen {
            seen.measured = *measured;
            seen.estimated = estimate;
            seen.known_force = known;
        }
        (estimate, known)
    }

    /// Whether the estimate is the true state.
    #[inline(always)]
    pub(crate) fn shows_state(&self) -> bool {
        self.world.measures_exactly() && self.estimator.passes_on()
    }

    /// What the controller is to follow in this period, where there is a reference.
    #[inline(always)]
    pub(crate) fn target(&self) -> Option<Target<f64>> {
        self.following.as_ref().map(|(following, _)| following.target(self.index as f64))
    }

    /// The motion that is followed at the start of the period of this index: the state, and the force in N.
    pub(crate) fn reference(&self, index: u64) -> Option<(State<f64>, f64)> {
        let sample = self.following.as_ref()?.0.plan().at(index);
        Some((sample.state, sample.force))
    }

    /// How well the reference was followed, where there is one.
    pub(crate) fn tracking(&self) -> Option<crate::tracking::TrackingMetrics> {
        self.following.as_ref().map(|(_, tracking)| tracking.metrics(0))
    }

    /// The place that the next state is judged by.
    #[inline(never)]
    fn aim(&mut self) {
        let Self { following: Some((following, tracking)), accumulator, world, index, .. } = self
        else {
            return;
        };
        let place = following.place(*index as f64);
        accumulator.aim(place);
        tracking.state(*index as f64, world.state(), place);
    }

    /// The disturbances at the start of the period that has passed; now, where it could not.
    pub(crate) fn past_disturbance(&self) -> [f64; 3] {
        self.world.disturbance_by_target(if self.stuck { 0.0 } else { -1.0 })
    }

    /// What the command of a period, given at `state`, does; returns the force on the cart in N. `angles` are those of
    /// the state, where they are at hand.
    #[inline(always)]
    pub(crate) fn respond(
        &mut self,
        state: &State<f64>,
        angles: Option<&Angles<f64>>,
        command: &Command<f64>,
    ) -> f64 {
        self.estimator.commanded(command.force);
        self.force = command.force;
        let applied = self.world.actuate(command.force);
        self.applied = applied;
        self.accumulator.period(state, applied, command.sigma);
        match &mut self.adaptive {
            None => self.world.advance_from(angles, applied),
            Some(steps) => self.stuck = self.world.advance_adaptive(steps, applied).is_err(),
        }
        self.index += 1;
        if self.following.is_some() {
            self.aim();
        }
        let reached = if self.stuck { &[f64::NAN; 6] } else { self.world.state() };
        self.ended = self.accumulator.state(reached);
        applied
    }
}
