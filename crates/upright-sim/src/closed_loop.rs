//! The closed loop of one run: world, estimator and controller, period by period.

use crate::metrics::{EarlyEnd, Metrics, Verdict};
use crate::realization::Realization;
use crate::row::Row;
use crate::surroundings::Surroundings;
use crate::trajectory::{Seen, Trajectory};
use crate::world::World;
use upright_core::plant::Angles;
use upright_core::{Command, Controller, Kernel, State};
use upright_scenario::{Scenario, ScenarioError};

/// A control period that has passed, for those who watch a run.
#[derive(Debug, Clone, Copy)]
pub struct Tick {
    /// The period's index, from zero.
    pub index: u64,
    /// The true state at its start.
    pub state: State<f64>,
    /// What the controller returned.
    pub command: Command<f64>,
    /// The force on the cart in N.
    pub applied: f64,
}

/// A scenario's closed loop, to be stepped period by period.
#[derive(Debug, Clone)]
pub struct ClosedLoop<C> {
    surroundings: Surroundings,
    controller: C,
    trajectory: Trajectory,
}

impl<C: Controller<f64>> ClosedLoop<C> {
    /// A scenario's loop at its start, under a controller of any type. All memory that it will need is taken
    /// here; `record` is whether it keeps its trajectory.
    ///
    /// # Errors
    /// Where the scenario is not allowed, or its record would be too large.
    pub fn new(scenario: &Scenario, controller: C, record: bool) -> Result<Self, ScenarioError> {
        Self::of_realization(scenario, &Realization::nominal(scenario), controller, record)
    }

    /// The same with the plant, the start and the random numbers of a run of the scenario's study.
    ///
    /// # Errors
    /// As of [`ClosedLoop::new`].
    pub fn of_realization(
        scenario: &Scenario,
        realization: &Realization,
        controller: C,
        record: bool,
    ) -> Result<Self, ScenarioError> {
        scenario.check()?;
        Self::of_checked(scenario, realization, controller, record)
    }

    /// The same of a scenario that has been checked.
    pub(crate) fn of_checked(
        scenario: &Scenario,
        realization: &Realization,
        controller: C,
        record: bool,
    ) -> Result<Self, ScenarioError> {
        let surroundings = Surroundings::new(scenario, realization);
        let mut trajectory = if record {
            Trajectory::new(scenario, controller.column_names())?
        } else {
            Trajectory::nothing()
        };
        if scenario.monitor.is_some() {
            trajectory.take_room();
        }
        Ok(Self { surroundings, controller, trajectory })
    }

    /// The controller.
    pub fn controller(&self) -> &C {
        &self.controller
    }

    /// The world that it acts on.
    pub fn world(&self) -> &World<f64> {
        &self.surroundings.world
    }

