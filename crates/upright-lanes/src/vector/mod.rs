//! One vector of a unit: the operations that a pack of them is made of.

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

use core::fmt::Debug;
use upright_core::Kernel;

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::alone;

/// Runs a kernel on single numbers.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn alone<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// A vector of a unit. Each operation is lane by lane that of `f64` in [`upright_core::Real`].
pub(crate) trait Vector: Copy + Debug + Send + Sync + 'static {
    /// What a comparison returns.
    type Truths: Truths;
    /// A word a number.
    type Bits: Bits;
    /// How many numbers it holds.
    const WIDTH: usize;

    /// The same number in every lane.
    fn splat(value: f64) -> Self;
    /// Lane `i` is `make(i)`, asked for in order.
    fn from_lanes(make: impl FnMut(usize) -> f64) -> Self;
    /// The number of a lane below [`Self::WIDTH`].
    fn lane(self, index: usize) -> f64;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn neg(self) -> Self;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    fn exp2_of_whole(self) -> Self;
    fn lt(self, other: Self) -> Self::Truths;
    fn le(self, other: Self) -> Self::Truths;
    /// `other` where it is larger, else `self`.
    fn max(self, other: Self) -> Self;
    /// `other` where it is smaller, else `self`.
    fn min(self, other: Self) -> Self;
    fn select(truths: Self::Truths, yes: Self, no: Self) -> Self;

    /// The bits of each number, and back.
    fn bits(self) -> Self::Bits;
    fn of_bits(bits: Self::Bits) -> Self;

    /// Runs `kernel` in a function of its own that is compiled for the unit.
    fn run<K: Kernel>(kernel: K) -> K::Output;
}

/// A truth value a lane.
pub(crate) trait Truths: Copy + Debug + Send + Sync + 'static {
    fn splat(value: bool) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn not(self) -> Self;
    fn all(self) -> bool;
    fn any(self) -> bool;
}

/// A word of 64 bits a lane. Each operation is lane by lane that of `u64` in [`upright_core::Words`].
pub(crate) trait Bits: Copy + Debug + Send + Sync + 'static {
    fn splat(value: u64) -> Self;
    fn from_lanes(make: impl FnMut(usize) -> u64) -> Self;
    fn plus(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn left(self, by: u32) -> Self;
    fn right(self, by: u32) -> Self;
}
