//! The input gain seen through the surface: where it vanishes, and how far the true one may be
//! from the modelled one.

use serde::Serialize;
use std::f64::consts::PI;
use upright_core::plant::PARAMETERS;
use upright_core::{ControllerContext, Plant, SlidingSurface};

/// The input gain `beta` of a surface at two angles in rad.
pub fn beta(context: &ControllerContext, theta1: f64, theta2: f64) -> f64 {
    let surface: SlidingSurface<f64> = context.sliding_surface();
    surface.read(&[0.0, theta1, theta2, 0.0, 0.0, 0.0]).beta
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
pub fn nearest_zero(context: &ControllerContext) -> Option<VanishingGain> {
    const RAYS: u32 = 360;
    const STEP: f64 = 0.01;
    let surface: SlidingSurface<f64> = context.sliding_surface();
    let beta = |direction: f64, radius: f64| {
        let (sin, cos) = upright_core::elementary::sin_cos(direction);
        surface.read(&[0.0, radius * cos, radius * sin, 0.0, 0.0, 0.0]).beta
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

/// The true over the modelled input gain at upright, for the surface of `context` and a true
/// plant.
pub fn ratio(context: &ControllerContext, plant: &Plant) -> f64 {
    beta(&ControllerContext { model: *plant, ..*context }, 0.0, 0.0) / beta(context, 0.0, 0.0)
}

/// Parameters that enter the input gain: friction and drag do not, nor does the length of link 2.
fn enters(name: &str) -> bool {
    name == "cart_mass" || name.starts_with("link") && name != "link2.length"
}

/// The smallest and largest ratio over the corners of the relative spreads `spread` about `plant`, in
/// the order of [`PARAMETERS`].
pub fn range(
    context: &ControllerContext,
    plant: &Plant,
    spread: &[f64; PARAMETERS.len()],
) -> (f64, f64) {
    let entering = PARAMETERS.iter().enumerate().filter(|(_, name)| enters(name));
    let entering: Vec<usize> = entering.map(|(index, _)| index).collect();
    let mut ratios = (f64::INFINITY, f64::NEG_INFINITY);
    for corner in 0_u32..1 << entering.len() {
        let mut drawn = *plant;
        let parameters = drawn.parameters_mut();
        for (bit, &index) in entering.iter().enumerate() {
            let side = if corner >> bit & 1 == 1 { 1.0 } else { -1.0 };
            *parameters[index] *= 1.0 + side * spread[index];
        }
        // What is no plant is not drawn either.
        if drawn.check().is_ok() {
            let ratio = ratio(context, &drawn);
            ratios = (ratios.0.min(ratio), ratios.1.max(ratio));
        }
    }
    ratios
}
