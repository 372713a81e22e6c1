//! What a user writes: one YAML document that says everything about a run.
//!
//! Every field has a default, so an empty document is the nominal scenario. Reading goes through
//! four steps, each a file here: the text becomes a tree whose places are known ([`document`]), the
//! tree is laid over the defaults (`overlay`), the result is checked against the tables of the
//! settings (`validate`), and becomes a [`Scenario`].

mod controller;
pub mod document;
mod error;
mod objectives;
mod overlay;
mod read;
pub mod schema;
mod sections;
mod tuning;
mod validate;

pub use controller::{ControllerSection, Pole, SurfaceSpec};
pub use error::{FieldError, Place, Problem, ScenarioError};
pub use objectives::Term;
pub use read::Overrides;
pub use sections::{
    Actuator, Distribution, Disturbance, DisturbanceKind, Integrator, Monitoring, ParameterSpread,
    Parameters, Sensors, Simulation, Target, Uncertainty, VelocitySource,
};
pub use tuning::{CostScales, CostWeights, Swarm, Topology, Tuning, TuningSettings, WrittenBounds};

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
    /// The controller and what it believes of the plant.
    pub controller: ControllerSection,
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
            controller: ControllerSection::new(&plant),
            disturbances: Vec::new(),
            uncertainty: Uncertainty::default(),
            monitor: None,
            tuning: None,
            seed: 42,
        }
    }
}

impl Scenario {
    /// Reads a scenario from YAML (or JSON) and lays `overrides` over it. `name` is what errors
    /// call the text.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place, field, value and what is allowed.
    pub fn read(name: &str, text: &str, overrides: &Overrides) -> Result<Self, ScenarioError> {
        read::read(name, text, overrides)
    }

    /// The scenario as a tree of values; reading it again gives the same scenario.
    pub fn to_value(&self) -> Value {
        // Every number was checked to be finite when the scenario was made.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The scenario as a YAML document; reading it again gives the same scenario.
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&self.to_value()).unwrap_or_default()
    }

    /// The same scenario under another kind of controller with that kind's default settings;
    /// surface and model stay. The scenario's own kind keeps its settings.
    ///
    /// # Errors
    /// An unknown kind.
    pub fn under(&self, kind: &str) -> Result<Self, ScenarioError> {
        let mut scenario = self.clone();
        if self.controller.settings.kind() != kind {
            scenario.controller.settings =
                crate::registry::default_settings(kind).ok_or_else(|| read::unknown_kind(kind))?;
        }
        Ok(scenario)
    }

    /// The number of control periods: the duration rounded to whole ones.
    pub fn periods(&self) -> u64 {
        // The range checks bound the quotient by 1e15.
        libm::round(self.simulation.duration / self.simulation.control_period).max(1.0) as u64
    }
}
