//! What a cart is to follow, as motions that the linear model can make: all six states and the force.
//!
//! A wish for the cart's position alone is a trap: the links must lean before the cart can move. Two ways lead from
//! a wish to a motion. [`transfer`] goes from rest to rest with the least energy (the least-norm input of the sampled
//! model; compare T. Kailath, Linear Systems (1980), 9.2), [`follow`] stays as near to any wish as a price on the force
//! allows (linear-quadratic tracking with preview; compare B. Anderson, J. Moore, Optimal Control (1990), 4.2).

use crate::linear_model::LinearModel;
use crate::observer::Held;
use nalgebra::{DMatrix, DVector, Matrix6, RowVector6, Vector6};
use upright_core::Plant;

/// What a controller is to follow in one control period.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReferenceSample {
    /// The state at its start, in state order.
    pub state: [f64; 6],
    /// How fast the state changes then.
    pub rate: [f64; 6],
    /// The force in N over the period.
    pub force: f64,
}

/// Periods over which the force of a transfer is held.
pub const BLOCK: usize = 10;

/// The sampled model and the continuous one.
struct Sampled {
    a: Matrix6<f64>,
    b: Vector6<f64>,
    model: LinearModel,
}

impl Sampled {
    fn new(plant: &Plant, period: f64) -> Option<Self> {
        let held = Held::new(plant, period)?;
        Some(Self {
            a: Matrix6::from_fn(|i, j| held.a[(i, j)]),
            b: Vector6::from_fn(|i, _| held.g[(i, 0)]),
            model: LinearModel::new(plant),
        })
    }

    /// A sample at `state` under `force`.
    fn sample(&self, state: &Vector6<f64>, force: f64) -> ReferenceSample {
        let rate = self.model.a * state + self.model.b * force;
        ReferenceSample {
            state: std::array::from_fn(|i| state[i]),
            rate: std::array::from_fn(|i| rate[i]),
            force,
        }
    }
}

/// The motion of the linear model of `plant` from rest at zero to rest at `to` in m within `blocks` times [`BLOCK`]
/// periods of `period` s, with the least integral of the squared force: a sample a period. Nothing where there are
/// fewer blocks than states, or the plant has no such motion.
pub fn transfer(
    plant: &Plant,
    period: f64,
    blocks: usize,
    to: f64,
) -> Option<Vec<ReferenceSample>> {
    let sampled = Sampled::new(plant, period)?;
    if blocks < 6 {
        return None;
    }
    let (mut over_block, mut reach) = (Matrix6::identity(), Vector6::zeros());
    for _ in 0..BLOCK {
        reach += over_block * sampled.b;
        over_block *= sampled.a;
    }
    // Unstable modes grow over the transfer: what is asked is scaled down by as much, so that the columns of the
    // reachability matrix stay comparable. The rows of `[A^(n-1) B, ..., B]` are orthogonalised instead of squared.
    let mut columns = vec![reach; blocks];
    for k in 1..blocks {
        columns[k] = over_block * columns[k - 1];
    }
    columns.reverse();
    let scale: Vec<f64> = (0..6)
        .map(|i| columns.iter().map(|column| column[i] * column[i]).sum::<f64>().sqrt())
        .collect();
    let tall = DMatrix::from_fn(blocks, 6, |k, i| columns[k][i] / scale[i]);
    let qr = tall.qr();
    // The row of x is what is asked; all other states come to rest at zero.
    let wanted = DVector::from_fn(6, |i, _| if i == 0 { to / scale[0] } else { 0.0 });
    let inner = qr.r().transpose().solve_lower_triangular(&wanted)?;
    let forces = qr.q() * inner;
    let mut state = Vector6::zeros();
    let mut samples = Vec::with_capacity(blocks * BLOCK);
    for k in 0..blocks * BLOCK {
        let force = forces[k / BLOCK];
        samples.push(sampled.sample(&state, force));
        state = sampled.a * state + sampled.b * force;
    }
    let end = Vector6::new(to, 0.0, 0.0, 0.0, 0.0, 0.0);
    let missed = (state - end).amax();
    // An open motion of an unstable plant repeats its rounding errors many times over.
    (missed.is_finite() && missed <= 1e-3 * to.abs()).then_some(samples)
}

/// The motion of the cart alone along a polynomial of the fifth order from rest to rest, in `periods` control periods.
pub fn quintic(period: f64, periods: usize, to: f64) -> Vec<ReferenceSample> {
    let duration = periods as f64 * period;
    let at = |k: usize| {
        let s = k as f64 / periods as f64;
        let x = s * s * s * (10.0 + s * (-15.0 + 6.0 * s));
        let v = 30.0 * s * s * (1.0 + s * (-2.0 + s)) / duration;
        let a = 60.0 * s * (1.0 + s * (-3.0 + 2.0 * s)) / (duration * duration);
        let (state, rate) =
            ([to * x, 0.0, 0.0, to * v, 0.0, 0.0], [to * v, 0.0, 0.0, to * a, 0.0, 0.0]);
        ReferenceSample { state, rate, force: 0.0 }
    };
    (0..periods).map(at).collect()
}

