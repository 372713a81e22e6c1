//! One run of a scenario, from its start to its end.

use crate::closed_loop::{ClosedLoop, Tick};
use crate::metrics::{EarlyEnd, Metrics, Verdict};
use crate::realization::Realization;
use crate::trajectory::Trajectory;
use upright_core::{Controller, ControllerContext, Kind, State};
use upright_design::{DesignError, Root};
use upright_scenario::kinds::KindVisitor;
use upright_scenario::{Scenario, ScenarioError, poles_of};

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// How it ended.
    pub verdict: Verdict,
    /// When and how it ended before its time, if it did.
    pub early_end: Option<EarlyEnd>,
    /// What it is judged by.
    pub metrics: Metrics,
    /// First time in s after which both angles stay within 0.1 rad to the end of the run; absent where they do not,
    /// or the run ended early.
    pub upright_time: Option<f64>,
    /// What planning on the way took; absent for controllers that plan nothing on the way.
    pub planning_seconds: Option<ClockSeconds>,
    /// The coefficients of the sliding surface in state order; zero where there is none.
    pub surface: [f64; 6],
    /// The poles of the sliding motion; none without a surface.
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

/// Seconds of the machine's clock. What a run took is no part of what came of it, so any two are equal.
#[derive(Debug, Clone, Copy)]
pub struct ClockSeconds(pub f64);

impl PartialEq for ClockSeconds {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// What a hook may do to the run that it watches.
pub trait HookedRun {
    /// Control periods done.
    fn done(&self) -> u64;

    /// Builds the controller anew and lets it take over the memory of the old one: the force goes on to the
    /// bit.
    ///
    /// # Errors
    /// What building it reports.
    fn renew_controller(&mut self) -> Result<(), DesignError>;

    /// Empties the controller's records; the force goes on to the bit.
    fn clear_records(&mut self);
}

/// Something that is done after every control period of a run. Closures that take a [`Tick`] and return
/// whether to go on are hooks.
pub trait StepHook {
    /// Called once, when the run has taken all memory that it will need.
    fn before_first_period(&mut self) {}

    /// Called after a control period; the run is interrupted where it returns false.
    ///
    /// # Errors
    /// What ends the run.
    fn after_period(&mut self, run: &mut dyn HookedRun, tick: &Tick) -> Result<bool, DesignError>;
}

impl<F: FnMut(&Tick) -> bool> StepHook for F {
    fn after_period(&mut self, _run: &mut dyn HookedRun, tick: &Tick) -> Result<bool, DesignError> {
        Ok(self(tick))
    }
}

/// What to do besides simulating.
pub struct RunOptions<'a> {
    /// Whether to keep the trajectory.
    pub record: bool,
    /// Called once a control period.
    pub hook: Option<&'a mut dyn StepHook>,
}

impl Default for RunOptions<'_> {
    fn default() -> Self {
        Self { record: true, hook: None }
    }
}

/// Runs a scenario.
///
/// # Errors
/// Where the scenario is not allowed, which includes that its controller does not exist.
pub fn run(scenario: &Scenario, options: RunOptions<'_>) -> Result<Run, ScenarioError> {
    replay(scenario, &Realization::nominal(scenario), options)
}

/// Runs one run of a scenario's study, to the bits that the study has.
///
/// # Errors
/// Where the scenario is not allowed, which includes that its controller does not exist.
pub fn replay(
    scenario: &Scenario,
    realization: &Realization,
    options: RunOptions<'_>,
) -> Result<Run, ScenarioError> {
    struct Runner<'a, 'w> {
        scenario: &'a Scenario,
        realization: &'a Realization,
        context: ControllerContext,
        options: RunOptions<'w>,
    }
    impl KindVisitor for Runner<'_, '_> {
        type Output = Result<Run, ScenarioError>;
        fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
            let Self { scenario, realization, context, options } = self;
            let build = || K::build::<f64>(settings, &context).map_err(DesignError::from);
            run_loop(scenario, realization, &context, build()?, build, options)
        }
    }
    scenario.check()?;
    scenario.prepare()?;
    let context = scenario.context()?;
    scenario.controller.settings.visit(Runner { scenario, realization, context, options })
}

/// Runs a scenario under a controller of the caller's own, in place of the one that the scenario
/// names; the trajectory has the columns of that controller. Where a hook renews it, a copy of it as it is
/// now takes over.
///
/// # Errors
/// Where the scenario is not allowed, or the surface of `context` has no poles.
pub fn run_with_controller<C: Controller<f64>>(
    scenario: &Scenario,
    context: &ControllerContext,
    controller: C,
    options: RunOptions<'_>,
) -> Result<Run, ScenarioError> {
    replay_with_controller(scenario, &Realization::nominal(scenario), context, controller, options)
}

/// Runs one run of a scenario's study under a controller of the caller's own, as [`run_with_controller`] does.
///
/// # Errors
/// As of [`run_with_controller`].
pub fn replay_with_controller<C: Controller<f64>>(
    scenario: &Scenario,
    realization: &Realization,
    context: &ControllerContext,
    controller: C,
    options: RunOptions<'_>,
) -> Result<Run, ScenarioError> {
    scenario.check()?;
    let copy = controller.clone();
    run_loop(scenario, realization, context, controller, || Ok(copy.clone()), options)
}

/// A loop and what builds its controller anew.
struct Hooked<'a, C, F> {
    closed_loop: &'a mut ClosedLoop<C>,
    build: &'a F,
}

impl<C, F> HookedRun for Hooked<'_, C, F>
where
    C: Controller<f64>,
    F: Fn() -> Result<C, DesignError>,
{
    fn done(&self) -> u64 {
        self.closed_loop.done()
    }

    fn renew_controller(&mut self) -> Result<(), DesignError> {
        self.closed_loop.renew((self.build)()?);
        Ok(())
    }

    fn clear_records(&mut self) {
        self.closed_loop.clear_records();
    }
}

/// Runs a scenario that has been checked, under a controller that `build` can build anew.
fn run_loop<C: Controller<f64>>(
    scenario: &Scenario,
    realization: &Realization,
    context: &ControllerContext,
    controller: C,
    build: impl Fn() -> Result<C, DesignError>,
    options: RunOptions<'_>,
) -> Result<Run, ScenarioError> {
    let sliding_poles = poles_of(context)?;
    let mut closed_loop =
        ClosedLoop::of_checked(scenario, realization, controller, options.record)?;
    if let Some(hook) = options.hook {
        hook.before_first_period();
        while let Some(tick) = closed_loop.step() {
            let mut run = Hooked { closed_loop: &mut closed_loop, build: &build };
            if !hook.after_period(&mut run, &tick)? {
                break;
            }
        }
    } else {
        while closed_loop.step().is_some() {}
    }
    Ok(finish(closed_loop, context.surface, sliding_poles))
}

/// What came of a loop, with the surface that its controller stands on.
pub(crate) fn finish<C: Controller<f64>>(
    mut closed_loop: ClosedLoop<C>,
    surface: [f64; 6],
    sliding_poles: Vec<Root>,
) -> Run {
    closed_loop.record_end();
    Run {
        verdict: closed_loop.verdict(),
        early_end: closed_loop.early_end(),
        metrics: closed_loop.metrics(),
        upright_time: closed_loop.upright_time(),
        planning_seconds: closed_loop.controller().planning_seconds(0).map(ClockSeconds),
        surface,
        sliding_poles,
        trajectory: closed_loop.take_trajectory(),
        final_state: *closed_loop.world().state(),
        periods: closed_loop.done(),
        complete: closed_loop.is_over(),
    }
}
