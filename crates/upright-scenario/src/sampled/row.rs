//! What a loop under one law comes to, as data.

use serde::Serialize;
use upright_design::sampled_loop::{ForceNoise, LimitCycle, Margins};

/// A loop under one law.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoopRow {
    /// The kind of controller.
    pub controller: &'static str,
    /// At which of its gains, where it adapts.
    pub at: Option<&'static str>,
    /// The slope next to the surface in 1/s; absent for laws that have none that means anything.
    pub slope: Option<f64>,
    /// The largest slope in 1/s with which the loop is stable; absent for LQR.
    pub slope_limit: Option<f64>,
    /// The factor by which the slowest motion shrinks in a period; absent for laws without a slope.
    pub spectral_radius: Option<f64>,
    /// The worst of it found at the corners of the scenario's uncertainty.
    pub worst_radius: Option<f64>,
    /// What the loop tolerates at its actuator; absent where it is not stable.
    pub margins: Option<Margins>,
    /// The force that the sensors' noise makes; absent where the loop is not stable.
    pub noise: Option<ForceNoise>,
    /// The limit cycle, where there is one: of laws without a slope always.
    pub cycle: Option<LimitCycle>,
}
