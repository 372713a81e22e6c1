//! The kind that takes the plant up from anywhere.

mod balance;
mod check;
mod controller;
#[cfg(feature = "yaml")]
mod file;
mod first;
mod kind;
mod read;
mod settings;
mod stored;
mod table;

pub use balance::{AnyBalance, BalanceSettings};
pub(crate) use check::check;
pub use controller::SwingUpController;
#[cfg(feature = "yaml")]
pub(crate) use file::inline;
pub use first::FirstPlan;
pub use kind::SwingUp;
#[cfg(feature = "yaml")]
pub(crate) use read::FILE;
pub(crate) use read::own;
pub use settings::{PlanSection, SwingUpSettings};
pub use stored::{MadeFor, Planned, StoredPlan};
pub use table::write_plan;
