//! The robust exact differentiator of order one or two, implicitly discretised, an axis by itself.
//!
//! A. Levant, Automatica 34 (1998) 379-384 and Int. J. Control 76 (2003) 924-941; the implicit step is that of proper
//! discretisations, in which the sign is that of the end of the period (V. Acary, B. Brogliato, Y. Orlov, IEEE Trans.
//! Autom. Control 57 (2012) 1087-1101), so that it does not chatter. With the gains 1.5 and 1.1 of order one, 2, 2.12
//! and 1.1 of order two. The velocity of an implicit step of order two is late by half a period of the acceleration,
//! which is added to what it shows: so it is exact where the acceleration is constant.

use super::Estimator;
use crate::plant::State;
use crate::real::{Kernel, Mask, Real};

/// Newton's steps for the root of order two. From above they are monotonic, and while the cubic term rules each takes
/// a third off: enough from 1e12 times the reach.
const STEPS: usize = 24;

/// What an axis of order two is made of.
#[derive(Debug, Clone, Copy)]
struct Second<R> {
    /// `T^3 L`: the unit of the error.
    unit: R,
    /// `1.1 T L`, and `2.12 T^2 L`.
    kicks: [R; 2],
}

/// Positions and velocities of three axes whose accelerations (order one) or their rates (order two) are bounded.
///
/// Its first state is the first measurement at rest.
#[derive(Debug, Clone, Copy)]
pub struct Levant<R: Real> {
    period: R,
    /// `1.1 L T^2` of each axis: what the correction can move within a period.
    reach: [R; 3],
    /// `0.75 T sqrt(L)`.
    half: [R; 3],
    /// `1.1 T L`.
    kick: [R; 3],
    /// What a differentiator of order two has besides.
    second: Option<[Second<R>; 3]>,
    /// Its velocities as its steps have them, and its accelerations.
    inner: [[R; 2]; 3],
    estimated: State<R>,
    fresh: R::Mask,
}

impl<R: Real> Levant<R> {
    /// A differentiator of order one, for a control period in s and bounds `slope` of the accelerations of `x` in m/s^2 and of both
    /// angles in rad/s^2, above zero.
    pub fn new(period: f64, slope: [f64; 3]) -> Self {
        Self {
            period: R::of(period),
            reach: slope.map(|l| R::of(1.1 * l * period * period)),
            half: slope.map(|l| R::of(0.75 * period) * R::of(l).sqrt()),
            kick: slope.map(|l| R::of(1.1 * period * l)),
            second: None,
            inner: [[R::zero(); 2]; 3],
            estimated: [R::zero(); 6],
            fresh: Mask::splat(true),
        }
    }

    /// Returns one of order two, for bounds `slope` of the rates of the accelerations, in m/s^3 and rad/s^3, above
    /// zero.
    pub fn of_second_order(period: f64, slope: [f64; 3]) -> Self {
        let second = slope.map(|l| Second {
            unit: R::of(period * period * period * l),
            kicks: [R::of(1.1 * period * l), R::of(2.12 * period * period * l)],
        });
        Self { second: Some(second), ..Self::new(period, slope) }
    }
}

impl<R: Real> Estimator<R> for Levant<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        self.estimated = if self.second.is_some() {
            R::run(SecondStep { levant: self, measured })
        } else {
            R::run(Step { levant: self, measured })
        };
        &self.estimated
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.fresh = self.fresh | lanes;
    }
}

struct Step<'a, R: Real> {
    levant: &'a mut Levant<R>,
    measured: &'a State<R>,
}

impl<R: Real> Kernel for Step<'_, R> {
    type Output = State<R>;
    #[inline(always)]
    fn run(self) -> State<R> {
        let Self { levant, measured } = self;
        let mut state = *measured;
        let mut i = 0;
        while i < 3 {
            let position = R::select(levant.fresh, measured[i], levant.estimated[i]);
            let velocity = R::select(levant.fresh, R::zero(), levant.estimated[3 + i]);
            let e = position + levant.period * velocity - measured[i];
            let beyond = e.abs() - levant.reach[i];
            let within = beyond.le(R::zero());
            let xi = R::select(within, e / levant.reach[i], e.sign());
            let half = levant.half[i];
            // The root that is zero at the edge, in the form that loses no digits there.
            let beyond = beyond.max(R::zero());
            let r = beyond / (half + (half * half + beyond).sqrt());
            state[i] = measured[i] + r * r * xi;
            state[3 + i] = velocity - levant.kick[i] * xi;
            i += 1;
        }
        levant.fresh = Mask::splat(false);
        state
    }
}

struct SecondStep<'a, R: Real> {
    levant: &'a mut Levant<R>,
    measured: &'a State<R>,
}

