//! State estimators: from what the sensors say to the state that a controller is given.
//!
//! An estimator stands between measurement and controller. It is a value of fixed size, for any number
//! type, and is told each period's measurement and, once the controller has answered, its command. An
//! estimator is a file in this folder.

mod difference;

pub use difference::Difference;

use crate::plant::State;
use crate::real::Real;

/// An estimator: a value of fixed size that makes a state of a measurement once a control period.
///
/// Same inputs, same outputs, to the bit; nothing is allocated.
pub trait Estimator<R: Real>: Clone {
    /// One control period: the estimated state, from what the sensors say. The velocities in `measured`
    /// count only where they are measured.
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R>;

    /// Tells the force in N that the controller has commanded in this period.
    fn commanded(&mut self, _force: R) {}

    /// Returns the lanes in `lanes` to the state of a fresh estimator.
    fn reset_lanes(&mut self, lanes: R::Mask);
}

/// Takes what the sensors say as the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exact;

impl<R: Real> Estimator<R> for Exact {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        measured
    }

    fn reset_lanes(&mut self, _lanes: R::Mask) {}
}
