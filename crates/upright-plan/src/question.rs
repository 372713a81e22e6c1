//! What is to be planned.

use upright_core::swing_up::Swing;
use upright_core::swing_up::settings::PlanSettings;
use upright_core::{Plant, State};

/// What is to be planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// What is known of the plant, its track included.
    pub model: Plant,
    /// The actuator's largest force in N.
    pub max_force: f64,
    /// The control period in s.
    pub period: f64,
    /// The state to start from, in SI units and radians.
    pub from: State<f64>,
    /// The angles of the equilibrium to go to, in rad, whole turns left aside.
    pub at: [f64; 2],
    /// How plans are made and compared.
    pub plan: PlanSettings,
    /// Seed of the starts and of the draws.
    pub seed: u64,
}

impl Question {
    /// With default settings, from `from`, for a force limit in N and a control period in s.
    pub fn new(model: Plant, max_force: f64, period: f64, from: State<f64>) -> Self {
        Self {
            model,
            max_force,
            period,
            from,
            at: [0.0; 2],
            plan: PlanSettings::default(),
            seed: 42,
        }
    }

    /// The limits of its plans.
    pub fn swing(&self) -> Swing {
        Swing::new(&self.plan, self.max_force, self.model.track).to(self.at)
    }
}
