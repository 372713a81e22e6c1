//! One run of a scenario: controller and world, period by period.

use crate::batch::Row;
use crate::design::{DesignError, Foundation, sliding_poles};
use crate::design::{LinearModel, Root};
use crate::draw::Draw;
use crate::metrics::{EarlyEnd, Metrics, Sums, Verdict};
use crate::monitor::{Monitor, Report};
use crate::registry::{Kind, Visitor};
use crate::scenario::{Integrator, Scenario};
use crate::trajectory::Trajectory;
use crate::world::World;
use upright_core::integrate::Adaptive;
use upright_core::{Command, Controller, State};

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// How it ended.
    pub verdict: Verdict,
    /// When and how it ended before its time, if it did.
    pub early_end: Option<EarlyEnd>,
    /// What it is judged by.
    pub metrics: Metrics,
    /// The coefficients of the sliding surface in state order.
    pub surface: [f64; 6],
    /// The poles of the sliding motion.
    pub sliding_poles: Vec<Root>,
    /// Its record.
    pub trajectory: Trajectory,
    /// The true state at its end.
    pub final_state: State<f64>,
    /// Control periods simulated.
    pub periods: u64,
    /// False where it was interrupted.
    pub complete: bool,
    /// What monitoring has seen and done, where the scenario asks for it.
    pub monitor: Option<Report>,
}

/// A control period that has passed, for those who watch a run.
#[derive(Debug, Clone, Copy)]
pub struct Tick {
    /// The period's index, from zero.
    pub index: u64,
    /// The true state at its start.
    pub state: State<f64>,
    /// What the controller answered.
    pub command: Command<f64>,
    /// The force on the cart in N.
    pub applied: f64,
}

/// What to do besides simulating.
pub struct Options<'a> {
    /// Whether to keep the trajectory.
    pub record: bool,
    /// Called once a control period; the run is interrupted where it answers false.
    pub watch: Option<&'a mut dyn FnMut(&Tick) -> bool>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { record: true, watch: None }
    }
}

/// Runs a scenario.
///
/// # Errors
/// Where the controller that it asks for does not exist.
pub fn run(scenario: &Scenario, options: Options<'_>) -> Result<Run, DesignError> {
    replay(scenario, &Draw::nominal(scenario), options)
}

/// Runs one run of a scenario's study, to the bits that the study has.
///
/// # Errors
/// Where the controller that it asks for does not exist.
pub fn replay(scenario: &Scenario, draw: &Draw, options: Options<'_>) -> Result<Run, DesignError> {
    monitored(scenario, draw, options, &mut |_| {})
}

/// Runs one run of a scenario's study, and calls `alarm` as soon as memory is seen to grow by more than
/// the scenario's monitoring allows; once at most. The run goes on.
///
/// # Errors
/// As of [`run`].
pub fn monitored(
    scenario: &Scenario,
    draw: &Draw,
    options: Options<'_>,
    alarm: &mut dyn FnMut(&Report),
) -> Result<Run, DesignError> {
    struct Runner<'a, 'w> {
        scenario: &'a Scenario,
        draw: &'a Draw,
        foundation: Foundation,
        options: Options<'w>,
        alarm: &'a mut dyn FnMut(&Report),
    }
    impl Visitor for Runner<'_, '_> {
        type Output = Result<Run, DesignError>;
        fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
            let Self { scenario, draw, foundation, options, alarm } = self;
            let fresh = || K::build::<f64>(settings, &foundation);
            drive(scenario, draw, &foundation, fresh()?, fresh, options, alarm)
        }
    }
    let foundation = Foundation::of(scenario)?;
    scenario.controller.settings.visit(Runner { scenario, draw, foundation, options, alarm })
}

/// Runs a scenario under a controller of the caller's own, in place of the one that the scenario
/// names. Where monitoring recreates it, a copy of it as it is now takes over.
///
/// # Errors
/// Where the surface of `foundation` has no poles.
pub fn turn<C: Controller<f64>>(
    scenario: &Scenario,
    foundation: &Foundation,
    controller: C,
    options: Options<'_>,
) -> Result<Run, DesignError> {
    let draw = Draw::nominal(scenario);
    drive(scenario, &draw, foundation, controller, || Ok(controller), options, &mut |_| {})
}

/// Runs a scenario under a controller that `fresh` can build anew.
fn drive<C: Controller<f64>>(
    scenario: &Scenario,
    draw: &Draw,
    foundation: &Foundation,
    controller: C,
    fresh: impl Fn() -> Result<C, DesignError>,
    mut options: Options<'_>,
    alarm: &mut dyn FnMut(&Report),
) -> Result<Run, DesignError> {
    let sliding_poles = sliding_poles(&LinearModel::new(&foundation.model), &foundation.surface)?;
    let mut turning = Loop::of_draw(scenario, draw, controller, options.record);
    let mut monitor = Monitor::of(scenario);
    while let Some(tick) = turning.step() {
        if let Some(monitor) = &mut monitor
            && let Some(report) = monitor.after(&mut turning, &fresh)?
        {
            alarm(&report);
        }
        if let Some(watch) = &mut options.watch
            && !watch(&tick)
        {
            break;
        }
    }
    let monitor = monitor.map(|monitor| monitor.report());
    Ok(Run { monitor, ..turning.finish(foundation.surface, sliding_poles) })
}

/// A scenario's closed loop, to be stepped period by period.
#[derive(Debug, Clone)]
pub struct Loop<C> {
    world: World<f64>,
    controller: C,
    adaptive: Option<Adaptive>,
    sums: Sums<f64>,
    trajectory: Trajectory,
    period: f64,
    periods: u64,
    /// Periods done.
    index: u64,
    /// The last command in N.
    force: f64,
    ended: bool,
    /// Where no step was small enough there is no state at the end of the period.
    stuck: bool,
}

