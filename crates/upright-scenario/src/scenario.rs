//! A scenario: everything about a run, as data.
//!
//! Every field has a default, so the default scenario is the nominal one.

use crate::controller::ControllerSection;
use crate::estimator::EstimatorSettings;
use crate::reference::Reference;
use crate::sections::{Actuator, Disturbance, Monitoring, Sensors, Simulation, Uncertainty};
use crate::tuning::Tuning;
use serde::Serialize;
use serde_json::Value;
use upright_core::Plant;

/// A scenario as resolved: the defaults filled in, every value checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// The plant as it is.
    pub plant: Plant,
    /// How long, how fine, from where.
    pub simulation: Simulation,
    /// What lies between the controller's force and the cart.
    pub actuator: Actuator,
    /// What lies between the state and the controller.
    pub sensors: Sensors,
    /// What makes a state of the measurements; where absent, what `sensors.velocity` says.
    pub estimator: Option<EstimatorSettings>,
    /// The controller and what it believes of the plant.
    pub controller: ControllerSection,
    /// What the cart is to follow; it stays where the track begins where absent.
    pub reference: Option<Reference>,
    /// What disturbs the plant.
    pub disturbances: Vec<Disturbance>,
    /// What a study draws from.
    pub uncertainty: Uncertainty,
    /// How memory is watched; it is not where absent.
    pub monitor: Option<Monitoring>,
    /// How gains are searched; with the defaults where absent.
    pub tuning: Option<Tuning>,
    /// Seed of every random number.
    pub seed: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        let plant = Plant::default();
        Self {
            plant,
            simulation: Simulation::default(),
            actuator: Actuator::default(),
            sensors: Sensors::default(),
            estimator: None,
            controller: ControllerSection::new(&plant),
            reference: None,
            disturbances: Vec::new(),
            uncertainty: Uncertainty::default(),
            monitor: None,
            tuning: None,
            seed: 42,
        }
    }
}

impl Scenario {
    /// The scenario as a tree of values; reading it again gives the same scenario.
    pub fn to_value(&self) -> Value {
        // Every number was checked to be finite when the scenario was made.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The scenario as a YAML document; reading it again gives the same scenario.
    #[cfg(feature = "yaml")]
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&self.to_value()).unwrap_or_default()
    }

    /// The number of control periods: the duration rounded to whole ones.
    pub fn periods(&self) -> u64 {
        // The range checks bound the quotient by 1e15.
        libm::round(self.simulation.duration / self.simulation.control_period).max(1.0) as u64
    }
}
