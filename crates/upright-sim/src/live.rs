//! A run that somebody takes part in: stepped when asked, pushed, and put under other controllers on the
//! way.
//!
//! Which kind of controller is in charge is known only as the run goes, so the loop stands behind an
//! object here; a control period of [`ClosedLoop`] is the same as in [`run`](crate::run()), to the bit.

use crate::closed_loop::{ClosedLoop, Tick};
use crate::metrics::{EarlyEnd, Verdict};
use crate::realization::Realization;
use crate::run::{self, Run};
use crate::world::World;
use upright_core::{Controller, ControllerContext, Kind, Plant};
use upright_design::{DesignError, Root};
use upright_scenario::kinds::KindVisitor;
use upright_scenario::poles_of;
use upright_scenario::{Scenario, ScenarioError};

/// A run under way that can be pushed and put under other controllers.
///
/// ```
/// use upright_sim::{realization::Realization, live::Session, Scenario};
///
/// let scenario = Scenario::default();
/// let mut session = Session::new(&scenario, &Realization::nominal(&scenario))?;
/// session.push(30.0, 0.1);
/// for _ in 0..500 {
///     session.step();
/// }
/// session.switch("hybrid")?;
/// while session.step().is_some() {}
/// assert!(session.verdict().upright());
/// assert_eq!((session.pushes(), session.switches()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session {
    /// As it was given, to whose settings its own kind returns.
    given: Scenario,
    /// The same with the kind that is in charge.
    scenario: Scenario,
    realization: Realization,
    running: Box<dyn Running>,
    last: Option<Tick>,
    pushes: u64,
    switches: u64,
}

impl Session {
    /// At the start of run `realization` of a scenario. Nothing is recorded, and memory is not watched.
    ///
    /// # Errors
    /// Where the controller that it asks for does not exist.
    pub fn new(scenario: &Scenario, realization: &Realization) -> Result<Self, ScenarioError> {
        scenario.check()?;
        let scenario = Scenario { monitor: None, ..scenario.clone() };
        Ok(Self {
            running: begin(&scenario, realization, None)?,
            given: scenario.clone(),
            scenario,
            realization: *realization,
            last: None,
            pushes: 0,
            switches: 0,
        })
    }

    /// One control period; nothing once the run is over.
    pub fn step(&mut self) -> Option<Tick> {
        let tick = self.running.step();
        self.last = tick.or(self.last);
        tick
    }

    /// Pushes the cart with `force` N for `duration` s, on top of the scenario's disturbances: to the bit a
    /// disturbance of the kind `pulse` that is the last of its list and starts a control period from now.
    /// Returns whether it could, which is so while the run goes on and fewer than
    /// [`MAX_PUSHES`](crate::world::MAX_PUSHES) act. Not for numbers that are not finite.
    pub fn push(&mut self, force: f64, duration: f64) -> bool {
        let can = !self.is_over() && force.is_finite() && duration.is_finite();
        let pushed = can && self.running.push(force, duration);
        self.pushes += u64::from(pushed);
        pushed
    }

    /// Puts the kind of this name in charge from the next period on: the scenario's own kind with the
    /// scenario's settings, another with its defaults. Plant, actuator, sensors, clock and metrics go on; the
    /// new controller starts from the present state and remembers nothing, so the force may jump.
    ///
    /// # Errors
    /// Where there is no such kind, or no design of it. The old one stays in charge.
    pub fn switch(&mut self, kind: &str) -> Result<(), ScenarioError> {
        let scenario = self.given.under(kind)?;
        self.running = begin(&scenario, &self.realization, Some(self.running.part()))?;
        self.scenario = scenario;
        self.switches += 1;
        Ok(())
    }

    /// Back to the start, under the kind that is in charge.
    ///
    /// # Errors
    /// As of [`Session::new`].
    pub fn restart(&mut self) -> Result<(), ScenarioError> {
        self.running = begin(&self.scenario, &self.realization, None)?;
        (self.last, self.pushes, self.switches) = (None, 0, 0);
        Ok(())
    }

    /// The scenario with the kind that is in charge.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The plant of this run.
    pub fn plant(&self) -> &Plant {
        &self.realization.plant
    }

    /// The world: its true state, and what disturbs it now.
    pub fn world(&self) -> &World<f64> {
        self.running.world()
    }

