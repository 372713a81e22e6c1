//! LQR: the stabilising solution of the continuous algebraic Riccati equation.
//!
//! `A'X + XA - X B B' X / r + Q = 0` by the structure-preserving doubling algorithm (E. K.-W. Chu,
//! H.-Y. Fan, W.-W. Lin, Linear Algebra Appl. 396 (2005) 55-80), then refined by Newton's method with
//! twice the digits: where weights lie far apart, doubling alone keeps too few of them. Both are sums,
//! products and linear systems only, which are the same on every machine.

use crate::linear_model::LinearModel;
use crate::twofold::Twofold;
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

/// Why a quadratic cost has no gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("{}", self.reason())]
pub enum NoGains {
    /// Neither the cart's position nor its integral has a weight, and nothing else depends on it.
    CartUnweighted,
    /// A stabilising solution was sought and not found: rounding hides it, or there is none.
    NotFound,
}

impl NoGains {
    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::CartUnweighted => {
                "nothing brings the cart home: the first weight of the state, that of the cart's \
                 position, must be above zero where its integral has none"
            }
            Self::NotFound => {
                "LQR with these weights has no stabilising solution that can be told from rounding"
            }
        }
    }
}

/// The gains that minimise the cost.
///
/// The cost has a minimum that is stable where the force reaches every mode of the model and the cart's
/// position, or its integral, has a weight.
///
/// # Errors
/// Where no stabilising solution exists or was found.
pub fn lqr(model: &LinearModel, weights: &LqrWeights) -> Result<LqrGains, NoGains> {
    if weights.state[0] <= 0.0 && weights.integral.is_none_or(|weight| weight <= 0.0) {
        return Err(NoGains::CartUnweighted);
    }
    let n = if weights.integral.is_some() { 7 } else { 6 };
    let mut a = DMatrix::zeros(n, n);
    a.view_mut((0, 0), (6, 6)).copy_from(&model.a);
    let mut b = DVector::zeros(n);
    b.rows_mut(0, 6).copy_from(&model.b);
    if n == 7 {
        a[(6, 0)] = 1.0;
    }
    let mut diagonal = weights.state.to_vec();
    diagonal.extend(weights.integral);
    let problem = Problem { a: &a, b: &b, q: &diagonal, force: weights.force };
    let k = starts(&a, &b, &diagonal, weights.force)
        .find_map(|start| problem.refined(start))
        .ok_or(NoGains::NotFound)?;
    let integral = if n == 7 { k[6] } else { 0.0 };
    Ok(LqrGains { state: std::array::from_fn(|i| k[i]), integral })
}

/// Gains to refine, best first: of the weights themselves, then of weights on the way from them to ones
/// that are easily solved. Newton's method gets to the same place from any that are stable.
fn starts<'a>(
    a: &'a DMatrix<f64>,
    b: &'a DVector<f64>,
    q: &'a [f64],
    force: f64,
) -> impl Iterator<Item = Vec<f64>> + 'a {
    const EASY: [f64; 7] = [10.0, 100.0, 100.0, 1.0, 1.0, 1.0, 10.0];
    const EASY_FORCE: f64 = 0.01;
    [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().flat_map(move |share| {
        let mixed =
            move |own: f64, easy: f64| own.max(1e-9) * libm::pow(easy / own.max(1e-9), share);
        let weights: Vec<f64> = if share == 0.0 {
            q.to_vec()
        } else {
            q.iter().zip(EASY).map(|(&own, easy)| mixed(own, easy)).collect()
        };
        let force = mixed(force, EASY_FORCE);
        // The shift of the Cayley transform: any positive one will do, one of the size of A converges
        // fast.
        [1.0, 0.1, 10.0].into_iter().filter_map(move |scale| {
            let q = DMatrix::from_diagonal(&DVector::from_column_slice(&weights));
            let x = doubled(a, b, &q, force, scale * a.norm())?;
            let k = b.transpose() * x / force;
            let closed = a - b * &k;
            let finite = closed.iter().all(|x| x.is_finite());
            // Plain numbers cannot tell which side a slow pole lies on; that is settled when refined.
            let size = closed.norm();
            let nearly =
                finite && closed.complex_eigenvalues().iter().all(|pole| pole.re < 1e-9 * size);
            nearly.then(|| k.iter().copied().collect())
        })
    })
}

