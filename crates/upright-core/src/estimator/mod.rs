//! State estimators: from what the sensors say to the state that a controller is given.
//!
//! An estimator stands between measurement and controller. It is a value of fixed size, for any number
//! type, and is told each period's measurement and, once the controller has run, its command. An
//! estimator is a file in this folder.

mod commands;
mod compensation;
mod difference;
mod extended_kalman;
mod extended_state;
mod fixed_gain;
mod levant;
mod predicting;
mod settings;
mod timing;

pub use commands::MAX_AHEAD;
pub use compensation::Compensation;
pub use difference::Difference;
pub use extended_kalman::{ExtendedKalman, NoiseModel};
pub use extended_state::ExtendedState;
pub use fixed_gain::{FixedGain, ObserverGain};
pub use levant::Levant;
pub use predicting::Predicting;
pub use settings::{
    DifferenceSettings, EsoSettings, ExactSettings, FilterSettings, Friction, KalmanSettings,
    LevantSettings, LuenbergerSettings, Resolution,
};
pub use timing::Timing;

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

    /// The force on the cart in N that the controller is to act against, as of the last estimate
    /// ([`Controller::control_against`](crate::Controller::control_against)).
    #[inline(always)]
    fn known_force(&self) -> R {
        R::zero()
    }

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

/// How far the measured positions are from those expected; `relative` is whether the second encoder sits
/// between the links.
#[inline(always)]
fn innovation<R: Real>(measured: &State<R>, expected: &[R; 7], relative: bool) -> [R; 3] {
    let second = if relative {
        (measured[2] - measured[1]) - (expected[2] - expected[1])
    } else {
        measured[2] - expected[2]
    };
    [measured[0] - expected[0], measured[1] - expected[1], second]
}
