//! Controllers of the caller's own: closures, and objects whose type is known only as the program runs.
//!
//! Any type that implements [`Controller`] can be run ([`run_with_controller`](crate::run::run_with_controller)),
//! studied ([`run_study_with_controller`](crate::study::run_study_with_controller)) and stepped
//! ([`ClosedLoop`](crate::closed_loop::ClosedLoop)); what stands here spares writing one.

use upright_core::{Command, Controller, ControllerContext, Real, SlidingSurface, State};

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

    /// The sliding variable, as [`Controller::observe`].
    fn observe(&self, measured: &State<f64>) -> Command<f64>;

    /// Returns to the state of a fresh controller.
    fn reset(&mut self);

    /// A copy of it as it is now.
    fn boxed(&self) -> Box<dyn ObjectController>;
}

impl<C: Controller<f64> + Send + Sync + 'static> ObjectController for C {
    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        Controller::control(self, measured)
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        Controller::observe(self, measured)
    }

    fn reset(&mut self) {
        Controller::reset(self);
    }

    fn boxed(&self) -> Box<dyn ObjectController> {
        Box::new(self.clone())
    }
}

/// A controller whose type is known only as the program runs. The columns of its own are not recorded.
pub struct BoxedController(Box<dyn ObjectController>);

impl BoxedController {
    /// A controller of any type behind a pointer.
    pub fn new(controller: impl ObjectController + 'static) -> Self {
        Self(Box::new(controller))
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

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        self.0.observe(measured)
    }

    fn reset_lanes(&mut self, lanes: <f64 as Real>::Mask) {
        if lanes {
            self.0.reset();
        }
    }

    fn columns(&self, _write: impl FnMut(f64)) {}
}
