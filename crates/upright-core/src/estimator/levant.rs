//! The robust exact differentiator of order one, implicitly discretised, an axis by itself.
//!
//! A. Levant, Automatica 34 (1998) 379-384; the implicit step is that of proper discretisations, in which the
//! sign is that of the end of the period (V. Acary, B. Brogliato, Y. Orlov, IEEE Trans. Autom. Control 57 (2012)
//! 1087-1101), so that it does not chatter. With the gains 1.5 and 1.1.

use super::Estimator;
use crate::plant::State;
use crate::real::{Kernel, Mask, Real};

/// Positions and velocities of three axes whose accelerations are bounded.
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
    estimated: State<R>,
    fresh: R::Mask,
}

impl<R: Real> Levant<R> {
    /// For a control period in s and bounds `slope` of the accelerations of `x` in m/s^2 and of both angles in
    /// rad/s^2, above zero.
    pub fn new(period: f64, slope: [f64; 3]) -> Self {
        Self {
            period: R::of(period),
            reach: slope.map(|l| R::of(1.1 * l * period * period)),
            half: slope.map(|l| R::of(0.75 * period) * R::of(l).sqrt()),
            kick: slope.map(|l| R::of(1.1 * period * l)),
            estimated: [R::zero(); 6],
            fresh: Mask::splat(true),
        }
    }
}

impl<R: Real> Estimator<R> for Levant<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        self.estimated = R::run(Step { levant: self, measured });
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
}
