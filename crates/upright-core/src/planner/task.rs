//! What a plan shall reach, within which limits, and what it costs.

use crate::plant::{STATES, State};
use crate::settings::{Invalid, Path, Range};
use core::fmt;

/// What a plan shall reach, within which limits, and what it costs.
///
/// The cost is the sum over the steps of `step (R u^2 + sum Q_i e_i^2 + W max(0, |x| - X)^2) / 2` plus
/// `sum Qf_i e_i^2 / 2` of the last state, with `e` the distance from the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Task {
    /// For how long a force is held, in s; above 0, up to 0.1. Beyond 0.02 fast swings are integrated badly.
    pub step: f64,
    /// The largest force in N, above 0.
    pub max_force: f64,
    /// `X`: how far the cart may go from the middle for free, in m, above 0; infinite without a track.
    pub cart_limit: f64,
    /// `W`: weight of the square of what the cart goes beyond, in 1/(m^2 s), at least 0.
    pub beyond: f64,
    /// Where to: an equilibrium in state order; angles are not wrapped, so a turn more is another target.
    pub target: State<f64>,
    /// `Q`: weights of the states on the way, in state order, at least 0.
    pub state: State<f64>,
    /// `R`: weight of the force in 1/(N^2 s), above 0.
    pub force: f64,
    /// `Qf`: weights of the last state, in state order, at least 0.
    pub terminal: State<f64>,
}

impl Default for Task {
    /// To upright at rest with up to 120 N on a track without ends, in steps of 10 ms.
    fn default() -> Self {
        Self {
            step: 0.01,
            max_force: 120.0,
            cart_limit: f64::INFINITY,
            beyond: 2e4,
            target: [0.0; 6],
            state: [0.3, 0.0, 0.0, 0.01, 0.01, 0.01],
            force: 0.001,
            terminal: [1e4, 1e4, 1e4, 1e3, 1e3, 1e3],
        }
    }
}

/// Why there is nothing to plan.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// A number of the task is not allowed.
    Task(Invalid),
    /// More or fewer steps than a planner of this size can have.
    Steps {
        /// The steps asked for.
        steps: usize,
        /// The most that there may be; the fewest is one.
        most: usize,
    },
    /// A first state or force is not a finite number.
    NotFinite {
        /// The step that it stands at.
        step: usize,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(invalid) => invalid.fmt(out),
            Self::Steps { steps, most } => {
                write!(out, "a plan of {steps} steps: allowed is from 1 to {most}")
            }
            Self::NotFinite { step } => {
                write!(out, "the first guess of a plan is not finite at step {step}")
            }
        }
    }
}

impl core::error::Error for PlanError {}

impl Task {
    /// Checks every number.
    ///
    /// # Errors
    /// The first that is not allowed, with its range.
    pub fn check(&self) -> Result<(), Invalid> {
        let one = |name, value, range: Range, unit| {
            if range.contains(value) {
                return Ok(());
            }
            Err(Invalid::OutOfRange { path: Path::of(name), value, range, unit })
        };
        one("step", self.step, Range::positive(0.1), "s")?;
        one("max_force", self.max_force, Range::positive(1e6), "N")?;
        one("cart_limit", self.cart_limit, Range::positive(f64::INFINITY), "m")?;
        one("beyond", self.beyond, Range::new(0.0, 1e12), "1/(m^2 s)")?;
        one("force", self.force, Range::positive(1e6), "1/(N^2 s)")?;
        let each = |group, values: &State<f64>, range: Range| {
            for (name, &value) in STATES.iter().zip(values) {
                one(name, value, range, "SI").map_err(|invalid| invalid.within(group))?;
            }
            Ok(())
        };
        each("target", &self.target, Range::new(-1e3, 1e3))?;
        each("state", &self.state, Range::new(0.0, 1e9))?;
        each("terminal", &self.terminal, Range::new(0.0, 1e9))
    }
}
