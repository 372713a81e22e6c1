//! Vectors of lanes taken apart, for controllers that compute each lane by itself.

use upright_core::{Mask, Real, State};

/// The numbers of lane `i`.
pub(crate) fn of_lane<R: Real>(state: &State<R>, i: usize) -> State<f64> {
    let [x, theta1, theta2, x_dot, w1, w2] = *state;
    [x.lane(i), theta1.lane(i), theta2.lane(i), x_dot.lane(i), w1.lane(i), w2.lane(i)]
}

/// What stands in the lanes in `marked`.
pub(crate) fn marked_lanes<R: Real, T>(
    lanes: &mut [T],
    marked: R::Mask,
) -> impl Iterator<Item = &mut T> {
    let marks = R::select(marked, R::one(), R::zero());
    let chosen = if marked.any() { lanes } else { &mut [] };
    chosen.iter_mut().enumerate().filter(move |(i, _)| marks.lane(*i) != 0.0).map(|(_, lane)| lane)
}
