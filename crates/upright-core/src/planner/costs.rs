//! What a plan costs, step by step and at its end, as the search needs it.

#![allow(clippy::needless_range_loop, reason = "matrices are read best by their indices")]

use super::task::Task;
use crate::plant::State;
use crate::real::{Real, in_all_lanes};

#[derive(Debug, Clone, Copy)]
pub(super) struct Costs<R> {
    pub(super) step: R,
    /// The least and the largest force.
    pub(super) forces: [R; 2],
    /// Where the middle of the track is.
    pub(super) middle: R,
    pub(super) cart_limit: R,
    pub(super) beyond: R,
    pub(super) target: State<R>,
    pub(super) state: State<R>,
    pub(super) force: R,
    pub(super) terminal: [[R; 6]; 6],
}

impl<R: Real> Costs<R> {
    pub(super) fn new(task: &Task) -> Self {
        let mut terminal = [[R::zero(); 6]; 6];
        for i in 0..6 {
            terminal[i][i] = R::of(task.terminal[i]);
        }
        Self {
            step: R::of(task.step),
            forces: [R::of(-task.max_force), R::of(task.max_force)],
            middle: R::zero(),
            cart_limit: R::of(task.cart_limit),
            beyond: R::of(task.beyond),
            target: task.target.map(R::of),
            state: task.state.map(R::of),
            force: R::of(task.force),
            terminal,
        }
    }

    /// The same in every lane of another number.
    pub(super) fn in_lanes<L: Real>(&self) -> Costs<L> {
        let all = in_all_lanes::<R, L>;
        Costs {
            step: all(self.step),
            forces: self.forces.map(all),
            middle: all(self.middle),
            cart_limit: all(self.cart_limit),
            beyond: all(self.beyond),
            target: self.target.map(all),
            state: self.state.map(all),
            force: all(self.force),
            terminal: self.terminal.map(|row| row.map(all)),
        }
    }

    /// A force within its limits.
    #[inline(always)]
    pub(super) fn limited(&self, u: R) -> R {
        u.clamp(self.forces[0], self.forces[1])
    }

    /// By how much the cart is beyond its limit, with the sign of its side.
    #[inline(always)]
    pub(super) fn beyond(&self, x: R) -> R {
        let x = x - self.middle;
        (x.abs() - self.cart_limit).max(R::zero()) * x.sign()
    }

    /// Of a step from `state` under `u`, against the reference's state and force.
    #[inline(always)]
    pub(super) fn of_step(&self, state: &State<R>, u: R, (target, force): (&State<R>, R)) -> R {
        let beyond = self.beyond(state[0]);
        let du = u - force;
        let mut sum = self.force * du * du + self.beyond * beyond * beyond;
        for i in 0..6 {
            let e = state[i] - target[i];
            sum = sum + self.state[i] * e * e;
        }
        R::of(0.5) * self.step * sum
    }

    #[inline(always)]
    pub(super) fn of_end(&self, state: &State<R>, target: &State<R>) -> R {
        let mut e = *state;
        for i in 0..6 {
            e[i] = e[i] - target[i];
        }
        let mut sum = R::zero();
        for i in 0..6 {
            sum = sum + dot(&self.terminal[i], &e) * e[i];
        }
        R::of(0.5) * sum
    }
}

#[inline(always)]
pub(super) fn dot<R: Real>(a: &[R; 6], b: &[R; 6]) -> R {
    let mut sum = R::zero();
    for i in 0..6 {
        sum = sum + a[i] * b[i];
    }
    sum
}
