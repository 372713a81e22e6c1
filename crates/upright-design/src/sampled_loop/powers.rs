//! How large the powers of a matrix become: its spectral radius by repeated squaring.
//!
//! Squaring needs no iteration that may not converge, and its rounding is divided by the power.

use nalgebra::DMatrix;

/// The spectral radius, `lim |A^k|^(1/k)`; not a number where an entry is not finite.
pub(super) fn spectral_radius(mut matrix: DMatrix<f64>) -> f64 {
    let (mut logarithm, mut power) = (0.0, 1.0);
    for _ in 0..52 {
        let size = matrix.norm();
        if size == 0.0 {
            return 0.0;
        }
        if !size.is_finite() {
            return f64::NAN;
        }
        matrix /= size;
        logarithm += libm::log(size) / power;
        matrix = &matrix * &matrix;
        power *= 2.0;
    }
    libm::exp(logarithm + libm::log(matrix.norm().max(f64::MIN_POSITIVE)) / power)
}

/// Whether the spectral radius is below 1.
pub(super) fn is_stable(mut matrix: DMatrix<f64>) -> bool {
    let (mut logarithm, mut power) = (0.0, 1.0);
    for _ in 0..52 {
        let size = matrix.norm();
        if size == 0.0 {
            return true;
        }
        if !size.is_finite() {
            return false;
        }
        matrix /= size;
        logarithm += libm::log(size) / power;
        // Beyond what its condition can hide: |A^k| is within a factor of rho^k that does not grow like it.
        if logarithm * power < -60.0 {
            return true;
        }
        if logarithm * power > 60.0 {
            return false;
        }
        matrix = &matrix * &matrix;
        power *= 2.0;
    }
    logarithm < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_radius_is_that_of_matrices_whose_eigenvalues_are_known() {
        // A rotation that shrinks, a Jordan block, and a shift that forgets everything.
        let (r, c, s) = (0.97, 0.3_f64.cos(), 0.3_f64.sin());
        let mut a = DMatrix::zeros(6, 6);
        a[(0, 0)] = r * c;
        a[(0, 1)] = -r * s;
        a[(1, 0)] = r * s * 1e4;
        a[(0, 1)] /= 1e4;
        a[(1, 1)] = r * c;
        a[(2, 2)] = 0.9;
        a[(2, 3)] = 1e3;
        a[(3, 3)] = 0.9;
        a[(5, 4)] = 1.0;
        assert!((spectral_radius(a.clone()) - 0.97).abs() < 1e-12);
        assert!(is_stable(a.clone()));
        assert!(!is_stable(&a / 0.969));
        assert!(is_stable(&a / 0.971));
        assert_eq!(spectral_radius(DMatrix::zeros(3, 3)), 0.0);
        assert!(spectral_radius(DMatrix::from_element(2, 2, f64::NAN)).is_nan());
    }
}