/// The root `r >= 0` of `r^3 + 2 r^2 + 2.12 r + 1.1 = c` for `c >= 1.1`, by Newton's method from above.
#[inline(always)]
fn root<R: Real>(c: R) -> R {
    let rest = (c - R::of(1.1)).max(R::zero());
    // Each of two terms alone is no more than all of them.
    let mut r = (rest * R::of(1.0 / 2.12)).min((R::of(0.5) * rest).sqrt());
    let mut i = 0;
    while i < STEPS {
        let value = ((r + R::of(2.0)) * r + R::of(2.12)) * r - rest;
        let slope = (R::of(3.0) * r + R::of(4.0)) * r + R::of(2.12);
        r = (r - value / slope).max(R::zero());
        i += 1;
    }
    r
}

impl<R: Real> Kernel for SecondStep<'_, R> {
    type Output = State<R>;
    #[inline(always)]
    fn run(self) -> State<R> {
        let Self { levant, measured } = self;
        let mut state = *measured;
        let Some(second) = levant.second else { return state };
        let period = levant.period;
        let mut i = 0;
        while i < 3 {
            let Second { unit, kicks: [kick, kick_root] } = second[i];
            let zero = R::zero();
            let position = R::select(levant.fresh, measured[i], levant.estimated[i]);
            let velocity = R::select(levant.fresh, zero, levant.inner[i][0]);
            let acceleration = R::select(levant.fresh, zero, levant.inner[i][1]);
            // The implicit step: the velocity of its end moves the position.
            let e = position + period * (velocity + period * acceleration) - measured[i];
            let c = e.abs() / unit;
            let within = c.le(R::of(1.1));
            let xi = R::select(within, c * R::of(1.0 / 1.1), R::one()) * e.sign();
            let r = R::select(within, zero, root(c.max(R::of(1.1))));
            let acceleration = acceleration - kick * xi;
            let velocity = velocity + period * acceleration - kick_root * r * xi;
            levant.inner[i] = [velocity, acceleration];
            state[i] = measured[i] + unit * (r * r * r) * xi;
            state[3 + i] = velocity + R::of(0.5) * period * acceleration;
            i += 1;
        }
        levant.fresh = Mask::splat(false);
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_velocity_of_a_motion_of_bounded_acceleration_becomes_exact() {
        let period = 0.001;
        let mut estimator = Levant::<f64>::new(period, [2.0, 40.0, 40.0]);
        let mut worst = 0.0_f64;
        for k in 0..4000 {
            let t = f64::from(k) * period;
            let y = [0.5 * (2.0 * t).sin(), (5.0 * t).sin(), 1.0 + t, 0.0, 0.0, 0.0];
            let found = estimator.estimate(&y);
            if t > 2.0 {
                let exact = [(2.0 * t).cos(), 5.0 * (5.0 * t).cos(), 1.0];
                for i in 0..3 {
                    worst = worst.max((found[3 + i] - exact[i]).abs());
                }
            }
        }
        // Without noise only the period is left: an acceleration of 25 rad/s^2 over 1 ms, twice.
        assert!(worst < 0.05, "{worst}");
    }

    #[test]
    fn the_root_of_order_two_solves_its_cubic_over_twelve_decades() {
        for exponent in -6..=12 {
            let c = 1.1 + 10f64.powi(exponent);
            let r = root(c);
            let left = ((r + 2.0) * r + 2.12) * r + 1.1;
            assert!((left / c - 1.0).abs() < 1e-12, "{c}: {r}");
        }
        assert_eq!(root(1.1), 0.0);
    }

    #[test]
    fn order_two_is_exact_where_the_acceleration_is_constant_and_better_than_order_one_elsewhere() {
        let period = 0.001;
        let mut estimator = Levant::<f64>::of_second_order(period, [50.0; 3]);
        let mut other = Levant::<f64>::new(period, [40.0; 3]);
        let mut worst = [0.0_f64; 2];
        for k in 0..6000 {
            let t = f64::from(k) * period;
            let y = [1.5 * t * t, (3.0 * t).sin(), 1.0 + t, 0.0, 0.0, 0.0];
            let found = *estimator.estimate(&y);
            let first = *other.estimate(&y);
            if t > 3.0 {
                // An acceleration of 3 that never changes; positions of 50 carry 1e-14, a period's share 1e-11.
                assert!((found[3] - 3.0 * t).abs() < 1e-8, "{}", found[3] - 3.0 * t);
                let exact = 3.0 * (3.0 * t).cos();
                worst = [
                    worst[0].max((found[4] - exact).abs()),
                    worst[1].max((first[4] - exact).abs()),
                ];
            }
        }
        // A third derivative of 27 over a period's square against a second one of 9 over half a period.
        assert!(worst[0] < 1e-2 * worst[1], "{worst:?}");
    }
}
