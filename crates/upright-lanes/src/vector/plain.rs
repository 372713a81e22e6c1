//! The portable vector: one number, of which a pack holds several. What of it the compiler makes
//! vectors of is its own affair; at least the chains of operations run beside each other.

use super::{Bits, Truths, Vector};
use upright_core::{Kernel, Real, Words};

impl Vector for f64 {
    type Truths = bool;
    type Bits = u64;
    const WIDTH: usize = 1;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn from_lanes(mut make: impl FnMut(usize) -> f64) -> Self {
        make(0)
    }
    #[inline(always)]
    fn lane(self, _index: usize) -> f64 {
        self
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self / other
    }
    #[inline(always)]
    fn neg(self) -> Self {
        -self
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Real::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Real::sqrt(self)
    }
    #[inline(always)]
    fn exp2_of_whole(self) -> Self {
        Real::exp2_of_whole(self)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> bool {
        self < other
    }
    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self <= other
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Real::max(self, other)
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Real::min(self, other)
    }
    #[inline(always)]
    fn select(truths: bool, yes: Self, no: Self) -> Self {
        if truths { yes } else { no }
    }
    #[inline(always)]
    fn bits(self) -> u64 {
        self.to_bits()
    }
    #[inline(always)]
    fn of_bits(bits: u64) -> Self {
        Self::from_bits(bits)
    }
    #[inline(never)]
    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }
}

impl Truths for bool {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        value
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }
    #[inline(always)]
    fn not(self) -> Self {
        !self
    }
    #[inline(always)]
    fn all(self) -> bool {
        self
    }
    #[inline(always)]
    fn any(self) -> bool {
        self
    }
}

impl Bits for u64 {
    #[inline(always)]
    fn splat(value: u64) -> Self {
        value
    }
    #[inline(always)]
    fn from_lanes(mut make: impl FnMut(usize) -> u64) -> Self {
        make(0)
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Words::wrapping_add(self, other)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Words::xor(self, other)
    }
    #[inline(always)]
    fn left(self, by: u32) -> Self {
        Words::left(self, by)
    }
    #[inline(always)]
    fn right(self, by: u32) -> Self {
        Words::right(self, by)
    }
}
