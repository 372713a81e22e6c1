//! A policy from outside as a kind of controller: layers of weights that were learned elsewhere.

mod controller;
#[cfg(feature = "yaml")]
mod file;
mod kind;
mod policy;
mod read;

pub use controller::PolicyController;
#[cfg(feature = "yaml")]
pub(crate) use file::inline;
pub use kind::{External, ExternalSettings};
pub use policy::{Activation, Layer, Layers, Observation, Policy};
#[cfg(feature = "yaml")]
pub(crate) use read::PLACE;
pub(crate) use read::own;
