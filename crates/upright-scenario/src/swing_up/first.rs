//! The plan that a run begins with.

use super::stored::StoredPlan;
use std::sync::Arc;
use upright_core::plant::State;
use upright_plan::Answer;

/// The plan that a run begins with.
#[derive(Debug, Clone)]
pub enum FirstPlan {
    /// It was made before, and the scenario has it.
    Stored(StoredPlan),
    /// It is the best of those that were made for the run.
    Made(Arc<Answer>),
}

impl FirstPlan {
    /// Its forces in N.
    pub fn forces(&self) -> &[f64] {
        match self {
            Self::Stored(plan) => &plan.forces,
            Self::Made(answer) => &answer.best().forces,
        }
    }

    /// Its states, one more than there are forces.
    pub fn states(&self) -> &[State<f64>] {
        match self {
            Self::Stored(plan) => &plan.states,
            Self::Made(answer) => &answer.best().states,
        }
    }
}
