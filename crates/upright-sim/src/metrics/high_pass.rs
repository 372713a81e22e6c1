//! The filter behind `chatter_power`.

use upright_core::Real;
use upright_core::elementary::sin_cos;

/// Corner frequency of the filter behind `chatter_power`, in Hz.
pub const CHATTER_CORNER: f64 = 20.0;

/// A second-order Butterworth high-pass filter by the bilinear transform.
#[derive(Debug, Clone, Copy)]
pub(super) struct HighPass<R> {
    b: R,
    a1: R,
    a2: R,
    pub(super) z1: R,
    pub(super) z2: R,
}

impl<R: Real> HighPass<R> {
    /// Absent where the corner is not below half the sampling rate.
    pub(super) fn new(period: f64) -> Option<Self> {
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
    pub(super) fn pass(&mut self, x: R) -> R {
        let bx = self.b * x;
        let y = bx + self.z1;
        self.z1 = self.z2 - (bx + bx) - self.a1 * y;
        self.z2 = bx - self.a2 * y;
        y
    }
}
