//! The sliding regime: an implicit super-twisting law whose one adapted number is the slope `L` of
//! the disturbance that it is made for.
//!
//! Both gains follow from `L`, so the gain condition of the super-twisting law holds at every
//! instant, however `L` moves.

use crate::law::adaptive::within;
use crate::law::super_twisting::{Twist, gain_of_slope, integral_gain_of_slope};
use crate::real::Real;
use crate::settings::{Invalid, Range};

crate::settings! {
    /// Settings of the sliding regime of the hybrid law.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
    pub struct SlidingSettings {
        numbers {
            /// Slope of the disturbance that the law is made for at the start, and to which it
            /// leaks back.
            initial_slope: f64 = 100.0, "N/s", Range::positive(1e8);
            /// Smallest slope.
            min_slope: f64 = 10.0, "N/s", Range::positive(1e8);
            /// Largest slope.
            max_slope: f64 = 400.0, "N/s", Range::positive(1e8);
            /// Growth of the slope with the distance from the surface.
            adaptation_rate: f64 = 2000.0, "1/s^3", Range::new(0.0, 1e9);
            /// Rate at which the slope returns to its start.
            leak_rate: f64 = 1.0, "1/s", Range::new(0.0, 1e6);
            /// Distance from the surface within which the slope does not grow.
            dead_zone: f64 = 0.02, "N s", Range::new(0.0, 1e6);
            /// Largest rate of change of the slope.
            rate_limit: f64 = 500.0, "N/s^2", Range::positive(1e9);
        }
    }
}

impl SlidingSettings {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        within(
            "initial_slope",
            self.initial_slope,
            "min_slope",
            self.min_slope,
            self.max_slope,
            "N/s",
        )
    }
}

/// A change of the slope.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Adaptation {
    /// When, in s since the start.
    pub time: f64,
    /// The slope after it, in N/s.
    pub slope: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Sliding<R> {
    initial_slope: R,
    min_slope: R,
    max_slope: R,
    adaptation_rate: R,
    leak_rate: R,
    dead_zone: R,
    rate_limit: R,
    slope: R,
    twist: Twist<R>,
}

impl<R: Real> Sliding<R> {
    pub(super) fn new(settings: &SlidingSettings) -> Self {
        Self {
            initial_slope: R::of(settings.initial_slope),
            min_slope: R::of(settings.min_slope),
            max_slope: R::of(settings.max_slope),
            adaptation_rate: R::of(settings.adaptation_rate),
            leak_rate: R::of(settings.leak_rate),
            dead_zone: R::of(settings.dead_zone),
            rate_limit: R::of(settings.rate_limit),
            slope: R::of(settings.initial_slope),
            twist: Twist::default(),
        }
    }

    /// `(k1, k2)` of the present slope.
    #[inline(always)]
    fn gains(&self) -> (R, R) {
        (gain_of_slope(self.slope), integral_gain_of_slope(self.slope))
    }

    /// Where `lanes` holds, makes the next answer at `s` equal to `nu`.
    #[inline(always)]
    pub(super) fn prepare(&mut self, lanes: R::Mask, nu: R, s: R, period: R) {
        let (k1, k2) = self.gains();
        self.twist.prepare(lanes, nu, s, k1, k2, period);
    }

    /// The answer at `s`; the integral moves where `lanes` holds.
    #[inline(always)]
    pub(super) fn answer(&mut self, lanes: R::Mask, s: R, period: R) -> R {
        let (k1, k2) = self.gains();
        let rest = self.twist.z;
        let nu = self.twist.implicit(s, k1, k2, period);
        self.twist.z = R::select(lanes, self.twist.z, rest);
        nu
    }

    /// The end of a period: anti-windup, and one step of the slope, where `lanes` holds.
    #[inline(always)]
    pub(super) fn after_saturation(
        &mut self,
        lanes: R::Mask,
        s: R,
        limited: R::Mask,
        nu_real: R,
        period: R,
    ) {
        let (_, k2) = self.gains();
        self.twist.follow(lanes & limited, nu_real, k2, period);

        let growth =
            R::select(s.abs().le(self.dead_zone), R::zero(), self.adaptation_rate * s.abs());
        let rate = (growth - self.leak_rate * (self.slope - self.initial_slope))
            .clamp(-self.rate_limit, self.rate_limit);
        let rate = R::select(limited, rate.min(R::zero()), rate);
        let slope = (self.slope + period * rate).clamp(self.min_slope, self.max_slope);
        self.slope = R::select(lanes, slope, self.slope);
    }

    pub(super) fn slope(&self) -> R {
        self.slope
    }

    pub(super) fn integral(&self) -> R {
        self.twist.z
    }

    pub(super) fn reset_lanes(&mut self, lanes: R::Mask) {
        self.slope = R::select(lanes, self.initial_slope, self.slope);
        self.twist.reset_lanes(lanes);
    }
}