/// A solution `X` by doubling, with the errors of plain numbers; nothing where it is not finite.
fn doubled(
    a: &DMatrix<f64>,
    b: &DVector<f64>,
    q: &DMatrix<f64>,
    force: f64,
    shift: f64,
) -> Option<DMatrix<f64>> {
    let n = a.nrows();
    let identity = DMatrix::<f64>::identity(n, n);
    let g = b * b.transpose() / force;
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
    Some((&x + x.transpose()) * 0.5)
}

/// A Riccati equation with the weights `q` on the diagonal.
struct Problem<'a> {
    a: &'a DMatrix<f64>,
    b: &'a DVector<f64>,
    q: &'a [f64],
    force: f64,
}

type Matrix = Vec<Vec<Twofold>>;

impl Problem<'_> {
    /// The gains that Newton's method gets to from stable ones (D. L. Kleinman, IEEE Trans. Autom.
    /// Control 13 (1968) 114-115), with twice the digits; nothing where it gets nowhere, or to a solution
    /// that is not stable.
    fn refined(&self, start: Vec<f64>) -> Option<Vec<f64>> {
        // The last steps square the error; far from the solution each halves it.
        const STEPS: usize = 120;
        let mut k: Vec<Twofold> = start.into_iter().map(Twofold::of).collect();
        for _ in 0..STEPS {
            let x = lyapunov(&self.closed(&k), &self.cost(&k))?;
            let next = self.gains(&x);
            let size = next.iter().fold(0.0_f64, |size, k| size.max(k.plain().abs()));
            let change = next.iter().zip(&k).map(|(next, k)| (*next - *k).plain().abs());
            let change = change.fold(0.0_f64, f64::max);
            if !(size.is_finite() && change.is_finite()) {
                return None;
            }
            k = next;
            if change <= 1e-13 * size {
                let stable = self.solves(&x) && is_stable(&self.closed(&k));
                return stable.then(|| k.iter().map(|k| k.plain()).collect());
            }
        }
        None
    }

    /// `A - B K`.
    fn closed(&self, k: &[Twofold]) -> Matrix {
        let n = self.q.len();
        let entry = |i, j: usize| Twofold::of(self.a[(i, j)]) - Twofold::of(self.b[i]) * k[j];
        (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
    }

    /// `Q + K' r K`.
    fn cost(&self, k: &[Twofold]) -> Matrix {
        let n = self.q.len();
        let r = Twofold::of(self.force);
        let q = |i, j| if i == j { Twofold::of(self.q[i]) } else { Twofold::ZERO };
        (0..n).map(|i| (0..n).map(|j| q(i, j) + k[i] * r * k[j]).collect()).collect()
    }

    /// `B' X / r`.
    fn gains(&self, x: &Matrix) -> Vec<Twofold> {
        let of = |column: usize| {
            let products = x.iter().zip(self.b.iter());
            let sum =
                products.fold(Twofold::ZERO, |sum, (row, &b)| sum + Twofold::of(b) * row[column]);
            sum / Twofold::of(self.force)
        };
        (0..self.q.len()).map(of).collect()
    }

    /// Whether every entry of the equation vanishes beside the terms that it is summed from.
    fn solves(&self, x: &Matrix) -> bool {
        let n = self.q.len();
        let k = self.gains(x);
        let r = Twofold::of(self.force);
        let vanishes = |i: usize, j: usize| {
            let a = |row: usize, column: usize| Twofold::of(self.a[(row, column)]);
            let mut terms = vec![-(k[i] * r * k[j])];
            terms.extend((i == j).then(|| Twofold::of(self.q[i])));
            for (l, row) in x.iter().enumerate() {
                terms.extend([a(l, i) * row[j], x[i][l] * a(l, j)]);
            }
            let sum = terms.iter().fold(Twofold::ZERO, |sum, &term| sum + term);
            let size = terms.iter().fold(Twofold::ZERO, |sum, term| sum + term.abs());
            sum.abs().plain() <= 1e-11 * size.plain()
        };
        (0..n).all(|i| (0..=i).all(|j| vanishes(i, j)))
    }
}

