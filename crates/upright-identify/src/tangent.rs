//! A number that carries its derivatives along: what is simulated with it has its own sensitivities.
//!
//! Forward differentiation by dual numbers (W. K. Clifford, 1873): each operation differentiates itself. A comparison
//! looks at the number alone, so the derivative is that of the branch that is taken. Of friction that sticks this is the
//! derivative of its equations where they are solved: a slip that stays zero, or a friction that stays at its bound.

use std::ops::{Add, Div, Mul, Neg, Sub};
use upright_core::Real;

/// A number, and its derivatives by `N` others. What runs over all of these is a function that is called: written out at
/// every operation of a plant's equations it takes three quarters of this crate's compilation, and a fit 6 % less time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tangent<const N: usize> {
    /// The number.
    pub(crate) value: f64,
    /// Its derivatives.
    pub(crate) slope: [f64; N],
}

impl<const N: usize> Tangent<N> {
    /// A number that depends on nothing.
    #[inline(always)]
    pub(crate) fn constant(value: f64) -> Self {
        Self { value, slope: [0.0; N] }
    }

    /// The number that derivative `place` is taken by, whose own derivative by it is `slope`.
    pub(crate) fn variable(value: f64, place: usize, slope: f64) -> Self {
        let mut variable = Self::constant(value);
        variable.slope[place] = slope;
        variable
    }

    /// `value`, with the derivatives of this one times `by`.
    #[inline(never)]
    fn chained(&self, value: f64, by: f64) -> Self {
        Self { value, slope: self.slope.map(|slope| by * slope) }
    }

    /// `value`, with `a` times the derivatives of this one and `b` times those of the other.
    #[inline(never)]
    fn mixed(&self, other: &Self, value: f64, a: f64, b: f64) -> Self {
        let slope = std::array::from_fn(|i| a * self.slope[i] + b * other.slope[i]);
        Self { value, slope }
    }
}

impl<const N: usize> Add for Tangent<N> {
    type Output = Self;
    #[inline(never)]
    fn add(self, other: Self) -> Self {
        let slope = std::array::from_fn(|i| self.slope[i] + other.slope[i]);
        Self { value: self.value + other.value, slope }
    }
}

impl<const N: usize> Sub for Tangent<N> {
    type Output = Self;
    #[inline(never)]
    fn sub(self, other: Self) -> Self {
        let slope = std::array::from_fn(|i| self.slope[i] - other.slope[i]);
        Self { value: self.value - other.value, slope }
    }
}

impl<const N: usize> Mul for Tangent<N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.mixed(&other, self.value * other.value, other.value, self.value)
    }
}

impl<const N: usize> Div for Tangent<N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let (value, per) = (self.value / other.value, 1.0 / other.value);
        self.mixed(&other, value, per, -value * per)
    }
}

impl<const N: usize> Neg for Tangent<N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.chained(-self.value, -1.0)
    }
}

impl<const N: usize> Real for Tangent<N> {
    type Mask = bool;
    type Words = u64;
    const LANES: usize = 1;
    const ROUNDER: f64 = <f64 as Real>::ROUNDER;
    const HALF_PI: [f64; 3] = <f64 as Real>::HALF_PI;
    const LN_2: [f64; 2] = <f64 as Real>::LN_2;

    #[inline(always)]
    fn of(value: f64) -> Self {
        Self::constant(value)
    }
    #[inline(always)]
    fn lane(self, _index: usize) -> f64 {
        self.value
    }
    #[inline(always)]
    fn from_lanes(mut make: impl FnMut(usize) -> f64) -> Self {
        Self::constant(make(0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chained(root, 0.5 / root)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        if self.value.is_sign_negative() { -self } else { self }
    }
    #[inline(always)]
    fn exp2_of_whole(self) -> Self {
        Self::constant(self.value.exp2_of_whole())
    }
    #[inline(always)]
    fn lt(self, other: Self) -> bool {
        self.value < other.value
    }
    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self.value <= other.value
    }
    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn words(self) -> u64 {
        self.value.to_bits()
    }
    #[inline(always)]
    fn of_words(words: u64) -> Self {
        Self::constant(f64::from_bits(words))
    }
    /// A whole number stays where it is while what it was rounded from moves.
    #[inline(always)]
    fn round(self) -> Self {
        Self::constant(Real::round(self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_core::elementary::{sin_cos, tanh};

    /// The derivative of `of` at `x` as it carries it, against that of a central difference.
    fn agrees(x: f64, of: impl Fn(Tangent<2>) -> Tangent<2>) {
        let found = of(Tangent::variable(x, 1, 1.0));
        let at = |x: f64| of(Tangent::constant(x)).value;
        assert_eq!(found.value, at(x));
        let step = 1e-6;
        let expected = (at(x + step) - at(x - step)) / (2.0 * step);
        assert_eq!(found.slope[0], 0.0);
        // Of second order in the step, over the rounding of values about one.
        assert!(
            (found.slope[1] - expected).abs() < 1e-8 * (1.0 + expected.abs()),
            "{x}: {found:?}"
        );
    }

    #[test]
    fn every_operation_differentiates_itself() {
        let c = Tangent::constant;
        for x in [-40.0, -3.0, -0.3, 0.2, 1.1, 4.0, 20.0] {
            agrees(x, |x| x * x + c(3.0) * x - c(1.0));
            agrees(x, |x| (x + c(2.0)) / (x * x + c(1.0)));
            agrees(x, |x| (x * x + c(0.5)).sqrt() - x.abs());
            agrees(x, |x| sin_cos(x).0 * sin_cos(-x).1);
            agrees(x, |x| tanh(c(0.1) * x));
            agrees(x, |x| x.clamp(c(-1.0), c(2.0)) + x.max(c(0.0)) * x);
        }
    }
}
