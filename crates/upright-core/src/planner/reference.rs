//! What the states and forces of a plan are weighed against, step by step.

use crate::plant::State;
use crate::real::Real;

/// A motion that a plan is to stay near: what it costs are distances from it.
pub trait Reference<R> {
    /// The state at the start of step `step`, in state order.
    fn state(&self, step: usize) -> State<R>;
    /// The force of step `step`, in N.
    fn force(&self, step: usize) -> R;
}

/// An equilibrium that needs no force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<R>(pub(super) State<R>);

impl<R: Real> Reference<R> for Rest<R> {
    #[inline(always)]
    fn state(&self, _step: usize) -> State<R> {
        self.0
    }

    #[inline(always)]
    fn force(&self, _step: usize) -> R {
        R::zero()
    }
}
