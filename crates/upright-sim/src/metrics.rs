//! What a run is judged by: the verdict and the metrics, each defined once.
//!
//! They are summed as the run goes, over a number or a vector of lanes, so a run of any length
//! needs no record of itself.

use serde::Serialize;
use std::f64::consts::FRAC_PI_2;
use upright_core::elementary::sin_cos;
use upright_core::{Family, Kernel, Mask, Real, State};
use upright_scenario::Scenario;
pub use upright_scenario::design_report::is_upright;

/// Both angles within this are settled, in rad.
pub const SETTLED_ANGLE: f64 = 0.02;
/// The cart within this of its place is settled, in m.
pub const SETTLED_CART: f64 = 0.05;
/// A run is settled that stays so for this long at its end, in s; and so long is the end over
/// which `steady_sigma` is taken.
pub const LAST: f64 = 1.0;
/// Corner frequency of the filter behind `chatter_power`, in Hz.
pub const CHATTER_CORNER: f64 = 20.0;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Inside the settling band for the last second.
    Settled,
    /// Upright throughout, not settled: both links within 90 degrees of upright at every period, whole
    /// turns left aside.
    Balanced,
    /// Neither settled nor upright throughout, though nothing ended the run.
    Down,
    /// A link passed the fall angle.
    Fell,
    /// The cart left the track.
    OffTrack,
    /// The state was no longer finite, or no step of `rk45` was small enough.
    Diverged,
    /// Not controlled, and so not judged.
    Free,
}

impl Verdict {
    /// Every verdict, from the best on.
    pub const ALL: [Self; 7] = [
        Self::Settled,
        Self::Balanced,
        Self::Down,
        Self::Fell,
        Self::OffTrack,
        Self::Diverged,
        Self::Free,
    ];

    /// The verdict of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// The word that results use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Balanced => "balanced",
            Self::Down => "down",
            Self::Fell => "fell",
            Self::OffTrack => "off_track",
            Self::Diverged => "diverged",
            Self::Free => "free",
        }
    }

    /// Whether both links stayed up and the cart on its track.
    pub fn upright(self) -> bool {
        matches!(self, Self::Settled | Self::Balanced)
    }
}

/// When and how a run ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EarlyEnd {
    /// When, in s.
    pub time: f64,
    /// The link that fell, 1 or 2; absent where none did.
    pub link: Option<u8>,
}

/// The metrics of a run. Those of the whole run are absent where it ended early.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metrics {
    /// First time in s after which the state stays within the settling band; absent where the run
    /// did not settle.
    pub settling_time: Option<f64>,
    /// Largest angle of either link in rad.
    pub max_angle: f64,
    /// Largest distance of the cart from its place in m.
    pub max_cart: f64,
    /// Largest force in N.
    pub peak_force: f64,
    /// Root mean square of the force in N.
    pub rms_force: f64,
    /// Integral of the squared force in N^2 s.
    pub effort: f64,
    /// Sum of the changes of the force from period to period in N.
    pub total_variation: f64,
    /// Mean square in N^2, over the second half of the run, of the force behind a second-order
    /// Butterworth high-pass filter at 20 Hz. Absent also where 20 Hz is not below half the
    /// sampling rate.
    pub chatter_power: Option<f64>,
    /// Integral of `theta1^2 + theta2^2 + x^2`.
    pub ise: f64,
    /// Integral of `t (|theta1| + |theta2| + |x|)`.
    pub itae: f64,
    /// Share of the periods in which the force was at its limit.
    pub saturation: f64,
    /// Largest `|sigma|` in the last second.
    pub steady_sigma: Option<f64>,
}

impl Metrics {
    /// Names and units of the metrics, in the order of [`Metrics::values`].
    pub const KEYS: [(&'static str, &'static str); 12] = [
        ("settling_time", "s"),
        ("max_angle", "rad"),
        ("max_cart", "m"),
        ("peak_force", "N"),
        ("rms_force", "N"),
        ("effort", "N^2 s"),
        ("total_variation", "N"),
        ("chatter_power", "N^2"),
        ("ise", ""),
        ("itae", ""),
        ("saturation", "1"),
        ("steady_sigma", ""),
    ];

    /// The metrics in the order of [`Metrics::KEYS`].
    pub fn values(&self) -> [Option<f64>; 12] {
        [
            self.settling_time,
            Some(self.max_angle),
            Some(self.max_cart),
            Some(self.peak_force),
            Some(self.rms_force),
            Some(self.effort),
            Some(self.total_variation),
            self.chatter_power,
            Some(self.ise),
            Some(self.itae),
            Some(self.saturation),
            self.steady_sigma,
        ]
    }
}

