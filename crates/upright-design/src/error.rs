//! Why a design does not exist.

use crate::root::Root;
use upright_core::BuildError;

/// Why a design does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// The mass matrix is not positive definite at some angles.
    #[error(
        "the mass matrix is not positive definite at theta1 = {theta1:.2}, theta2 = {theta2:.2} rad: \
         a link needs mass away from its joint, or inertia"
    )]
    NotPositiveDefinite {
        /// Which parameters: `plant` or `controller.model`.
        field: &'static str,
        /// Where, in rad.
        theta1: f64,
        /// Where, in rad.
        theta2: f64,
    },
    /// The mass matrix is too badly conditioned at some angles.
    #[error(
        "the mass matrix has condition number {condition:.1e} at theta1 = {theta1:.2}, \
         theta2 = {theta2:.2} rad; allowed is up to {allowed:e}"
    )]
    IllConditioned {
        /// Which parameters: `plant` or `controller.model`.
        field: &'static str,
        /// The condition number.
        condition: f64,
        /// The largest condition number that is allowed.
        allowed: f64,
        /// Where, in rad.
        theta1: f64,
        /// Where, in rad.
        theta2: f64,
    },
    /// The force does not reach every mode of the linear model.
    #[error(
        "the linear model is not controllable (the controllability matrix has condition number \
         {condition:.1e}), so no surface can be designed; look at the plant's parameters"
    )]
    Uncontrollable {
        /// The condition number of the controllability matrix.
        condition: f64,
    },
    /// Rounding leaves nothing of a surface with these poles.
    #[error(
        "the poles are too far out for this plant: rounding leaves an input gain that should be one \
         off by {:.1e}; slower poles, or ones closer together, can be placed",
        (gain - 1.0).abs()
    )]
    PolesTooFar {
        /// The input gain of the computed surface, which should be one.
        gain: f64,
    },
    /// The surface is blind to the force.
    #[error("the force does not reach the surface: the input gain at upright is {beta:.1e}")]
    NoInputGain {
        /// The input gain at upright.
        beta: f64,
    },
    /// Motion on the surface is not stable.
    #[error(
        "the sliding motion is not stable: it has a pole at {pole} 1/s; \
         every pole must have a negative real part"
    )]
    UnstableSliding {
        /// The pole furthest to the right.
        pole: Root,
    },
    /// The kind of controller has no design with these settings.
    #[error(transparent)]
    Controller(#[from] BuildError),
    /// The estimator cannot be built with these settings.
    #[error("{0}")]
    Estimator(BuildError),
    /// There is no motion, or none within what the actuator can give, that does what a reference asks.
    #[error("{reason}")]
    Reference {
        /// The field of the reference that asks for it: `duration`.
        field: &'static str,
        /// Why not, and what would do.
        reason: String,
    },
}

impl DesignError {
    /// The field of the scenario that asks for what does not exist: `controller.surface`.
    pub fn field(&self) -> String {
        match self {
            Self::NotPositiveDefinite { field, .. } | Self::IllConditioned { field, .. } => {
                (*field).to_owned()
            }
            Self::Uncontrollable { .. }
            | Self::PolesTooFar { .. }
            | Self::NoInputGain { .. }
            | Self::UnstableSliding { .. } => "controller.surface".to_owned(),
            Self::Reference { field, .. } => format!("reference.{field}"),
            Self::Estimator(BuildError { field, .. }) => format!("estimator.{field}"),
            Self::Controller(BuildError { field, .. }) => format!("controller.{field}"),
        }
    }
}
