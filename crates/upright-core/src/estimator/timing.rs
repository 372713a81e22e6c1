//! What an estimator knows of the loop that it stands in: its clock and its delays.

use super::commands::{Commands, MAX_AHEAD};
use crate::integrate::rk4_held;
use crate::plant::{Full, State};
use crate::real::{Kernel, Mask, Real};

/// Clock, delays and limit of a loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The control period in s.
    pub period: f64,
    /// Control periods between a command and its force.
    pub delay: usize,
    /// Control periods between a state and its measurement.
    pub late: usize,
    /// The actuator's limit in N; commands beyond it are taken as limited.
    pub max_force: f64,
}

impl Timing {
    /// Periods from the state that a measurement shows to the one on which the present command will act, at
    /// most [`MAX_AHEAD`].
    pub fn ahead(&self) -> usize {
        self.delay.saturating_add(self.late).min(MAX_AHEAD)
    }
}

/// A state and a force on the cart that is not the controller's.
pub(super) type Extended<R> = [R; 7];

/// A copy, as [`copy_of`](crate::plant::copy_of).
#[inline(always)]
pub(super) fn copied<R: Real>(state: &Extended<R>) -> Extended<R> {
    let [x, theta1, theta2, v, w1, w2, f] = *state;
    [x, theta1, theta2, v, w1, w2, f]
}

/// A period of the model under a force that is held, the unknown force besides.
pub(super) struct Advance<'a, R> {
    pub(super) model: &'a Full<R>,
    pub(super) period: R,
    pub(super) from: &'a Extended<R>,
    pub(super) force: R,
}

impl<R: Real> Kernel for Advance<'_, R> {
    type Output = Extended<R>;
    #[inline(always)]
    fn run(self) -> Extended<R> {
        let Self { model, period, from, force } = self;
        let [x, theta1, theta2, v, w1, w2, f] = *from;
        let state: State<R> = [x, theta1, theta2, v, w1, w2];
        let next = match model.as_rigid() {
            Some(rigid) => rk4_held(rigid, &state, period, force + f),
            None => rk4_held(model, &state, period, force + f),
        };
        [next[0], next[1], next[2], next[3], next[4], next[5], f]
    }
}

/// How the model goes from the state that a measurement shows to the one that the command meets: the clock,
/// the model, and the commands under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook<R: Real> {
    pub(super) model: Full<R>,
    pub(super) period: R,
    max_force: R,
    pub(super) ahead: usize,
    late: R,
    commands: Commands<R>,
    /// Periods for which a lane is still shown its first measurement, since no later one has arrived.
    waiting: R,
}

impl<R: Real> Outlook<R> {
    pub(super) fn new(model: Full<R>, timing: &Timing) -> Self {
        let late = R::of(timing.late as f64);
        Self {
            model,
            period: R::of(timing.period),
            max_force: R::of(timing.max_force),
            ahead: timing.ahead(),
            late,
            commands: Commands::new(),
            waiting: late,
        }
    }

    #[inline(always)]
    pub(super) fn commanded(&mut self, force: R) {
        self.commands.push(force.clamp(-self.max_force, self.max_force));
    }

    pub(super) fn reset_lanes(&mut self, lanes: R::Mask) {
        self.commands.reset_lanes(lanes);
        self.waiting = R::select(lanes, self.late, self.waiting);
    }

    /// One period further.
    #[inline(always)]
    fn step(&self, from: &Extended<R>, force: R) -> Extended<R> {
        R::run(Advance { model: &self.model, period: self.period, from, force })
    }

    /// What the next measurement will show, where nothing is under way: called before it, once the command is
    /// known.
    #[inline(always)]
    pub(super) fn next(&self, from: &Extended<R>) -> Extended<R> {
        self.step(from, self.commands.past(0))
    }

    /// Goes through the periods under way, at most `steps`; returns where the first of them leads and where
    /// the last does. What was commanded before the start is no period, so a lane that waits skips it.
    #[inline(always)]
    pub(super) fn predict(&self, from: &Extended<R>, steps: usize) -> (Extended<R>, Extended<R>) {
        let steps = self.ahead.min(steps);
        if steps == 0 {
            return (copied(from), copied(from));
        }
        let first = self.under_way(from, 0);
        let mut last = copied(&first);
        for j in 1..steps {
            last = self.under_way(&last, j);
        }
        (first, last)
    }

    /// Period `j` of those under way.
    #[inline(always)]
    fn under_way(&self, from: &Extended<R>, j: usize) -> Extended<R> {
        let mut next = copied(&self.step(from, self.commands.past(self.ahead - 1 - j)));
        let skipped = R::of(j as f64).lt(self.waiting);
        if skipped.any() {
            core::hint::cold_path();
            let mut i = 0;
            while i < 7 {
                next[i] = R::select(skipped, from[i], next[i]);
                i += 1;
            }
        }
        next
    }

    /// The force that has acted until now.
    #[inline(always)]
    pub(super) fn arrived(&self) -> R {
        self.commands.past(self.ahead)
    }

    /// The lanes whose next measurement is still their first one.
    #[inline(always)]
    pub(super) fn waits(&self) -> R::Mask {
        self.waiting.gt(R::zero())
    }

    /// A period has passed.
    #[inline(always)]
    pub(super) fn tick(&mut self) {
        self.waiting = (self.waiting - R::one()).max(R::zero());
    }
}