/// The motion of the linear model of `plant` that is nearest to the wishes `wanted` for the cart's place in m, one a
/// period of `period` s: it has the least sum of `(x - wanted)^2 + price force^2`, with `price` in m^2/N^2. It knows
/// the wishes to come, so it leans before it moves. Nothing where the sums are not finite.
pub fn follow(
    plant: &Plant,
    period: f64,
    wanted: &[f64],
    price: f64,
) -> Option<Vec<ReferenceSample>> {
    let sampled = Sampled::new(plant, period)?;
    let (a, b) = (sampled.a, sampled.b);
    let weigh = Vector6::new(1.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let cost = weigh * weigh.transpose();
    // The value of a state is `z' P z - 2 p' z`, from the last period backwards. At the end the cart is to rest: its
    // own value, as if the last wish stayed for ever.
    let mut p = cost;
    for _ in 0..100_000 {
        let next = riccati(&a, &b, &p, &cost, price);
        let settled = (next - p).amax() <= 1e-12 * next.amax();
        p = next;
        if settled {
            break;
        }
    }
    let last = *wanted.last()?;
    let mut linear = p * weigh * last;
    let mut gains: Vec<(RowVector6<f64>, f64)> = Vec::with_capacity(wanted.len());
    for &wish in wanted.iter().rev() {
        let scale = 1.0 / (price + b.dot(&(p * b)));
        let gain = (b.transpose() * p * a) * scale;
        gains.push((gain, b.dot(&linear) * scale));
        let closed = a - b * gain;
        linear = closed.transpose() * linear + weigh * wish;
        p = riccati(&a, &b, &p, &cost, price);
    }
    let mut state = Vector6::zeros();
    let mut samples = Vec::with_capacity(wanted.len());
    for (gain, feed) in gains.iter().rev() {
        let force = feed - (gain * state)[0];
        if !force.is_finite() {
            return None;
        }
        samples.push(sampled.sample(&state, force));
        state = a * state + b * force;
    }
    Some(samples)
}

/// One step of the Riccati recursion, symmetric to the bit.
fn riccati(
    a: &Matrix6<f64>,
    b: &Vector6<f64>,
    p: &Matrix6<f64>,
    cost: &Matrix6<f64>,
    price: f64,
) -> Matrix6<f64> {
    let pb = p * b;
    let gain = a.transpose() * pb;
    let next = a.transpose() * p * a - gain * gain.transpose() / (price + b.dot(&pb)) + cost;
    (next + next.transpose()) * 0.5
}

/// The largest force in N and the largest angle in rad of a motion.
pub fn extremes(samples: &[ReferenceSample]) -> (f64, f64) {
    samples.iter().fold((0.0, 0.0), |(force, angle): (f64, f64), sample| {
        let [_, theta1, theta2, ..] = sample.state;
        (force.max(sample.force.abs()), angle.max(theta1.abs()).max(theta2.abs()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_ends_at_rest_and_leans_no_further_than_it_must() {
        let samples = transfer(&Plant::default(), 0.001, 200, 0.5).expect("a motion");
        let (force, angle) = extremes(&samples);
        // 0.5 m in 2 s on the reference plant: 9.1 N and 0.165 rad in a loop that follows it, by an independent
        // program. The motion itself, without a loop, takes 8.7 N here.
        assert!((force - 9.1).abs() < 0.5, "{force}");
        assert!((angle - 0.165).abs() < 0.002, "{angle}");
        let end = samples.last().expect("samples").state;
        assert!((end[0] - 0.5).abs() < 1e-3 && end[3].abs() < 0.05, "{end:?}");
        assert!(transfer(&Plant::default(), 0.001, 5, 0.5).is_none());
    }

    #[test]
    fn a_followed_wish_is_a_motion_of_the_model_and_comes_near() {
        let plant = Plant::default();
        let wanted: Vec<f64> = (0..4000).map(|k| if k < 2000 { 0.0 } else { 0.2 }).collect();
        let samples = follow(&plant, 0.001, &wanted, 1e-6).expect("a motion");
        let sampled = Sampled::new(&plant, 0.001).expect("a model");
        for pair in samples.windows(2) {
            let next = sampled.a * Vector6::from(pair[0].state) + sampled.b * pair[0].force;
            assert!((next - Vector6::from(pair[1].state)).amax() < 1e-12);
        }
        assert!(samples[1000].state[0].abs() < 1e-3);
        assert!((samples[3900].state[0] - 0.2).abs() < 1e-3, "{:?}", samples[3900].state);
    }
}
