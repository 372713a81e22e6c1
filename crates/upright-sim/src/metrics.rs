//! What a run is judged by: the verdict and the metrics, each defined once.
//!
//! They are summed as the run goes, over a number or a vector of lanes, so a run of any length
//! needs no record of itself.

use crate::tracking::TrackingMetrics;
use serde::Serialize;
use std::f64::consts::FRAC_PI_2;
use upright_core::elementary::{nearest_turn, sin_cos};
use upright_core::swing_up::Counts;
use upright_core::{Family, Kernel, Mask, Real, State};
pub use upright_scenario::design_report::is_upright;
use upright_scenario::{Scenario, SettledBand};

/// So long is the end, in s, over which `steady_sigma` is taken and a force is judged.
pub const LAST: f64 = 1.0;
/// A force chatters over the last second whose increments change their sign more often than this in a second, and
/// whose changes sum to more than [`CHATTERING_VARIATION`].
pub const CHATTERING_TURNS: f64 = 20.0;
/// Changes of a force that chatters, in limits of the actuator a second.
pub const CHATTERING_VARIATION: f64 = 20.0;
/// A force chatters too that is at its limit in more than this share of the last second.
pub const CHATTERING_LIMITED: f64 = 0.2;
/// Both angles within this are up, in rad.
pub const UP: f64 = 0.1;
/// Corner frequency of the filter behind `chatter_power`, in Hz.
pub const CHATTER_CORNER: f64 = 20.0;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Inside the settling band to the end, for as long as `simulation.settled` asks: by default a second.
    Settled,
    /// Upright throughout, not settled: both links within 90 degrees of upright at every period, whole
    /// turns left aside.
    Balanced,
    /// Upright, settled or not, under a force that shakes in the last second: its increments change their sign at
    /// least 20 times a second and sum to more than 20 limits of the actuator a second, or it is at its limit for
    /// more than a fifth of it.
    Chattering,
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
    pub const ALL: [Self; 8] = [
        Self::Settled,
        Self::Balanced,
        Self::Chattering,
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
            Self::Chattering => "chattering",
            Self::Down => "down",
            Self::Fell => "fell",
            Self::OffTrack => "off_track",
            Self::Diverged => "diverged",
            Self::Free => "free",
        }
    }

    /// Whether both links stayed up and the cart on its track.
    pub fn upright(self) -> bool {
        matches!(self, Self::Settled | Self::Balanced | Self::Chattering)
    }

    /// Whether they did so under a force that does not chatter.
    pub fn calm(self) -> bool {
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
    /// did not come to stay there, whether its force chatters or not.
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
    /// Largest `|sigma|` in the last second; absent also where there is no surface.
    pub steady_sigma: Option<f64>,
    /// What there is besides of a swing-up.
    #[serde(flatten)]
    pub swing_up: Option<SwingUp>,
    /// What there is besides of a run that follows a reference.
    #[serde(flatten)]
    pub tracking: Option<TrackingMetrics>,
}

/// What a swing-up is judged by, beside what every run is. Its angles are those from upright, whole turns left
/// aside, in the other metrics too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SwingUp {
    /// First time in s after which both angles stay within 0.1 rad to the end; absent where they do not.
    pub swing_up_time: Option<f64>,
    /// Plans that were made.
    pub plans: u32,
    /// Plans that were followed.
    pub tries: u32,
    /// Control periods in which the guard of the track had another force than was wanted.
    pub guard_periods: u64,
    /// Largest rate of either link in rad/s.
    pub peak_rate: f64,
}

impl Metrics {
    /// Names and units of the metrics, in the order of [`Metrics::values`].
    pub const KEYS: [(&'static str, &'static str); 23] = [
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
        ("swing_up_time", "s"),
        ("plans", ""),
        ("tries", ""),
        ("guard_periods", ""),
        ("peak_rate", "rad/s"),
        TrackingMetrics::KEYS[0],
        TrackingMetrics::KEYS[1],
        TrackingMetrics::KEYS[2],
        TrackingMetrics::KEYS[3],
        TrackingMetrics::KEYS[4],
        TrackingMetrics::KEYS[5],
    ];

    /// The places in [`Metrics::KEYS`] of what there is of a run: that of swing-ups only where it `swings_up`, that of
    /// references only where it `follows` one.
    pub fn places(swings_up: bool, follows: bool) -> impl Iterator<Item = usize> {
        (0..Self::KEYS.len()).filter(move |place| match place {
            0..12 => true,
            12..17 => swings_up,
            _ => follows,
        })
    }

