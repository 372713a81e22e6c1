//! Controllers of the caller's own: closures, and objects whose type is known only as the program runs.
//!
//! Any type that implements [`Controller`] can be run ([`run_with_controller`](crate::run::run_with_controller)),
//! studied ([`run_study_with_controller`](crate::study::run_study_with_controller)) and stepped
//! ([`ClosedLoop`](crate::closed_loop::ClosedLoop)); what stands here spares writing one.

use upright_core::history::HistorySize;
use upright_core::swing_up::Counts;
use upright_core::{
    Command, Controller, ControllerContext, Kernel, Kind, Real, SlidingSurface, State, Target,
};
use upright_design::DesignError;
use upright_scenario::kinds::KindVisitor;
use upright_scenario::{Scenario, ScenarioError};

/// A control law as a closure, from the state in SI units and radians to the force in N, which is then
/// limited. The sliding variable that it reports is that of the scenario's surface.
///
/// A run begins with a copy of the closure, with whatever it has captured.
#[derive(Debug, Clone)]
pub struct FnController<F> {
    law: F,
    /// The closure as it was given.
    start: F,
    surface: SlidingSurface<f64>,
    max_force: f64,
}

impl<F: FnMut(&State<f64>) -> f64 + Clone> FnController<F> {
    /// A controller with the surface and the force limit of `context`.
    pub fn new(context: &ControllerContext, law: F) -> Self {
        let surface = context.sliding_surface();
        Self { start: law.clone(), law, surface, max_force: context.max_force }
    }

    fn command(&self, measured: &State<f64>, force: f64) -> Command<f64> {
        let reading = self.surface.read(measured);
        Command { force, sigma: reading.sigma, s: reading.s }
    }
}

impl<F: FnMut(&State<f64>) -> f64 + Clone> Controller<f64> for FnController<F> {
    const COLUMNS: &'static [&'static str] = &[];

    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        let force = (self.law)(measured).clamp(-self.max_force, self.max_force);
        self.command(measured, force)
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        self.command(measured, 0.0)
    }

    fn reset_lanes(&mut self, lanes: <f64 as Real>::Mask) {
        if lanes {
            self.law = self.start.clone();
        }
    }

    fn columns(&self, _write: impl FnMut(f64)) {}
}

/// What a controller is behind a pointer. Every [`Controller`] of `f64` that can be sent to another thread
/// is one.
pub trait ObjectController: Send + Sync {
    /// One control period, as [`Controller::control`].
    fn control(&mut self, measured: &State<f64>) -> Command<f64>;

    /// One control period against a known force, as [`Controller::control_against`].
    fn control_against(&mut self, measured: &State<f64>, known: f64) -> Command<f64>;

    /// The sliding variable, as [`Controller::observe`].
    fn observe(&self, measured: &State<f64>) -> Command<f64>;

    /// The names of the numbers that [`ObjectController::columns`] gives.
    fn column_names(&self) -> &'static [&'static str];

    /// Hands each of its columns, as of the last period, to `write` in order.
    fn columns(&self, write: &mut dyn FnMut(f64));

    /// Empties its records, as [`Controller::clear_records`].
    fn clear_records(&mut self);

    /// Returns to the state of a fresh controller.
    fn reset(&mut self);

    /// What the next control periods are to follow, as [`Controller::follow`].
    fn follow(&mut self, target: &Target<f64>);

    /// Whether it foresees the plant upright, as [`Controller::foresees_upright`].
    fn foresees_upright(&self) -> bool;

    /// What a swing-up did so far, as [`Controller::swing_up`].
    fn swing_up(&self) -> Option<Counts>;

    /// What planning on the way took so far, as [`Controller::planning_seconds`].
    fn planning_seconds(&self) -> Option<f64>;

    /// Describes every record inside it to `see`, as [`Controller::histories`].
    fn histories(&self, see: &mut dyn FnMut(HistorySize));

    /// Describes what it holds outside of itself to `see`, as [`Controller::owned`].
    fn owned(&self, see: &mut dyn FnMut(&'static str, usize));

    /// How large it is, in bytes, without what it holds outside of itself.
    fn bytes(&self) -> usize;

    /// A copy of it as it is now.
    fn boxed(&self) -> Box<dyn ObjectController>;
}

/// A control period of a controller.
struct Control<'a, C> {
    controller: &'a mut C,
    measured: &'a State<f64>,
    known: f64,
}

impl<C: Controller<f64>> Kernel for Control<'_, C> {
    type Output = Command<f64>;
    #[inline(always)]
    fn run(self) -> Command<f64> {
        self.controller.control_against(self.measured, self.known)
    }
}

