//! What the motion says of the disturbance and of the input gain.
//!
//! Seen through the surface, `(sigma_k - sigma_(k-1)) / (T gain_(k-1)) = rho nu_real_(k-1) + d`
//! with `rho` the true over the modelled input gain. The disturbance is the mean of that less
//! `nu_real` over a sliding window (`rho = 1`), from `sigma` and not from `s`, since dividing by a
//! changing `beta` first would add tens of newtons far out. The gain ratio is the slope of the
//! straight line through the points of the whole force: the equivalent control is added to both
//! sides, since what the true gain makes of it would else be taken for a disturbance that moves
//! with `nu`. The line is fitted by recursive least squares with exponential forgetting, and learns
//! only while the law reaches: on the surface the force answers the disturbance, and the two cannot
//! be told apart. A drift that is modelled wrongly still biases it, which its variance does not
//! tell.

use crate::history::HistorySize;
use crate::law::Sample;
use crate::real::{Mask, Real};
use crate::settings::Range;

/// The largest window of the disturbance estimate, in samples.
pub const MAX_WINDOW: usize = 256;

crate::settings! {
    /// Settings of the estimates in the hybrid law.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
    pub struct EstimatorSettings {
        numbers {
            /// How many samples the disturbance estimate is the mean of.
            window: u32 = 50, "samples", Range::new(1.0, MAX_WINDOW as f64);
            /// The reaching gain is at least this times the estimated disturbance.
            margin: f64 = 1.2, "1", Range::new(0.0, 100.0);
            /// Forgetting factor a period of the input gain estimate.
            forgetting: f64 = 0.99, "1", Range::positive(1.0);
        }
    }
}

/// The present estimates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate<R> {
    /// The disturbance seen through the surface in N.
    pub disturbance: R,
    /// The ratio `rho` of the true to the modelled input gain; 1 until something was learnt.
    pub gain_ratio: R,
    /// The variance of `rho`; 1 until something was learnt.
    pub gain_ratio_variance: R,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct DisturbanceEstimator<R: Real> {
    window: usize,
    margin: R,
    forgetting: R,

    /// The samples of the window; place `head` is the next to be written.
    samples: [R; MAX_WINDOW],
    head: usize,
    /// Samples in the window.
    held: R,
    sum: R,
    /// The sum of the samples since the last whole window, which then replaces `sum`: what
    /// rounding does to a running sum lasts for one window only.
    fresh: R,
    in_fresh: R,

    /// What was seen in the period before, where `ready` holds.
    ready: R::Mask,
    sigma: R,
    gain: R,
    nu_real: R,
    equivalent: R,

    line: Line<R>,
}

/// A straight line fitted recursively: weight, means and centred second moments.
#[derive(Debug, Clone, Copy)]
struct Line<R> {
    weight: R,
    x: R,
    y: R,
    xx: R,
    xy: R,
    yy: R,
}

impl<R: Real> Line<R> {
    fn empty() -> Self {
        let zero = R::zero();
        Self { weight: zero, x: zero, y: zero, xx: zero, xy: zero, yy: zero }
    }

    /// Adds the point `(x, y)` after fading the older ones.
    #[inline(always)]
    fn with(&self, x: R, y: R, forgetting: R) -> Self {
        let weight = forgetting * self.weight + R::one();
        let (dx, dy) = (x - self.x, y - self.y);
        let share = R::one() / weight;
        let (mean_x, mean_y) = (self.x + dx * share, self.y + dy * share);
        Self {
            weight,
            x: mean_x,
            y: mean_y,
            xx: forgetting * self.xx + dx * (x - mean_x),
            xy: forgetting * self.xy + dx * (y - mean_y),
            yy: forgetting * self.yy + dy * (y - mean_y),
        }
    }

    #[inline(always)]
    fn select(lanes: R::Mask, yes: &Self, no: &Self) -> Self {
        Self {
            weight: R::select(lanes, yes.weight, no.weight),
            x: R::select(lanes, yes.x, no.x),
            y: R::select(lanes, yes.y, no.y),
            xx: R::select(lanes, yes.xx, no.xx),
            xy: R::select(lanes, yes.xy, no.xy),
            yy: R::select(lanes, yes.yy, no.yy),
        }
    }

