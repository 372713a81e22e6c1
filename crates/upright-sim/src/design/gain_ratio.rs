//! The input gain seen through the surface: where it vanishes, and how far the true one may be
//! from the modelled one.

use super::Foundation;
use crate::scenario::ParameterSpread;
use serde::Serialize;
use std::f64::consts::PI;
use upright_core::{Observer, Plant};

/// The input gain `beta` of a surface at two angles in rad.
pub(super) fn beta(foundation: &Foundation, theta1: f64, theta2: f64) -> f64 {
    let observer: Observer<f64> = foundation.observer();
    observer.observe(&[0.0, theta1, theta2, 0.0, 0.0, 0.0]).beta
}

/// Where `beta` vanishes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VanishingGain {
    /// In rad.
    pub theta1: f64,
    /// In rad.
    pub theta2: f64,
    /// Distance from upright in the plane of the angles, in rad.
    pub distance: f64,
}

/// The point nearest to upright where `beta` vanishes; its mirror image through upright is
/// another. Nothing within half a turn where it has one sign.
pub(super) fn nearest_zero(foundation: &Foundation) -> Option<VanishingGain> {
    const RAYS: u32 = 360;
    const STEP: f64 = 0.01;
    let observer: Observer<f64> = foundation.observer();
    let beta = |direction: f64, radius: f64| {
        let (sin, cos) = upright_core::elementary::sin_cos(direction);
        observer.observe(&[0.0, radius * cos, radius * sin, 0.0, 0.0, 0.0]).beta
    };
    let sign = beta(0.0, 0.0) > 0.0;
    // The first zero on a ray, out to `reach`.
    let first = |direction: f64, reach: f64| -> Option<f64> {
        let mut inner = 0.0;
        while inner < reach {
            let outer = inner + STEP;
            if (beta(direction, outer) > 0.0) != sign {
                let (mut low, mut high) = (inner, outer);
                for _ in 0..50 {
                    let middle = 0.5 * (low + high);
                    if (beta(direction, middle) > 0.0) == sign {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                return Some(high);
            }
            inner = outer;
        }
        None
    };
    let mut best: Option<(f64, f64)> = None;
    // Half a turn is enough: beta is the same at both angles negated.
    let ray = PI / f64::from(RAYS);
    for i in 0..RAYS {
        let direction = ray * f64::from(i);
        let reach = best.map_or(PI, |(radius, _)| radius);
        if let Some(radius) = first(direction, reach)
            && radius < reach
        {
            best = Some((radius, direction));
        }
    }
    let (mut radius, mut direction) = best?;
    let mut width = ray;
    while width > 1e-7 {
        for candidate in [direction - width, direction + width] {
            if let Some(nearer) = first(candidate, radius).filter(|&nearer| nearer < radius) {
                (radius, direction) = (nearer, candidate);
            }
        }
        width *= 0.5;
    }
    let (sin, cos) = upright_core::elementary::sin_cos(direction);
    // Of the two mirror images, the one that leans link 1 to the left.
    let side = if cos > 0.0 { -1.0 } else { 1.0 };
    Some(VanishingGain {
        theta1: side * radius * cos,
        theta2: side * radius * sin,
        distance: radius,
    })
}

/// The true over the modelled input gain at upright, for the surface of `foundation` and a true
/// plant.
pub(super) fn ratio(foundation: &Foundation, plant: &Plant) -> f64 {
    beta(&Foundation { model: *plant, ..*foundation }, 0.0, 0.0) / beta(foundation, 0.0, 0.0)
}

/// The smallest and largest ratio over the corners of `spread` about `plant`. The damping does not
/// enter, nor does the length of link 2.
pub(super) fn range(
    foundation: &Foundation,
    plant: &Plant,
    spread: &ParameterSpread,
) -> (f64, f64) {
    let mut ratios = (f64::INFINITY, f64::NEG_INFINITY);
    for corner in 0_u32..1 << 8 {
        let mut drawn = *plant;
        let mut bit = 0;
        let mut move_out = |parameter: &mut f64, spread: f64| {
            let side = if corner >> bit & 1 == 1 { 1.0 } else { -1.0 };
            *parameter *= 1.0 + side * spread;
            bit += 1;
        };
        move_out(&mut drawn.cart_mass, spread.cart_mass);
        move_out(&mut drawn.link1.mass, spread.link1.mass);
        move_out(&mut drawn.link1.length, spread.link1.length);
        move_out(&mut drawn.link1.com, spread.link1.com);
        move_out(&mut drawn.link1.inertia, spread.link1.inertia);
        move_out(&mut drawn.link2.mass, spread.link2.mass);
        move_out(&mut drawn.link2.com, spread.link2.com);
        move_out(&mut drawn.link2.inertia, spread.link2.inertia);
        // What is no plant is not drawn either.
        if drawn.check().is_ok() {
            let ratio = ratio(foundation, &drawn);
            ratios = (ratios.0.min(ratio), ratios.1.max(ratio));
        }
    }
    ratios
}
