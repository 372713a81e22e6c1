//! LQR: the stabilising solution of the continuous algebraic Riccati equation.
//!
//! `A'X + XA - X B B' X / r + Q = 0` by the structure-preserving doubling algorithm (E. K.-W. Chu,
//! H.-Y. Fan, W.-W. Lin, Linear Algebra Appl. 396 (2005) 55-80): quadratic convergence, and only
//! sums, products and linear systems, which are the same on every machine.

use crate::linear_model::LinearModel;
use nalgebra::{DMatrix, DVector};

/// Weights of the quadratic cost that LQR minimises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LqrWeights {
    /// Weight of the square of each state, in state order, at least zero.
    pub state: [f64; 6],
    /// Weight of the square of the force in 1/N^2, above zero.
    pub force: f64,
    /// Weight of the square of the cart position's integral in 1/(m s)^2; without it there is no such
    /// state.
    pub integral: Option<f64>,
}

/// Gains of LQR on a linear model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LqrGains {
    /// In state order, in N per unit of the state.
    pub state: [f64; 6],
    /// The gain of the cart position's integral in N/(m s); zero without one.
    pub integral: f64,
}

/// The gains that minimise the cost; nothing where no stabilising solution was found.
pub fn lqr(model: &LinearModel, weights: &LqrWeights) -> Option<LqrGains> {
    let n = if weights.integral.is_some() { 7 } else { 6 };
    let mut a = DMatrix::zeros(n, n);
    a.view_mut((0, 0), (6, 6)).copy_from(&model.a);
    let mut b = DVector::zeros(n);
    b.rows_mut(0, 6).copy_from(&model.b);
    let mut diagonal = weights.state.to_vec();
    if let Some(weight) = weights.integral {
        a[(6, 0)] = 1.0;
        diagonal.push(weight);
    }
    let q = DMatrix::from_diagonal(&DVector::from_vec(diagonal));
    let x = solve(&a, &b, &q, weights.force)?;
    let k = b.transpose() * x / weights.force;
    let closed = &a - &b * &k;
    let stable = closed.complex_eigenvalues().iter().all(|pole| pole.re < 0.0);
    let integral = if n == 7 { k[6] } else { 0.0 };
    stable.then(|| LqrGains { state: std::array::from_fn(|i| k[i]), integral })
}

/// The stabilising solution `X`, or nothing where doubling does not converge to one.
fn solve(a: &DMatrix<f64>, b: &DVector<f64>, q: &DMatrix<f64>, force: f64) -> Option<DMatrix<f64>> {
    let n = a.nrows();
    let identity = DMatrix::<f64>::identity(n, n);
    let g = b * b.transpose() / force;
    // The shift of the Cayley transform: any positive one will do, one of the size of A converges
    // fast.
    let shift = a.norm();
    let shifted = a - &identity * shift;
    let inverse = shifted.clone().try_inverse()?;
    let w = (shifted.transpose() + q * &inverse * &g).try_inverse()?;
    let mut a_k =
        &identity + (&shifted + &g * inverse.transpose() * q).try_inverse()? * (2.0 * shift);
    let mut g_k = &inverse * &g * &w * (2.0 * shift);
    let mut x = &w * q * &inverse * (2.0 * shift);
    for _ in 0..60 {
        let mixed = (&identity + &g_k * &x).try_inverse()?;
        let step = a_k.transpose() * &x * &mixed * &a_k;
        g_k += &a_k * &mixed * &g_k * a_k.transpose();
        a_k = &a_k * mixed * &a_k;
        x += &step;
        let size = x.norm();
        if !size.is_finite() {
            return None;
        }
        if step.norm() <= 1e-15 * size {
            break;
        }
    }
    let x = (&x + x.transpose()) * 0.5;
    let residual = a.transpose() * &x + &x * a - &x * &g * &x + q;
    let scale = (&x * &g * &x).norm() + q.norm();
    (residual.norm() <= 1e-8 * scale).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_core::Plant;

    const DEFAULT: LqrWeights =
        LqrWeights { state: [10.0, 100.0, 100.0, 1.0, 1.0, 1.0], force: 0.01, integral: None };

    #[test]
    fn the_default_gains_are_those_of_an_independent_solver() {
        // SciPy's solve_continuous_are, to the digits that the specification gives.
        let model = LinearModel::new(&Plant::default());
        let gains = lqr(&model, &DEFAULT).expect("a solution");
        let expected = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23];
        for (k, expected) in gains.state.iter().zip(expected) {
            assert!((k - expected).abs() < 0.006, "{k} is not {expected}");
        }
        assert_eq!(gains.integral, 0.0);
    }

    #[test]
    fn integral_action_is_stable_over_decades_of_weights() {
        let model = LinearModel::new(&Plant::default());
        for exponent in -4..=6 {
            let weights = LqrWeights { integral: Some(10f64.powi(exponent)), ..DEFAULT };
            let found = lqr(&model, &weights).expect("a solution").integral;
            // The gain of the integral is the square root of the ratio of its weight to the
            // force's, with the sign of the position's gain.
            let expected = (10f64.powi(exponent) / 0.01).sqrt();
            assert!((found / expected - 1.0).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}
