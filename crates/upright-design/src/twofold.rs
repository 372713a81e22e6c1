//! Numbers of twice the precision, each the unevaluated sum of two.
//!
//! Weights that lie far apart leave a Riccati equation whose solution loses most of its digits in
//! plain numbers. T. J. Dekker, Numer. Math. 18 (1971) 224-242: sums, differences, products and
//! quotients with about 32 digits, from plain operations only, so the same on every machine.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high + low`, with `low` below half a unit in the last place of `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Twofold {
    high: f64,
    low: f64,
}

impl Twofold {
    pub(crate) const ZERO: Self = Self { high: 0.0, low: 0.0 };

    pub(crate) fn of(x: f64) -> Self {
        Self { high: x, low: 0.0 }
    }

    /// The nearest plain number.
    pub(crate) fn plain(self) -> f64 {
        self.high
    }

    pub(crate) fn abs(self) -> Self {
        if self.high < 0.0 { -self } else { self }
    }

    /// The sum of two numbers of which the first is not the smaller one.
    fn ordered(large: f64, small: f64) -> Self {
        let high = large + small;
        Self { high, low: small - (high - large) }
    }

    /// The sum of two plain numbers, exactly.
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Self { high, low: (a - (high - part)) + (b - part) }
    }

    /// The product of two plain numbers, exactly where nothing overflows or vanishes.
    fn product(a: f64, b: f64) -> Self {
        let halves = |x: f64| {
            let scaled = 134_217_729.0 * x;
            let high = scaled - (scaled - x);
            (high, x - high)
        };
        let high = a * b;
        let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
        Self { high, low: ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2 }
    }
}

impl Add for Twofold {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let first = Self::ordered(high.high, high.low + low.high);
        Self::ordered(first.high, first.low + low.low)
    }
}

impl Neg for Twofold {
    type Output = Self;
    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Twofold {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Twofold {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let crossed = self.high * other.low + self.low * other.high;
        Self::ordered(product.high, product.low + crossed)
    }
}

impl Div for Twofold {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::of(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::of(second);
        Self::ordered(first, second) + Self::of(rest.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plain_numbers_lose_is_kept() {
        let (one, tiny) = (Twofold::of(1.0), Twofold::of(1e-20));
        assert_eq!(((one + tiny) - one).plain(), 1e-20);
        let third = one / Twofold::of(3.0);
        // A third to 32 digits: three of them miss one by less than 1e-31.
        assert!((third + third + third - one).abs().plain() < 1e-31);
        assert!((third * third * Twofold::of(9.0) - one).abs().plain() < 1e-31);
    }
}
