//! From a plant and a wish to numbers: linear model, surface, gains, and what they tolerate.
//!
//! Nothing here leans on the system's mathematical library: `nalgebra` is built with its portable
//! one, so a design is the same to the bit on every machine.

mod conditioning;
mod gain_ratio;
mod linear_model;
mod report;
mod riccati;
mod surface;

pub use gain_ratio::VanishingGain;
pub use linear_model::LinearModel;
pub use report::{Controllability, Design, GainRatio, Lqr, MassMatrix, Warning, design, warnings};
pub use surface::{Root, sliding_poles};

use crate::registry::{LqrSettings, Visitor};
use crate::scenario::{Pole, Scenario, SurfaceSpec};
use upright_core::{Observer, Plant, Real};

/// What every controller is built on.
#[derive(Debug, Clone, Copy)]
pub struct Foundation {
    /// The coefficients of the sliding surface in state order.
    pub surface: [f64; 6],
    /// What the controller believes of the plant.
    pub model: Plant,
    /// The input gain below which the equivalent control is given up.
    pub beta_min: f64,
    /// The actuator's limit in N.
    pub max_force: f64,
    /// The control period in s.
    pub period: f64,
}

impl Foundation {
    /// Of a scenario.
    ///
    /// # Errors
    /// Where its surface does not exist or its sliding motion is not stable.
    pub fn of(scenario: &Scenario) -> Result<Self, DesignError> {
        let controller = &scenario.controller;
        Ok(Self {
            surface: surface_of(scenario)?,
            model: controller.model,
            beta_min: controller.common.beta_min,
            max_force: scenario.actuator.max_force,
            period: scenario.simulation.control_period,
        })
    }

    /// The observer of the surface.
    pub fn observer<R: Real>(&self) -> Observer<R> {
        Observer::new(self.surface, &self.model, self.beta_min)
    }
}

/// Why a design does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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
         theta2 = {theta2:.2} rad; allowed is up to {:e}",
        conditioning::WORST_CONDITION
    )]
    IllConditioned {
        /// Which parameters: `plant` or `controller.model`.
        field: &'static str,
        /// The condition number.
        condition: f64,
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
        "the poles are too far out for this plant: rounding makes {gain:.1e} of an input gain that \
         is one; slower poles, or ones closer together, can be placed"
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
    /// The Riccati equation has no stabilising solution that could be found.
    #[error("LQR with these weights has no stabilising solution")]
    NoRiccatiSolution,
}

impl DesignError {
    /// The field of the scenario that asks for what does not exist.
    pub fn field(&self) -> &'static str {
        match self {
            Self::NotPositiveDefinite { field, .. } | Self::IllConditioned { field, .. } => field,
            Self::Uncontrollable { .. }
            | Self::PolesTooFar { .. }
            | Self::NoInputGain { .. }
            | Self::UnstableSliding { .. } => "controller.surface",
            Self::NoRiccatiSolution => "controller.weights",
        }
    }
}

/// The coefficients of the scenario's surface.
fn surface_of(scenario: &Scenario) -> Result<[f64; 6], DesignError> {
    let model = LinearModel::new(&scenario.controller.model);
    let coefficients = match &scenario.controller.surface {
        SurfaceSpec::Coefficients(coefficients) => *coefficients,
        SurfaceSpec::Poles(poles) => {
            let roots: Vec<Root> =
                poles.iter().flat_map(Pole::roots).map(|(re, im)| Root { re, im }).collect();
            surface::check_stable(&roots)?;
            surface::from_poles(&model, &roots)?
        }
    };
    surface::check_stable(&sliding_poles(&model, &coefficients)?)?;
    Ok(coefficients)
}

/// Gains of LQR on the linear model of `model`: of the six states, and of the cart position's
/// integral (zero where the settings have none).
///
/// # Errors
/// [`DesignError::NoRiccatiSolution`].
pub fn lqr_gains(model: &Plant, settings: &LqrSettings) -> Result<([f64; 6], f64), DesignError> {
    riccati::gains(&LinearModel::new(model), settings)
}

/// Checks that the plant is one, and that the scenario's controller can be built.
///
/// # Errors
/// What does not exist.
pub fn check(scenario: &Scenario) -> Result<(), DesignError> {
    struct Build<'a>(&'a Foundation);
    impl Visitor for Build<'_> {
        type Output = Result<(), DesignError>;
        fn visit<K: crate::registry::Kind>(self, settings: &K::Settings) -> Self::Output {
            K::build::<f64>(settings, self.0).map(|_| ())
        }
    }
    conditioning::check("plant", &scenario.plant)?;
    conditioning::check("controller.model", &scenario.controller.model)?;
    let foundation = Foundation::of(scenario)?;
    scenario.controller.settings.visit(Build(&foundation))
}
