//! What every optimiser is: asked for points, told what they cost; and what several of them need.

use upright_sim::random::{Purpose, Stream};

/// The cost of a point that is no controller: more than any that is.
pub const REFUSED: f64 = f64::MAX;

/// Something that proposes points of the unit cube and learns what they cost: a number, or one for
/// each of two objectives.
pub trait Optimizer<Cost = f64> {
    /// The points of the next step, always as many; asked again before it is told, it returns the
    /// same.
    fn ask(&mut self) -> Vec<Vec<f64>>;

    /// Tells what the points of the last [`Optimizer::ask`] cost, in their order.
    fn tell(&mut self, costs: &[Cost]);
}

/// The random numbers of a step.
pub(super) fn stream(seed: u64, step: u64) -> Stream {
    Stream::new(seed, step, Purpose::Search, 0)
}

/// `count` points of the unit cube, one in each of `count` slices along every axis (M. D. `McKay`,
/// R. J. Beckman, W. J. Conover, Technometrics 21 (1979) 239-245), the first of them replaced by
/// `start`.
pub(super) fn latin_hypercube(stream: &mut Stream, count: usize, start: &[f64]) -> Vec<Vec<f64>> {
    let mut points = vec![start.to_vec(); count];
    for axis in 0..start.len() {
        let slices = stream.permutation(count);
        for (point, slice) in points.iter_mut().zip(slices) {
            point[axis] = (slice as f64 + stream.unit()) / count as f64;
        }
    }
    if let Some(first) = points.first_mut() {
        first.copy_from_slice(start);
    }
    points
}

/// The index of the least cost, the first of equals; zero where there are none.
pub(super) fn least(costs: &[f64]) -> usize {
    (1..costs.len()).fold(0, |best, i| if costs[i] < costs[best] { i } else { best })
}
