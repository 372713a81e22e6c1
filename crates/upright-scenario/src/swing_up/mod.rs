//! The kind that takes the plant up from anywhere.

mod balance;
mod check;
mod controller;
mod kind;
mod read;
mod settings;

pub use balance::{AnyBalance, BalanceSettings};
pub(crate) use check::check;
pub use controller::SwingUpController;
pub use kind::SwingUp;
pub(crate) use read::own;
pub use settings::SwingUpSettings;
