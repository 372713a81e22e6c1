//! What finds a constant push: a super-twisting law that makes the cart have the acceleration that was predicted.

use crate::law::super_twisting::{Law, Settings};
use crate::law::{ReachingLaw, Sample};
use crate::plant::{Rigid, State};
use crate::real::Real;
use crate::swing_up::CartResponse;

/// Makes the cart have the predicted acceleration, whoever pushes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observer<R> {
    law: Law<R>,
    period: R,
    /// The speed that the predicted accelerations would have given the cart in m/s, once there was one.
    speed: Option<R>,
}

/// What it adds in one period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Correction<R> {
    /// In N.
    pub(super) force: R,
    acceleration: R,
    sample: Sample<R>,
}

impl<R: Real<Mask = bool>> Observer<R> {
    /// For pushes whose slope is at most `slope_bound` N/s, at a control period in s.
    pub(super) fn new(slope_bound: f64, period: f64) -> Self {
        let settings = Settings { slope_bound: Some(slope_bound), ..Settings::default() };
        Self { law: Law::new(&settings, period), period: R::of(period), speed: None }
    }

    pub(super) fn reset(&mut self) {
        self.law.reset_lanes(true);
        self.speed = None;
    }

    /// What is to be added to the force `planned` (in N).
    pub(super) fn correct(
        &mut self,
        model: &Rigid<R>,
        measured: &State<R>,
        planned: R,
    ) -> Correction<R> {
        let response = CartResponse::new(model, measured);
        let s = (measured[3] - self.speed.unwrap_or(measured[3])) / response.gain;
        let sample = Sample {
            s,
            sigma: s,
            beta: R::one(),
            gain: R::one(),
            equivalent: planned,
            period: self.period,
        };
        let acceleration = response.drift + response.gain * planned;
        Correction { force: self.law.reach(&sample), acceleration, sample }
    }

    /// Tells how much of the correction came through, and whether the force was limited.
    pub(super) fn given(
        &mut self,
        measured: &State<R>,
        own: &Correction<R>,
        real: R,
        limited: bool,
    ) {
        self.law.after_saturation(&own.sample, real, limited);
        let from = if limited { measured[3] } else { self.speed.unwrap_or(measured[3]) };
        self.speed = Some(from + self.period * own.acceleration);
    }
}
