//! Time-varying linear-quadratic gains about a motion: a discrete Riccati recursion at the control period.
//!
//! The input is the force or the cart's acceleration. With the acceleration as input a push, the cart's mass and
//! its friction never reach the links (K. Graichen, M. Treuer, M. Zeitz, Automatica 43 (2007) 63-71).

#![allow(clippy::needless_range_loop, reason = "matrices are read best by their indices")]

use crate::planner::{Linearisation, carried, first_slopes, linearisation};
use crate::plant::{Rigid, State, Vector};
use crate::real::Real;

type Matrix<R> = [[R; 6]; 6];

/// What the gains act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The force on the cart in N.
    Force,
    /// The acceleration of the cart in m/s^2.
    Acceleration,
}

/// How a regulator weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Weights of the squares of the state's errors a second, in state order.
    pub state: State<f64>,
    /// Weight of the square of the input's change a second.
    pub input: f64,
}

/// Designs gains about a motion of the model.
#[derive(Debug, Clone, Copy)]
pub struct Regulator<R> {
    model: Rigid<R>,
    input: Input,
    period: R,
    state: State<R>,
    weight: R,
    /// The stationary cost at the top.
    top: Matrix<R>,
    top_gain: State<R>,
}

/// Doublings of the recursion at the top until it is given up: 2^40 control periods.
const MAX_DOUBLINGS: usize = 40;
/// Change of the cost in a doubling, relative to it, below which the recursion at the top is done: the next change
/// is about its square.
const STATIONARY: f64 = 1e-9;

impl<R: Real<Mask = bool>> Regulator<R> {
    /// For a control period in s. Absent where the recursion at the top comes to no end: some mode that costs
    /// something cannot be moved.
    ///
    /// The top is the equilibrium whose angles are `at`, in rad.
    pub fn new(
        model: Rigid<R>,
        input: Input,
        weights: &Weights,
        period: f64,
        at: [f64; 2],
    ) -> Option<Self> {
        let mut regulator = Self {
            model,
            input,
            period: R::of(period),
            state: weights.state.map(|weight| R::of(weight * period)),
            weight: R::of(weights.input * period),
            top: [[R::zero(); 6]; 6],
            top_gain: [R::zero(); 6],
        };
        let zero = R::zero();
        let rest = [zero, R::of(at[0]), R::of(at[1]), zero, zero, zero];
        let (a, b) = regulator.sampled(&rest, zero);
        let mut cost = regulator.stationary(&a, &b)?;
        let gain = regulator.back(&mut cost, &a, &b);
        regulator.top = cost;
        regulator.top_gain = gain;
        Some(regulator)
    }

    /// The cost that the recursion comes to with the same `a` and `b` for ever, by doubling (E. K.-W. Chu, H.-Y. Fan,
    /// W.-W. Lin, C.-S. Wang, Int. J. Control 77 (2004) 767-788): each turn stands for twice as many periods.
    fn stationary(&self, a: &Matrix<R>, b: &State<R>) -> Option<Matrix<R>> {
        let mut a = *a;
        let mut g = [[R::zero(); 6]; 6];
        let mut cost = [[R::zero(); 6]; 6];
        for i in 0..6 {
            cost[i][i] = self.state[i];
            for j in 0..6 {
                g[i][j] = b[i] * b[j] / self.weight;
            }
        }
        for _ in 0..MAX_DOUBLINGS {
            let mut coupling = product(&g, &cost);
            for i in 0..6 {
                coupling[i][i] = coupling[i][i] + R::one();
            }
            let (moved, reach) = solved(&coupling, &a, &g)?;
            let added = product(&product(&transposed(&a), &cost), &moved);
            let more = product(&product(&a, &reach), &transposed(&a));
            a = product(&a, &moved);
            let (mut change, mut size) = (R::zero(), R::zero());
            for i in 0..6 {
                for j in 0..6 {
                    g[i][j] = g[i][j] + more[i][j];
                }
                for j in 0..=i {
                    let mean = R::of(0.5) * (added[i][j] + added[j][i]);
                    cost[i][j] = cost[i][j] + mean;
                    cost[j][i] = cost[i][j];
                }
                change = change.max(added[i][i].abs());
                size = size.max(cost[i][i].abs());
            }
            if !(size.finite() && change.finite()) {
                return None;
            }
            if change.le(R::of(STATIONARY) * size) {
                return Some(cost);
            }
        }
        None
    }