/// The sums of a run under way.
#[derive(Debug, Clone)]
pub struct MetricsAccumulator<R: Real> {
    rules: Rules,
    highpass: Option<HighPass<R>>,

    max_angle: R,
    max_cart: R,
    /// The first state since which all were within the settling band.
    inside_since: R,
    ended: R::Mask,
    /// Where a link was more than 90 degrees from upright.
    down: R::Mask,
    /// What ended the run: one of the codes below.
    cause: R,
    /// The period count at the end.
    ended_at: R,

    periods: R,
    peak_force: R,
    squared_force: R,
    variation: R,
    force_before: R,
    chatter: R,
    ise: R,
    itae: R,
    at_limit: R,
    steady_sigma: R,
}

const DIVERGED: f64 = 1.0;
const OFF_TRACK: f64 = 2.0;
const FELL: [f64; 2] = [3.0, 4.0];

/// What the sums need of a scenario.
#[derive(Debug, Clone, Copy)]
struct Rules {
    periods: f64,
    period: f64,
    fall_angle: f64,
    track: f64,
    free: bool,
    max_force: f64,
    /// The period from which the last second counts.
    last: f64,
    /// The period from which the second half counts.
    second_half: f64,
}

/// Whether nothing controls the run, so that hanging links have not fallen.
fn is_free(scenario: &Scenario) -> bool {
    scenario.controller.settings.info().family == Family::Uncontrolled
}

/// A second-order Butterworth high-pass filter by the bilinear transform.
#[derive(Debug, Clone, Copy)]
struct HighPass<R> {
    b: R,
    a1: R,
    a2: R,
    z1: R,
    z2: R,
}

impl<R: Real> HighPass<R> {
    /// Absent where the corner is not below half the sampling rate.
    fn new(period: f64) -> Option<Self> {
        if 2.0 * CHATTER_CORNER * period >= 1.0 {
            return None;
        }
        let (sin, cos) = sin_cos(std::f64::consts::PI * CHATTER_CORNER * period);
        let k = sin / cos;
        let root = std::f64::consts::SQRT_2 * k;
        let b = 1.0 / (1.0 + root + k * k);
        Some(Self {
            b: R::of(b),
            a1: R::of(2.0 * (k * k - 1.0) * b),
            a2: R::of((1.0 - root + k * k) * b),
            z1: R::zero(),
            z2: R::zero(),
        })
    }

    /// One sample (transposed direct form II).
    #[inline(always)]
    fn pass(&mut self, x: R) -> R {
        let bx = self.b * x;
        let y = bx + self.z1;
        self.z1 = self.z2 - (bx + bx) - self.a1 * y;
        self.z2 = bx - self.a2 * y;
        y
    }
}

impl<R: Real> MetricsAccumulator<R> {
    /// Of a scenario's run that has not begun.
    pub fn new(scenario: &Scenario) -> Self {
        let periods = scenario.periods() as f64;
        let period = scenario.simulation.control_period;
        let zero = R::zero();
        Self {
            rules: Rules {
                periods,
                period,
                fall_angle: scenario.simulation.fall_angle,
                track: scenario.plant.track.unwrap_or(f64::INFINITY),
                free: is_free(scenario),
                max_force: scenario.actuator.max_force,
                // At least the last period, where one is longer than that.
                last: (periods - libm::round(LAST / period).max(1.0)).max(0.0),
                second_half: libm::floor(periods / 2.0),
            },
            highpass: HighPass::new(period),
            max_angle: zero,
            max_cart: zero,
            inside_since: zero,
            ended: Mask::splat(false),
            down: Mask::splat(false),
            cause: zero,
            ended_at: zero,
            periods: zero,
            peak_force: zero,
            squared_force: zero,
            variation: zero,
            force_before: zero,
            chatter: zero,
            ise: zero,
            itae: zero,
            at_limit: zero,
            steady_sigma: zero,
        }
    }

    /// Goes on as the run of `scenario`, which is the same under another kind of controller.
    pub(crate) fn go_on_under(&mut self, scenario: &Scenario) {
        self.rules.free = is_free(scenario);
    }

