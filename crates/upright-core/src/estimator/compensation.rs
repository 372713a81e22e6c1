//! Which forces on the cart a controller acts against, of those that an estimator knows.

use crate::elementary::tanh;
use crate::real::Real;

/// Which forces on the cart a controller acts against: the unknown force that was estimated, and Coulomb
/// friction of a known size.
#[derive(Debug, Clone, Copy)]
pub struct Compensation<R> {
    force: bool,
    friction: Option<(R, R)>,
}

impl<R: Real> Compensation<R> {
    /// `force` is whether the estimated force is acted against; `friction` the Coulomb friction of the cart in N
    /// and the speed in m/s over which it changes sign, where it is fed forward.
    pub fn new(force: bool, friction: Option<(f64, f64)>) -> Self {
        let friction = friction.map(|(size, speed)| (R::of(size), R::of(1.0 / speed)));
        Self { force, friction }
    }

    /// The force to act against, of an estimated force in N and a velocity in m/s.
    #[inline(always)]
    pub fn known(&self, force: R, velocity: R) -> R {
        let known = if self.force { force } else { R::zero() };
        match self.friction {
            None => known,
            Some((size, per_speed)) => known - size * tanh(velocity * per_speed),
        }
    }
}
