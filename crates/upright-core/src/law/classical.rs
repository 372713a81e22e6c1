//! The classical law: a switching term smoothed by a boundary layer, and a proportional one.
//!
//! `nu = -K sat(s / phi) - k_d s` with `phi = boundary_layer + boundary_layer_slope |s|`
//! (J.-J. Slotine and W. Li, Applied Nonlinear Control (1991), chapter 7). A constant push `d`
//! leaves `s` at about `d / (K / boundary_layer + k_d)`.

use super::{Margins, ReachingLaw, Sample, Smoothing, proportional_bound};
use crate::kind::{BuildError, ControllerContext, Kind};
use crate::real::Real;
use crate::settings::Range;
use crate::sliding_mode::SlidingMode;

crate::settings! {
    /// Settings of the classical law.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
    pub struct Settings {
        numbers {
            /// Switching gain `K`: the disturbance force that it beats.
            switching_gain: f64 = 20.0, "N", Range::new(0.0, 1e6);
            /// Reaching rate `k_d`.
            reaching_rate: f64 = 10.0, "1/s", Range::new(0.0, 1e6);
            /// Half the width of the boundary layer, in which the switching term is smoothed.
            boundary_layer: f64 = 0.03, "N s", Range::positive(1e6);
            /// How much the boundary layer widens with the distance from the surface.
            boundary_layer_slope: f64 = 0.0, "1", Range::new(0.0, 1e3);
            /// The share of the boundary layer in which the switching term is zero.
            dead_band: f64 = 0.0, "1", Range::new(0.0, 1e3);
        }
        choices {
            /// How the switching term passes through the boundary layer.
            smoothing: Smoothing;
        }
    }
}

/// The kind of the classical law.
#[derive(Debug, Clone, Copy)]
pub struct Classical;

impl Kind for Classical {
    const NAME: &'static str = "classical";
    const ALIASES: &'static [&'static str] = &["classical_smc"];
    const SUMMARY: &'static str = "switching gain smoothed by a boundary layer";
    type Settings = Settings;
    type Controller<R: Real> = SlidingMode<R, Law<R>>;

    fn build<R: Real>(
        settings: &Settings,
        context: &ControllerContext,
    ) -> Result<Self::Controller<R>, BuildError> {
        Ok(context.sliding_mode(Law::new(settings, context.period)))
    }

    fn margins(settings: &Settings, period: f64) -> Option<Margins> {
        let stiffness = settings.switching_gain / settings.boundary_layer + settings.reaching_rate;
        Some(Margins {
            disturbance: Some(settings.switching_gain),
            slope: None,
            gain_ratio: Some(proportional_bound(stiffness, period)),
        })
    }
}

/// The classical law. It remembers nothing.
#[derive(Debug, Clone, Copy)]
pub struct Law<R> {
    switching_gain: R,
    reaching_rate: R,
    boundary_layer: R,
    boundary_layer_slope: R,
    dead_zone: R,
    smoothing: Smoothing,
}

impl<R: Real> Law<R> {
    /// For a control period in s, which this law has no use for.
    pub fn new(settings: &Settings, _period: f64) -> Self {
        Self {
            switching_gain: R::of(settings.switching_gain),
            reaching_rate: R::of(settings.reaching_rate),
            boundary_layer: R::of(settings.boundary_layer),
            boundary_layer_slope: R::of(settings.boundary_layer_slope),
            dead_zone: R::of(settings.dead_band * settings.boundary_layer),
            smoothing: settings.smoothing,
        }
    }
}

impl<R: Real> ReachingLaw<R> for Law<R> {
    const COLUMNS: &'static [&'static str] = &[];

    #[inline(always)]
    fn reach(&mut self, sample: &Sample<R>) -> R {
        let size = sample.s.abs();
        let phi = self.boundary_layer + self.boundary_layer_slope * size;
        let switching = R::select(
            size.lt(self.dead_zone),
            R::zero(),
            self.switching_gain * self.smoothing.sat(sample.s / phi),
        );
        -switching - self.reaching_rate * sample.s
    }

    #[inline(always)]
    fn after_saturation(&mut self, _sample: &Sample<R>, _nu_real: R, _limited: R::Mask) {}

    fn reset_lanes(&mut self, _lanes: R::Mask) {}

    fn columns(&self, _write: impl FnMut(R)) {}
}
