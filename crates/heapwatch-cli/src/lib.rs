//! Watching any process from outside: a command that is started for it or one that runs, judged by what the
//! kernel says of its memory, and two watches held against each other.
//!
//! It is the program `heapwatch`, and a library so that another program can have the same commands:
//! [`Exec`], [`Attach`] and [`Compare`] are arguments of `clap`, and [`exec`], [`attach`] and [`compare`] do
//! what they ask for. What the program says goes to standard output and standard error.

mod compare;
mod failure;
mod flags;
#[cfg(feature = "sites")]
mod sites;
#[cfg(all(feature = "sites", feature = "pages"))]
mod sites_page;
mod watch;

pub use compare::compare;
pub use failure::{Failure, Result, of_folder};
#[cfg(feature = "sites")]
pub use flags::SitesMode;
pub use flags::{Attach, Compare, Exec, Watch};
#[cfg(feature = "schema")]
pub use watch::schema;
pub use watch::{attach, exec};
