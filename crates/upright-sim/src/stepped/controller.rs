//! A scenario's controller behind its estimator, for a plant of the caller's own.

use crate::custom::{self, BoxedController};
use crate::estimator::AnyEstimator;
use upright_core::estimator::Estimator;
use upright_core::{Command, Controller, State};
use upright_scenario::{EstimatorSettings, Scenario, ScenarioError, VelocitySource};

/// A scenario's controller with what makes a state of its measurements: told what the sensors say once a
/// control period, it returns a force. Nothing is allocated in a step.
#[derive(Clone)]
pub struct SteppedController {
    estimator: AnyEstimator<f64>,
    controller: BoxedController,
    rates_measured: bool,
    /// What the controller was given last.
    estimate: State<f64>,
}

impl SteppedController {
    /// The controller and the estimator that a scenario asks for, at their start.
    ///
    /// # Errors
    /// Where the scenario is not allowed, which includes that its controller does not exist.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        Ok(Self {
            controller: custom::build(scenario)?,
            estimator: AnyEstimator::new(scenario),
            rates_measured: takes_rates(scenario),
            estimate: [f64::NAN; 6],
        })
    }

    /// One control period: what the sensors say, to the force in N within the actuator's limit. The last three
    /// numbers of `measured` count only where velocities are measured.
    pub fn step(&mut self, measured: &State<f64>) -> Command<f64> {
        let passed_on = self.estimator.passes_on();
        let estimate = self.estimator.estimate(measured);
        if !passed_on {
            self.estimate = *estimate;
        }
        let known = self.estimator.known_force();
        let estimate = if passed_on { measured } else { &self.estimate };
        let command = self.controller.control_against(estimate, known);
        if passed_on {
            // Not before the law has read it: a copy of numbers that were written just before waits for them.
            self.estimate = *measured;
        }
        self.estimator.commanded(command.force);
        command
    }

    /// Whether it takes velocities from the measurement; else it estimates them.
    pub fn takes_rates(&self) -> bool {
        self.rates_measured
    }

    /// The state that the controller was given in the last step; not numbers before the first.
    pub fn estimate(&self) -> &State<f64> {
        &self.estimate
    }

    /// The controller.
    pub fn controller(&self) -> &BoxedController {
        &self.controller
    }

    /// Puts another controller in its place, such as a copy of its own that has worked elsewhere.
    pub fn set_controller(&mut self, controller: BoxedController) {
        self.controller = controller;
    }

    /// Returns to the start.
    pub fn reset(&mut self) {
        self.controller.reset();
        Estimator::reset_lanes(&mut self.estimator, true);
        self.estimate = [f64::NAN; 6];
    }
}

/// Whether what makes the state of a scenario's controller looks at measured velocities.
fn takes_rates(scenario: &Scenario) -> bool {
    match &scenario.estimator {
        None => matches!(scenario.sensors.velocity, VelocitySource::Exact),
        Some(estimator) => matches!(estimator, EstimatorSettings::Exact(_)),
    }
}
