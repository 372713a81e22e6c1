//! What can be set of the balance by prediction.

use crate::settings::{Choice, Invalid, Path, Range, Settings as _};

/// The most steps of a horizon.
pub const MAX_HORIZON: usize = 100;

/// What the predictions are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum PredictionModel {
    /// The plant's own equations.
    #[default]
    Nonlinear,
    /// The linear model about upright, for comparison: no good beyond small angles.
    Linear,
}

impl Choice for PredictionModel {
    const OPTIONS: &'static [&'static str] = &["nonlinear", "linear"];
}

/// What finds a constant push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum PushObserver {
    /// Nothing: a constant push leaves the cart off its place.
    #[default]
    None,
    /// A super-twisting law that makes the cart have the predicted acceleration.
    SuperTwisting,
}

impl Choice for PushObserver {
    const OPTIONS: &'static [&'static str] = &["none", "super_twisting"];
}

crate::settings! {
    /// Weights of what a prediction costs; the end is weighed by what follows from them at the top.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct PredictionWeights {
        numbers {
            /// Weights of the squares of the states a second, in state order.
            state: [f64; 6] = [100.0, 50.0, 50.0, 1.0, 1.0, 1.0], "SI", Range::new(0.0, 1e9);
            /// Weight of the square of the force a second.
            force: f64 = 0.01, "1/(N^2 s)", Range { min: 1e-9, max: 1e9, above_min: false };
            /// Weight of the square of what the cart goes beyond its share of the track, a second.
            track: f64 = 1e5, "1/(m^2 s)", Range::new(0.0, 1e12);
        }
    }
}

crate::settings! {
    /// Settings of the balance by prediction.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct PredictiveSettings {
        numbers {
            /// For how long a predicted force is held, and how often there is a new prediction: a multiple of the
            /// control period.
            step: f64 = 0.01, "s", Range::positive(0.02);
            /// How far a prediction goes: a multiple of the step, of at most 100 steps.
            horizon: f64 = 1.0, "s", Range::positive(2.0);
            /// Iterations of a prediction.
            iterations: u32 = 2, "1", Range::new(1.0, 20.0);
            /// Iterations of the first one from either of its two guesses, at most.
            first_iterations: u32 = 60, "1", Range::new(1.0, 1000.0);
            /// Share of the track that the cart has for free.
            track_share: f64 = 0.96, "1", Range::positive(1.0);
            /// Slope of the push that the observer follows.
            slope_bound: f64 = 200.0, "N/s", Range::positive(1e8);
        }
        choices {
            /// What predictions are made with.
            prediction: PredictionModel;
            /// What finds a constant push.
            observer: PushObserver;
        }
        groups {
            /// Weights of what a prediction costs.
            weights: PredictionWeights = PredictionWeights::default();
        }
    }
}

/// How often `part` is in `whole`, where it is a whole number of times.
fn times(whole: f64, part: f64) -> Option<u32> {
    let ratio = whole / part;
    let count = libm::round(ratio);
    // Both are decimal fractions, and their quotient is not.
    (count >= 1.0 && (ratio - count).abs() <= 1e-9 * count).then_some(count as u32)
}

impl PredictiveSettings {
    /// How many control periods of `period` s a step has, where that is a whole number.
    pub fn periods_a_step(&self, period: f64) -> Option<u32> {
        times(self.step, period)
    }

    /// The steps of the horizon, where it is a whole number of them.
    pub fn steps(&self) -> Option<usize> {
        times(self.horizon, self.step).map(|steps| steps as usize)
    }

    /// Checks the settings against each other.
    ///
    /// # Errors
    /// The first that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        let most = MAX_HORIZON as f64 * self.step;
        let range = Range::new(self.step, most * (1.0 + 1e-9));
        if range.contains(self.horizon) {
            return Ok(());
        }
        let (path, range) = (Path::of("horizon"), Range::new(self.step, most));
        Err(Invalid::OutOfRange { path, value: self.horizon, range, unit: "s" })
    }
}
