//! The classical law: a switching term smoothed by a boundary layer, and a proportional one.
//!
//! `nu = -K sat(s / phi) - k_d s` with `phi = boundary_layer + boundary_layer_slope |s|`
//! (J.-J. Slotine and W. Li, Applied Nonlinear Control (1991), chapter 7). A constant push `d`
//! leaves `s` at about `d / (K / boundary_layer + k_d)`.

use super::{Family, Margins, ReachingLaw, Sample, Smoothing, proportional_bound};
use crate::real::Real;
use crate::settings::Range;

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

/// The family of the classical law.
#[derive(Debug, Clone, Copy)]
pub struct Classical;

impl Family for Classical {
    const KIND: &'static str = "classical";
    const ALIASES: &'static [&'static str] = &["classical_smc"];
    const SUMMARY: &'static str = "switching gain smoothed by a boundary layer";
    type Settings = Settings;
    type Law<R: Real> = Law<R>;

    fn law<R: Real>(settings: &Settings, _period: f64) -> Law<R> {
        Law {
            switching_gain: R::of(settings.switching_gain),
            reaching_rate: R::of(settings.reaching_rate),
            boundary_layer: R::of(settings.boundary_layer),
            boundary_layer_slope: R::of(settings.boundary_layer_slope),
            dead_zone: R::of(settings.dead_band * settings.boundary_layer),
            smoothing: settings.smoothing,
        }
    }

    fn margins(settings: &Settings, period: f64) -> Margins {
        let stiffness = settings.switching_gain / settings.boundary_layer + settings.reaching_rate;
        Margins {
            disturbance: Some(settings.switching_gain),
            slope: None,
            gain_ratio: Some(proportional_bound(stiffness, period)),
        }
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
    fn applied(&mut self, _sample: &Sample<R>, _nu_real: R, _limited: R::Mask) {}

    fn restart(&mut self, _lanes: R::Mask) {}

    fn columns(&self, _write: impl FnMut(R)) {}
}