    /// What it has recorded so far.
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }

    /// Whether it has come to its end, before its time or on it.
    pub fn is_over(&self) -> bool {
        self.surroundings.is_over()
    }

    /// Control periods done.
    pub fn done(&self) -> u64 {
        self.surroundings.index
    }

    /// Puts `fresh`, built anew from the same settings, in the place of the controller, whose memory it
    /// takes over: the force goes on to the bit.
    pub fn renew(&mut self, mut fresh: C) {
        fresh.copy_state_from(&self.controller);
        self.controller = fresh;
    }

    /// Empties the controller's records; the force goes on to the bit.
    pub fn clear_records(&mut self) {
        self.controller.clear_records();
    }

    /// What the run would be judged if it ended now.
    pub fn verdict(&self) -> Verdict {
        self.surroundings.accumulator.verdict(0)
    }

    /// What it is judged by.
    pub fn metrics(&self) -> Metrics {
        let own = self.surroundings.accumulator.metrics(0, self.controller.swing_up(0));
        Metrics { tracking: self.surroundings.tracking(), ..own }
    }

    /// First time in s after which both angles stay within 0.1 rad to the end.
    pub fn upright_time(&self) -> Option<f64> {
        self.surroundings.accumulator.upright_time(0)
    }

    /// When and how it has ended before its time, if it has.
    pub fn early_end(&self) -> Option<EarlyEnd> {
        self.surroundings.accumulator.early_end(0)
    }

    /// Pushes the cart, as [`World::push`] does.
    pub fn push(&mut self, force: f64, duration: f64) -> bool {
        self.surroundings.world.push(force, duration)
    }

    /// One control period; nothing once the run is over.
    pub fn step(&mut self) -> Option<Tick> {
        upright_lanes::run::<f64, _>(Period { closed_loop: self })
    }

    /// What came of run `realization` of a study.
    pub(crate) fn row(&self, realization: &Realization) -> Row {
        let Surroundings { world, accumulator, .. } = &self.surroundings;
        let own = (self.controller.swing_up(0), self.surroundings.tracking());
        Row::of_lane(realization, world, accumulator, own, 0)
    }

    /// Records the state at its end, under the command that was held until then.
    pub(crate) fn record_end(&mut self) {
        let Self { surroundings, controller, trajectory } = self;
        if !surroundings.stuck {
            let state = *surroundings.world.state();
            let mut seen = Seen::NOTHING;
            let command = controller.observe(&surroundings.estimate(Some(&mut seen)).0);
            let command = Command { force: surroundings.force, ..command };
            seen.applied = surroundings.applied;
            seen.disturbance = surroundings.world.disturbance_by_target(0.0);
            seen.reference = surroundings.reference(surroundings.index);
            let at = (surroundings.index, surroundings.time(), true);
            trajectory.push(at, &state, &command, controller, &seen);
        }
    }

    /// Takes out what was recorded; nothing is recorded from then on.
    pub(crate) fn take_trajectory(&mut self) -> Trajectory {
        std::mem::replace(&mut self.trajectory, Trajectory::nothing())
    }
}

/// A control period of a run.
struct Period<'a, C> {
    closed_loop: &'a mut ClosedLoop<C>,
}

impl<C: Controller<f64>> Kernel for Period<'_, C> {
    type Output = Option<Tick>;
    #[inline(always)]
    fn run(self) -> Option<Tick> {
        let ClosedLoop { surroundings, controller, trajectory } = self.closed_loop;
        if surroundings.is_over() {
            return None;
        }
        let index = surroundings.index;
        let state = *surroundings.world.state();
        let recorded = trajectory.wants(index);
        let mut seen = Seen::NOTHING;
        let (estimate, known) = surroundings.estimate(recorded.then_some(&mut seen));
        if let Some(target) = surroundings.target() {
            controller.follow(&target);
        }
        let angles = Angles::new(estimate[1], estimate[2]);
        let command = controller.control_at(&estimate, &angles, known);
        let time = surroundings.time();
        let angles = surroundings.shows_state().then_some(&angles);
        let applied = surroundings.respond(&state, angles, &command);
        if recorded {
            seen.applied = applied;
            seen.disturbance = surroundings.past_disturbance();
            seen.reference = surroundings.reference(index);
            trajectory.push((index, time, false), &state, &command, controller, &seen);
        }
        Some(Tick { index, state, command, applied })
    }
}

impl<C> ClosedLoop<C> {
    /// The same run with another controller, or what stands for one, as it is: plant, actuator, sensors,
    /// clock and metrics go on. What was recorded is let go, since every kind has columns of its own.
    fn with<D>(self, controller: D) -> ClosedLoop<D> {
        let Self { surroundings, .. } = self;
        ClosedLoop { surroundings, controller, trajectory: Trajectory::nothing() }
    }

    /// The run with nobody in charge.
    pub(crate) fn without_controller(self) -> ClosedLoop<()> {
        self.with(())
    }
}

impl ClosedLoop<()> {
    /// The run goes on under `controller`, of the kind that `scenario` has now.
    pub(crate) fn under<D>(mut self, scenario: &Scenario, controller: D) -> ClosedLoop<D> {
        self.surroundings.accumulator.go_on_under(scenario);
        self.with(controller)
    }
}
