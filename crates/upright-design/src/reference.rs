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

/// Feedback of each block, first to last, and what a push beside it costs: with `P` of the Riccati recursion without a cost
/// of states, from one at the end, `sum u^2 = x_0' P_0 x_0 - x_n' P_n x_n + sum (1 + B' P B) (u + K x)^2`. Start and end are
/// given, so that the least sum of squares is that of the pushes `u + K x`; and what they push is stable, so that no rounding
/// grows over a long motion.
fn feedbacks(a: &Matrix6<f64>, b: &Vector6<f64>, blocks: usize) -> Vec<(RowVector6<f64>, f64)> {
    let mut p = Matrix6::identity();
    let mut steps = Vec::with_capacity(blocks);
    for _ in 0..blocks {
        let cost = 1.0 + (b.transpose() * p * b)[0];
        let feedback = b.transpose() * p * a / cost;
        let next = a.transpose() * p * (a - b * feedback);
        p = 0.5 * (next + next.transpose());
        steps.push((feedback, cost));
    }
    steps.reverse();
    steps
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
    let steps = feedbacks(&over_block, &reach, blocks);
    // What each push makes of the end under the feedbacks behind it, by the root of what it costs.
    let mut columns = vec![Vector6::zeros(); blocks];
    let mut onward = Matrix6::identity();
    for (column, (feedback, cost)) in columns.iter_mut().zip(&steps).rev() {
        *column = onward * reach / cost.sqrt();
        onward *= over_block - reach * feedback;
    }
    // The rows are orthogonalised instead of squared, and scaled to be comparable.
    let scale: Vec<f64> = (0..6)
        .map(|i| columns.iter().map(|column| column[i] * column[i]).sum::<f64>().sqrt())
        .collect();
    let tall = DMatrix::from_fn(blocks, 6, |k, i| columns[k][i] / scale[i]);
    let qr = tall.qr();
    // The row of x is what is asked; all other states come to rest at zero.
    let wanted = DVector::from_fn(6, |i, _| if i == 0 { to / scale[0] } else { 0.0 });
    let inner = qr.r().transpose().solve_lower_triangular(&wanted)?;
    let pushes = qr.q() * inner;
    let mut state = Vector6::zeros();
    let mut samples = Vec::with_capacity(blocks * BLOCK);
    for ((feedback, cost), push) in steps.iter().zip(pushes.iter()) {
        let force = push / cost.sqrt() - (feedback * state)[0];
        for _ in 0..BLOCK {
            samples.push(sampled.sample(&state, force));
            state = sampled.a * state + sampled.b * force;
        }
    }
    let end = Vector6::new(to, 0.0, 0.0, 0.0, 0.0, 0.0);
    let missed = (state - end).amax();
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
    fn a_transfer_is_the_least_sum_of_squares_over_all_that_reach_the_end() {
        // By the normal equations of the open motion, which a second of it still allows.
        let blocks = 100;
        let samples = transfer(&Plant::default(), 0.001, blocks, 0.5).expect("a motion");
        let sampled = Sampled::new(&Plant::default(), 0.001).expect("a model");
        let mut columns = vec![Vector6::zeros(); blocks];
        let mut onward = Matrix6::identity();
        for column in columns.iter_mut().rev() {
            for _ in 0..BLOCK {
                *column += onward * sampled.b;
                onward *= sampled.a;
            }
        }
        let forces: Vec<f64> = samples.iter().step_by(BLOCK).map(|sample| sample.force).collect();
        let rows = DMatrix::from_fn(6, blocks, |i, k| columns[k][i]);
        // The least one has no part that the end does not see.
        let seen = rows.clone().transpose().qr().q();
        let forces = DVector::from_vec(forces);
        let part = &seen * (seen.transpose() * &forces);
        assert!((part - &forces).amax() < 1e-7 * forces.amax(), "{}", forces.amax());
        let end = rows * forces;
        assert!((end[0] - 0.5).abs() < 1e-6 && end.rows(1, 5).amax() < 1e-6, "{end}");
    }

    #[test]
    fn a_slow_transfer_exists_and_takes_less() {
        // A rig whose poles grow by e^8 a second: a motion in the open would lose all its digits within five.
        let quick = Plant { link1: link(0.2, 0.1), link2: link(0.34, 0.17), ..Plant::default() };
        for (plant, period) in [(Plant::default(), 0.001), (quick, 0.002)] {
            let mut before = f64::INFINITY;
            for seconds in [2.0, 4.0, 8.0, 20.0, 60.0] {
                let blocks = (seconds / (BLOCK as f64 * period)) as usize;
                let samples = transfer(&plant, period, blocks, 0.5).expect("a motion");
                let (force, angle) = extremes(&samples);
                assert!(force < before && angle < 0.2, "{seconds} s: {force} N, {angle} rad");
                before = force;
                let end = samples.last().expect("samples").state;
                assert!((end[0] - 0.5).abs() < 1e-3, "{end:?}");
            }
        }
    }

    fn link(length: f64, com: f64) -> upright_core::plant::Link {
        upright_core::plant::Link { mass: 0.12, length, com, inertia: 6e-4 }
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