impl<C: Controller<f64> + Send + Sync + 'static> ObjectController for C {
    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        Controller::control(self, measured)
    }

    fn control_against(&mut self, measured: &State<f64>, known: f64) -> Command<f64> {
        upright_lanes::run::<f64, _>(Control { controller: self, measured, known })
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        Controller::observe(self, measured)
    }

    fn column_names(&self) -> &'static [&'static str] {
        Controller::column_names(self)
    }

    fn columns(&self, write: &mut dyn FnMut(f64)) {
        Controller::columns(self, write);
    }

    fn clear_records(&mut self) {
        Controller::clear_records(self);
    }

    fn reset(&mut self) {
        Controller::reset(self);
    }

    fn follow(&mut self, target: &Target<f64>) {
        Controller::follow(self, target);
    }

    fn foresees_upright(&self) -> bool {
        Controller::foresees_upright(self)
    }

    fn swing_up(&self) -> Option<Counts> {
        Controller::swing_up(self, 0)
    }

    fn planning_seconds(&self) -> Option<f64> {
        Controller::planning_seconds(self, 0)
    }

    fn histories(&self, see: &mut dyn FnMut(HistorySize)) {
        Controller::histories(self, see);
    }

    fn owned(&self, see: &mut dyn FnMut(&'static str, usize)) {
        Controller::owned(self, see);
    }

    fn bytes(&self) -> usize {
        size_of::<C>()
    }

    fn boxed(&self) -> Box<dyn ObjectController> {
        Box::new(self.clone())
    }
}

/// A controller whose type is known only as the program runs.
pub struct BoxedController(Box<dyn ObjectController>);

/// The controller that a scenario asks for, whatever its kind.
///
/// ```
/// use upright_core::Controller;
/// use upright_sim::{Scenario, custom};
///
/// let mut controller = custom::build(&Scenario::default())?;
/// let command = controller.control(&[0.0, 0.05, -0.03, 0.0, 0.0, 0.0]);
/// assert!(command.force.abs() <= 150.0);
/// # Ok::<(), upright_sim::scenario::ScenarioError>(())
/// ```
///
/// # Errors
/// Where the scenario is not allowed, which includes that its controller does not exist.
pub fn build(scenario: &Scenario) -> Result<BoxedController, ScenarioError> {
    struct Build(ControllerContext);
    impl KindVisitor for Build {
        type Output = Result<BoxedController, ScenarioError>;
        fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
            let controller = K::build::<f64>(settings, &self.0).map_err(DesignError::from)?;
            Ok(BoxedController::new(controller))
        }
    }
    scenario.check()?;
    scenario.controller.settings.visit(Build(scenario.context()?))
}

impl BoxedController {
    /// A controller of any type behind a pointer.
    pub fn new(controller: impl ObjectController + 'static) -> Self {
        Self(Box::new(controller))
    }

    /// How large the controller behind the pointer is, in bytes, without what it holds outside of itself.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl From<Box<dyn ObjectController>> for BoxedController {
    fn from(controller: Box<dyn ObjectController>) -> Self {
        Self(controller)
    }
}

impl Clone for BoxedController {
    fn clone(&self) -> Self {
        Self(self.0.boxed())
    }
}

impl Controller<f64> for BoxedController {
    const COLUMNS: &'static [&'static str] = &[];

    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        self.0.control(measured)
    }

    fn control_against(&mut self, measured: &State<f64>, known: f64) -> Command<f64> {
        self.0.control_against(measured, known)
    }

    fn column_names(&self) -> &'static [&'static str] {
        self.0.column_names()
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        self.0.observe(measured)
    }

    fn reset_lanes(&mut self, lanes: <f64 as Real>::Mask) {
        if lanes {
            self.0.reset();
        }
    }

    fn columns(&self, mut write: impl FnMut(f64)) {
        self.0.columns(&mut write);
    }

    fn clear_records(&mut self) {
        self.0.clear_records();
    }

    fn follow(&mut self, target: &Target<f64>) {
        self.0.follow(target);
    }

    fn foresees_upright(&self) -> bool {
        self.0.foresees_upright()
    }

    fn swing_up(&self, _lane: usize) -> Option<Counts> {
        self.0.swing_up()
    }

    fn planning_seconds(&self, _lane: usize) -> Option<f64> {
        self.0.planning_seconds()
    }

    fn histories(&self, mut see: impl FnMut(HistorySize)) {
        self.0.histories(&mut see);
    }

    fn owned(&self, mut see: impl FnMut(&'static str, usize)) {
        self.0.owned(&mut see);
    }
}
