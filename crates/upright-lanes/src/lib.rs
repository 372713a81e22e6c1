//! Vectors of lanes on the machine's vector units, behind the number trait of `upright-core`.
//!
//! What is written for any [`Real`] runs here in 4 to 16 lanes at once, and every lane computes what
//! an `f64` computes, to the bit: only operations that IEEE 754 prescribes are used, and no fused
//! multiply-add. The unit is chosen at run time, so that a program built for any machine of its kind
//! uses the widest that it finds.
//!
//! ```
//! use upright_core::Real;
//! use upright_lanes::{Unit, UnitVisitor, dispatch};
//!
//! struct Roots;
//! impl UnitVisitor for Roots {
//!     type Output = f64;
//!     fn visit<R: Real>(self) -> f64 {
//!         let numbers = R::from_lanes(|lane| lane as f64);
//!         numbers.sqrt().lane(4 % R::LANES)
//!     }
//! }
//! let root = dispatch(Unit::widest(), Roots)?;
//! assert!(root == 2.0 || root == 0.0);
//! # Ok::<(), upright_lanes::UnitError>(())
//! ```
//!
//! The vectors have no names outside this crate: code gets to know them only as the `R` of a
//! [`UnitVisitor`], which [`dispatch`] calls after it has made sure that the machine has the unit. That
//! is what makes their instructions safe to use.
//!
//! Hot loops belong into a [`Kernel`](upright_core::Kernel), run by [`Real::run`]: what is inlined
//! into that is compiled for the unit, and several vectors in flight hide the latency of each other's
//! operations. Elsewhere every operation is a call.

mod pack;
mod unit;
mod vector;

pub use unit::{
    Unit, UnitError, UnitVisitor, VARIABLE, apart, aside, dispatch, dispatch_narrow, run,
};

#[cfg(doc)]
use upright_core::Real;
