//! What programs at a terminal have in common: texts from outside are printed as data and not obeyed, the
//! exit code says how a command ended, an interruption is remembered, and a folder of results says what it
//! was found with.

mod cause;
pub mod console;
pub mod folder;
pub mod interrupt;
mod outcome;

pub use cause::with_source;
pub use outcome::Outcome;
