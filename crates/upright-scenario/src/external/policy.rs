//! A policy as data: what it observes, its layers, and the force that its answer stands for.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Layers that a policy has at most.
pub(super) const MAX_LAYERS: usize = 8;

/// Numbers that a layer outputs at most.
pub(super) const MAX_WIDTH: usize = 256;

/// What a policy sees of the state that its controller is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The six numbers of the state, in state order: m, rad, m/s, rad/s.
    Angles,
    /// Eight: `x, sin theta1, cos theta1, sin theta2, cos theta2` and the three velocities.
    #[serde(rename = "sincos")]
    SinCos,
}

impl Observation {
    /// The words for them.
    pub(super) const OPTIONS: [&'static str; 2] = ["angles", "sincos"];

    /// How many numbers are observed.
    pub const fn width(self) -> usize {
        match self {
            Self::Angles => 6,
            Self::SinCos => 8,
        }
    }
}

/// What is made of a layer's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Nothing.
    Linear,
    /// The hyperbolic tangent.
    Tanh,
    /// What is above zero, and zero.
    Relu,
}

impl Activation {
    /// The words for them.
    pub(super) const OPTIONS: [&'static str; 3] = ["linear", "tanh", "relu"];
}

/// One layer: `activation(weights x + bias)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// A row for each number that it outputs, with a weight for each number that it is given.
    pub weights: Vec<Vec<f64>>,
    /// What is added to each sum.
    pub bias: Vec<f64>,
    /// What is made of the sums.
    pub activation: Activation,
}

/// The layers of a policy, the first one first. Copies share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Layer>", into = "Vec<Layer>")]
pub struct Layers(Arc<[Layer]>);

impl From<Vec<Layer>> for Layers {
    fn from(layers: Vec<Layer>) -> Self {
        Self(layers.into())
    }
}

impl From<Layers> for Vec<Layer> {
    fn from(layers: Layers) -> Self {
        layers.0.to_vec()
    }
}

impl std::ops::Deref for Layers {
    type Target = [Layer];
    fn deref(&self) -> &[Layer] {
        &self.0
    }
}

/// A policy: the force is `force` times the one number that the last layer outputs, within the actuator's limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What it observes.
    pub observation: Observation,
    /// The force in N that an answer of 1 stands for.
    pub force: f64,
    /// Its layers.
    pub layers: Layers,
}

/// What LQR returns on the default plant with the default weights, in 100 N per unit of the state, rounded.
const EXAMPLE: [f64; 6] = [-0.316228, 6.336005, -9.451194, -0.469744, 0.085447, -1.312267];

impl Default for Policy {
    /// An example that stands: LQR of the default plant as one layer.
    fn default() -> Self {
        let weights = vec![EXAMPLE.to_vec()];
        let layer = Layer { weights, bias: vec![0.0], activation: Activation::Linear };
        Self { observation: Observation::Angles, force: 100.0, layers: vec![layer].into() }
    }
}
