//! The terms of a run's cost by name.

use serde::{Deserialize, Serialize};

/// A term of a run's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Time until the run has settled.
    Settling,
    /// Largest angle.
    Angle,
    /// The cart's largest distance from its place.
    Cart,
    /// Integral of the squared force.
    Effort,
    /// Total variation of the force.
    Variation,
    /// Share of periods with the force at its limit.
    Saturation,
    /// Distance of the cart from its reference, where there is one.
    Tracking,
    /// Whether the law's own sampled loop is not stable, or near to that.
    Stability,
    /// Whether the run ended early.
    Falls,
}

impl Term {
    /// Every term, in the order in which a cost has them.
    pub const ALL: [Self; 9] = [
        Self::Settling,
        Self::Angle,
        Self::Cart,
        Self::Effort,
        Self::Variation,
        Self::Saturation,
        Self::Tracking,
        Self::Stability,
        Self::Falls,
    ];
    /// Their names, in the same order.
    pub const NAMES: [&'static str; 9] = [
        "settling",
        "angle",
        "cart",
        "effort",
        "variation",
        "saturation",
        "tracking",
        "stability",
        "falls",
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The unit of what it is made of.
    pub fn unit(self) -> &'static str {
        ["s", "rad", "m", "N² s", "N", "1", "m", "1", "1"][self as usize]
    }

    /// The metric that it is made of, by its key; neither a fall nor an unstable loop is one.
    pub fn metric(self) -> Option<&'static str> {
        match self {
            Self::Settling => Some("settling_time"),
            Self::Angle => Some("max_angle"),
            Self::Cart => Some("max_cart"),
            Self::Effort => Some("effort"),
            Self::Variation => Some("total_variation"),
            Self::Saturation => Some("saturation"),
            Self::Tracking => Some("tracking_rms"),
            Self::Stability | Self::Falls => None,
        }
    }
}
