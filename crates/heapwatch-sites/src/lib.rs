//! Which line of a program keeps memory, without changing or compiling it anew.
//!
//! A command that is started for it is counted from inside: native programs by a library that is loaded before
//! their own and counts `malloc` and its kin by call site, `CPython` by its `tracemalloc`. What each site holds is
//! followed over time and judged by the statistics of [`heapwatch`], so that what was paid once is told from
//! what leaks.
//!
//! ```no_run
//! use heapwatch::process::{Options, exec};
//! use heapwatch_sites::{Mode, Sites};
//! use std::{process::Command, time::Duration};
//!
//! let mut command = Command::new("python3");
//! command.arg("service.py");
//! let options = Options { duration: Duration::from_secs(60), ..Options::default() };
//! let sites = Sites::begin(&mut command, Mode::Sampled, options.duration)?;
//! let watched = exec(&mut command, &options)?;
//! for site in sites.end(&options.noise).sites {
//!     println!("{}: {}", site.place, site.judgement.verdict);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cpython;
mod elf;
mod found;
mod layout;
mod native;
mod own;
mod program;
mod record;
mod sites;

pub use found::{Counted, FoundSite};
pub use sites::{Found, Mode, Sites};
