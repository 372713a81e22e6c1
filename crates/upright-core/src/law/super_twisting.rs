//! The super-twisting law: continuous force, no boundary layer, a disturbance of bounded slope
//! rejected exactly.
//!
//! In continuous time `nu = -k1 |s|^(1/2) sign s + z`, `dz/dt = -k2 sign s` (A. Levant, Int. J.
//! Control 58 (1993) 1247-1263). Sampled implicitly it keeps order 2 in the control period and adds
//! no chattering of its own: with `y = z + d`, the pair of the implicit solution and `y` is exactly
//! the backward-Euler super-twisting system, disturbance included. Compare B. Brogliato,
//! A. Polyakov, D. Efimov, IEEE Trans. Autom. Control 65 (2020) 3707-3713, and R. Seeber,
//! B. Andritsch, Automatica 173 (2025) 112027.

use super::{Margins, ReachingLaw, Sample};
use crate::kind::{BuildError, ControllerContext, Kind};
use crate::real::Real;
use crate::settings::{Choice, Invalid, Path, Range, Settings as _};
use crate::sliding_mode::SlidingMode;

/// `k1` over the square root of the slope that it is chosen for.
const K1_PER_ROOT: f64 = 1.5;
/// `k2` over the slope that it is chosen for.
const K2_PER_SLOPE: f64 = 1.1;
const DEFAULT_K1: f64 = 30.0;
const DEFAULT_K2: f64 = 40.0;

/// How the continuous law is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Discretization {
    /// Backward Euler: no chattering of its own.
    #[default]
    Implicit,
    /// Forward Euler, for comparison: chatters at the control period.
    Explicit,
}

impl Choice for Discretization {
    const OPTIONS: &'static [&'static str] = &["implicit", "explicit"];
}

crate::settings! {
    /// Settings of the super-twisting law.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
    pub struct Settings {
        numbers {
            /// Gain of the square root term; 30 unless `slope_bound` is given.
            k1: Option<f64> = None, "N/(N s)^(1/2)", Range::positive(1e6);
            /// Gain of the integral term; 40 unless `slope_bound` is given.
            k2: Option<f64> = None, "N/s", Range::positive(1e8);
            /// Bound `L` on the disturbance's slope, in place of both gains: they become
            /// `1.5 sqrt(L)` and `1.1 L`.
            slope_bound: Option<f64> = None, "N/s", Range::positive(1e8);
            /// Reaching rate `k_d` of an added proportional term.
            reaching_rate: f64 = 0.0, "1/s", Range::new(0.0, 1e6);
        }
        choices {
            /// How the continuous law is sampled.
            discretization: Discretization;
        }
    }
}

impl Settings {
    /// The gains `(k1, k2)`.
    pub fn gains(&self) -> (f64, f64) {
        let (k1, k2) = self
            .slope_bound
            .map_or((DEFAULT_K1, DEFAULT_K2), |slope| (gain_of_slope(slope), K2_PER_SLOPE * slope));
        (self.k1.unwrap_or(k1), self.k2.unwrap_or(k2))
    }
}

/// The bound on the ratio `rho` of the true to the modelled input gain for the implicit law with
/// reaching rate `k_d`. Near the surface a step moves the force by `-(2 / T + k_d) s` and its
/// integral by `-s / T`: the characteristic polynomial
/// `z^2 + (2 rho + rho k_d T - 2) z + 1 - rho - rho k_d T` has a root at -1 for
/// `rho = 4 / (3 + 2 k_d T)`, and both within the unit circle below. That is the integrator; the
/// rest of the plant takes something off at longer periods (without `k_d` 1.32 at 1 ms and 1.21 at
/// 10 ms for the reference plant and surface).
pub(super) fn implicit_bound(reaching_rate: f64, period: f64) -> f64 {
    4.0 / (3.0 + 2.0 * reaching_rate * period)
}

/// `k1` in N/(N s)^(1/2) for a disturbance of slope up to `slope` in N/s.
pub fn root_gain(slope: f64) -> f64 {
    gain_of_slope(slope)
}

/// The slope of a disturbance in N/s for which `k1` in N/(N s)^(1/2) is made.
pub fn slope_of_root_gain(k1: f64) -> f64 {
    let root = k1 / K1_PER_ROOT;
    root * root
}

/// `k2` in N/s for a disturbance of slope up to `slope` in N/s.
pub fn integral_gain(slope: f64) -> f64 {
    integral_gain_of_slope(slope)
}

/// `k1` for a disturbance of slope up to `slope`.
pub(super) fn gain_of_slope<R: Real>(slope: R) -> R {
    R::of(K1_PER_ROOT) * slope.sqrt()
}

/// `k2` for a disturbance of slope up to `slope`.
pub(super) fn integral_gain_of_slope<R: Real>(slope: R) -> R {
    R::of(K2_PER_SLOPE) * slope
}

/// The kind of the super-twisting law.
#[derive(Debug, Clone, Copy)]
pub struct SuperTwisting;

