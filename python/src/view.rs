//! What a policy sees of a state, and what it is rewarded by: the same of one plant as of many.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use upright_core::elementary::sin_cos;
use upright_sim::Scenario;
use upright_sim::fleet::Progress;
use upright_sim::study::Row;
use upright_tune::CostFunction;

/// No observation is larger, so that what has diverged is one too.
pub(crate) const BOUND: f64 = 1e6;

/// No observation has more numbers.
pub(crate) const WIDEST: usize = 9;

/// What is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Observation {
    /// The state in its own order.
    Angles,
    /// With sine and cosine in place of each angle.
    SinCos,
    /// The nine numbers of Gymnasium's `InvertedDoublePendulum-v5`.
    Gymnasium,
}

/// What is rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reward {
    /// One a step for who stands in the middle, less by the squares of cart, angles and action.
    Quadratic,
    /// That of Gymnasium's `InvertedDoublePendulum-v5`.
    Gymnasium,
    /// What `tune` minimises, once, at the end of a run.
    Tuning,
    /// Something of the caller's own.
    Nothing,
}

/// How a scenario's plant is seen and rewarded.
pub(crate) struct View {
    observation: Observation,
    reward: Reward,
    lengths: [f64; 2],
    judge: CostFunction,
}

impl View {
    pub(crate) fn new(scenario: &Scenario, observation: &str, reward: &str) -> PyResult<Self> {
        let observation = match observation {
            "angles" => Observation::Angles,
            "sincos" => Observation::SinCos,
            "gymnasium" => Observation::Gymnasium,
            other => return Err(refuse("observation", other, "angles, sincos, gymnasium")),
        };
        let reward = match reward {
            "quadratic" => Reward::Quadratic,
            "gymnasium" => Reward::Gymnasium,
            "tuning" => Reward::Tuning,
            "none" => Reward::Nothing,
            other => {
                return Err(refuse("reward", other, "quadratic, gymnasium, tuning, or a function"));
            }
        };
        let lengths = [scenario.plant.link1.length, scenario.plant.link2.length];
        Ok(Self { observation, reward, lengths, judge: CostFunction::of(scenario) })
    }

    /// How many numbers an observation has.
    pub(crate) fn width(&self) -> usize {
        match self.observation {
            Observation::Angles => 6,
            Observation::SinCos => 8,
            Observation::Gymnasium => WIDEST,
        }
    }

    /// Writes what is observed of states, a row each; into as much room as they need.
    pub(crate) fn observe(&self, states: &[[f64; 6]], into: &mut [f64]) {
        // What is looked at is decided once, so that each loop is over numbers alone.
        match self.observation {
            Observation::Angles => {
                for (number, state) in into.iter_mut().zip(states.as_flattened()) {
                    *number = within(*state);
                }
            }
            Observation::SinCos => rows(states, into, |state| {
                let [x, theta1, theta2, x_dot, theta1_dot, theta2_dot] = *state;
                let ((sin1, cos1), (sin2, cos2)) = (sin_cos(theta1), sin_cos(theta2));
                [x, sin1, cos1, sin2, cos2, x_dot, theta1_dot, theta2_dot].map(within)
            }),
            Observation::Gymnasium => rows(states, into, |state| {
                // Its second angle is that between the links. Nothing but the track's end holds the cart, and there
                // the run is over: so the force of its constraints is zero.
                let [x, theta1, theta2, x_dot, theta1_dot, theta2_dot] = *state;
                let ((sin1, cos1), (sin2, cos2)) = (sin_cos(theta1), sin_cos(theta2 - theta1));
                let rates = [x_dot, theta1_dot, theta2_dot - theta1_dot]
                    .map(|rate| rate.clamp(-10.0, 10.0));
                let [x_dot, theta1_dot, between] = rates;
                [x, sin1, sin2, cos1, cos2, x_dot, theta1_dot, between, 0.0].map(within)
            }),
        }
    }

    /// What steps are rewarded by that came to states from which the runs go on.
    pub(crate) fn rewards(&self, states: &[[f64; 6]], actions: &[f64], rewards: &mut [f64]) {
        let all = rewards.iter_mut().zip(states).zip(actions);
        match self.reward {
            Reward::Nothing | Reward::Tuning => all.for_each(|((reward, _), _)| *reward = 0.0),
            Reward::Quadratic => {
                all.for_each(|((reward, state), action)| *reward = quadratic(state, *action));
            }
            Reward::Gymnasium => all.for_each(|((reward, state), action)| {
                *reward = self.reward(state, *action, Progress::Running, None);
            }),
        }
    }

    /// What a step is rewarded by that came to a state under an action from -1 to 1.
    pub(crate) fn reward(
        &self,
        state: &[f64; 6],
        action: f64,
        progress: Progress,
        row: Option<&Row>,
    ) -> f64 {
        let [x, theta1, theta2, _, theta1_dot, theta2_dot] = *state;
        let stands = progress != Progress::Terminated;
        match self.reward {
            Reward::Nothing => 0.0,
            Reward::Tuning => row.map_or(0.0, |row| -self.judge.cost(row)),
            Reward::Quadratic if !stands => 0.0,
            Reward::Quadratic => quadratic(state, action),
            Reward::Gymnasium => {
                let ((sin1, cos1), (sin2, cos2)) = (sin_cos(theta1), sin_cos(theta2));
                let [length1, length2] = self.lengths;
                let tip_x = x + length1 * sin1 + length2 * sin2;
                let tip_y = length1 * cos1 + length2 * cos2;
                let between = theta2_dot - theta1_dot;
                let distance = 0.01 * tip_x * tip_x + (tip_y - 2.0) * (tip_y - 2.0);
                let speed = 1e-3 * theta1_dot * theta1_dot + 5e-3 * between * between;
                let alive = if stands { 10.0 } else { 0.0 };
                let reward = alive - distance - speed;
                if reward.is_finite() { reward } else { -BOUND }
            }
        }
    }
}

/// One for who stands in the middle, less by the squares of cart, angles and action.
fn quadratic(state: &[f64; 6], action: f64) -> f64 {
    let [x, theta1, theta2, ..] = *state;
    let out = x * x + 4.0 * (theta1 * theta1 + theta2 * theta2);
    (1.0 - out).max(0.0) - 0.01 * action * action
}

/// What is observed of a number: what is none is as far as can be.
fn within(number: f64) -> f64 {
    if number.is_nan() { BOUND } else { number.clamp(-BOUND, BOUND) }
}

/// Writes a row of `N` numbers a state.
fn rows<const N: usize>(
    states: &[[f64; 6]],
    into: &mut [f64],
    row: impl Fn(&[f64; 6]) -> [f64; N],
) {
    for (into, state) in into.as_chunks_mut::<N>().0.iter_mut().zip(states) {
        *into = row(state);
    }
}

fn refuse(name: &str, value: &str, allowed: &str) -> PyErr {
    PyValueError::new_err(format!("{name} = {value}: allowed is one of {allowed}"))
}
