//! The metrics of a run under way, summed over a number or a vector of lanes.

mod results;

use super::band::UP;
use super::high_pass::HighPass;
use super::rules::Rules;
use std::f64::consts::FRAC_PI_2;
use upright_core::elementary::nearest_turn;
use upright_core::{Kernel, Mask, Real, State};
use upright_scenario::design_report::is_upright;
use upright_scenario::{Scenario, SettledBand};

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
    /// In the last second: changes of sign of the force's increments, their sum, and periods at the limit.
    turns: R,
    last_variation: R,
    last_at_limit: R,

    /// In a swing-up: the first state since which both angles were up, and the largest rate.
    up_since: R,
    peak_rate: R,
}

const DIVERGED: f64 = 1.0;
const OFF_TRACK: f64 = 2.0;
const FELL: [f64; 2] = [3.0, 4.0];

impl<R: Real> MetricsAccumulator<R> {
    /// Metrics of a scenario's run that has not begun.
    pub fn new(scenario: &Scenario) -> Self {
        let zero = R::zero();
        Self {
            rules: Rules::new(scenario),
            highpass: HighPass::new(scenario.simulation.control_period),
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
        self.rules.go_on_under(scenario);
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
        let away = R::select(angle.le(R::of(UP)), R::zero(), self.periods + R::one());
        self.up_since = self.up_since.max(away);

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
        let moved = change.gt(R::zero());
        let last = index.ge(R::of(self.rules.last));
        // Elsewhere it adds nothing.
        if last.any() {
            let count = |holds| R::select(holds, R::one(), R::zero());
            // By the signs themselves: a product of small changes could vanish.
            let turns = moved
                & self.turn_before.abs().gt(R::zero())
                & (step * self.turn_before.sign()).lt(R::zero());
            self.turns = self.turns + count(last & turns);
            self.last_variation = self.last_variation + R::select(last, change, R::zero());
            self.last_at_limit = self.last_at_limit + count(last & limited);
            let sigma = R::select(last, sigma.abs(), R::zero());
            self.steady_sigma = self.steady_sigma.max(sigma);
        }
        self.turn_before = R::select(moved, step, self.turn_before);
        self.periods = self.periods + R::one();
    }
}
