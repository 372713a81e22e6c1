//! What the noise of the sensors does to the force.
//!
//! Encoders are taken for white noise of a twelfth of their quantum's square. On quiet loops, where few counts
//! change in a period, they are less: there the variation is overestimated, and slow motion underestimated.

use super::SampledLoop;
use serde::Serialize;
use std::f64::consts::FRAC_2_PI;

/// The force that the sensors' noise alone makes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ForceNoise {
    /// Its standard deviation in N.
    pub deviation: f64,
    /// What it sums to of changes from period to period, in N/s: `sqrt(2/pi)` of the standard deviation of a
    /// change, over the period.
    pub variation: f64,
}

impl SampledLoop {
    /// The variances of all states under the noise of the sensors: the sum of `A^k N A'^k`, doubled term by term.
    /// Nothing where the loop is not stable.
    pub(super) fn covariance(&self) -> Option<nalgebra::DMatrix<f64>> {
        if !self.is_stable(1.0) {
            return None;
        }
        let enters = &self.noise + &self.force * &self.leaving_noise;
        let weights =
            nalgebra::DMatrix::from_diagonal(&nalgebra::DVector::from_row_slice(&self.variances));
        let mut sum = &enters * weights * enters.transpose();
        let mut a = self.closed(1.0);
        for _ in 0..52 {
            let more = &a * &sum * a.transpose();
            let size = sum.norm();
            sum += &more;
            if more.norm() <= 1e-14 * size || !sum.norm().is_finite() {
                break;
            }
            a = &a * &a;
        }
        sum.iter().all(|x| x.is_finite()).then_some(sum)
    }

    /// The force that the noise of the sensors makes; nothing where the loop is not stable.
    pub fn force_noise(&self) -> Option<ForceNoise> {
        let covariance = self.covariance()?;
        let (now, before) = (self.commands, self.commands + 1);
        let change =
            covariance[(now, now)] + covariance[(before, before)] - 2.0 * covariance[(now, before)];
        Some(ForceNoise {
            deviation: covariance[(now, now)].max(0.0).sqrt(),
            variation: (FRAC_2_PI * change.max(0.0)).sqrt() / self.period,
        })
    }
}