impl Kind for SuperTwisting {
    const NAME: &'static str = "super_twisting";
    const ALIASES: &'static [&'static str] = &["sta_smc"];
    const SUMMARY: &'static str = "second-order sliding mode, continuous force";
    type Settings = Settings;
    type Controller<R: Real> = SlidingMode<R, Law<R>>;

    fn check(settings: &Settings) -> Result<(), Invalid> {
        settings.check_ranges()?;
        match (settings.slope_bound, settings.k1, settings.k2) {
            (Some(_), Some(_), _) => {
                Err(Invalid::Conflict { path: Path::of("k1"), with: "slope_bound" })
            }
            (Some(_), _, Some(_)) => {
                Err(Invalid::Conflict { path: Path::of("k2"), with: "slope_bound" })
            }
            _ => Ok(()),
        }
    }

    fn resolve(settings: Settings) -> Settings {
        let (k1, k2) = settings.gains();
        Settings { k1: Some(k1), k2: Some(k2), slope_bound: None, ..settings }
    }

    fn build<R: Real>(
        settings: &Settings,
        context: &ControllerContext,
    ) -> Result<Self::Controller<R>, BuildError> {
        Ok(context.sliding_mode(Law::new(settings, context.period)))
    }

    fn margins(settings: &Settings, period: f64) -> Option<Margins> {
        let (k1, k2) = settings.gains();
        Some(Margins {
            disturbance: None,
            slope: Some((k2 / K2_PER_SLOPE).min(slope_of_root_gain(k1))),
            gain_ratio: match settings.discretization {
                Discretization::Implicit => Some(implicit_bound(settings.reaching_rate, period)),
                Discretization::Explicit => None,
            },
        })
    }
}

/// The integral `z` of a super-twisting law and how it moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Twist<R> {
    /// The integral in N.
    pub(super) z: R,
    /// Its value before the last step.
    before: R,
}

impl<R: Real> Default for Twist<R> {
    fn default() -> Self {
        Self { z: R::zero(), before: R::zero() }
    }
}

/// The solution of the implicit step at `s`: `(r, xi)`, the square root of `|s|` and the sign of
/// `s` at the end of the step.
#[inline(always)]
fn implicit<R: Real>(s: R, k1: R, k2: R, period: R) -> (R, R) {
    let within = period * period * k2;
    let beyond = s.abs() - within;
    let half = R::of(0.5) * period * k1;
    // Below zero only where it is not selected.
    let root = (half * half + beyond.max(R::zero())).sqrt() - half;
    let near = s.abs().le(within);
    (R::select(near, R::zero(), root), R::select(near, s / within, s.sign()))
}

impl<R: Real> Twist<R> {
    /// The implicit step; returns `nu`.
    #[inline(always)]
    pub(super) fn implicit(&mut self, s: R, k1: R, k2: R, period: R) -> R {
        let (r, xi) = implicit(s, k1, k2, period);
        let step = period * k2 * xi;
        self.before = self.z;
        self.z = self.z - step;
        -(k1 * r * xi) + self.z - step
    }

    /// Where `lanes` holds, sets the integral such that the next implicit step at `s` returns `nu`.
    #[inline(always)]
    pub(super) fn prepare(&mut self, lanes: R::Mask, nu: R, s: R, k1: R, k2: R, period: R) {
        let (r, xi) = implicit(s, k1, k2, period);
        let z = nu + k1 * r * xi + R::of(2.0) * (period * k2 * xi);
        self.z = R::select(lanes, z, self.z);
    }

    /// The explicit step; returns `nu`.
    #[inline(always)]
    fn explicit(&mut self, s: R, k1: R, k2: R, period: R) -> R {
        // The sign of zero is zero here, or a resting plant would be shaken.
        let sign = R::select(s.abs().le(R::zero()), R::zero(), s.sign());
        let nu = -(k1 * s.abs().sqrt() * sign) + self.z;
        self.before = self.z;
        self.z = self.z - period * k2 * sign;
        nu
    }

    /// Where the actuator limited the force, `z` follows the force that the plant really got.
    #[inline(always)]
    pub(super) fn follow(&mut self, limited: R::Mask, nu_real: R, k2: R, period: R) {
        let reach = period * k2;
        let real = self.before + (nu_real - self.before).clamp(-reach, reach);
        self.z = R::select(limited, real, self.z);
    }

    /// Back to zero where `lanes` holds.
    pub(super) fn reset_lanes(&mut self, lanes: R::Mask) {
        self.z = R::select(lanes, R::zero(), self.z);
        self.before = R::select(lanes, R::zero(), self.before);
    }
}

/// The super-twisting law.
#[derive(Debug, Clone, Copy)]
pub struct Law<R> {
    k1: R,
    k2: R,
    reaching_rate: R,
    discretization: Discretization,
    twist: Twist<R>,
}

impl<R: Real> Law<R> {
    /// For a control period in s, which this law has no use for.
    pub fn new(settings: &Settings, _period: f64) -> Self {
        let (k1, k2) = settings.gains();
        Self {
            k1: R::of(k1),
            k2: R::of(k2),
            reaching_rate: R::of(settings.reaching_rate),
            discretization: settings.discretization,
            twist: Twist::default(),
        }
    }
}

impl<R: Real> ReachingLaw<R> for Law<R> {
    const COLUMNS: &'static [&'static str] = &["z"];

    #[inline(always)]
    fn reach(&mut self, sample: &Sample<R>) -> R {
        let (s, period) = (sample.s, sample.period);
        let nu = match self.discretization {
            Discretization::Implicit => self.twist.implicit(s, self.k1, self.k2, period),
            Discretization::Explicit => self.twist.explicit(s, self.k1, self.k2, period),
        };
        nu - self.reaching_rate * s
    }

    #[inline(always)]
    fn after_saturation(&mut self, sample: &Sample<R>, nu_real: R, limited: R::Mask) {
        self.twist.follow(limited, nu_real, self.k2, sample.period);
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.twist.reset_lanes(lanes);
    }

    fn columns(&self, mut write: impl FnMut(R)) {
        write(self.twist.z);
    }
}
