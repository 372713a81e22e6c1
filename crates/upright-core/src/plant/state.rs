//! The state of the plant: its order, names and units.

/// `[x, theta1, theta2, x_dot, theta1_dot, theta2_dot]` in m, rad, m/s, rad/s.
pub type State<R> = [R; 6];
/// A vector over the three coordinates `[x, theta1, theta2]`.
pub type Vector<R> = [R; 3];

/// The names of the components of a state, in state order.
pub const STATES: [&str; 6] = ["x", "theta1", "theta2", "x_dot", "theta1_dot", "theta2_dot"];
/// The units of the components of a state.
pub const STATE_UNITS: [&str; 6] = ["m", "rad", "rad", "m/s", "rad/s", "rad/s"];
