//! Scenarios: everything about a run of the double inverted pendulum on a cart, as text and as data.
//!
//! Every field has a default, so an empty document is the nominal scenario. Reading goes through four
//! steps: the text becomes a tree whose places are known ([`document`]), the tree is merged into the
//! defaults, the result is checked against the tables of the settings, and becomes a [`Scenario`].
//! [`kinds`] knows which kinds of controller there are, [`tunable`] what can be tuned.

mod builder;
mod check;
mod context;
mod controller;
pub mod design_report;
mod design_warning;
#[cfg(feature = "yaml")]
pub mod document;
mod encoders;
mod error;
mod estimator;
mod estimator_design;
mod external;
pub mod gains;
pub mod kinds;
mod lanes;
mod lqr;
mod motor;
mod mpc;
#[cfg(feature = "yaml")]
mod named_file;
mod overlay;
mod path;
mod per_angle;
mod read;
pub mod record;
mod reference;
mod reference_plan;
pub mod sampled;
mod scenario;
pub mod schema;
mod sections;
mod swing_up;
mod term;
#[cfg(feature = "yaml")]
mod text;
pub mod tunable;
mod tuning;
mod under;
mod validate;

pub use builder::ScenarioBuilder;
pub use context::poles_of;
pub use controller::{Common, ControllerSection, Pole, SurfaceSpec};
pub use error::{FieldError, Place, Problem, ScenarioError};
pub use estimator::EstimatorSettings;
pub use motor::Motor;
pub use per_angle::PerAngle;
pub use reference::{Reference, ReferenceKind, ReferenceSettings, Shape};
pub use reference_plan::ReferencePlan;
pub use scenario::Scenario;
pub use sections::{
    Actuator, ActuatorKind, AreaSpread, Distribution, Disturbance, DisturbanceKind, FrictionSpread,
    Integrator, LinkSpread, Monitoring, ParameterSpread, Parameters, SecondEncoder, Sensors,
    SettledBand, Simulation, Target, Uncertainty, VelocitySource,
};
pub use term::Term;
#[cfg(feature = "yaml")]
pub use text::Overrides;
pub use tuning::{
    CostScales, CostWeights, Scale, Swarm, Topology, Tuning, TuningSettings, WrittenBounds,
};
