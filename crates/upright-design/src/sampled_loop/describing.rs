//! What a switching law does in a loop that its slope would make unstable: the limit cycle, by its describing
//! function.
//!
//! A. Gelb, W. E. Vander Velde, Multiple-Input Describing Functions and Nonlinear System Design (1968).

use super::SlopeLimit;
use serde::Serialize;
use std::f64::consts::PI;
use upright_core::law::Smoothing;

/// An oscillation that keeps itself going.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LimitCycle {
    /// Amplitude of `s` in N s.
    pub amplitude: f64,
    /// Amplitude of the force's fundamental in N.
    pub force: f64,
    /// Frequency in Hz.
    pub frequency: f64,
}

/// A switching term smoothed by a boundary layer, and a proportional one, as a law of `s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Switching {
    /// Switching gain in N.
    pub gain: f64,
    /// Half the width of the boundary layer in N s, above zero.
    pub boundary_layer: f64,
    /// How much it widens with the distance from the surface.
    pub boundary_layer_slope: f64,
    /// The share of the boundary layer in which the switching term is zero.
    pub dead_band: f64,
    /// Reaching rate in 1/s.
    pub reaching_rate: f64,
    /// How the switching term passes through the boundary layer.
    pub smoothing: Smoothing,
}

impl Switching {
    /// The slope next to the surface in 1/s, a dead band left aside.
    pub fn slope(&self) -> f64 {
        self.gain / self.boundary_layer + self.reaching_rate
    }

    /// The describing function: the force's fundamental by the amplitude of `s`, in 1/s, by quadrature over a
    /// quarter of the cycle.
    pub fn describing(&self, amplitude: f64) -> f64 {
        const POINTS: u32 = 2000;
        let step = 0.5 * PI / f64::from(POINTS);
        let share = |i: u32| {
            let (sin, _) = upright_core::elementary::sin_cos(step * (f64::from(i) + 0.5));
            let s = amplitude * sin;
            let layer = self.boundary_layer + self.boundary_layer_slope * s;
            let still = s < self.dead_band * self.boundary_layer;
            let switched: f64 = if still { 0.0 } else { self.smoothing.sat(s / layer) };
            switched * sin
        };
        let mean = (0..POINTS).map(share).sum::<f64>() * step;
        4.0 * self.gain * mean / (PI * amplitude) + self.reaching_rate
    }
}

/// The cycle of a switching law whose slope is above the loop's limit; nothing where it is not, or where its
/// reaching rate alone is: then nothing but the actuator's limit ends the growth.
pub fn switching_cycle(law: &Switching, limit: &SlopeLimit) -> Option<LimitCycle> {
    if law.slope() <= limit.kappa || law.reaching_rate >= limit.kappa {
        return None;
    }
    let mut outer = law.boundary_layer;
    while law.describing(outer) > limit.kappa {
        outer *= 2.0;
        if !outer.is_finite() || outer > 1e12 {
            return None;
        }
    }
    let mut inner = outer * 0.5;
    while law.describing(inner) < limit.kappa && inner > 1e-12 {
        inner *= 0.5;
    }
    for _ in 0..80 {
        let middle = 0.5 * (inner + outer);
        if law.describing(middle) > limit.kappa {
            inner = middle;
        } else {
            outer = middle;
        }
    }
    Some(LimitCycle {
        amplitude: outer,
        force: outer * limit.kappa,
        frequency: limit.frequency / (2.0 * PI),
    })
}

/// The cycle of the super-twisting law with the gain `k1` of its square root, in N/(N s)^(1/2): the describing
/// function of the root is `1.113 k1 / sqrt(A)`, and the integral's part is small beside it.
pub fn super_twisting_cycle(k1: f64, limit: &SlopeLimit) -> LimitCycle {
    let root = 1.113 * k1 / limit.kappa;
    let amplitude = root * root;
    LimitCycle {
        amplitude,
        force: amplitude * limit.kappa,
        frequency: limit.frequency / (2.0 * PI),
    }
}
