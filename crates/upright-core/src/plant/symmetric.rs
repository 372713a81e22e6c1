//! A symmetric 3x3 matrix, solved without pivoting.

use super::state::Vector;
use crate::real::Real;

/// A symmetric 3x3 matrix.
#[derive(Debug, Clone, Copy)]
pub struct Symmetric<R> {
    /// The elements 11, 12, 13, 22, 23, 33.
    pub upper: [R; 6],
}

impl<R: Real> Symmetric<R> {
    /// The solution `x` of `self x = b`, by cofactors: one division, no pivoting. Meant for mass
    /// matrices, which are positive definite and of moderate condition.
    #[inline(always)]
    pub fn solve(&self, b: &Vector<R>) -> Vector<R> {
        let [m11, m12, m13, m22, m23, m33] = self.upper;
        let a11 = m22 * m33 - m23 * m23;
        let a12 = m13 * m23 - m12 * m33;
        let a13 = m12 * m23 - m13 * m22;
        let a22 = m11 * m33 - m13 * m13;
        let a23 = m12 * m13 - m11 * m23;
        let a33 = m11 * m22 - m12 * m12;
        let inverse = R::one() / (m11 * a11 + m12 * a12 + m13 * a13);
        [
            (a11 * b[0] + a12 * b[1] + a13 * b[2]) * inverse,
            (a12 * b[0] + a22 * b[1] + a23 * b[2]) * inverse,
            (a13 * b[0] + a23 * b[1] + a33 * b[2]) * inverse,
        ]
    }
}
