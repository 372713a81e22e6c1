//! What pushes the cart: the force that explains its acceleration beside the one that was given and the model.

use super::cart::CartResponse;
use crate::real::Real;

/// Share of the difference that it takes over in a second: it follows a push within some 50 ms.
const RATE: f64 = 20.0;
/// Share of the largest force that it believes in at most.
const MOST: f64 = 0.5;

/// The force on the cart that nobody gave, found out period by period.
#[derive(Debug, Clone, Copy)]
pub struct CartPush<R> {
    force: R,
    most: R,
    share: R,
    per_period: R,
    /// The cart's speed a period ago, and how it was expected to change.
    last: Option<(R, CartResponse<R>, R)>,
}

impl<R: Real<Mask = bool>> CartPush<R> {
    /// At a control period in s, under a force limit in N.
    pub fn new(period: f64, max_force: f64) -> Self {
        Self {
            force: R::zero(),
            most: R::of(MOST * max_force),
            share: R::of((RATE * period).min(1.0)),
            per_period: R::of(1.0 / period),
            last: None,
        }
    }

    /// Takes the cart's speed at the start of a period into account.
    pub fn see(&mut self, speed: R) {
        if let Some((before, response, given)) = self.last {
            let acceleration = (speed - before) * self.per_period;
            let real = (acceleration - response.drift) / response.gain;
            let next = self.force + self.share * (real - given - self.force);
            self.force = next.clamp(-self.most, self.most);
        }
    }

    /// Tells which force is given in the period that begins at this speed, where the cart returns as `response` says.
    pub fn given(&mut self, speed: R, response: &CartResponse<R>, force: R) {
        self.last = Some((speed, *response, force));
    }

    /// The force in N; what is known of anyhow is no part of it.
    pub fn force(&self) -> R {
        self.force
    }

    /// Returns to the start.
    pub fn reset(&mut self) {
        self.force = R::zero();
        self.last = None;
    }
}
