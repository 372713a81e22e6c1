//! One run of a scenario: controller and world, period by period.

use crate::design::{DesignError, Foundation, sliding_poles};
use crate::design::{LinearModel, Root};
use crate::metrics::{EarlyEnd, Metrics, Sums, Verdict};
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
}

/// A control period that has passed, for those who watch a run.
#[derive(Debug, Clone, Copy)]
pub struct Tick<'a> {
    /// The period's index, from zero.
    pub index: u64,
    /// The true state at its start.
    pub state: &'a State<f64>,
    /// What the controller answered.
    pub command: &'a Command<f64>,
    /// The force on the cart in N.
    pub applied: f64,
}

/// What to do besides simulating.
pub struct Options<'a> {
    /// Whether to keep the trajectory.
    pub record: bool,
    /// Called once a control period; the run is interrupted where it answers false.
    pub watch: Option<&'a mut dyn FnMut(Tick<'_>) -> bool>,
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
    struct Runner<'a, 'w> {
        scenario: &'a Scenario,
        foundation: Foundation,
        options: Options<'w>,
    }
    impl Visitor for Runner<'_, '_> {
        type Output = Result<Run, DesignError>;
        fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
            let controller = K::build::<f64>(settings, &self.foundation)?;
            turn(self.scenario, &self.foundation, controller, self.options)
        }
    }
    let foundation = Foundation::of(scenario)?;
    scenario.controller.settings.visit(Runner { scenario, foundation, options })
}

/// Runs a scenario under a controller of the caller's own, in place of the one that the scenario
/// names.
///
/// # Errors
/// Where the surface of `foundation` has no poles.
pub fn turn<C: Controller<f64>>(
    scenario: &Scenario,
    foundation: &Foundation,
    mut controller: C,
    mut options: Options<'_>,
) -> Result<Run, DesignError> {
    let simulation = &scenario.simulation;
    let period = simulation.control_period;
    let periods = scenario.periods();
    let sliding_poles = sliding_poles(&LinearModel::new(&foundation.model), &foundation.surface)?;
    let mut world = World::new(scenario, 0);
    let mut adaptive = (simulation.integrator == Integrator::Rk45)
        .then(|| Adaptive::new(simulation.rtol, simulation.atol, period));
    let mut sums = Sums::<f64>::new(scenario);
    let mut trajectory =
        if options.record { Trajectory::new(scenario) } else { Trajectory::nothing() };

    let mut index = 0;
    let mut force = 0.0;
    let mut complete = true;
    let mut stuck = false;
    let mut ended = sums.state(world.state());
    while index < periods && !ended {
        let state = *world.state();
        let measured = world.measure();
        let command = controller.control(&measured);
        force = command.force;
        let applied = world.actuate(force);
        if trajectory.wants(index) {
            trajectory.push(index as f64 * period, &state, &command, &controller);
        }
        sums.period(&state, applied, command.sigma);
        let advanced = match &mut adaptive {
            None => {
                world.advance(applied);
                true
            }
            Some(steps) => world.advance_adaptive(steps, applied).is_ok(),
        };
        index += 1;
        ended = if advanced { sums.state(world.state()) } else { sums.state(&[f64::NAN; 6]) };
        stuck = !advanced;
        if let Some(watch) = &mut options.watch
            && !watch(Tick { index: index - 1, state: &state, command: &command, applied })
        {
            complete = false;
            break;
        }
    }
    let end = *world.state();
    // Where no step was small enough there is no state at the end of the period.
    if !stuck {
        let seen = Command { force, ..controller.observe(&world.measure()) };
        trajectory.push(index as f64 * period, &end, &seen, &controller);
    }
    Ok(Run {
        verdict: sums.verdict(0),
        early_end: sums.early_end(0),
        metrics: sums.metrics(0),
        surface: foundation.surface,
        sliding_poles,
        trajectory,
        final_state: end,
        periods: index,
        complete,
    })
}