    /// The slope and its variance; one and one while fewer than three points or no spread.
    fn slope(&self) -> (R, R) {
        let freedom = self.weight - R::of(2.0);
        let known = freedom.gt(R::zero()) & self.xx.gt(R::zero());
        let slope = self.xy / self.xx;
        let residual = (self.yy - slope * self.xy).max(R::zero());
        let variance = residual / (freedom * self.xx);
        let one = R::one();
        (R::select(known, slope, one), R::select(known, variance, one))
    }
}

impl<R: Real> DisturbanceEstimator<R> {
    pub(super) fn new(settings: &EstimatorSettings) -> Self {
        let zero = R::zero();
        Self {
            window: (settings.window as usize).clamp(1, MAX_WINDOW),
            margin: R::of(settings.margin),
            forgetting: R::of(settings.forgetting),
            samples: [zero; MAX_WINDOW],
            head: 0,
            held: zero,
            sum: zero,
            fresh: zero,
            in_fresh: zero,
            ready: Mask::splat(false),
            sigma: zero,
            gain: R::one(),
            nu_real: zero,
            equivalent: zero,
            line: Line::empty(),
        }
    }

    /// Takes in what the force of the period before has done. The gain ratio is learnt where
    /// `learns` holds.
    #[inline(always)]
    pub(super) fn observe(&mut self, sample: &Sample<R>, learns: R::Mask) {
        let (zero, one) = (R::zero(), R::one());
        let window = R::of(self.window as f64);
        let ready = self.ready;
        let rate = (sample.sigma - self.sigma) / (sample.period * self.gain);

        let seen = rate - self.nu_real;
        let leaving = R::select(self.held.ge(window), self.samples[self.head], zero);
        self.sum = R::select(ready, (self.sum + seen) - leaving, self.sum);
        self.held = R::select(ready, (self.held + one).min(window), self.held);
        self.samples[self.head] = R::select(ready, seen, self.samples[self.head]);
        self.head = if self.head + 1 == self.window { 0 } else { self.head + 1 };

        self.fresh = R::select(ready, self.fresh + seen, self.fresh);
        self.in_fresh = R::select(ready, self.in_fresh + one, self.in_fresh);
        let whole = self.in_fresh.ge(window);
        self.sum = R::select(whole, self.fresh, self.sum);
        self.fresh = R::select(whole, zero, self.fresh);
        self.in_fresh = R::select(whole, zero, self.in_fresh);

        let learns = ready & learns;
        if learns.any() {
            let (force, answer) = (self.nu_real + self.equivalent, rate + self.equivalent);
            let line = self.line.with(force, answer, self.forgetting);
            self.line = Line::select(learns, &line, &self.line);
        }
    }

    /// Remembers the period for the next [`Self::observe`].
    #[inline(always)]
    pub(super) fn after_saturation(&mut self, sample: &Sample<R>, nu_real: R) {
        self.sigma = sample.sigma;
        self.gain = sample.gain;
        self.nu_real = nu_real;
        self.equivalent = sample.equivalent;
        self.ready = Mask::splat(true);
    }

    #[inline(always)]
    fn disturbance(&self) -> R {
        self.sum / self.held.max(R::one())
    }

    /// The least that the reaching gain should be, in N.
    #[inline(always)]
    pub(super) fn floor(&self) -> R {
        self.margin * self.disturbance().abs()
    }

    /// How large the window is after so many samples.
    pub(super) fn window(&self, pushed: u64) -> HistorySize {
        let length = self.held.lane(0) as usize;
        let pushed = pushed.max(length as u64);
        HistorySize { name: "window", capacity: self.window, length, pushed }
    }

    pub(super) fn estimate(&self) -> Estimate<R> {
        let (gain_ratio, gain_ratio_variance) = self.line.slope();
        Estimate { disturbance: self.disturbance(), gain_ratio, gain_ratio_variance }
    }

    pub(super) fn reset_lanes(&mut self, lanes: R::Mask) {
        let zero = R::zero();
        let clear = |x: &mut R| *x = R::select(lanes, zero, *x);
        clear(&mut self.held);
        clear(&mut self.sum);
        clear(&mut self.fresh);
        clear(&mut self.in_fresh);
        clear(&mut self.sigma);
        clear(&mut self.nu_real);
        clear(&mut self.equivalent);
        self.gain = R::select(lanes, R::one(), self.gain);
        self.ready = self.ready & !lanes;
        self.line = Line::select(lanes, &Line::empty(), &self.line);
        // A sample that left the window still holds a place, but no lane reads one before it has
        // written it anew.
    }
}
