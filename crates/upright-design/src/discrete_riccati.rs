//! The stabilising solution of a discrete algebraic Riccati equation.

use nalgebra::DMatrix;

/// `X = A' X (I + G X)^-1 A + Q`, by the structure-preserving doubling algorithm (E. K.-W. Chu, H.-Y. Fan, W.-W.
/// Lin, C.-S. Wang, Int. J. Control 77 (2004) 767-788). Nothing where it does not converge.
pub(crate) fn doubled(
    mut a: DMatrix<f64>,
    mut g: DMatrix<f64>,
    q: DMatrix<f64>,
) -> Option<DMatrix<f64>> {
    let n = a.nrows();
    let identity = DMatrix::<f64>::identity(n, n);
    let mut x = q;
    for _ in 0..64 {
        let inverse = (&identity + &g * &x).try_inverse()?;
        let step = a.transpose() * &x * &inverse * &a;
        let g_step = &a * &inverse * &g * a.transpose();
        a = &a * &inverse * &a;
        g += &g_step;
        g = (&g + g.transpose()) * 0.5;
        x += &step;
        x = (&x + x.transpose()) * 0.5;
        if !x.norm().is_finite() {
            return None;
        }
        if step.norm() <= 1e-15 * x.norm() {
            return Some(x);
        }
    }
    None
}
