//! Reaching laws: controllers for one integrator, `ds/dt = nu + d`.
//!
//! The skeleton ([`crate::SlidingMode`]) has reduced the plant to that integrator. A law is told
//! the sliding variable `s` once a control period and returns `nu`, a force; it then learns which
//! force the actuator's limit let through. So all gains are in plain units: a switching gain beats
//! a disturbance of as many newtons, a reaching rate is an exponential rate in 1/s.
//!
//! A law is a file in this folder: its settings, a [`Kind`](crate::Kind) that builds it for any number, and
//! the law itself.

pub mod adaptive;
pub mod classical;
pub mod hybrid;
pub mod super_twisting;

use crate::elementary::tanh;
use crate::history::HistorySize;
use crate::real::Real;
use crate::settings::Choice;

/// What a reaching law sees of one control period.
#[derive(Debug, Clone, Copy)]
pub struct Sample<R> {
    /// The sliding variable in plain units, in N s.
    pub s: R,
    /// The sliding variable itself.
    pub sigma: R,
    /// The input gain seen through the surface.
    pub beta: R,
    /// `max(|beta|, beta_min)`, by which `sigma` is divided to give `s`.
    pub gain: R,
    /// The part of the force that cancels the modelled drift, in the direction of `nu`, in N. A law
    /// has no need of it; who wants to know the whole force behind `nu` adds it.
    pub equivalent: R,
    /// The control period in s.
    pub period: R,
}

/// A reaching law: a value of fixed size that returns one number a control period.
pub trait ReachingLaw<R: Real>: Copy {
    /// Names of the numbers that [`ReachingLaw::columns`] gives.
    const COLUMNS: &'static [&'static str];

    /// The answer `nu` in N.
    fn reach(&mut self, sample: &Sample<R>) -> R;

    /// Tells the same period's outcome: the part `nu_real` of `nu` (in N) that the force limit let
    /// through, and where it limited the force.
    fn after_saturation(&mut self, sample: &Sample<R>, nu_real: R, limited: R::Mask);

    /// Returns the lanes in `lanes` to the state of a fresh law.
    fn reset_lanes(&mut self, lanes: R::Mask);

    /// Hands each of [`ReachingLaw::COLUMNS`], as of the last period, to `write` in order.
    fn columns(&self, write: impl FnMut(R));

    /// Describes every record inside the law to `see`, as [`crate::Controller::histories`] does.
    fn histories(&self, _see: impl FnMut(HistorySize)) {}

    /// Empties the records that are kept for those who ask; the control goes on unchanged, to the
    /// bit.
    fn clear_records(&mut self) {}

    /// Carries the memory of `old`, a law built from the same settings, over to this one, a fresh
    /// one: its next answer is the one that `old` would have given, to the bit.
    fn copy_state_from(&mut self, old: &Self) {
        *self = *old;
    }
}

/// What a law tolerates, by its gains alone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Margins {
    /// Largest disturbance force on the cart in N that the switching term can beat; absent where
    /// no constant force is too large.
    pub disturbance: Option<f64>,
    /// Largest rate of change of the disturbance force in N/s; absent where it does not matter.
    pub slope: Option<f64>,
    /// How many times larger than modelled the input gain may be before the sampled law rings
    /// next to the surface. Absent where there is no such bound: the law chatters anyway.
    pub gain_ratio: Option<f64>,
}

/// The bound on the gain ratio of a law that returns `-stiffness s` (in N per N s) next to the
/// surface: the error of one period, `1 - ratio stiffness period`, must stay above -1.
fn proportional_bound(stiffness: f64, period: f64) -> f64 {
    2.0 / (stiffness * period)
}

/// How the switching term passes from -1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Smoothing {
    /// A straight line across the boundary layer.
    #[default]
    Linear,
    /// A hyperbolic tangent, of the same slope at zero.
    Tanh,
}

impl Choice for Smoothing {
    const OPTIONS: &'static [&'static str] = &["linear", "tanh"];
}

impl Smoothing {
    /// The saturation function at `x = s / phi`.
    #[inline(always)]
    pub fn sat<R: Real>(self, x: R) -> R {
        match self {
            Self::Linear => x.clamp(-R::one(), R::one()),
            Self::Tanh => tanh(x),
        }
    }
}
