//! The tuning section: which gains are searched, between which bounds, and what a run costs.

use crate::term::Term;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use upright_core::settings::{Choice, Range};

/// Which particles of a swarm inform a particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// All of them: quick to agree.
    #[default]
    Global,
    /// The one before and the one after it: slower, and harder to fool.
    Ring,
}

impl Choice for Topology {
    const OPTIONS: &'static [&'static str] = &["global", "ring"];
}

upright_core::settings! {
    /// Weights of the terms of a run's cost; each term lies between 0 and 1, a fall's between 1 and 2.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct CostWeights {
        numbers {
            /// Weight of the time until the run has settled.
            settling: f64 = 1.0, "1", Range::new(0.0, 1e6);
            /// Weight of the largest angle.
            angle: f64 = 0.25, "1", Range::new(0.0, 1e6);
            /// Weight of the cart's largest distance from its place.
            cart: f64 = 0.5, "1", Range::new(0.0, 1e6);
            /// Weight of the integral of the squared force.
            effort: f64 = 0.25, "1", Range::new(0.0, 1e6);
            /// Weight of the total variation of the force.
            variation: f64 = 0.5, "1", Range::new(0.0, 1e6);
            /// Weight of the share of periods with the force at its limit.
            saturation: f64 = 0.25, "1", Range::new(0.0, 1e6);
            /// Weight of the cart's distance from its reference, root mean square, where there is one.
            tracking: f64 = 0.5, "1", Range::new(0.0, 1e6);
            /// Weight of a sampled loop that is not stable by its linear model, of laws that have a slope; a fifth of it
            /// counts where a tenth more or less of the input gain makes it so. By default more than all above together.
            stability: f64 = 3.5, "1", Range::new(0.0, 1e6);
            /// Weight of a fall, of leaving the track and of diverging.
            falls: f64 = 5.0, "1", Range::new(0.0, 1e6);
        }
    }
}

upright_core::settings! {
    /// The value of each quantity at which its term is one half.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct CostScales {
        numbers {
            /// Settling time.
            settling: f64 = 3.0, "s", Range::positive(1e9);
            /// Largest angle.
            angle: f64 = 0.2, "rad", Range::positive(1e9);
            /// Largest distance of the cart.
            cart: f64 = 0.5, "m", Range::positive(1e9);
            /// Integral of the squared force.
            effort: f64 = 500.0, "N^2 s", Range::positive(1e12);
            /// Total variation of the force.
            variation: f64 = 100.0, "N", Range::positive(1e12);
            /// Share of periods with the force at its limit.
            saturation: f64 = 0.1, "1", Range::positive(1.0);
            /// Distance of the cart from its reference, root mean square.
            tracking: f64 = 0.01, "m", Range::positive(1e9);
        }
    }
}

upright_core::settings! {
    /// How the particles of a swarm move.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Swarm {
        numbers {
            /// What is kept of the velocity; by default 1 / (2 ln 2).
            inertia: f64 = 0.721_347_520_444_481_7, "1", Range::new(0.0, 1.0);
            /// Pull of the particle's own best place; by default 1/2 + ln 2.
            cognitive: f64 = 1.193_147_180_559_945_4, "1", Range::new(0.0, 4.0);
            /// Pull of the best place that it is told of; by default 1/2 + ln 2.
            social: f64 = 1.193_147_180_559_945_4, "1", Range::new(0.0, 4.0);
            /// Largest step along a gain, as a share of the distance between its bounds.
            max_velocity: f64 = 0.5, "1", Range::positive(1.0);
        }
        choices {
            /// Which particles inform a particle.
            topology: Topology;
        }
    }
}

upright_core::settings! {
    /// How gains are judged and searched.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct TuningSettings {
        numbers {
            /// Runs of the study (0, 1, ...) on which every candidate is judged.
            draws: u32 = 20, "runs", Range::new(1.0, 1e5);
            /// Runs (0, 1, ...) on which a candidate must be better than the best so far to take its
            /// place; no more than `draws` where it is not above them.
            confirm: u32 = 200, "runs", Range::new(1.0, 1e5);
            /// Runs after those, which the search never sees, on which its answer is judged.
            validation: u32 = 200, "runs", Range::new(2.0, 1e5);
            /// Weight of the mean over the runs.
            mean: f64 = 0.8, "1", Range::new(0.0, 1e6);
            /// Weight of the worst run.
            worst: f64 = 0.2, "1", Range::new(0.0, 1e6);
        }
        groups {
            /// Weights of the terms of a run's cost.
            weights: CostWeights = CostWeights::default();
            /// The value of each quantity at which its term is one half.
            scales: CostScales = CostScales::default();
            /// How the particles move.
            swarm: Swarm = Swarm::default();
        }
    }
}

/// How a gain is searched between its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly in its logarithm.
    Log,
}

impl Choice for Scale {
    const OPTIONS: &'static [&'static str] = &["linear", "log"];
}

impl Scale {
    /// Its word in a scenario.
    pub fn word(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
        }
    }
}

/// The tuning section as resolved.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Tuning {
    /// How gains are judged and searched.
    #[serde(flatten)]
    pub settings: TuningSettings,
    /// The gains to search, by their own names or the names of their groups, each with what was
    /// said of its bounds; all gains where absent.
    pub gains: Option<BTreeMap<String, WrittenBounds>>,
    /// The two terms of the cost whose front is searched; one cost is where absent.
    pub objectives: Option<[Term; 2]>,
}

/// What a scenario says of the bounds of a gain; the rest is the gain's own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenBounds {
    /// Lower bound.
    pub min: Option<f64>,
    /// Upper bound.
    pub max: Option<f64>,
    /// How the gain is searched between them.
    pub scale: Option<Scale>,
}
