//! The hybrid adaptive super-twisting law: an adaptive law reaches, an adaptive super-twisting law
//! slides, and a supervisor decides which.
//!
//! In the period of a switch both laws answer the same force, so nothing jumps. An estimator of
//! the disturbance lifts the reaching gain before it has to be learnt; an estimate of the input
//! gain is reported and does not act.

mod disturbance_estimator;
mod slope;
mod supervisor;

pub use disturbance_estimator::{Estimate, EstimatorSettings, MAX_WINDOW};
pub use slope::{Adaptation, SlidingSettings};
pub use supervisor::{Direction, SupervisorSettings, Switch};

use super::adaptive::{self, adaptive_settings};
use super::{Margins, ReachingLaw, Sample, proportional_bound, super_twisting};
use crate::elementary::exp_m1;
use crate::history::{History, HistorySize};
use crate::kind::{BuildError, ControllerContext, Kind};
use crate::real::{Mask, Real};
use crate::settings::{Invalid, Range, Settings as _};
use crate::sliding_mode::SlidingMode;
use disturbance_estimator::DisturbanceEstimator;
use slope::Sliding;
use supervisor::Supervisor;

adaptive_settings! {
    /// Settings of the reaching regime: those of the adaptive law, and how the offset of a switch
    /// fades.
    ReachingSettings {
        /// Rate at which the offset that makes a switch to reaching bumpless decays.
        offset_decay: f64 = 20.0, "1/s", Range::new(0.0, 1e6);
    }
}

impl From<&ReachingSettings> for adaptive::Settings {
    fn from(reaching: &ReachingSettings) -> Self {
        Self {
            initial_gain: reaching.initial_gain,
            min_gain: reaching.min_gain,
            max_gain: reaching.max_gain,
            adaptation_rate: reaching.adaptation_rate,
            leak_rate: reaching.leak_rate,
            dead_zone: reaching.dead_zone,
            rate_limit: reaching.rate_limit,
            reaching_rate: reaching.reaching_rate,
            boundary_layer: reaching.boundary_layer,
            smoothing: reaching.smoothing,
        }
    }
}

crate::settings! {
    /// Settings of the hybrid law.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
    pub struct Settings {
        groups {
            /// When to switch between the regimes.
            supervisor: SupervisorSettings = SupervisorSettings::default();
            /// The adaptive law that reaches the surface.
            reaching: ReachingSettings = ReachingSettings::default();
            /// The adaptive super-twisting law that slides on it.
            sliding: SlidingSettings = SlidingSettings::default();
            /// The estimates of the disturbance and of the input gain.
            estimator: EstimatorSettings = EstimatorSettings::default();
        }
    }
}

/// The kind of the hybrid law.
#[derive(Debug, Clone, Copy)]
pub struct Hybrid;

impl Kind for Hybrid {
    const NAME: &'static str = "hybrid";
    // Its records and the estimator's window are a part of it.
    const MAX_BYTES: usize = 8192;
    const ALIASES: &'static [&'static str] = &["hybrid_adaptive_sta_smc"];
    const SUMMARY: &'static str = "adaptive law far out, adaptive super-twisting near the surface";
    type Settings = Settings;
    type Controller<R: Real> = SlidingMode<R, Law<R>>;

    fn check(settings: &Settings) -> Result<(), Invalid> {
        settings.check_ranges()?;
        settings.supervisor.check().map_err(|invalid| invalid.within("supervisor"))?;
        settings.reaching.check().map_err(|invalid| invalid.within("reaching"))?;
        settings.sliding.check().map_err(|invalid| invalid.within("sliding"))
    }

    fn build<R: Real>(
        settings: &Settings,
        context: &ControllerContext,
    ) -> Result<Self::Controller<R>, BuildError> {
        Ok(context.sliding_mode(Law::new(settings, context.period)))
    }

    fn margins(settings: &Settings, period: f64) -> Option<Margins> {
        let reaching = &settings.reaching;
        let stiffness = reaching.initial_gain / reaching.boundary_layer + reaching.reaching_rate;
        let (reaching, sliding) =
            (proportional_bound(stiffness, period), super_twisting::implicit_bound(0.0, period));
        Some(Margins {
            disturbance: None,
            slope: Some(settings.sliding.max_slope),
            gain_ratio: Some(reaching.min(sliding)),
        })
    }
}

/// What the law remembers for those who ask why it acted as it did. Kept for single controllers
/// only: vectors of lanes leave it empty.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Records {
    /// The last switches between the regimes.
    pub switches: History<Switch, 64>,
    /// The last changes of the slope that the sliding law is made for.
    pub adaptations: History<Adaptation, 100>,
    /// Control periods so far.
    periods: u64,
}

