//! Where a run is up or chattering.

/// So long is the end, in s, over which `steady_sigma` is taken and a force is judged.
pub const LAST: f64 = 1.0;
/// A force chatters over the last second whose increments change their sign more often than this in a second, and
/// whose changes sum to more than [`CHATTERING_VARIATION`].
pub const CHATTERING_TURNS: f64 = 20.0;
/// Changes of a force that chatters, in limits of the actuator a second.
pub const CHATTERING_VARIATION: f64 = 20.0;
/// A force chatters too that is at its limit in more than this share of the last second.
pub const CHATTERING_LIMITED: f64 = 0.2;
/// Both angles within this are up, in rad.
pub const UP: f64 = 0.1;
