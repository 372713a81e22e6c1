//! A scenario made in Rust, field by field, checked as text is.

use crate::check::UNNAMED;
use crate::error::{Problem, ScenarioError};
use crate::overlay::set;
use crate::read::{Demands, resolve};
use crate::scenario::Scenario;
use crate::sections::Disturbance;
use crate::validate::Errors;
use serde_json::{Map, Value};

/// A scenario in the making. Fields are named as in a file.
///
/// ```
/// use upright_scenario::{Disturbance, Scenario};
///
/// let scenario = Scenario::builder()
///     .controller("super_twisting")
///     .set("plant.link1.mass", 0.25)
///     .set("simulation.duration", 5.0)
///     .disturbance(Disturbance { amplitude: 10.0, start: 3.0, ..Disturbance::default() })
///     .build()?;
/// assert_eq!(scenario.plant.link1.mass, 0.25);
///
/// let error = Scenario::builder().set("actuator.max_force", -1.0).build().unwrap_err();
/// let expected = "scenario: actuator.max_force = -1.0: allowed is above 0 to 1e6 N";
/// assert_eq!(error.to_string(), expected);
/// # Ok::<(), upright_scenario::ScenarioError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ScenarioBuilder {
    fields: Vec<(String, Value)>,
    disturbances: Vec<Disturbance>,
}

impl Scenario {
    /// A builder with all defaults.
    pub fn builder() -> ScenarioBuilder {
        ScenarioBuilder::default()
    }

    /// The scenario that a tree of values means, as reading its text would find.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its field, value and what is allowed.
    pub fn from_value(value: &Value) -> Result<Self, ScenarioError> {
        let mut errors = Errors::default();
        resolve(value, Demands { record: false, design: true }, &mut errors)
            .ok_or_else(|| errors.into_error(UNNAMED))
    }
}

impl ScenarioBuilder {
    /// Sets the field at `path` (`plant.link1.mass`, `disturbances.0.amplitude`). A number that is not
    /// finite is refused when the scenario is built.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.fields.push((path.to_owned(), value.into()));
        self
    }

    /// The kind of controller, with that kind's default settings where nothing else is set.
    #[must_use]
    pub fn controller(self, kind: &str) -> Self {
        self.set("controller.kind", kind)
    }

    /// The seed of every random number.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.set("seed", seed)
    }

    /// Adds a disturbance behind those that are set.
    #[must_use]
    pub fn disturbance(mut self, disturbance: Disturbance) -> Self {
        self.disturbances.push(disturbance);
        self
    }

    /// The scenario, checked.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its field, value and what is allowed.
    pub fn build(self) -> Result<Scenario, ScenarioError> {
        let mut root = Value::Object(Map::new());
        let mut errors = Errors::default();
        for (path, value) in self.fields {
            if value.is_null() {
                // What is not finite has no number in a tree, and would leave the default.
                let expected = "a finite number, a word, a list or a map".to_owned();
                errors.push(&path, &value, Problem::Type { expected });
            } else if let Err(reason) = set(&mut root, &path, value.clone()) {
                errors.push(&path, &value, Problem::Design { reason });
            }
        }
        errors.into_result(UNNAMED)?;
        let mut scenario = Scenario::from_value(&root)?;
        if !self.disturbances.is_empty() {
            scenario.disturbances.extend(self.disturbances);
            scenario.check()?;
        }
        Ok(scenario)
    }
}
