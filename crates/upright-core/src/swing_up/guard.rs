//! The guard of the track: the last word on the force, so that the cart stays on it.
//!
//! A barrier on the sampled speed of the cart. One that switches to the full force when the way to stop
//! exceeds the room drifts over the end in small steps.

use super::cart::CartResponse;
use crate::plant::State;
use crate::real::Real;

/// Share of the largest force that the guard counts on for stopping; the rest is for what pulls at the cart.
const STOPPING: f64 = 0.5;
/// Speed at which the cart is sent back from beyond what is defended, in m/s.
const BACK: f64 = 0.3;
/// Share of the largest force beyond which what is going on is given up.
const GIVE_UP: f64 = 0.5;

/// Keeps the cart within `+-limit`.
#[derive(Debug, Clone, Copy)]
pub struct Guard<R> {
    limit: R,
    max_force: R,
    /// Twice the deceleration that it counts on.
    twice: R,
    per_period: R,
}

/// What the guard made of a force.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<R> {
    /// The force in N.
    pub force: R,
    /// Whether it is another one than was wanted.
    pub acted: bool,
    /// Whether the cart is so fast, or so far out, that more than half the force must hold it back.
    pub give_up: bool,
}

impl<R: Real<Mask = bool>> Guard<R> {
    /// Defends `+-limit` (in m) with up to `max_force` N, for a cart and links of `mass` kg in all, at a control
    /// period in s.
    pub fn new(limit: f64, max_force: f64, mass: f64, period: f64) -> Self {
        Self {
            limit: R::of(limit),
            max_force: R::of(max_force),
            twice: R::of(2.0 * STOPPING * max_force / mass),
            per_period: R::of(1.0 / period),
        }
    }

    /// The force nearest to `wanted` under which the cart can still stop.
    #[inline(always)]
    pub fn limit(&self, state: &State<R>, response: &CartResponse<R>, wanted: R) -> Guarded<R> {
        let side = state[0].sign();
        let room = self.limit - state[0].abs();
        let speed = if room.gt(R::zero()) { (self.twice * room).sqrt() } else { R::of(-BACK) };
        let outward = side * state[3];
        let most = ((speed - outward) * self.per_period - side * response.drift) / response.gain;
        let acted = (side * wanted).gt(most);
        let force = if acted { side * most.max(-self.max_force) } else { wanted };
        let give_up = acted && most.lt(R::of(-GIVE_UP) * self.max_force);
        Guarded { force, acted, give_up }
    }
}