    /// The gains at the top, in input units per unit of the state.
    pub fn top_gain(&self) -> &State<R> {
        &self.top_gain
    }

    /// The stationary cost at the top, whose gains go before a motion that ends there.
    pub fn top_cost(&self) -> Matrix<R> {
        self.top
    }

    /// How the accelerations change with the state and the input about `state` under the force `u`: a vector each for
    /// theta1, theta2, `x_dot`, `theta1_dot`, `theta2_dot` and the input.
    #[inline(always)]
    pub fn slopes(&self, state: &State<R>, u: R) -> [Vector<R>; 6] {
        let mut by = self.model.sensitivity(state, u).by;
        if self.input == Input::Acceleration {
            let per = R::one() / by[5][0];
            let input = by[5].map(|of_force| of_force * per);
            for of_state in &mut by[..5] {
                let cart = of_state[0];
                for i in 1..3 {
                    of_state[i] = of_state[i] - input[i] * cart;
                }
                of_state[0] = R::zero();
            }
            by[5] = [R::one(), input[1], input[2]];
        }
        by
    }

    /// How the errors after a control period depend on those before and on the input's change, where the
    /// [`slopes`](Self::slopes) at its start, middle and end are these: a Runge-Kutta step of their equation.
    #[inline(always)]
    pub fn over(
        &self,
        start: &[Vector<R>; 6],
        middle: &[Vector<R>; 6],
        end: &[Vector<R>; 6],
    ) -> (Matrix<R>, State<R>) {
        let first = first_slopes();
        let at = |rate: &Matrix<R>, h: R| {
            let mut at = first;
            for i in 0..6 {
                for j in 0..6 {
                    at[i][j] = at[i][j] + h * rate[i][j];
                }
            }
            at
        };
        let (h, half) = (self.period, R::of(0.5) * self.period);
        let k1 = carried(start, &first);
        let k2 = carried(middle, &at(&k1, half));
        let k3 = carried(middle, &at(&k2, half));
        let k4 = carried(end, &at(&k3, h));
        let mut sum = k1;
        for i in 0..6 {
            for j in 0..6 {
                sum[i][j] = k1[i][j] + R::of(2.0) * (k2[i][j] + k3[i][j]) + k4[i][j];
            }
        }
        let Linearisation { state, force } = linearisation(&at(&sum, h * R::of(1.0 / 6.0)));
        (state, force)
    }

    /// The same about a rest.
    pub fn sampled(&self, state: &State<R>, u: R) -> (Matrix<R>, State<R>) {
        let by = self.slopes(state, u);
        self.over(&by, &by, &by)
    }

    /// One control period back: `cost` becomes that at its start; returns the gains of the period.
    pub fn back(&self, cost: &mut Matrix<R>, a: &Matrix<R>, b: &State<R>) -> State<R> {
        let mut cost_a = [[R::zero(); 6]; 6];
        let mut cost_b = [R::zero(); 6];
        for i in 0..6 {
            for l in 0..6 {
                for j in 0..6 {
                    cost_a[i][j] = cost_a[i][j] + cost[i][l] * a[l][j];
                }
                cost_b[i] = cost_b[i] + cost[i][l] * b[l];
            }
        }
        let mut curvature = self.weight;
        let mut gain = [R::zero(); 6];
        for l in 0..6 {
            curvature = curvature + b[l] * cost_b[l];
            for j in 0..6 {
                gain[j] = gain[j] + b[l] * cost_a[l][j];
            }
        }
        let per = R::one() / curvature;
        let gain = gain.map(|x| x * per);
        for i in 0..6 {
            for j in i..6 {
                let mut sum = -(gain[i] * curvature * gain[j]);
                for l in 0..6 {
                    sum = sum + a[l][i] * cost_a[l][j];
                }
                cost[i][j] = sum;
                cost[j][i] = sum;
            }
            cost[i][i] = cost[i][i] + self.state[i];
        }
        gain
    }
}