/// The hybrid law.
#[derive(Debug, Clone, Copy)]
pub struct Law<R: Real> {
    supervisor: Supervisor<R>,
    reaching: adaptive::Law<R>,
    /// What the reaching law's answer is shifted by after a switch to it, in N.
    offset: R,
    /// By what factor the offset shrinks in a period.
    offset_fade: R,
    sliding: Sliding<R>,
    estimator: DisturbanceEstimator<R>,
    records: Records,
}

impl<R: Real> Law<R> {
    /// For a control period in s.
    pub fn new(settings: &Settings, period: f64) -> Self {
        Self {
            supervisor: Supervisor::new(&settings.supervisor, period),
            reaching: adaptive::Law::new(&(&settings.reaching).into(), period),
            offset: R::zero(),
            offset_fade: R::of(1.0 + exp_m1(-settings.reaching.offset_decay * period)),
            sliding: Sliding::new(&settings.sliding),
            estimator: DisturbanceEstimator::new(&settings.estimator),
            records: Records::default(),
        }
    }

    /// The record of switches and adaptations.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Where the law slides; elsewhere it reaches.
    pub fn slides(&self) -> R::Mask {
        self.supervisor.slides()
    }

    /// The present estimates.
    pub fn estimate(&self) -> Estimate<R> {
        self.estimator.estimate()
    }
}

impl<R: Real> ReachingLaw<R> for Law<R> {
    const COLUMNS: &'static [&'static str] =
        &["sliding", "gain", "offset", "slope", "z", "d_hat", "rho", "rho_variance"];

    #[inline(always)]
    fn reach(&mut self, sample: &Sample<R>) -> R {
        let (s, period) = (sample.s, sample.period);
        self.estimator.observe(sample, !self.supervisor.slides());

        let decision = self.supervisor.decide(s.abs());
        let slides = self.supervisor.slides();
        self.offset = self.offset * self.offset_fade;
        // Most of the time every lane does the same, and what no lane does is left out.
        let reaching = if (!slides | decision.begins_to_slide).any() {
            self.reaching.answer(s)
        } else {
            R::zero()
        };
        if decision.begins_to_slide.any() {
            self.sliding.prepare(decision.begins_to_slide, reaching + self.offset, s, period);
        }
        let takes_part = slides | decision.begins_to_reach;
        let sliding =
            if takes_part.any() { self.sliding.answer(takes_part, s, period) } else { R::zero() };
        self.offset = R::select(decision.begins_to_reach, sliding - reaching, self.offset);

        if R::LANES == 1 {
            let now = self.records.periods as f64 * period.lane(0);
            self.records.periods += 1;
            if let Some(direction) = decision.direction() {
                self.records.switches.push(Switch {
                    time: now,
                    direction,
                    distance: s.abs().lane(0),
                });
            }
        }
        R::select(slides, sliding, reaching + self.offset)
    }

    #[inline(always)]
    fn after_saturation(&mut self, sample: &Sample<R>, nu_real: R, limited: R::Mask) {
        let slides = self.supervisor.slides();
        let before = self.sliding.slope();
        if (!slides).any() {
            let floor = self.estimator.floor();
            self.reaching.adapt(!slides, sample.s, limited, floor, sample.period);
        }
        if slides.any() {
            self.sliding.after_saturation(slides, sample.s, limited, nu_real, sample.period);
        }
        self.estimator.after_saturation(sample, nu_real);
        if R::LANES == 1 {
            let slope = self.sliding.slope().lane(0);
            if before.lane(0) < slope || slope < before.lane(0) {
                let time = (self.records.periods - 1) as f64 * sample.period.lane(0);
                self.records.adaptations.push(Adaptation { time, slope });
            }
        }
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.supervisor.reset_lanes(lanes);
        self.reaching.reset_lanes(lanes);
        self.offset = R::select(lanes, R::zero(), self.offset);
        self.sliding.reset_lanes(lanes);
        self.estimator.reset_lanes(lanes);
        if R::LANES == 1 {
            self.records = Records::default();
        }
    }

    fn columns(&self, mut write: impl FnMut(R)) {
        let estimate = self.estimator.estimate();
        write(R::select(self.supervisor.slides(), R::one(), R::zero()));
        write(self.reaching.gain());
        write(self.offset);
        write(self.sliding.slope());
        write(self.sliding.integral());
        write(estimate.disturbance);
        write(estimate.gain_ratio);
        write(estimate.gain_ratio_variance);
    }

    /// Sizes of the histories; of a vector of lanes, the window as its first lane has it.
    fn histories(&self, mut see: impl FnMut(HistorySize)) {
        see(HistorySize::of("switches", &self.records.switches));
        see(HistorySize::of("adaptations", &self.records.adaptations));
        // A sample a period from the second on. Periods are counted for single controllers only.
        see(self.estimator.window(self.records.periods.saturating_sub(1)));
    }

    // The window stays: it is what the disturbance is estimated from.
    fn clear_records(&mut self) {
        self.records = Records { periods: self.records.periods, ..Records::default() };
    }
}
