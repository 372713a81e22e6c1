//! Sines and cosines of the links' angles.

use crate::elementary::sin_cos;
use crate::real::Real;

/// Sines and cosines of the two angles and of their difference.
#[derive(Debug, Clone, Copy)]
pub struct Angles<R> {
    pub(crate) s1: R,
    pub(crate) c1: R,
    pub(crate) s2: R,
    pub(crate) c2: R,
    pub(crate) s12: R,
    pub(crate) c12: R,
}

impl<R: Real> Angles<R> {
    /// Sines and cosines of `theta1`, `theta2` in rad.
    #[inline(always)]
    pub fn new(theta1: R, theta2: R) -> Self {
        let (s1, c1) = sin_cos(theta1);
        let (s2, c2) = sin_cos(theta2);
        Self { s1, c1, s2, c2, s12: s1 * c2 - c1 * s2, c12: c1 * c2 + s1 * s2 }
    }
}
