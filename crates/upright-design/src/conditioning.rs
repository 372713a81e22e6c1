//! How well a matrix can be solved: the mass matrix over all angles, and any other.

use crate::error::DesignError;
use crate::linear_model::mass_matrix;
use nalgebra::{DMatrix, SMatrix};
use std::f64::consts::PI;
use upright_core::Plant;

/// Plants with a larger condition number at any angles are refused.
pub const MAX_CONDITION: f64 = 1e8;
/// Angles looked at over half a turn of link 1 and a whole one of link 2; the mass matrix depends
/// on them by first harmonics only, and is the same at both angles negated.
const GRID: u32 = 24;

/// The condition number of the mass matrix at two angles; infinite where it is not positive
/// definite.
pub fn condition_at(plant: &Plant, theta1: f64, theta2: f64) -> f64 {
    let values = mass_matrix(plant, theta1, theta2).symmetric_eigenvalues();
    if values.min() > 0.0 { values.max() / values.min() } else { f64::INFINITY }
}

/// The angles looked at.
fn angles() -> impl Iterator<Item = (f64, f64)> {
    let angle = |i: u32| 2.0 * PI * f64::from(i) / f64::from(GRID);
    (0..=GRID / 2).flat_map(move |i| (0..GRID).map(move |j| (angle(i), angle(j))))
}

/// A bound of the condition number over the circle of angles that needs no eigenvalues: of three positive
/// ones with sum `t` and product `d` the largest is at most `t`, the product of the larger two at most
/// `t^2 / 4`, and so the ratio of the largest to the smallest at most `t^3 / (4 d)`. Infinite where the
/// matrix may not be positive definite.
fn bound(plant: &Plant) -> f64 {
    let at = |(theta1, theta2)| {
        let matrix = mass_matrix(plant, theta1, theta2);
        let (trace, determinant) = (matrix.trace(), matrix.determinant());
        // With a positive determinant and this minor, both positive, all eigenvalues are.
        let minor = matrix[(0, 0)] * matrix[(1, 1)] - matrix[(0, 1)] * matrix[(0, 1)];
        let definite = matrix[(0, 0)] > 0.0 && minor > 0.0 && determinant > 0.0;
        if definite { trace * trace * trace / (4.0 * determinant) } else { f64::INFINITY }
    };
    angles().map(at).fold(0.0, f64::max)
}

/// The worst condition number over the circle of angles, and where it is: `(condition, theta1,
/// theta2)`.
pub fn worst(plant: &Plant) -> (f64, f64, f64) {
    angles()
        .map(|(theta1, theta2)| (condition_at(plant, theta1, theta2), theta1, theta2))
        // Of equals the first, which is upright, and half a turn of both links is its equal.
        .reduce(|worst, at| if at.0 > worst.0 * (1.0 + 1e-12) { at } else { worst })
        .unwrap_or((f64::INFINITY, 0.0, 0.0))
}

/// Checks that the mass matrix of the parameters that errors call `field` can be solved everywhere.
///
/// # Errors
/// [`DesignError::NotPositiveDefinite`] and [`DesignError::IllConditioned`].
pub fn check(field: &'static str, plant: &Plant) -> Result<(), DesignError> {
    // Most plants are far from the limit, which costs little to know.
    if bound(plant) <= MAX_CONDITION {
        return Ok(());
    }
    let (condition, theta1, theta2) = worst(plant);
    if condition <= MAX_CONDITION {
        Ok(())
    } else if condition.is_finite() {
        let allowed = MAX_CONDITION;
        Err(DesignError::IllConditioned { field, condition, allowed, theta1, theta2 })
    } else {
        Err(DesignError::NotPositiveDefinite { field, theta1, theta2 })
    }
}

/// The condition number of a matrix: its largest over its smallest singular value; infinite where
/// the matrix is not finite.
pub fn condition<const N: usize>(matrix: &SMatrix<f64, N, N>) -> f64 {
    if !matrix.iter().all(|x| x.is_finite()) {
        return f64::INFINITY;
    }
    let values = DMatrix::from_column_slice(N, N, matrix.as_slice()).singular_values();
    values.max() / values.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_never_below_the_condition_number() {
        for exponent in -6..=3 {
            let mut plant = Plant::default();
            plant.link2.mass *= 10f64.powi(exponent);
            plant.link2.inertia *= 10f64.powi(exponent);
            let (worst, ..) = worst(&plant);
            let bound = bound(&plant);
            assert!(bound >= worst && bound < 40.0 * worst, "{bound:e} for {worst:e}");
        }
        let mut pointless = Plant::default();
        (pointless.link2.com, pointless.link2.inertia) = (0.0, 0.0);
        assert!(check("plant", &pointless).is_err());
    }
}
