//! Which vector unit: what there is, what the user asks for, and the way to code that uses it.

use crate::pack::Pack;
use core::fmt;
use core::str::FromStr;
use upright_core::{Kernel, Real};

/// The environment variable that forces a unit.
pub const VARIABLE: &str = "UPRIGHT_SIMD";

/// A vector unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// No unit in particular: lanes as plain arrays, on any machine.
    Scalar,
    /// Two doubles a vector, on every x86-64.
    Sse2,
    /// Four doubles a vector.
    Avx2,
    /// Eight doubles a vector (foundation, DQ, VL, BW).
    Avx512,
}

/// A unit that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// There is no unit of this name.
    #[error("{VARIABLE}={name}: there is no such vector unit; allowed here: {}", allowed())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// This machine lacks the unit.
    #[error("{VARIABLE}={unit}: this machine lacks that vector unit; allowed here: {}", allowed())]
    Missing {
        /// What was asked for.
        unit: Unit,
    },
}

fn allowed() -> String {
    let names: Vec<&str> = Unit::available().map(Unit::name).collect();
    names.join(", ")
}

impl Unit {
    /// Every unit, widest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Sse2, Self::Scalar];

    /// Its name in the environment variable `UPRIGHT_SIMD`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Sse2 => "sse2",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Scalar | Self::Sse2 => true,
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            Self::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("avx512bw")
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Self::Scalar
        }
    }

    /// The units of this machine, widest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|unit| unit.is_available())
    }

    /// The widest unit of this machine.
    pub fn widest() -> Self {
        Self::available().next().unwrap_or(Self::Scalar)
    }

    /// The unit that the environment variable `UPRIGHT_SIMD` asks for, or the widest where it is not
    /// set or empty.
    ///
    /// # Errors
    /// Where it names no unit, or one that this machine lacks.
    pub fn of_environment() -> Result<Self, UnitError> {
        match std::env::var_os(VARIABLE) {
            Some(name) if !name.is_empty() => name.to_string_lossy().parse(),
            _ => Ok(Self::widest()),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    /// The unit of this name, if the machine has it.
    fn from_str(name: &str) -> Result<Self, UnitError> {
        let unit = Self::ALL.into_iter().find(|unit| unit.name() == name);
        let unit = unit.ok_or_else(|| UnitError::Unknown { name: name.to_owned() })?;
        if unit.is_available() { Ok(unit) } else { Err(UnitError::Missing { unit }) }
    }
}

/// Something to do in lanes of whatever width.
pub trait UnitVisitor {
    /// What it returns.
    type Output;
    /// Does it in lanes of `R`.
    fn visit<R: Real>(self) -> Self::Output;
}

/// Does something in lanes of a unit. How many vectors stand side by side was measured, see
/// `docs/benchmarks.md`.
///
/// # Errors
/// Where this machine lacks the unit.
pub fn dispatch<V: UnitVisitor>(unit: Unit, visitor: V) -> Result<V::Output, UnitError> {
    if !unit.is_available() {
        return Err(UnitError::Missing { unit });
    }
    Ok(match unit {
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512 => visitor.visit::<Pack<core::arch::x86_64::__m512d, 2>>(),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx2 => visitor.visit::<Pack<core::arch::x86_64::__m256d, 2>>(),
        #[cfg(target_arch = "x86_64")]
        Unit::Sse2 => visitor.visit::<Pack<core::arch::x86_64::__m128d, 2>>(),
        _ => visitor.visit::<Pack<f64, 4>>(),
    })
}

/// The same in lanes of one vector, and of a single number where there is no unit in particular: for what keeps so much a
/// lane that several vectors side by side gain nothing.
///
/// # Errors
/// As [`dispatch`].
pub fn dispatch_narrow<V: UnitVisitor>(unit: Unit, visitor: V) -> Result<V::Output, UnitError> {
    if !unit.is_available() {
        return Err(UnitError::Missing { unit });
    }
    Ok(match unit {
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512 => visitor.visit::<Pack<core::arch::x86_64::__m512d, 1>>(),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx2 => visitor.visit::<Pack<core::arch::x86_64::__m256d, 1>>(),
        #[cfg(target_arch = "x86_64")]
        Unit::Sse2 => visitor.visit::<Pack<core::arch::x86_64::__m128d, 1>>(),
        _ => visitor.visit::<f64>(),
    })
}

/// Runs a kernel as [`Real::run`] does, and one on single numbers compiled for the machine that it runs on too. The bits
/// are the same.
#[inline(always)]
pub fn run<R: Real, K: Kernel>(kernel: K) -> K::Output {
    if Single::<R>::IS { crate::vector::alone(kernel) } else { R::run(kernel) }
}

/// Runs a kernel that is rarely wanted in the middle of one that is hot: as [`run`] does, but compiled once and called.
#[inline(never)]
pub fn apart<R: Real, K: Kernel>(kernel: K) -> K::Output {
    run::<R, K>(kernel)
}

/// Runs a kernel that a hot one may want or not: of single numbers, whose loops are many, as [`apart`] does; of lanes,
/// where all that a loop may want is worth its place, as part of the loop.
#[inline(always)]
pub fn aside<R: Real, K: Kernel>(kernel: K) -> K::Output {
    if Single::<R>::IS { apart::<R, K>(kernel) } else { kernel.run() }
}

/// Whether a number has one lane: a constant by itself, since of what hangs on one the compiler makes the half that is
/// wanted alone, which of a comparison it does not know before.
struct Single<R>(core::marker::PhantomData<R>);

impl<R: Real> Single<R> {
    const IS: bool = R::LANES == 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_found_by_its_name() {
        for unit in Unit::ALL {
            let expected =
                if unit.is_available() { Ok(unit) } else { Err(UnitError::Missing { unit }) };
            assert_eq!(unit.name().parse(), expected);
        }
    }

    #[test]
    fn what_is_no_unit_is_told_what_is_allowed() {
        let error = "AVX512".parse::<Unit>().expect_err("no such unit").to_string();
        assert!(error.starts_with("UPRIGHT_SIMD=AVX512: there is no such vector unit"), "{error}");
        assert!(error.ends_with("scalar"), "{error}");
    }

    #[test]
    fn plain_lanes_are_always_there() {
        assert!(Unit::Scalar.is_available());
        assert!(Unit::available().any(|unit| unit == Unit::widest()));
    }
}
