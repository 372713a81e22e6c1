//! The number that the mathematics is written for.
//!
//! A [`Real`] is one number or a vector of lanes, so comparisons answer a [`Mask`] and branches
//! are selects. Only operations whose result IEEE 754 prescribes to the bit are used (no fused
//! multiply-add), hence a lane computes what a scalar computes.

use core::fmt::Debug;
use core::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// The answer of a comparison: one truth value a lane.
pub trait Mask:
    Copy
    + Debug
    + Send
    + Sync
    + 'static
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + Not<Output = Self>
{
    /// The same truth value in every lane.
    fn splat(value: bool) -> Self;
    /// Whether it holds in every lane.
    fn all(self) -> bool;
    /// Whether it holds in at least one lane.
    fn any(self) -> bool;
}

impl Mask for bool {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        value
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

/// A word of 64 bits a lane, for what numbers are made of: random bits, exponents.
pub trait Words: Copy + Debug + Send + Sync + 'static {
    /// The same word in every lane.
    fn splat(value: u64) -> Self;
    /// A value whose lane `i` is `make(i)`.
    fn from_lanes(make: impl FnMut(usize) -> u64) -> Self;
    /// The sum, modulo 2^64.
    #[must_use]
    fn wrapping_add(self, other: Self) -> Self;
    /// Exclusive or.
    #[must_use]
    fn xor(self, other: Self) -> Self;
    /// Shifted left by `by` bits, fewer than 64.
    #[must_use]
    fn left(self, by: u32) -> Self;
    /// Shifted right by `by` bits, fewer than 64.
    #[must_use]
    fn right(self, by: u32) -> Self;

    /// Rotated left by `by` bits, from 1 to 63.
    #[must_use]
    #[inline(always)]
    fn rotated(self, by: u32) -> Self {
        self.left(by).xor(self.right(64 - by))
    }
}

impl Words for u64 {
    #[inline(always)]
    fn splat(value: u64) -> Self {
        value
    }
    #[inline(always)]
    fn from_lanes(mut make: impl FnMut(usize) -> u64) -> Self {
        make(0)
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn left(self, by: u32) -> Self {
        self << by
    }
    #[inline(always)]
    fn right(self, by: u32) -> Self {
        self >> by
    }
}

/// A piece of mathematics that is compiled as a function of its own, see [`Real::run`].
///
/// Its `run` must be `#[inline(always)]`, and so must what it calls: only what is inlined into the
/// function is compiled for the vector unit.
pub trait Kernel {
    /// What it returns.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// The most lanes that any number type has.
pub const MAX_LANES: usize = 16;

/// What `of(lane)` is for each lane of `R`, asked for once a lane; places beyond the last lane hold the first one's.
/// For values of which many numbers are derived.
pub fn each_lane<R: Real, T: Copy>(of: impl Fn(usize) -> T) -> [T; MAX_LANES] {
    const { assert!(R::LANES <= MAX_LANES, "a number type has at most MAX_LANES lanes") };
    let mut lanes = [of(0); MAX_LANES];
    for (lane, place) in lanes.iter_mut().enumerate().take(R::LANES).skip(1) {
        *place = of(lane);
    }
    lanes
}

/// A single number in every lane of another type.
#[inline(always)]
pub(crate) fn in_all_lanes<R: Real, L: Real>(x: R) -> L {
    L::of(x.lane(0))
}

/// Six of them, as a state has. Written out, since every operation must be inlined into the kernel of a vector unit.
#[inline(always)]
pub(crate) fn each_in_all_lanes<R: Real, L: Real>(numbers: &[R; 6]) -> [L; 6] {
    let [a, b, c, d, e, f] = *numbers;
    [
        in_all_lanes(a),
        in_all_lanes(b),
        in_all_lanes(c),
        in_all_lanes(d),
        in_all_lanes(e),
        in_all_lanes(f),
    ]
}

/// A real number, or a vector of lanes of them: a plain value, which can be kept and sent to another thread.
pub trait Real:
    Copy
    + Debug
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// What a comparison returns.
    type Mask: Mask;
    /// A word a number.
    type Words: Words;

    /// How many numbers one value holds.
    const LANES: usize;

    /// 1.5 times two to the number of fraction bits: adding and subtracting it rounds a number of
    /// moderate size to the nearest integer, ties to even.
    const ROUNDER: f64;
    /// `pi / 2` in three parts; the first two have few enough bits that their product with a whole
    /// number of moderate size is exact.
    const HALF_PI: [f64; 3];
    /// `ln 2` in two parts, the first with few bits.
    const LN_2: [f64; 2];

    /// The same number in every lane, rounded to this type's precision.
    fn of(value: f64) -> Self;
    /// The number of lane `index`. `index` must be below [`Self::LANES`].
    fn lane(self, index: usize) -> f64;
    /// A value whose lane `i` is `make(i)`.
    fn from_lanes(make: impl FnMut(usize) -> f64) -> Self;
    /// Correctly rounded square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// Absolute value.
    #[must_use]
    fn abs(self) -> Self;
    /// Two to the power of `self`, which must be a whole number within the exponents of normal
    /// numbers; otherwise the value is unspecified.
    #[must_use]
    fn exp2_of_whole(self) -> Self;
    /// `self < other`; false where either is not a number.
    fn lt(self, other: Self) -> Self::Mask;
    /// `self <= other`; false where either is not a number.
    fn le(self, other: Self) -> Self::Mask;
    /// `yes` where `mask` holds, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// The bits of the number in double precision.
    fn words(self) -> Self::Words;
    /// The number in double precision that has these bits, rounded to this type's precision.
    fn of_words(words: Self::Words) -> Self;
    /// The number that a word below 2^52 counts, rounded to this type's precision.
    #[must_use]
    #[inline(always)]
    fn of_count(words: Self::Words) -> Self {
        // In a number of 2^52 the last bit counts ones.
        let base = 1_u64 << 52;
        let bits = words.xor(Self::Words::splat((base as f64).to_bits()));
        Self::of_words(bits) - Self::of(base as f64)
    }
    /// `yes` where `mask` holds, else `no`.
    #[must_use]
    #[inline(always)]
    fn select_words(mask: Self::Mask, yes: Self::Words, no: Self::Words) -> Self::Words {
        Self::select(mask, Self::of_words(yes), Self::of_words(no)).words()
    }

