//! What lies between the controller's command and the force on the cart.

use crate::scenario;
use upright_core::Real;
use upright_core::elementary::exp_m1;

/// Delay, dead zone, rate limit, lag and limit, in that order.
#[derive(Debug, Clone)]
pub(super) struct Actuator<R> {
    /// The commands under way; place `head` is the next to arrive.
    line: Vec<R>,
    head: usize,
    dead_zone: R,
    /// Largest change in a period.
    step: Option<R>,
    before_lag: R,
    /// The share of the way that a first-order lag goes in a period.
    lag: Option<R>,
    force: R,
    max_force: R,
}

impl<R: Real> Actuator<R> {
    pub(super) fn new(settings: &scenario::Actuator, period: f64) -> Self {
        Self {
            line: vec![R::zero(); settings.delay as usize],
            head: 0,
            dead_zone: R::of(settings.dead_zone),
            step: settings.rate_limit.map(|limit| R::of(limit * period)),
            before_lag: R::zero(),
            lag: (settings.lag > 0.0).then(|| R::of(-exp_m1(-period / settings.lag))),
            force: R::zero(),
            max_force: R::of(settings.max_force),
        }
    }

    /// Commands that the delay line can hold, and holds: it is full from the start.
    pub(super) fn line(&self) -> (usize, usize) {
        (self.line.len(), self.line.len())
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.line.capacity() * size_of::<R>()
    }

    pub(super) fn apply(&mut self, command: R) -> R {
        let mut force = command;
        if let Some(place) = self.line.get_mut(self.head) {
            force = std::mem::replace(place, command);
            self.head = (self.head + 1) % self.line.len();
        }
        force = R::select(force.abs().lt(self.dead_zone), R::zero(), force);
        if let Some(step) = self.step {
            force = self.before_lag + (force - self.before_lag).clamp(-step, step);
            self.before_lag = force;
        }
        if let Some(share) = self.lag {
            force = self.force + share * (force - self.force);
        }
        self.force = force.clamp(-self.max_force, self.max_force);
        self.force
    }
}