    /// Begins anew in the lanes in `fresh`.
    pub fn reset_lanes(&mut self, fresh: R::Mask) {
        let mut totals = [
            &mut self.max_angle,
            &mut self.max_cart,
            &mut self.inside_since,
            &mut self.cause,
            &mut self.ended_at,
            &mut self.periods,
            &mut self.peak_force,
            &mut self.squared_force,
            &mut self.variation,
            &mut self.force_before,
            &mut self.chatter,
            &mut self.ise,
            &mut self.itae,
            &mut self.at_limit,
            &mut self.steady_sigma,
        ];
        let clear = |x: &mut R| *x = R::select(fresh, R::zero(), *x);
        for total in &mut totals {
            clear(total);
        }
        if let Some(highpass) = &mut self.highpass {
            clear(&mut highpass.z1);
            clear(&mut highpass.z2);
        }
        self.ended = self.ended & !fresh;
        self.down = self.down & !fresh;
    }

    /// How many periods were summed.
    #[inline(always)]
    pub(crate) fn periods_done(&self) -> R {
        self.periods
    }

    /// How many periods of lane `lane` were summed.
    pub fn periods(&self, lane: usize) -> u64 {
        // Counted from zero by ones.
        self.periods.lane(lane) as u64
    }

    /// Takes in the state after as many periods as were summed; answers where the run has ended.
    #[inline(always)]
    pub fn state(&mut self, state: &State<R>) -> R::Mask {
        let [x, theta1, theta2, ..] = *state;
        let (a1, a2, cart) = (theta1.abs(), theta2.abs(), x.abs());
        let angle = a1.max(a2);
        self.max_angle = self.max_angle.max(angle);
        self.max_cart = self.max_cart.max(cart);
        let inside = angle.le(R::of(SETTLED_ANGLE)) & cart.le(R::of(SETTLED_CART));
        let outside = R::select(inside, R::zero(), self.periods + R::one());
        self.inside_since = self.inside_since.max(outside);

        let tilted = angle.gt(R::of(FRAC_PI_2)) & !self.ended & !self.down;
        if tilted.any() {
            core::hint::cold_path();
            R::run(Tilt { accumulator: self, tilted, theta1, theta2 });
        }

        // A sum that is finite has finite terms.
        let sum = x + theta1 + theta2 + (state[3] + state[4] + state[5]);
        let diverged = !sum.finite();
        let off_track = cart.gt(R::of(self.rules.track));
        let fall = R::of(if self.rules.free { f64::INFINITY } else { self.rules.fall_angle });
        // Where either angle is no number, the state has diverged.
        let ends = (diverged | off_track | angle.gt(fall)) & !self.ended;
        if ends.any() {
            core::hint::cold_path();
            R::run(End { accumulator: self, ends, diverged, off_track, fell1: a1.gt(fall) });
        }
        self.ended
    }
}

/// Remembers which of the runs in the lanes `tilted` are not upright, whole turns left aside.
struct Tilt<'a, R: Real> {
    accumulator: &'a mut MetricsAccumulator<R>,
    tilted: R::Mask,
    theta1: R,
    theta2: R,
}

impl<R: Real> Kernel for Tilt<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { accumulator, tilted, theta1, theta2 } = self;
        let lies = |lane: usize| {
            let upright = is_upright(theta1.lane(lane)) && is_upright(theta2.lane(lane));
            if upright { 0.0 } else { 1.0 }
        };
        accumulator.down = accumulator.down | (R::from_lanes(lies).gt(R::zero()) & tilted);
    }
}

/// Remembers how and when the runs in the lanes `ends` have ended.
struct End<'a, R: Real> {
    accumulator: &'a mut MetricsAccumulator<R>,
    ends: R::Mask,
    diverged: R::Mask,
    off_track: R::Mask,
    fell1: R::Mask,
}

impl<R: Real> Kernel for End<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { accumulator, ends, diverged, off_track, fell1 } = self;
        let code = R::select(
            diverged,
            R::of(DIVERGED),
            R::select(
                off_track,
                R::of(OFF_TRACK),
                R::select(fell1, R::of(FELL[0]), R::of(FELL[1])),
            ),
        );
        accumulator.cause = R::select(ends, code, accumulator.cause);
        accumulator.ended_at = R::select(ends, accumulator.periods, accumulator.ended_at);
        accumulator.ended = accumulator.ended | ends;
    }
}

