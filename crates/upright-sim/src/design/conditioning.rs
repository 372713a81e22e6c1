//! How well the mass matrix can be solved, over all angles.

use super::DesignError;
use super::linear_model::mass_matrix;
use std::f64::consts::PI;
use upright_core::Plant;

/// Plants with a worse condition number anywhere are refused.
pub(super) const WORST_CONDITION: f64 = 1e8;
/// Angles looked at over half a turn of link 1 and a whole one of link 2; the mass matrix depends
/// on them by first harmonics only, and is the same at both angles negated.
const GRID: u32 = 24;

/// The condition number of the mass matrix at two angles; infinite where it is not positive
/// definite.
pub(super) fn condition_at(plant: &Plant, theta1: f64, theta2: f64) -> f64 {
    let values = mass_matrix(plant, theta1, theta2).symmetric_eigenvalues();
    if values.min() > 0.0 { values.max() / values.min() } else { f64::INFINITY }
}

/// The worst condition number over the circle of angles, and where it is: `(condition, theta1,
/// theta2)`.
pub(super) fn worst(plant: &Plant) -> (f64, f64, f64) {
    let angle = |i: u32| 2.0 * PI * f64::from(i) / f64::from(GRID);
    (0..=GRID / 2)
        .flat_map(|i| (0..GRID).map(move |j| (angle(i), angle(j))))
        .map(|(theta1, theta2)| (condition_at(plant, theta1, theta2), theta1, theta2))
        // Of equals the first, which is upright, and half a turn of both links is its equal.
        .reduce(|worst, at| if at.0 > worst.0 * (1.0 + 1e-12) { at } else { worst })
        .unwrap_or((f64::INFINITY, 0.0, 0.0))
}

/// Checks that the mass matrix can be solved everywhere.
pub(super) fn check(field: &'static str, plant: &Plant) -> Result<(), DesignError> {
    let (condition, theta1, theta2) = worst(plant);
    if condition <= WORST_CONDITION {
        Ok(())
    } else if condition.is_finite() {
        Err(DesignError::IllConditioned { field, condition, theta1, theta2 })
    } else {
        Err(DesignError::NotPositiveDefinite { field, theta1, theta2 })
    }
}