    /// The last control period, if there was one since the start.
    pub fn last(&self) -> Option<&Tick> {
        self.last.as_ref()
    }

    /// Control periods since the start.
    pub fn periods(&self) -> u64 {
        self.running.done()
    }

    /// Simulated time in s.
    pub fn time(&self) -> f64 {
        self.running.done() as f64 * self.scenario.simulation.control_period
    }

    /// Whether the run has come to its end, before its time or on it.
    pub fn is_over(&self) -> bool {
        self.running.is_over()
    }

    /// What the run would be judged if it ended now.
    pub fn verdict(&self) -> Verdict {
        self.running.verdict()
    }

    /// When and how it has ended before its time, if it has.
    pub fn early_end(&self) -> Option<EarlyEnd> {
        self.running.early_end()
    }

    /// The number that the law in charge reports under this name, as of the last period; absent where it
    /// has none.
    pub fn column(&self, name: &str) -> Option<f64> {
        self.running.column(name)
    }

    /// Pushes since the start.
    pub fn pushes(&self) -> u64 {
        self.pushes
    }

    /// Changes of the controller since the start.
    pub fn switches(&self) -> u64 {
        self.switches
    }

    /// What came of the run, complete or not; its trajectory is empty.
    ///
    /// # Errors
    /// As of [`Session::new`].
    pub fn finish(self) -> Result<Run, ScenarioError> {
        let context = self.scenario.context()?;
        let poles = poles_of(&context)?;
        Ok(self.running.finish(&context, poles))
    }
}

/// The loop of a scenario's run at its start, or `from` where it is under another controller.
fn begin(
    scenario: &Scenario,
    realization: &Realization,
    from: Option<ClosedLoop<()>>,
) -> Result<Box<dyn Running>, ScenarioError> {
    struct Begin<'a> {
        scenario: &'a Scenario,
        realization: &'a Realization,
        context: ControllerContext,
        from: Option<ClosedLoop<()>>,
    }
    impl KindVisitor for Begin<'_> {
        type Output = Result<Box<dyn Running>, ScenarioError>;
        fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
            let controller = K::build::<f64>(settings, &self.context).map_err(DesignError::from)?;
            Ok(match self.from {
                None => Box::new(ClosedLoop::of_checked(
                    self.scenario,
                    self.realization,
                    controller,
                    false,
                )?),
                Some(from) => Box::new(from.under(self.scenario, controller)),
            })
        }
    }
    scenario.prepare()?;
    let context = scenario.context()?;
    scenario.controller.settings.visit(Begin { scenario, realization, context, from })
}

/// A loop under whatever controller.
trait Running {
    fn step(&mut self) -> Option<Tick>;
    fn push(&mut self, force: f64, duration: f64) -> bool;
    fn world(&self) -> &World<f64>;
    fn done(&self) -> u64;
    fn is_over(&self) -> bool;
    fn verdict(&self) -> Verdict;
    fn early_end(&self) -> Option<EarlyEnd>;
    fn column(&self, name: &str) -> Option<f64>;
    /// The loop without its controller.
    fn part(&self) -> ClosedLoop<()>;
    fn finish(self: Box<Self>, context: &ControllerContext, poles: Vec<Root>) -> Run;
}

impl<C: Controller<f64>> Running for ClosedLoop<C> {
    fn step(&mut self) -> Option<Tick> {
        self.step()
    }

    fn push(&mut self, force: f64, duration: f64) -> bool {
        self.push(force, duration)
    }

    fn world(&self) -> &World<f64> {
        self.world()
    }

    fn done(&self) -> u64 {
        self.done()
    }

    fn is_over(&self) -> bool {
        self.is_over()
    }

    fn verdict(&self) -> Verdict {
        self.verdict()
    }

    fn early_end(&self) -> Option<EarlyEnd> {
        self.early_end()
    }

    fn column(&self, name: &str) -> Option<f64> {
        let mut names = self.controller().column_names().iter();
        let mut found = None;
        self.controller().columns(|number| {
            if names.next() == Some(&name) {
                found = Some(number);
            }
        });
        found
    }

    fn part(&self) -> ClosedLoop<()> {
        self.clone().without_controller()
    }

    fn finish(self: Box<Self>, context: &ControllerContext, poles: Vec<Root>) -> Run {
        run::finish(*self, context.surface, poles)
    }
}
