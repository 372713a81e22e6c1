//! A front instead of a single best: gains of which none is better in both of two terms of the cost.
//!
//! [`Objectives`] are what a run costs in the two; an [`Archive`] holds the front as far as it is
//! confirmed on all draws of the search; [`FrontSearch`] is the
//! search for it; [`validate`] runs the front on draws that the search has not seen.

mod archive;
mod objectives;
mod search;
mod validation;

pub use archive::{Archive, Member, Reached};
pub use objectives::{Figures, Objectives, REFERENCE};
pub use search::{Front, FrontIteration, FrontSearch};
pub use validation::{Fresh, FrontValidation, FrontWarning, validate};
