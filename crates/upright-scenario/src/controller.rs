//! The controller section: kind, surface, what the controller believes of the plant, and the
//! kind's own settings.

use crate::kinds::KindSettings;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use upright_core::Plant;
use upright_core::estimator::Friction;
use upright_core::settings::Range;

upright_core::settings! {
    /// What every controller has.
    #[derive(Serialize, Deserialize)]
    pub struct Common {
        numbers {
            /// Input gain seen through the surface below which the equivalent control is given up.
            beta_min: f64 = 0.05, "1", Range::positive(1e3);
        }
        choices {
            /// Whether the cart's Coulomb friction of `controller.model` is fed forward, by the estimated velocity.
            friction: Friction;
        }
    }
}

/// A wanted pole of the sliding motion, in 1/s: a real number, or a pair written once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Pole {
    /// A real pole.
    Real(f64),
    /// The pair `re ± im i`, which counts as two poles.
    Pair([f64; 2]),
}

impl<'de> Deserialize<'de> for Pole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = Value::deserialize(deserializer)?;
        if let Some(real) = value.as_f64() {
            return Ok(Self::Real(real));
        }
        serde_json::from_value(value).map(Self::Pair).map_err(D::Error::custom)
    }
}

impl Pole {
    /// The poles that this stands for, as `(re, im)`.
    pub fn roots(&self) -> impl Iterator<Item = (f64, f64)> {
        let (first, second) = match *self {
            Self::Real(re) => ((re, 0.0), None),
            Self::Pair([re, im]) => ((re, im), Some((re, -im))),
        };
        std::iter::once(first).chain(second)
    }
}

/// How the surface is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurfaceSpec {
    /// By the five poles of the sliding motion.
    Poles(Vec<Pole>),
    /// By its six coefficients in state order.
    Coefficients([f64; 6]),
}

impl Default for SurfaceSpec {
    fn default() -> Self {
        Self::Poles(vec![
            Pole::Real(-3.0),
            Pole::Real(-4.0),
            Pole::Real(-5.0),
            Pole::Pair([-2.2, 2.0]),
        ])
    }
}

/// The controller section as resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct ControllerSection {
    /// The kind and its own settings.
    pub settings: KindSettings,
    /// The sliding surface.
    pub surface: SurfaceSpec,
    /// What the controller believes of the plant: the plant with `overrides` laid over it.
    pub model: Plant,
    /// What the controller believes differently, as it was written.
    pub overrides: Map<String, Value>,
    /// What every controller has.
    pub common: Common,
    /// Whether the gains were asked for as `auto`. A resolved scenario has the numbers that came of it, and
    /// another kind of controller gets numbers of its own.
    pub auto_gains: bool,
}

impl ControllerSection {
    /// The default controller for a plant that it knows exactly.
    pub fn new(plant: &Plant) -> Self {
        Self {
            settings: KindSettings::default(),
            surface: SurfaceSpec::default(),
            model: *plant,
            overrides: Map::new(),
            common: Common::default(),
            auto_gains: false,
        }
    }
}

impl Serialize for ControllerSection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.settings.to_value();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.settings.kind())?;
        map.serialize_entry("surface", &self.surface)?;
        map.serialize_entry("model", &self.overrides)?;
        map.serialize_entry("beta_min", &self.common.beta_min)?;
        map.serialize_entry("friction", &self.common.friction)?;
        for (name, value) in own.as_object().into_iter().flatten() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
