//! Velocities as differences of measured positions, behind a first-order low-pass filter or not.

use super::Estimator;
use crate::elementary::exp_m1;
use crate::plant::State;
use crate::real::{Kernel, Mask, Real};

/// Velocities as backward differences of the positions over one control period.
///
/// At its start there is nothing to take a difference from: the first velocities are zero.
#[derive(Debug, Clone, Copy)]
pub struct Difference<R: Real> {
    period: R,
    /// The part of the way to the difference that the filter goes in a period; 1 without a filter.
    share: R,
    before: [R; 3],
    estimated: State<R>,
    fresh: R::Mask,
}

impl<R: Real> Difference<R> {
    /// Unfiltered, for a control period in s.
    pub fn new(period: f64) -> Self {
        Self::with_share(period, 1.0)
    }

    /// Behind a first-order low-pass filter of the corner frequency `corner` in Hz, sampled exactly.
    pub fn filtered(period: f64, corner: f64) -> Self {
        Self::with_share(period, -exp_m1(-2.0 * core::f64::consts::PI * corner * period))
    }

    fn with_share(period: f64, share: f64) -> Self {
        Self {
            period: R::of(period),
            share: R::of(share),
            before: [R::zero(); 3],
            estimated: [R::zero(); 6],
            fresh: Mask::splat(true),
        }
    }
}

impl<R: Real> Estimator<R> for Difference<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        self.estimated = R::run(Step { difference: self, measured });
        &self.estimated
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.fresh = self.fresh | lanes;
        for x in &mut self.estimated[3..] {
            *x = R::select(lanes, R::zero(), *x);
        }
    }
}

/// One period of an estimator.
struct Step<'a, R: Real> {
    difference: &'a mut Difference<R>,
    measured: &'a State<R>,
}

impl<R: Real> Kernel for Step<'_, R> {
    type Output = State<R>;
    #[inline(always)]
    fn run(self) -> State<R> {
        let Self { difference: Difference { period, share, before, estimated, fresh }, measured } =
            self;
        let mut state = *measured;
        for i in 0..3 {
            let old = R::select(*fresh, measured[i], before[i]);
            before[i] = measured[i];
            let difference = (measured[i] - old) / *period;
            state[3 + i] = estimated[3 + i] + *share * (difference - estimated[3 + i]);
        }
        *fresh = Mask::splat(false);
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_velocity_of_a_ramp_is_its_slope_and_begins_at_zero() {
        let mut estimator = Difference::<f64>::new(0.01);
        assert_eq!(estimator.estimate(&[1.0, 2.0, 3.0, 9.0, 9.0, 9.0])[3..], [0.0; 3]);
        let state = estimator.estimate(&[1.5, 2.0, 2.0, 9.0, 9.0, 9.0]);
        for (found, expected) in state.iter().zip([1.5, 2.0, 2.0, 50.0, 0.0, -100.0]) {
            assert!((found - expected).abs() < 1e-10, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_filter_goes_the_share_of_an_exponential() {
        let (period, corner) = (0.001, 20.0);
        let mut estimator = Difference::<f64>::filtered(period, corner);
        estimator.estimate(&[0.0; 6]);
        for k in 1..=100 {
            let x = f64::from(k) * period;
            let velocity = estimator.estimate(&[x, 0.0, 0.0, 0.0, 0.0, 0.0])[3];
            // A first-order lag sampled exactly: 1 - exp(-2 pi f t).
            let expected = 1.0 - (-2.0 * core::f64::consts::PI * corner * x).exp();
            assert!((velocity - expected).abs() < 1e-9, "{velocity} is not {expected}");
        }
    }

    #[test]
    fn a_reset_estimator_is_a_fresh_one() {
        let mut used = Difference::<f64>::filtered(0.001, 20.0);
        for k in 0..10 {
            used.estimate(&[f64::from(k), 0.3, -0.2, 0.0, 0.0, 0.0]);
        }
        used.reset_lanes(true);
        let mut fresh = Difference::<f64>::filtered(0.001, 20.0);
        for k in 0..10 {
            let measured = [0.1 * f64::from(k * k), 0.3, -0.2, 0.0, 0.0, 0.0];
            assert_eq!(used.estimate(&measured), fresh.estimate(&measured));
        }
    }
}