/// Whether every eigenvalue of a matrix has a negative real part: then, and only then,
/// `F'P + PF = -I` has a solution that is positive definite.
fn is_stable(f: &Matrix) -> bool {
    let n = f.len();
    let one = |i, j| Twofold::of(if i == j { 1.0 } else { 0.0 });
    let identity = (0..n).map(|i| (0..n).map(|j| one(i, j)).collect()).collect();
    let Some(mut p) = lyapunov(f, &identity) else { return false };
    // Its pivots, without exchanging rows, are all positive.
    for i in 0..n {
        // Written so that not a number is refused too.
        let positive = p[i][i].plain() > 0.0;
        if !positive {
            return false;
        }
        let pivot = p[i].clone();
        for row in &mut p[i + 1..] {
            let factor = row[i] / pivot[i];
            for (entry, &above) in row.iter_mut().zip(&pivot) {
                *entry = *entry - factor * above;
            }
        }
    }
    true
}

/// The symmetric `X` with `F'X + XF + C = 0`; nothing where it is not determined.
fn lyapunov(f: &Matrix, c: &Matrix) -> Option<Matrix> {
    let n = f.len();
    let count = n * (n + 1) / 2;
    let place = |i: usize, j: usize| {
        let (low, high) = (i.min(j), i.max(j));
        high * (high + 1) / 2 + low
    };
    let mut rows: Matrix = Vec::with_capacity(count);
    for i in 0..n {
        for j in 0..=i {
            // The last column is the right side.
            let mut row = vec![Twofold::ZERO; count + 1];
            for (l, f_l) in f.iter().enumerate() {
                for (at, factor) in [(place(l, j), f_l[i]), (place(i, l), f_l[j])] {
                    row[at] = row[at] + factor;
                }
            }
            row[count] = -c[i][j];
            rows.push(row);
        }
    }
    let solution = solved(rows)?;
    Some((0..n).map(|i| (0..n).map(|j| solution[place(i, j)]).collect()).collect())
}

/// The solution of linear equations, each with its right side as its last number.
fn solved(mut rows: Matrix) -> Option<Vec<Twofold>> {
    let count = rows.len();
    let size = |x: Twofold| x.plain().abs();
    for i in 0..count {
        let largest = (i..count).max_by(|&a, &b| size(rows[a][i]).total_cmp(&size(rows[b][i])))?;
        rows.swap(i, largest);
        let (above, below) = rows.split_at_mut(i + 1);
        let pivot = &above[i];
        // Written so that not a number is refused too.
        let usable = size(pivot[i]) > 0.0 && size(pivot[i]).is_finite();
        if !usable {
            return None;
        }
        for row in below.iter_mut().filter(|row| row[i] != Twofold::ZERO) {
            let factor = row[i] / pivot[i];
            for (entry, &above) in row[i..].iter_mut().zip(&pivot[i..]) {
                *entry = *entry - factor * above;
            }
        }
    }
    let mut solution = vec![Twofold::ZERO; count];
    for i in (0..count).rev() {
        let known = (i + 1..count).fold(rows[i][count], |rest, j| rest - rows[i][j] * solution[j]);
        solution[i] = known / rows[i][i];
    }
    Some(solution)
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
