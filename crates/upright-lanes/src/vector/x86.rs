//! The vectors of x86-64: AVX-512, AVX2 and SSE2.
//!
//! Every operation is one that IEEE 754 prescribes to the bit, or moves bits. Where `max` and `min`
//! are single instructions, their second operand is what they answer where the comparison does not
//! hold, signed zeros and NaN included, and so it is `self`.
//!
//! An operation is inlined into the kernel that [`Vector::run`] compiles for the unit. Outside of
//! one the program is compiled for any machine, and there it becomes a call.
#![allow(unsafe_code)]
// The names of the instructions, each of which stands once below.
#![allow(clippy::wildcard_imports)]

use super::{Bits, Truths, Vector};
use core::arch::x86_64::*;
use upright_core::Kernel;

/// Calls an instruction of the unit.
macro_rules! unit {
    ($instruction:expr) => {
        // SAFETY: a value of this type, and code that is generic over it, exist only behind
        // `dispatch`, which has found that the machine has the unit.
        unsafe { $instruction }
    };
}

/// What does not differ between the units but for the names of the instructions.
macro_rules! vector {
    ($vector:ty, $truths:ty, $width:literal, features: $features:literal,
     add: $add:ident, sub: $sub:ident, mul: $mul:ident, div: $div:ident, sqrt: $sqrt:ident,
     max: $max:ident, min: $min:ident, splat: $splat:ident,
     lt: $lt:expr, le: $le:expr, select: $select:expr, xor: $xor:expr, and: $and:expr,
     shift: $shift:expr, bits: $bits:ty, as_bits: $as_bits:ident, of_bits: $of_bits:ident) => {
        impl Vector for $vector {
            type Truths = $truths;
            type Bits = $bits;
            const WIDTH: usize = $width;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                unit!($splat(value))
            }
            #[inline(always)]
            fn from_lanes(mut make: impl FnMut(usize) -> f64) -> Self {
                // By hand: the library's function over arrays brings six more with it for each closure.
                let (mut numbers, mut lane) = ([0.0_f64; $width], 0);
                while lane < $width {
                    numbers[lane] = make(lane);
                    lane += 1;
                }
                // SAFETY: both are the same number of doubles in a row, and any bits are one.
                unsafe { core::mem::transmute(numbers) }
            }
            #[inline(always)]
            fn lane(self, index: usize) -> f64 {
                // SAFETY: as above.
                let numbers: [f64; $width] = unsafe { core::mem::transmute(self) };
                numbers[index]
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                unit!($add(self, other))
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                unit!($sub(self, other))
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                unit!($mul(self, other))
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                unit!($div(self, other))
            }
            #[inline(always)]
            fn neg(self) -> Self {
                unit!($xor(self, $splat(-0.0)))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                unit!($and(self, $splat(f64::from_bits(u64::MAX >> 1))))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                unit!($sqrt(self))
            }
            #[inline(always)]
            fn exp2_of_whole(self) -> Self {
                // Added to 2^52 a whole number stands in the lowest bits; from there it is moved
                // to the exponent, and what lay above it falls out.
                unit!($shift($add(self, $splat((1_u64 << 52) as f64 + 1023.0))))
            }
            #[inline(always)]
            fn lt(self, other: Self) -> $truths {
                unit!($lt(self, other))
            }
            #[inline(always)]
            fn le(self, other: Self) -> $truths {
                unit!($le(self, other))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                unit!($max(other, self))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                unit!($min(other, self))
            }
            #[inline(always)]
            fn select(truths: $truths, yes: Self, no: Self) -> Self {
                unit!($select(truths, yes, no))
            }
            #[inline(always)]
            fn bits(self) -> $bits {
                unit!($as_bits(self))
            }
            #[inline(always)]
            fn of_bits(bits: $bits) -> Self {
                unit!($of_bits(bits))
            }
            #[inline(always)]
            fn run<K: Kernel>(kernel: K) -> K::Output {
                #[target_feature(enable = $features)]
                #[inline(never)]
                fn compiled<K: Kernel>(kernel: K) -> K::Output {
                    kernel.run()
                }
                unit!(compiled(kernel))
            }
        }
    };
}

vector! {
    __m512d, __mmask8, 8, features: "avx512f,avx512dq,avx512vl,avx512bw",
    add: _mm512_add_pd, sub: _mm512_sub_pd, mul: _mm512_mul_pd, div: _mm512_div_pd,
    sqrt: _mm512_sqrt_pd, max: _mm512_max_pd, min: _mm512_min_pd, splat: _mm512_set1_pd,
    lt: _mm512_cmp_pd_mask::<_CMP_LT_OQ>, le: _mm512_cmp_pd_mask::<_CMP_LE_OQ>,
    select: |truths, yes, no| _mm512_mask_blend_pd(truths, no, yes),
    xor: _mm512_xor_pd, and: _mm512_and_pd,
    shift: |x| _mm512_castsi512_pd(_mm512_slli_epi64::<52>(_mm512_castpd_si512(x))),
    bits: __m512i, as_bits: _mm512_castpd_si512, of_bits: _mm512_castsi512_pd
}