    /// The metrics in the order of [`Metrics::KEYS`].
    pub fn values(&self) -> [Option<f64>; 23] {
        let swing_up = self.swing_up.as_ref();
        let [arrival, rise, beyond, back, rms, peak] =
            self.tracking.as_ref().map_or([None; 6], TrackingMetrics::values);
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
            swing_up.and_then(|own| own.swing_up_time),
            swing_up.map(|own| f64::from(own.plans)),
            swing_up.map(|own| f64::from(own.tries)),
            swing_up.map(|own| own.guard_periods as f64),
            swing_up.map(|own| own.peak_rate),
            arrival,
            rise,
            beyond,
            back,
            rms,
            peak,
        ]
    }
}

/// The sums of a run under way.
#[derive(Debug, Clone)]
pub struct MetricsAccumulator<R: Real> {
    rules: Rules,
    highpass: Option<HighPass<R>>,

    /// Where the cart is to be at the next state.
    goal: R,
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
    /// The last change of the force that was none of zero.
    turn_before: R,
    /// Of the last second: changes of sign of the force's increments, their sum, and periods at the limit.
    turns: R,
    last_variation: R,
    last_at_limit: R,

    /// Of a swing-up: the first state since which both angles were up, and the largest rate.
    up_since: R,
    peak_rate: R,
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
    /// Whether there is a sliding variable.
    slides: bool,
    /// Whether angles are counted from the nearest upright, and none is a fall.
    turns: bool,
    max_force: f64,
    settled: SettledBand,
    /// The period from which a state must be within the settling band.
    held: f64,
    /// The period from which the last second counts.
    last: f64,
    /// The period from which the second half counts.
    second_half: f64,
}

/// Whether nothing controls the run, so that hanging links have not fallen.
fn is_free(scenario: &Scenario) -> bool {
    scenario.controller.settings.info().family == Family::Uncontrolled
}

/// Whether the controller of a scenario has a surface, which some kinds do without.
fn slides(scenario: &Scenario) -> bool {
    scenario.controller.settings.info().family == Family::SlidingMode
        || scenario.context().is_ok_and(|context| context.has_surface())
}

/// Whether the run may go through whole turns, and no angle is a fall.
fn turns(scenario: &Scenario) -> bool {
    scenario.controller.settings.info().family == Family::SwingUp
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
    /// Metrics of a scenario's run that has not begun.
    pub fn new(scenario: &Scenario) -> Self {
        let periods = scenario.periods() as f64;
        let period = scenario.simulation.control_period;
        let zero = R::zero();
        // At least the last period, where one is longer than that.
        let end = |seconds: f64| (periods - libm::round(seconds / period).max(1.0)).max(0.0);
        let settled = scenario.simulation.settled;
        Self {
            rules: Rules {
                periods,
                period,
                fall_angle: scenario.simulation.fall_angle,
                track: scenario.plant.track.unwrap_or(f64::INFINITY),
                free: is_free(scenario),
                slides: slides(scenario),
                turns: turns(scenario),
                max_force: scenario.actuator.max_force,
                settled,
                held: end(settled.hold),
                last: end(LAST),
                second_half: libm::floor(periods / 2.0),
            },
            highpass: HighPass::new(period),
            goal: zero,
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
            turn_before: zero,
            turns: zero,
            last_variation: zero,
            last_at_limit: zero,
            up_since: zero,
            peak_rate: zero,
        }
    }

    /// Goes on as the run of `scenario`, which is the same under another kind of controller.
    pub(crate) fn go_on_under(&mut self, scenario: &Scenario) {
        self.rules.free = is_free(scenario);
        self.rules.slides = slides(scenario);
        self.rules.turns = turns(scenario);
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
            &mut self.turn_before,
            &mut self.turns,
            &mut self.last_variation,
            &mut self.last_at_limit,
            &mut self.up_since,
            &mut self.peak_rate,
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

    /// Says where the cart is to be, in m, from the next state on: it settles there, and `ise` and `itae` are of its
    /// distance from there. At first it is to be where the track begins.
    pub fn aim(&mut self, goal: R) {
        self.goal = goal;
    }

    /// Takes in the state after as many periods as were summed; returns where the run has ended.
    #[inline(always)]
    pub fn state(&mut self, state: &State<R>) -> R::Mask {
        let [x, mut theta1, mut theta2, ..] = *state;
        if self.rules.turns {
            core::hint::cold_path();
            [theta1, theta2] = R::run(Turning { accumulator: self, state });
        }
        let (a1, a2, cart) = (theta1.abs(), theta2.abs(), x.abs());
        let angle = a1.max(a2);
        self.max_angle = self.max_angle.max(angle);
        self.max_cart = self.max_cart.max(cart);
        let off = (x - self.goal).abs();
        let SettledBand { angle: lean, position, .. } = self.rules.settled;
        let inside = angle.le(R::of(lean)) & off.le(R::of(position));
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
        let fall = R::of(if self.rules.free || self.rules.turns {
            f64::INFINITY
        } else {
            self.rules.fall_angle
        });
        // Where either angle is no number, the state has diverged.
        let ends = (diverged | off_track | angle.gt(fall)) & !self.ended;
        if ends.any() {
            core::hint::cold_path();
            R::run(End { accumulator: self, ends, diverged, off_track, fell1: a1.gt(fall) });
        }
        self.ended
    }
}

/// Takes in what is of swing-ups only; the angles from the nearest upright.
struct Turning<'a, R: Real> {
    accumulator: &'a mut MetricsAccumulator<R>,
    state: &'a State<R>,
}