impl<C: Controller<f64>> Loop<C> {
    /// At its start. All memory that it will need is taken here.
    pub fn new(scenario: &Scenario, controller: C, record: bool) -> Self {
        Self::of_draw(scenario, &Draw::nominal(scenario), controller, record)
    }

    /// The same with the plant, the start and the random numbers of a run of the scenario's study.
    pub fn of_draw(scenario: &Scenario, draw: &Draw, controller: C, record: bool) -> Self {
        let simulation = &scenario.simulation;
        let period = simulation.control_period;
        let world = World::of_lanes(scenario, |_| draw.as_lane());
        let mut sums = Sums::new(scenario);
        let ended = sums.state(world.state());
        let mut trajectory = if record { Trajectory::new(scenario) } else { Trajectory::nothing() };
        if scenario.monitor.is_some() {
            trajectory.take_room();
        }
        Self {
            world,
            controller,
            adaptive: (simulation.integrator == Integrator::Rk45)
                .then(|| Adaptive::new(simulation.rtol, simulation.atol, period)),
            sums,
            trajectory,
            period,
            periods: scenario.periods(),
            index: 0,
            force: 0.0,
            ended,
            stuck: false,
        }
    }

    /// The controller.
    pub fn controller(&self) -> &C {
        &self.controller
    }

    /// The world that it acts on.
    pub fn world(&self) -> &World<f64> {
        &self.world
    }

    /// What it has recorded so far.
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }

    /// Whether it has come to its end, before its time or on it.
    pub fn is_over(&self) -> bool {
        self.index >= self.periods || self.ended
    }

    /// Control periods done.
    pub fn done(&self) -> u64 {
        self.index
    }

    /// Puts `fresh`, built anew from the same settings, in the place of the controller, whose memory it
    /// takes over: the force goes on to the bit.
    pub fn renew(&mut self, mut fresh: C) {
        fresh.inherit(&self.controller);
        self.controller = fresh;
    }

    /// Empties the controller's records; the force goes on to the bit.
    pub fn clear_records(&mut self) {
        self.controller.clear_records();
    }

    /// What the run would be judged if it ended now.
    pub fn verdict(&self) -> Verdict {
        self.sums.verdict(0)
    }

    /// When and how it has ended before its time, if it has.
    pub fn early_end(&self) -> Option<EarlyEnd> {
        self.sums.early_end(0)
    }

    /// Pushes the cart, as [`World::push`] does.
    pub fn push(&mut self, force: f64, duration: f64) -> bool {
        self.world.push(force, duration)
    }

    /// One control period; nothing once the run is over.
    #[inline]
    pub fn step(&mut self) -> Option<Tick> {
        if self.is_over() {
            return None;
        }
        let index = self.index;
        let state = *self.world.state();
        let command = self.controller.control(self.world.measure());
        self.force = command.force;
        let applied = self.world.actuate(command.force);
        if self.trajectory.wants(index) {
            let time = index as f64 * self.period;
            self.trajectory.push(time, &state, &command, &self.controller);
        }
        self.sums.period(&state, applied, command.sigma);
        match &mut self.adaptive {
            None => self.world.advance(applied),
            Some(steps) => self.stuck = self.world.advance_adaptive(steps, applied).is_err(),
        }
        self.index += 1;
        let reached = if self.stuck { &[f64::NAN; 6] } else { self.world.state() };
        self.ended = self.sums.state(reached);
        Some(Tick { index, state, command, applied })
    }

    /// What came of run `draw` of a study.
    pub(crate) fn row(&self, draw: &Draw) -> Row {
        Row::of_lane(draw, &self.world, &self.sums, 0)
    }

    /// What came of it, with the surface that its controller stands on.
    pub(crate) fn finish(mut self, surface: [f64; 6], sliding_poles: Vec<Root>) -> Run {
        let final_state = *self.world.state();
        if !self.stuck {
            let seen = self.controller.observe(self.world.measure());
            let seen = Command { force: self.force, ..seen };
            let time = self.index as f64 * self.period;
            self.trajectory.push(time, &final_state, &seen, &self.controller);
        }
        Run {
            verdict: self.sums.verdict(0),
            early_end: self.sums.early_end(0),
            metrics: self.sums.metrics(0),
            surface,
            sliding_poles,
            trajectory: self.trajectory,
            final_state,
            periods: self.index,
            complete: self.ended || self.index >= self.periods,
            monitor: None,
        }
    }
}

impl<C> Loop<C> {
    /// The same run with another controller, or what stands for one, as it is: plant, actuator, sensors,
    /// clock and metrics go on. What was recorded is let go, since every kind has columns of its own.
    fn with<D>(self, controller: D) -> Loop<D> {
        let Self { world, adaptive, sums, period, periods, index, force, ended, stuck, .. } = self;
        let trajectory = Trajectory::nothing();
        Loop {
            world,
            controller,
            adaptive,
            sums,
            trajectory,
            period,
            periods,
            index,
            force,
            ended,
            stuck,
        }
    }

    /// The run with nobody in charge.
    pub(crate) fn without_controller(self) -> Loop<()> {
        self.with(())
    }
}

impl Loop<()> {
    /// The run goes on under `controller`, of the kind that `scenario` has now.
    pub(crate) fn under<D>(mut self, scenario: &Scenario, controller: D) -> Loop<D> {
        self.sums.go_on_under(scenario);
        self.with(controller)
    }
}