vector! {
    __m256d, __m256d, 4, features: "avx2",
    add: _mm256_add_pd, sub: _mm256_sub_pd, mul: _mm256_mul_pd, div: _mm256_div_pd,
    sqrt: _mm256_sqrt_pd, max: _mm256_max_pd, min: _mm256_min_pd, splat: _mm256_set1_pd,
    lt: _mm256_cmp_pd::<_CMP_LT_OQ>, le: _mm256_cmp_pd::<_CMP_LE_OQ>,
    select: |truths, yes, no| _mm256_blendv_pd(no, yes, truths),
    xor: _mm256_xor_pd, and: _mm256_and_pd,
    shift: |x| _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(x))),
    bits: __m256i, as_bits: _mm256_castpd_si256, of_bits: _mm256_castsi256_pd
}

vector! {
    __m128d, __m128d, 2, features: "sse2",
    add: _mm_add_pd, sub: _mm_sub_pd, mul: _mm_mul_pd, div: _mm_div_pd,
    sqrt: _mm_sqrt_pd, max: _mm_max_pd, min: _mm_min_pd, splat: _mm_set1_pd,
    lt: _mm_cmplt_pd, le: _mm_cmple_pd,
    select: |truths, yes, no| _mm_or_pd(_mm_and_pd(truths, yes), _mm_andnot_pd(truths, no)),
    xor: _mm_xor_pd, and: _mm_and_pd,
    shift: |x| _mm_castsi128_pd(_mm_slli_epi64::<52>(_mm_castpd_si128(x))),
    bits: __m128i, as_bits: _mm_castpd_si128, of_bits: _mm_castsi128_pd
}

/// Runs a kernel on single numbers, compiled for the instructions of AVX2 where the machine has them: they name where
/// their result goes, so that a quarter of what any machine executes, which moves numbers out of the way, is not needed.
#[inline(always)]
pub(crate) fn alone<K: Kernel>(kernel: K) -> K::Output {
    #[target_feature(enable = "avx2")]
    #[inline(never)]
    fn compiled<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has them.
        unsafe { compiled(kernel) }
    } else {
        kernel.run()
    }
}

/// What does not differ between the words of the units but for the names of the instructions. A shift by a number that
/// is known becomes one instruction.
macro_rules! words {
    ($words:ty, $width:literal, splat: $splat:ident, add: $add:ident, xor: $xor:ident,
     left: $left:ident, right: $right:ident) => {
        impl Bits for $words {
            #[inline(always)]
            fn splat(value: u64) -> Self {
                unit!($splat(value as i64))
            }
            #[inline(always)]
            fn from_lanes(mut make: impl FnMut(usize) -> u64) -> Self {
                let (mut words, mut lane) = ([0_u64; $width], 0);
                while lane < $width {
                    words[lane] = make(lane);
                    lane += 1;
                }
                // SAFETY: both are the same number of words in a row, and any bits are one.
                unsafe { core::mem::transmute(words) }
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                unit!($add(self, other))
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                unit!($xor(self, other))
            }
            #[inline(always)]
            fn left(self, by: u32) -> Self {
                unit!($left(self, _mm_cvtsi32_si128(by as i32)))
            }
            #[inline(always)]
            fn right(self, by: u32) -> Self {
                unit!($right(self, _mm_cvtsi32_si128(by as i32)))
            }
        }
    };
}

words!(__m512i, 8, splat: _mm512_set1_epi64, add: _mm512_add_epi64, xor: _mm512_xor_si512,
       left: _mm512_sll_epi64, right: _mm512_srl_epi64);
words!(__m256i, 4, splat: _mm256_set1_epi64x, add: _mm256_add_epi64, xor: _mm256_xor_si256,
       left: _mm256_sll_epi64, right: _mm256_srl_epi64);
words!(__m128i, 2, splat: _mm_set1_epi64x, add: _mm_add_epi64, xor: _mm_xor_si128,
       left: _mm_sll_epi64, right: _mm_srl_epi64);

/// AVX-512 answers comparisons with a bit a lane.
impl Truths for __mmask8 {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        if value { !0 } else { 0 }
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
        self == !0
    }
    #[inline(always)]
    fn any(self) -> bool {
        self != 0
    }
}

/// The older units answer with all bits of a lane set or none.
macro_rules! wide_truths {
    ($vector:ty, $and:ident, $or:ident, $xor:ident, $splat:ident, $bits:ident, $all:literal) => {
        impl Truths for $vector {
            #[inline(always)]
            fn splat(value: bool) -> Self {
                unit!($splat(f64::from_bits(if value { !0 } else { 0 })))
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                unit!($and(self, other))
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                unit!($or(self, other))
            }
            #[inline(always)]
            fn not(self) -> Self {
                unit!($xor(self, $splat(f64::from_bits(!0))))
            }
            #[inline(always)]
            fn all(self) -> bool {
                unit!($bits(self)) == $all
            }
            #[inline(always)]
            fn any(self) -> bool {
                unit!($bits(self)) != 0
            }
        }
    };
}

wide_truths!(
    __m256d,
    _mm256_and_pd,
    _mm256_or_pd,
    _mm256_xor_pd,
    _mm256_set1_pd,
    _mm256_movemask_pd,
    0b1111
);
wide_truths!(__m128d, _mm_and_pd, _mm_or_pd, _mm_xor_pd, _mm_set1_pd, _mm_movemask_pd, 0b11);