impl<R: Real> Kernel for Turning<'_, R> {
    type Output = [R; 2];
    #[inline(always)]
    fn run(self) -> [R; 2] {
        let Self { accumulator, state: &[_, theta1, theta2, _, w1, w2] } = self;
        let (theta1, theta2) = (theta1 - nearest_turn(theta1), theta2 - nearest_turn(theta2));
        accumulator.peak_rate = accumulator.peak_rate.max(w1.abs()).max(w2.abs());
        let up = theta1.abs().max(theta2.abs()).le(R::of(UP));
        let down = R::select(up, R::zero(), accumulator.periods + R::one());
        accumulator.up_since = accumulator.up_since.max(down);
        [theta1, theta2]
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
        let [x, mut theta1, mut theta2, ..] = *state;
        // Without a goal, the same to the bit.
        let x = x - self.goal;
        if self.rules.turns {
            theta1 = theta1 - nearest_turn(theta1);
            theta2 = theta2 - nearest_turn(theta2);
        }
        let (index, size) = (self.periods, force.abs());
        let time = index * R::of(self.rules.period);
        self.peak_force = self.peak_force.max(size);
        self.squared_force = self.squared_force + force * force;
        let step = R::select(index.gt(R::zero()), force - self.force_before, R::zero());
        let change = step.abs();
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
        // By the signs themselves: a product of small changes could vanish.
        let turns = change.gt(R::zero())
            & self.turn_before.abs().gt(R::zero())
            & (step * self.turn_before.sign()).lt(R::zero());
        self.turns = self.turns + R::select(last & turns, R::one(), R::zero());
        self.turn_before = R::select(change.gt(R::zero()), step, self.turn_before);
        self.last_variation = self.last_variation + R::select(last, change, R::zero());
        self.last_at_limit = self.last_at_limit + R::select(last & limited, R::one(), R::zero());
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
        } else if self.is_down(lane) && !self.settles(lane) {
            Verdict::Down
        } else if self.chatters(lane) {
            Verdict::Chattering
        } else if self.settles(lane) {
            Verdict::Settled
        } else {
            Verdict::Balanced
        }
    }

    /// Whether the state is inside the settling band to the end, for as long as is asked.
    fn settles(&self, lane: usize) -> bool {
        self.complete(lane) && self.inside_since.lane(lane) <= self.rules.held
    }

    /// Whether the force shakes in the last second, as far as that has been summed.
    fn chatters(&self, lane: usize) -> bool {
        let Rules { periods, period, last, max_force, .. } = self.rules;
        let seconds = (periods - last) * period;
        let shakes = self.turns.lane(lane) >= CHATTERING_TURNS * seconds
            && self.last_variation.lane(lane) > CHATTERING_VARIATION * max_force * seconds;
        shakes || self.last_at_limit.lane(lane) > CHATTERING_LIMITED * (periods - last)
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

    /// The metrics of lane `lane` over what was summed so far; `counts` are what a swing-up did.
    pub fn metrics(&self, lane: usize, counts: Option<Counts>) -> Metrics {
        let Rules { period, second_half, .. } = self.rules;
        let whole = self.complete(lane) && self.cause.lane(lane) == 0.0;
        let count = self.periods.lane(lane).max(1.0);
        let effort = self.squared_force.lane(lane) * period;
        Metrics {
            settling_time: (whole && !self.rules.free && self.settles(lane))
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
            steady_sigma: (whole && self.rules.slides).then(|| self.steady_sigma.lane(lane)),
            swing_up: counts.map(|counts| {
                let (since, periods) = (self.up_since.lane(lane), self.periods.lane(lane));
                SwingUp {
                    swing_up_time: (whole && since <= periods).then_some(since * period),
                    plans: counts.plans,
                    tries: counts.tries,
                    guard_periods: counts.guard_periods,
                    peak_rate: self.peak_rate.lane(lane),
                }
            }),
            // Summed beside these.
            tracking: None,
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
