//! The commands of the last periods, from which an estimator predicts over a delay.

use crate::real::Real;

/// The most periods over which an estimator predicts: the delays of actuator and sensors together.
pub const MAX_AHEAD: usize = 31;

/// How many commands are kept: those under way, and the one that has arrived.
const KEPT: usize = MAX_AHEAD + 1;

/// The last commands; before the first there was no force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commands<R> {
    line: [R; KEPT],
    /// Where the next one goes.
    head: usize,
}

impl<R: Real> Commands<R> {
    pub(super) fn new() -> Self {
        Self { line: [R::zero(); KEPT], head: 0 }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, force: R) {
        self.line[self.head] = force;
        self.head = (self.head + 1) % KEPT;
    }

    /// The command of `age` periods before the last one, `age` at most [`MAX_AHEAD`].
    #[inline(always)]
    pub(super) fn past(&self, age: usize) -> R {
        self.line[(self.head + 2 * KEPT - 1 - age) % KEPT]
    }

    pub(super) fn reset_lanes(&mut self, lanes: R::Mask) {
        for force in &mut self.line {
            *force = R::select(lanes, R::zero(), *force);
        }
    }
}