    /// Runs `kernel`, the hot loops and whatever is too large or too rare to be inlined into them.
    ///
    /// A vector of machine lanes runs it in a function that is compiled for its vector unit, since
    /// the program around it is compiled for any machine. A single number just runs it.
    #[inline(always)]
    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }

    /// Zero.
    #[inline(always)]
    fn zero() -> Self {
        Self::of(0.0)
    }
    /// One.
    #[inline(always)]
    fn one() -> Self {
        Self::of(1.0)
    }
    /// `self > other`.
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    /// `self >= other`.
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    /// The larger of the two; `self` where either is not a number, so that a state that is not
    /// finite shows.
    #[must_use]
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(self.lt(other), other, self)
    }
    /// The smaller of the two; `self` where either is not a number.
    #[must_use]
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(other.lt(self), other, self)
    }
    /// Limited to `low ..= high`; not a number stays so.
    #[must_use]
    #[inline(always)]
    fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
    /// +1 where `self >= 0`, -1 elsewhere.
    #[must_use]
    #[inline(always)]
    fn sign(self) -> Self {
        Self::select(self.ge(Self::zero()), Self::one(), -Self::one())
    }
    /// The nearest whole number, ties to even, for `|self|` up to a quarter of [`Self::ROUNDER`].
    #[must_use]
    #[inline(always)]
    fn round(self) -> Self {
        let rounder = Self::of(Self::ROUNDER);
        (self + rounder) - rounder
    }
    /// Where the number is finite.
    #[inline(always)]
    fn finite(self) -> Self::Mask {
        self.abs().lt(Self::of(f64::INFINITY))
    }
}

macro_rules! scalar {
    ($float:ident, $bits:ident, $libm_sqrt:path, $fraction:literal, $bias:literal,
     $rounder:expr, $half_pi:expr, $ln_2:expr) => {
        impl Real for $float {
            type Mask = bool;
            type Words = u64;
            const LANES: usize = 1;
            const ROUNDER: f64 = $rounder;
            const HALF_PI: [f64; 3] = $half_pi;
            const LN_2: [f64; 2] = $ln_2;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn lane(self, _index: usize) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn from_lanes(mut make: impl FnMut(usize) -> f64) -> Self {
                make(0) as $float
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                #[cfg(any(feature = "std", test))]
                let root = $float::sqrt(self);
                #[cfg(not(any(feature = "std", test)))]
                let root = $libm_sqrt(self);
                root
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn exp2_of_whole(self) -> Self {
                $float::from_bits(((self as i32 + $bias) as $bits) << $fraction)
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
            fn select(mask: bool, yes: Self, no: Self) -> Self {
                if mask { yes } else { no }
            }
            #[inline(always)]
            fn words(self) -> u64 {
                f64::from(self).to_bits()
            }
            #[inline(always)]
            fn of_words(words: u64) -> Self {
                f64::from_bits(words) as $float
            }
            #[inline(always)]
            fn of_count(words: u64) -> Self {
                words as $float
            }
            #[inline(always)]
            fn select_words(mask: bool, yes: u64, no: u64) -> u64 {
                if mask { yes } else { no }
            }
        }
    };
}

scalar!(
    f64,
    u64,
    libm::sqrt,
    52,
    1023,
    6755399441055744.0,
    [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21],
    [0.6931471804855391, 7.440617110012397e-11]
);
scalar!(
    f32,
    u32,
    libm::sqrtf,
    23,
    127,
    12582912.0,
    [1.570770263671875, 2.6063062250614166e-05, 6.077100506506192e-11],
    [0.693145751953125, 1.4286068203094173e-06]
);

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn rounding_goes_to_the_nearest_even() {
        let rounded: Vec<f64> =
            [0.5, 1.5, 2.5, -0.5, -1.5, 3.49, -7.51].into_iter().map(Real::round).collect();
        assert_eq!(rounded, [0.0, 2.0, 2.0, 0.0, -2.0, 3.0, -8.0]);
    }

    #[test]
    fn limits_let_not_a_number_through() {
        assert!(Real::clamp(f64::NAN, -1.0, 1.0).is_nan());
        assert!(!Real::finite(f64::NAN));
        assert!(!Real::finite(f64::INFINITY));
        assert!(Real::finite(-1e308_f64));
    }

    #[test]
    fn libm_and_std_agree_on_the_square_root() {
        for i in 0..10_000_u64 {
            let x = f64::from_bits(0x3FE0_0000_0000_0000 + i * 0x0000_00A1_2345_6789);
            assert_eq!(libm::sqrt(x).to_bits(), f64::sqrt(x).to_bits());
        }
    }
}
