//! The switching logic: which regime acts.

use crate::real::{Mask, Real};
use crate::settings::{Invalid, Path, Range};

crate::settings! {
    /// When the hybrid law switches between its regimes.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
    pub struct SupervisorSettings {
        numbers {
            /// Distance from the surface below which the law begins to slide.
            enter: f64 = 0.02, "N s", Range::positive(1e6);
            /// Distance from the surface above which it goes back to reaching; above `enter`.
            leave: f64 = 0.6, "N s", Range::positive(1e6);
            /// Shortest time between two switches.
            dwell: f64 = 0.05, "s", Range::new(0.0, 1e3);
        }
    }
}

impl SupervisorSettings {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let range = Range { min: self.enter, max: 1e6, above_min: true };
        if range.contains(self.leave) {
            return Ok(());
        }
        Err(Invalid::OutOfRange { path: Path::of("leave"), value: self.leave, range, unit: "N s" })
    }
}

/// Which way a switch went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From reaching to sliding.
    #[default]
    ToSliding,
    /// From sliding to reaching.
    ToReaching,
}

/// A switch between the regimes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Switch {
    /// When, in s since the start.
    pub time: f64,
    /// Which way.
    pub direction: Direction,
    /// `|s|` at the switch in N s.
    pub distance: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Supervisor<R: Real> {
    enter: R,
    leave: R,
    /// Shortest stay in periods.
    dwell: R,
    slides: R::Mask,
    /// Periods since the last switch, counted to `dwell` and no further.
    stayed: R,
}

/// Where a switch happens in this period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decision<M> {
    pub(super) begins_to_slide: M,
    pub(super) begins_to_reach: M,
}

impl<M: Mask> Decision<M> {
    /// Direction of a single controller.
    pub(super) fn direction(&self) -> Option<Direction> {
        if self.begins_to_slide.any() {
            Some(Direction::ToSliding)
        } else if self.begins_to_reach.any() {
            Some(Direction::ToReaching)
        } else {
            None
        }
    }
}

impl<R: Real> Supervisor<R> {
    pub(super) fn new(settings: &SupervisorSettings, period: f64) -> Self {
        // A dwell of whole periods must not lose one to rounding.
        let dwell = R::of(libm::ceil(settings.dwell / period - 1e-9));
        Self {
            enter: R::of(settings.enter),
            leave: R::of(settings.leave),
            dwell,
            slides: Mask::splat(false),
            stayed: dwell,
        }
    }

    #[inline(always)]
    pub(super) fn decide(&mut self, distance: R) -> Decision<R::Mask> {
        let free = self.stayed.ge(self.dwell);
        let begins_to_slide = free & !self.slides & distance.lt(self.enter);
        let begins_to_reach = free & self.slides & distance.gt(self.leave);
        let switches = begins_to_slide | begins_to_reach;
        self.slides = (self.slides & !begins_to_reach) | begins_to_slide;
        let next = (self.stayed + R::one()).min(self.dwell);
        self.stayed = R::select(switches, R::one().min(self.dwell), next);
        Decision { begins_to_slide, begins_to_reach }
    }

    #[inline(always)]
    pub(super) fn slides(&self) -> R::Mask {
        self.slides
    }

    pub(super) fn reset_lanes(&mut self, lanes: R::Mask) {
        self.slides = self.slides & !lanes;
        self.stayed = R::select(lanes, self.dwell, self.stayed);
    }
}
