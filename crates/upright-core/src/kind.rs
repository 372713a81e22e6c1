//! A kind of controller: how a scenario names it, its settings, and how it is built for any number.

use crate::controller::Controller;
use crate::law::{Margins, ReachingLaw};
use crate::plant::Plant;
use crate::real::Real;
use crate::settings::{Invalid, Settings};
use crate::sliding_mode::SlidingMode;
use crate::surface::SlidingSurface;
use core::fmt;

/// What every controller is built from: the surface, what it believes of the plant, the actuator's limit
/// and the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControllerContext {
    /// The coefficients of the sliding surface in state order; [`ControllerContext::NO_SURFACE`] for controllers
    /// that need none, where there is none.
    pub surface: [f64; 6],
    /// What the controller believes of the plant.
    pub model: Plant,
    /// The input gain below which the equivalent control is given up.
    pub beta_min: f64,
    /// The actuator's limit in N.
    pub max_force: f64,
    /// The control period in s.
    pub period: f64,
    /// Control periods between the state that the controller is given and its force: the delays of the loop, where
    /// no estimator predicts over them.
    pub late: usize,
    /// Where runs start, in SI units and radians: what a plan begins with.
    pub start: [f64; 6],
    /// Seed of what a controller draws by chance.
    pub seed: u64,
}

impl ControllerContext {
    /// The coefficients where there is no surface: sliding variables are zero.
    pub const NO_SURFACE: [f64; 6] = [0.0; 6];

    /// Whether there is a surface.
    pub fn has_surface(&self) -> bool {
        self.surface != Self::NO_SURFACE
    }

    /// The sliding surface for a number type.
    pub fn sliding_surface<R: Real>(&self) -> SlidingSurface<R> {
        SlidingSurface::new(self.surface, &self.model, self.beta_min)
    }

    /// The sliding mode controller with this reaching law.
    pub fn sliding_mode<R: Real, L: ReachingLaw<R>>(&self, law: L) -> SlidingMode<R, L> {
        SlidingMode::new(self.sliding_surface(), law, self.max_force, self.period)
    }
}

/// Why a controller cannot be built from settings that are within their ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildError {
    /// The field of the controller's settings that asks for what does not exist: `weights`.
    pub field: &'static str,
    /// Why it does not exist.
    pub reason: &'static str,
}

impl BuildError {
    /// For a field of the controller's settings, and why what it asks for does not exist.
    pub fn new(field: &'static str, reason: &'static str) -> Self {
        Self { field, reason }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl core::error::Error for BuildError {}

/// What a kind of controller is, which decides where it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A reaching law on a sliding surface.
    SlidingMode,
    /// Another feedback that the sliding mode controllers are compared with.
    Reference,
    /// A policy that was learned elsewhere: compared where a scenario has one.
    External,
    /// It predicts the motion anew every few periods: some hundred times the work of another feedback, so that it
    /// stands in a comparison only where it is named.
    Predictive,
    /// It takes the plant up from anywhere: an angle is no fall.
    SwingUp,
    /// No control: its runs are not judged.
    Uncontrolled,
}

/// A kind of controller: how a scenario names it, its settings, and how it is built for any number.
///
/// A reaching law is a kind whose controller is [`SlidingMode`] with that law.
pub trait Kind: 'static {
    /// Its name in a scenario.
    const NAME: &'static str;
    /// Other names that are accepted for it.
    const ALIASES: &'static [&'static str] = &[];
    /// What it is, in a line.
    const SUMMARY: &'static str;
    /// What it is among the kinds.
    const FAMILY: Family = Family::SlidingMode;
    /// The most bytes that its controller takes for `f64`, all of them in place: a promise that the
    /// memory audit checks.
    const MAX_BYTES: usize = 1024;
    /// Whether a study runs it in vector lanes. Not worth it, nor the time to compile it for every vector unit, where
    /// a period costs far more than the plant's and each lane is computed by itself; the rows are the same.
    const IN_LANES: bool = true;
    /// Its own settings.
    type Settings: Settings + Send + Sync;
    /// The controller over a number type.
    type Controller<R: Real>: Controller<R> + Send + Sync + 'static;

    /// Checks the settings, beyond their ranges where settings are tied to each other.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    fn check(settings: &Self::Settings) -> Result<(), Invalid> {
        settings.check_ranges()
    }

    /// Fills in settings that follow from others.
    fn resolve(settings: Self::Settings) -> Self::Settings {
        settings
    }

    /// What its gains tolerate at a control period in s; absent where there is no reaching law. Of a law that does
    /// not say, nothing is known.
    fn margins(_settings: &Self::Settings, _period: f64) -> Option<Margins> {
        (Self::FAMILY == Family::SlidingMode).then(Margins::default)
    }

    /// Checks that the controller can be built, where that can be said without building it.
    ///
    /// # Errors
    /// Where the design that the settings ask for does not exist.
    fn check_design(
        settings: &Self::Settings,
        context: &ControllerContext,
    ) -> Result<(), BuildError> {
        Self::build::<f64>(settings, context).map(|_| ())
    }

    /// Builds the controller. The settings should have passed [`Kind::check`].
    ///
    /// # Errors
    /// Where the design that the settings ask for does not exist.
    fn build<R: Real>(
        settings: &Self::Settings,
        context: &ControllerContext,
    ) -> Result<Self::Controller<R>, BuildError>;
}