impl<R: Real> MetricsAccumulator<R> {
    /// Takes in a control period: the state at its start, the applied force in N, the sliding
    /// variable.
    #[inline(always)]
    pub fn period(&mut self, state: &State<R>, force: R, sigma: R) {
        let [x, theta1, theta2, ..] = *state;
        let (index, size) = (self.periods, force.abs());
        let time = index * R::of(self.rules.period);
        self.peak_force = self.peak_force.max(size);
        self.squared_force = self.squared_force + force * force;
        let change = R::select(index.gt(R::zero()), (force - self.force_before).abs(), R::zero());
        self.variation = self.variation + change;
        self.force_before = force;
        if let Some(highpass) = &mut self.highpass {
            let passed = highpass.pass(force);
            let counts = index.ge(R::of(self.rules.second_half));
            let square = passed * passed;
            self.chatter = self.chatter + R::select(counts, square, R::zero());
        }
        self.ise = self.ise + (theta1 * theta1 + theta2 * theta2 + x * x);
        self.itae = self.itae + time * (theta1.abs() + theta2.abs() + x.abs());
        let limited = size.ge(R::of(self.rules.max_force));
        self.at_limit = self.at_limit + R::select(limited, R::one(), R::zero());
        let last = index.ge(R::of(self.rules.last));
        let sigma = R::select(last, sigma.abs(), R::zero());
        self.steady_sigma = self.steady_sigma.max(sigma);
        self.periods = self.periods + R::one();
    }

    /// The verdict of lane `lane` after what was summed so far.
    pub fn verdict(&self, lane: usize) -> Verdict {
        let cause = self.cause.lane(lane);
        if cause == DIVERGED {
            Verdict::Diverged
        } else if cause == OFF_TRACK {
            Verdict::OffTrack
        } else if FELL.contains(&cause) {
            Verdict::Fell
        } else if self.rules.free {
            Verdict::Free
        } else if self.complete(lane) && self.inside_since.lane(lane) <= self.rules.last {
            Verdict::Settled
        } else if self.is_down(lane) {
            Verdict::Down
        } else {
            Verdict::Balanced
        }
    }

    fn is_down(&self, lane: usize) -> bool {
        R::select(self.down, R::one(), R::zero()).lane(lane) != 0.0
    }

    fn complete(&self, lane: usize) -> bool {
        self.periods.lane(lane) >= self.rules.periods
    }

    /// When and how lane `lane` ended early, if it did.
    pub fn early_end(&self, lane: usize) -> Option<EarlyEnd> {
        let cause = self.cause.lane(lane);
        let time = self.ended_at.lane(lane) * self.rules.period;
        let link = FELL.iter().zip(1..).find(|(code, _)| **code == cause).map(|(_, link)| link);
        (cause != 0.0).then_some(EarlyEnd { time, link })
    }

    /// The metrics of lane `lane` over what was summed so far.
    pub fn metrics(&self, lane: usize) -> Metrics {
        let Rules { period, second_half, .. } = self.rules;
        let whole = self.complete(lane) && self.cause.lane(lane) == 0.0;
        let count = self.periods.lane(lane).max(1.0);
        let effort = self.squared_force.lane(lane) * period;
        Metrics {
            settling_time: (self.verdict(lane) == Verdict::Settled)
                .then(|| self.inside_since.lane(lane) * period),
            max_angle: self.max_angle.lane(lane),
            max_cart: self.max_cart.lane(lane),
            peak_force: self.peak_force.lane(lane),
            rms_force: (self.squared_force.lane(lane) / count).sqrt(),
            effort,
            total_variation: self.variation.lane(lane),
            chatter_power: self
                .highpass
                .filter(|_| whole)
                .map(|_| self.chatter.lane(lane) / (self.rules.periods - second_half)),
            ise: self.ise.lane(lane) * period,
            itae: self.itae.lane(lane) * period,
            saturation: self.at_limit.lane(lane) / count,
            steady_sigma: whole.then(|| self.steady_sigma.lane(lane)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upright_is_of_the_angles_whatever_the_fall_angle() {
        let mut scenario = Scenario::default();
        scenario.simulation.fall_angle = 100.0;
        let turn = 2.0 * std::f64::consts::PI;
        let verdict = |angles: [f64; 2]| {
            let mut sums = MetricsAccumulator::<f64>::new(&scenario);
            sums.state(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            sums.state(&[0.0, angles[0], angles[1], 0.0, 0.0, 0.0]);
            sums.state(&[0.0, 0.1, 0.0, 0.0, 0.0, 0.0]);
            sums.verdict(0)
        };
        assert_eq!(verdict([1.5, -1.5]), Verdict::Balanced);
        assert_eq!(verdict([turn + 1.5, -3.0 * turn]), Verdict::Balanced);
        assert_eq!(verdict([0.0, 1.6]), Verdict::Down);
        assert_eq!(verdict([turn - 1.6, 0.0]), Verdict::Down);
        assert!(!Verdict::Down.upright());
        assert_eq!(Verdict::of_word("down"), Some(Verdict::Down));
    }
}
