//! The adaptive law: a switching gain that grows while the surface is missed and leaks back.
//!
//! `nu = -K sat(s / boundary_layer) - k_d s`, and after the step
//! `dK = adaptation_rate |s| - leak_rate (K - initial_gain)` outside a dead zone, limited in rate
//! and range (compare F. Plestan, Y. Shtessel, V. Brégeault, A. Poznyak, Int. J. Control 83 (2010)
//! 1907-1919). While the force is limited the gain does not grow, or it would wind up.

use super::{Margins, ReachingLaw, Sample, Smoothing, proportional_bound};
use crate::kind::{BuildError, ControllerContext, Kind};
use crate::real::{Mask, Real};
use crate::settings::Range;
use crate::sliding_mode::SlidingMode;

/// The settings of the adaptive law under a name, with more of its own where the law is a part of
/// another.
macro_rules! adaptive_settings {
    ($(#[$attribute:meta])* $name:ident { $($more:tt)* }) => {
        crate::settings! {
            $(#[$attribute])*
            #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
            pub struct $name {
                numbers {
                    /// Switching gain at the start, and the one that it leaks back to.
                    initial_gain: f64 = 10.0, "N", Range::new(0.0, 1e6);
                    /// Smallest switching gain.
                    min_gain: f64 = 0.1, "N", Range::new(0.0, 1e6);
                    /// Largest switching gain: the disturbance force that it can come to beat.
                    max_gain: f64 = 100.0, "N", Range::positive(1e6);
                    /// Growth of the gain with the distance from the surface.
                    adaptation_rate: f64 = 200.0, "1/s^2", Range::new(0.0, 1e9);
                    /// Rate at which the gain returns to its start.
                    leak_rate: f64 = 0.1, "1/s", Range::new(0.0, 1e6);
                    /// Distance from the surface within which the gain rests.
                    dead_zone: f64 = 0.01, "N s", Range::new(0.0, 1e6);
                    /// Largest rate of change of the gain.
                    rate_limit: f64 = 500.0, "N/s", Range::positive(1e9);
                    /// Reaching rate `k_d`.
                    reaching_rate: f64 = 10.0, "1/s", Range::new(0.0, 1e6);
                    /// Half the width of the boundary layer.
                    boundary_layer: f64 = 0.03, "N s", Range::positive(1e6);
                    $($more)*
                }
                choices {
                    /// How the switching term passes through the boundary layer.
                    smoothing: crate::law::Smoothing;
                }
            }
        }

        impl $name {
            /// Checks every range, and that the gain starts within its own.
            ///
            /// # Errors
            /// The first setting that is not allowed.
            pub fn check(&self) -> Result<(), crate::settings::Invalid> {
                crate::settings::Settings::check_ranges(self)?;
                $crate::law::adaptive::within(
                    "initial_gain", self.initial_gain, "min_gain", self.min_gain, self.max_gain, "N",
                )
            }
        }
    };
}
pub(super) use adaptive_settings;

adaptive_settings! {
    /// Settings of the adaptive law.
    Settings {}
}

/// Checks that an adapted number starts between its own bounds.
pub(super) fn within(
    name: &'static str,
    value: f64,
    lower: &'static str,
    min: f64,
    max: f64,
    unit: &'static str,
) -> Result<(), crate::settings::Invalid> {
    let refused = |name, value, range| {
        let path = crate::settings::Path::of(name);
        Err(crate::settings::Invalid::OutOfRange { path, value, range, unit })
    };
    // Which bound is wrong nobody knows; the lower one is named, since it exceeds the upper.
    let range = Range::new(min, max);
    if min > max {
        refused(lower, min, Range::new(0.0, max))
    } else if range.contains(value) {
        Ok(())
    } else {
        refused(name, value, range)
    }
}

/// The kind of the adaptive law.
#[derive(Debug, Clone, Copy)]
pub struct Adaptive;

impl Kind for Adaptive {
    const NAME: &'static str = "adaptive";
    const ALIASES: &'static [&'static str] = &["adaptive_smc"];
    const SUMMARY: &'static str = "switching gain that adapts to the disturbance";
    type Settings = Settings;
    type Controller<R: Real> = SlidingMode<R, Law<R>>;

    fn check(settings: &Settings) -> Result<(), crate::settings::Invalid> {
        settings.check()
    }

    fn build<R: Real>(
        settings: &Settings,
        context: &ControllerContext,
    ) -> Result<Self::Controller<R>, BuildError> {
        Ok(context.sliding_mode(Law::new(settings, context.period)))
    }

    fn margins(settings: &Settings, period: f64) -> Option<Margins> {
        let stiffness = settings.initial_gain / settings.boundary_layer + settings.reaching_rate;
        Some(Margins {
            disturbance: Some(settings.max_gain),
            slope: None,
            gain_ratio: Some(proportional_bound(stiffness, period)),
        })
    }
}

/// The adaptive law.
#[derive(Debug, Clone, Copy)]
pub struct Law<R> {
    initial_gain: R,
    min_gain: R,
    max_gain: R,
    adaptation_rate: R,
    leak_rate: R,
    dead_zone: R,
    rate_limit: R,
    reaching_rate: R,
    boundary_layer: R,
    smoothing: Smoothing,
    /// The switching gain `K` in N.
    gain: R,
}

impl<R: Real> Law<R> {
    /// For a control period in s, which this law has no use for.
    pub fn new(settings: &Settings, _period: f64) -> Self {
        Self {
            initial_gain: R::of(settings.initial_gain),
            min_gain: R::of(settings.min_gain),
            max_gain: R::of(settings.max_gain),
            adaptation_rate: R::of(settings.adaptation_rate),
            leak_rate: R::of(settings.leak_rate),
            dead_zone: R::of(settings.dead_zone),
            rate_limit: R::of(settings.rate_limit),
            reaching_rate: R::of(settings.reaching_rate),
            boundary_layer: R::of(settings.boundary_layer),
            smoothing: settings.smoothing,
            gain: R::of(settings.initial_gain),
        }
    }

    /// The answer at `s` with the present gain.
    #[inline(always)]
    pub(super) fn answer(&self, s: R) -> R {
        -(self.gain * self.smoothing.sat(s / self.boundary_layer)) - self.reaching_rate * s
    }

    /// One step of the gain where `lanes` holds. Where the gain is below `floor` and the force is not
    /// limited, it approaches the floor at the rate limit.
    #[inline(always)]
    pub(super) fn adapt(&mut self, lanes: R::Mask, s: R, limited: R::Mask, floor: R, period: R) {
        let wish =
            self.adaptation_rate * s.abs() - self.leak_rate * (self.gain - self.initial_gain);
        let rate = R::select(
            s.abs().le(self.dead_zone),
            R::zero(),
            wish.clamp(-self.rate_limit, self.rate_limit),
        );
        let rate = R::select(limited, rate.min(R::zero()), rate);
        let gain = self.gain + period * rate;
        // Up to the floor, but no faster than the limit lets it.
        let lifted = (self.gain + period * self.rate_limit).min(floor);
        let gain = R::select(limited, gain, gain.max(lifted));
        let gain = gain.clamp(self.min_gain, self.max_gain);
        self.gain = R::select(lanes, gain, self.gain);
    }

    /// The present switching gain in N.
    pub fn gain(&self) -> R {
        self.gain
    }
}

impl<R: Real> ReachingLaw<R> for Law<R> {
    const COLUMNS: &'static [&'static str] = &["gain"];

    #[inline(always)]
    fn reach(&mut self, sample: &Sample<R>) -> R {
        self.answer(sample.s)
    }

    #[inline(always)]
    fn after_saturation(&mut self, sample: &Sample<R>, _nu_real: R, limited: R::Mask) {
        self.adapt(Mask::splat(true), sample.s, limited, R::zero(), sample.period);
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.gain = R::select(lanes, self.initial_gain, self.gain);
    }

    fn columns(&self, mut write: impl FnMut(R)) {
        write(self.gain);
    }
}
