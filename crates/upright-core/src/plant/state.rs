//! The state of the plant: its order, names and units.

/// `[x, theta1, theta2, x_dot, theta1_dot, theta2_dot]` in m, rad, m/s, rad/s.
pub type State<R> = [R; 6];
/// A vector over the three coordinates `[x, theta1, theta2]`.
pub type Vector<R> = [R; 3];

/// The names of the components of a state, in state order.
pub const STATES: [&str; 6] = ["x", "theta1", "theta2", "x_dot", "theta1_dot", "theta2_dot"];
/// The units of the components of a state.
pub const STATE_UNITS: [&str; 6] = ["m", "rad", "rad", "m/s", "rad/s", "rad/s"];

/// A copy of a state, number by number. Of vectors of lanes a plain copy becomes a call that copies the memory, which
/// takes longer than the numbers do.
#[inline(always)]
pub fn copy_of<R: Copy>(state: &State<R>) -> State<R> {
    let [x, theta1, theta2, v, w1, w2] = *state;
    [x, theta1, theta2, v, w1, w2]
}
