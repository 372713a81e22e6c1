//! The estimator of a scenario, between measurement and controller.

use upright_core::estimator::{Difference, Estimator, Exact};
use upright_core::{Real, State};
use upright_scenario::{Scenario, VelocitySource};

/// An estimator of whatever kind; which one is decided once, when a run begins.
#[derive(Debug, Clone)]
pub enum AnyEstimator<R: Real> {
    /// Takes the measured state.
    Exact(Exact),
    /// Takes velocities as differences of positions.
    Difference(Difference<R>),
}

impl<R: Real> AnyEstimator<R> {
    /// The estimator that a scenario asks for.
    pub fn new(scenario: &Scenario) -> Self {
        let period = scenario.simulation.control_period;
        match scenario.sensors.velocity {
            VelocitySource::Exact => Self::Exact(Exact),
            VelocitySource::Difference => Self::Difference(Difference::new(period)),
            VelocitySource::FilterHz(corner) => {
                Self::Difference(Difference::filtered(period, corner))
            }
        }
    }
}

impl<R: Real> Estimator<R> for AnyEstimator<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        match self {
            Self::Exact(estimator) => estimator.estimate(measured),
            Self::Difference(estimator) => estimator.estimate(measured),
        }
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        match self {
            Self::Exact(_) => {}
            Self::Difference(estimator) => estimator.commanded(force),
        }
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        match self {
            Self::Exact(_) => {}
            Self::Difference(estimator) => estimator.reset_lanes(lanes),
        }
    }
}
