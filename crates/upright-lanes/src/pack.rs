//! Several vectors side by side as one number: while one waits for a division, the others go on.

use crate::vector::{Bits, Truths, Vector};
use core::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};
use upright_core::{Kernel, Mask, Real, Words};

/// `N` vectors, as one number with the lanes of all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pack<V, const N: usize>([V; N]);

/// The truth values of a [`Pack`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackTruths<T, const N: usize>([T; N]);

/// The words of a [`Pack`], and how many each vector of them has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackWords<V: Vector, const N: usize>([V::Bits; N]);

/// A pack of the vectors with these indices. They are written out, since the standard library's
/// functions over arrays need not be inlined, and outside of a kernel no operation is fast.
macro_rules! pack {
    ($count:literal: $($i:literal)+) => {
        pack!(@operators $count [$($i)+] Add add, Sub sub, Mul mul, Div div);

        impl<V: Vector> Neg for Pack<V, $count> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self([$(self.0[$i].neg()),+])
            }
        }

        impl<T: Truths> BitAnd for PackTruths<T, $count> {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                Self([$(self.0[$i].and(other.0[$i])),+])
            }
        }

        impl<T: Truths> BitOr for PackTruths<T, $count> {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                Self([$(self.0[$i].or(other.0[$i])),+])
            }
        }

        impl<T: Truths> Not for PackTruths<T, $count> {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                Self([$(self.0[$i].not()),+])
            }
        }

        impl<T: Truths> Mask for PackTruths<T, $count> {
            #[inline(always)]
            fn splat(value: bool) -> Self {
                Self([T::splat(value); $count])
            }
            #[inline(always)]
            fn all(self) -> bool {
                let all = T::splat(true);
                $(let all = all.and(self.0[$i]);)+
                all.all()
            }
            #[inline(always)]
            fn any(self) -> bool {
                let any = T::splat(false);
                $(let any = any.or(self.0[$i]);)+
                any.any()
            }
        }

        impl<V: Vector> Words for PackWords<V, $count> {
            #[inline(always)]
            fn splat(value: u64) -> Self {
                Self([V::Bits::splat(value); $count])
            }
            #[inline(always)]
            fn from_lanes(mut make: impl FnMut(usize) -> u64) -> Self {
                Self([$(V::Bits::from_lanes(|lane| make($i * V::WIDTH + lane))),+])
            }
            #[inline(always)]
            fn wrapping_add(self, other: Self) -> Self {
                Self([$(self.0[$i].plus(other.0[$i])),+])
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                Self([$(self.0[$i].xor(other.0[$i])),+])
            }
            #[inline(always)]
            fn left(self, by: u32) -> Self {
                Self([$(self.0[$i].left(by)),+])
            }
            #[inline(always)]
            fn right(self, by: u32) -> Self {
                Self([$(self.0[$i].right(by)),+])
            }
        }

        impl<V: Vector> Real for Pack<V, $count> {
            type Mask = PackTruths<V::Truths, $count>;
            type Words = PackWords<V, $count>;
            const LANES: usize = $count * V::WIDTH;
            const ROUNDER: f64 = f64::ROUNDER;
            const HALF_PI: [f64; 3] = f64::HALF_PI;
            const LN_2: [f64; 2] = f64::LN_2;

            #[inline(always)]
            fn of(value: f64) -> Self {
                Self([V::splat(value); $count])
            }
            #[inline(always)]
            fn lane(self, index: usize) -> f64 {
                self.0[index / V::WIDTH].lane(index % V::WIDTH)
            }
            #[inline(always)]
            fn from_lanes(mut make: impl FnMut(usize) -> f64) -> Self {
                Self([$(V::from_lanes(|lane| make($i * V::WIDTH + lane))),+])
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self([$(self.0[$i].sqrt()),+])
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self([$(self.0[$i].abs()),+])
            }
            #[inline(always)]
            fn exp2_of_whole(self) -> Self {
                Self([$(self.0[$i].exp2_of_whole()),+])
            }
            #[inline(always)]
            fn lt(self, other: Self) -> Self::Mask {
                PackTruths([$(self.0[$i].lt(other.0[$i])),+])
            }
            #[inline(always)]
            fn le(self, other: Self) -> Self::Mask {
                PackTruths([$(self.0[$i].le(other.0[$i])),+])
            }
            #[inline(always)]
            fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
                Self([$(V::select(mask.0[$i], yes.0[$i], no.0[$i])),+])
            }
            #[inline(always)]
            fn words(self) -> Self::Words {
                PackWords([$(self.0[$i].bits()),+])
            }
            #[inline(always)]
            fn of_words(words: Self::Words) -> Self {
                Self([$(V::of_bits(words.0[$i])),+])
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self([$(self.0[$i].max(other.0[$i])),+])
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self([$(self.0[$i].min(other.0[$i])),+])
            }
            #[inline(always)]
            fn run<K: Kernel>(kernel: K) -> K::Output {
                V::run(kernel)
            }
        }
    };
    (@operators $count:literal $indices:tt $($trait:ident $name:ident),+) => {
        $(pack!(@operator $count $indices $trait $name);)+
    };
    (@operator $count:literal [$($i:literal)+] $trait:ident $name:ident) => {
        impl<V: Vector> $trait for Pack<V, $count> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self([$(self.0[$i].$name(other.0[$i])),+])
            }
        }
    };
}

pack!(1: 0);
pack!(2: 0 1);
pack!(4: 0 1 2 3);