/// `left right`.
pub(super) fn product<R: Real>(left: &Matrix<R>, right: &Matrix<R>) -> Matrix<R> {
    let mut product = [[R::zero(); 6]; 6];
    for i in 0..6 {
        for l in 0..6 {
            for j in 0..6 {
                product[i][j] = product[i][j] + left[i][l] * right[l][j];
            }
        }
    }
    product
}

fn transposed<R: Real>(matrix: &Matrix<R>) -> Matrix<R> {
    core::array::from_fn(|i| core::array::from_fn(|j| matrix[j][i]))
}

/// `matrix^-1 first` and `matrix^-1 second`, by elimination with pivots; absent where the matrix is singular.
fn solved<R: Real<Mask = bool>>(
    matrix: &Matrix<R>,
    first: &Matrix<R>,
    second: &Matrix<R>,
) -> Option<(Matrix<R>, Matrix<R>)> {
    let (mut m, mut x, mut y) = (*matrix, *first, *second);
    for column in 0..6 {
        let mut pivot = column;
        for row in column + 1..6 {
            if m[row][column].abs().gt(m[pivot][column].abs()) {
                pivot = row;
            }
        }
        if !m[pivot][column].abs().gt(R::zero()) {
            return None;
        }
        for rows in [&mut m, &mut x, &mut y] {
            rows.swap(column, pivot);
        }
        let per = R::one() / m[column][column];
        for rows in [&mut m, &mut x, &mut y] {
            rows[column] = rows[column].map(|element| element * per);
        }
        for row in 0..6 {
            if row == column {
                continue;
            }
            let factor = m[row][column];
            for rows in [&mut m, &mut x, &mut y] {
                let from = rows[column];
                for j in 0..6 {
                    rows[row][j] = rows[row][j] - factor * from[j];
                }
            }
        }
    }
    Some((x, y))
}

pub(super) fn identity<R: Real>() -> Matrix<R> {
    core::array::from_fn(|i| core::array::from_fn(|j| R::of(if i == j { 1.0 } else { 0.0 })))
}

/// Turns of the power iteration; what is left of the second largest direction is below rounding unless both are nearly
/// the same, and then so is their size.
const TURNS: usize = 200;

/// The largest factor by which a matrix makes a vector longer: the root of the largest eigenvalue of `M' M`.
pub(super) fn spectral_norm<R: Real>(matrix: &Matrix<R>) -> R {
    let square = product(&transposed(matrix), matrix);
    // No direction of a plant's motion is at right angles to all of these by chance.
    let mut direction: State<R> = core::array::from_fn(|i| R::of(1.0 / (i + 1) as f64));
    let mut size = R::zero();
    for _ in 0..TURNS {
        let next: State<R> = core::array::from_fn(|i| {
            (0..6).fold(R::zero(), |sum, j| sum + square[i][j] * direction[j])
        });
        let length = |v: &State<R>| v.iter().fold(R::zero(), |sum, x| sum + *x * *x).sqrt();
        size = length(&next) / length(&direction);
        let per = R::one() / length(&next);
        direction = next.map(|x| x * per);
    }
    size.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_norm_of_a_matrix_is_its_largest_gain() {
        let mut matrix: Matrix<f64> = identity();
        assert!((spectral_norm(&matrix) - 1.0).abs() < 1e-12);
        // Of a shear by one it is the golden ratio.
        matrix[0][1] = 1.0;
        assert!((spectral_norm(&matrix) - 0.5 * (1.0 + 5.0_f64.sqrt())).abs() < 1e-12);
        matrix[5][2] = -7.0;
        assert!((spectral_norm(&matrix) - 7.140_054_944_640_259).abs() < 1e-12);
    }
}
