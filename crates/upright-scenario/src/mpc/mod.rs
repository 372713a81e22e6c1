//! Balance by prediction as a kind of controller.

mod check;
mod kind;

pub(crate) use check::check;
pub use kind::{Mpc, MpcController};
