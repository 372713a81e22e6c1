//! Where a plan begins: from a guess of the forces, from states with gaps, or from the plan before.

use super::{FIRST_DAMPING, Planner, Progress};
use crate::planner::costs::dot;
use crate::planner::reference::{Reference, Rest};
use crate::planner::task::PlanError;
use crate::plant::State;
use crate::real::Real;

impl<R: Real<Mask = bool>, const N: usize> Planner<R, N> {
    /// Goes on from `initial` where the first step has passed: with the forces that are left and their gains on
    /// what the states have become since, and for one more step with `-top` times the distance from the target.
    /// There are no gaps.
    ///
    /// # Errors
    /// Nothing was planned, or the motion is not finite; then there is nothing planned.
    pub fn go_on(&mut self, initial: &State<R>, top: &State<R>) -> Result<(), PlanError> {
        let rest = Rest(self.costs.target);
        self.go_on_along(&rest, initial, self.steps, top)
    }

    /// The same with `steps` steps, at most as many as there were, along a motion whose first step is the first one
    /// now. After the steps that were planned come the reference's force and `-top` times the distance from its state.
    ///
    /// # Errors
    /// As [`Planner::go_on`], and where there are more steps than there were.
    pub fn go_on_along(
        &mut self,
        reference: &impl Reference<R>,
        initial: &State<R>,
        steps: usize,
        top: &State<R>,
    ) -> Result<(), PlanError> {
        let before = self.steps;
        self.progress = Progress::Empty;
        self.steps = 0;
        if steps == 0 || steps > before {
            return Err(PlanError::Steps { steps, most: before });
        }
        let mut at = *initial;
        for k in 0..steps {
            let wanted = if k + 1 < before {
                let old = &self.ends[k];
                let away: State<R> = core::array::from_fn(|i| at[i] - old[i]);
                self.forces[k + 1] + dot(&self.gains[k + 1], &away)
            } else {
                let target = reference.state(k);
                let away: State<R> = core::array::from_fn(|i| at[i] - target[i]);
                reference.force(k) - dot(top, &away)
            };
            let u = self.costs.limited(wanted);
            at = self.motion.end(&at, u);
            self.trials.forces[k] = u;
            self.trials.ends[k] = at;
        }
        // What is not finite stays so to the end.
        if !at.iter().all(|x| x.finite()) {
            return Err(PlanError::NotFinite { step: steps - 1 });
        }
        self.start = *initial;
        self.steps = steps;
        self.forces[..steps].copy_from_slice(&self.trials.forces[..steps]);
        self.ends[..steps].copy_from_slice(&self.trials.ends[..steps]);
        self.gaps[..steps].fill([R::zero(); 6]);
        self.begin(reference);
        Ok(())
    }

    /// Starts from `initial` with `steps` steps, whose forces `guess(k, state)` returns as the plant gets
    /// there; each is limited to the largest force. There are no gaps.
    ///
    /// # Errors
    /// Too many steps or none; a guess or a state that is not finite.
    pub fn start(
        &mut self,
        initial: &State<R>,
        steps: usize,
        mut guess: impl FnMut(usize, &State<R>) -> R,
    ) -> Result<(), PlanError> {
        self.empty(initial, steps)?;
        let mut at = *initial;
        for k in 0..steps {
            let u = self.costs.limited(guess(k, &at));
            at = self.motion.end(&at, u);
            self.put(k, u, &at)?;
            self.gaps[k] = [R::zero(); 6];
        }
        self.begin(&Rest(self.costs.target));
        Ok(())
    }

    /// Starts from states that need not follow from each other: `knot(k)` is the force of step `k` and the
    /// state at its end. What the plant does otherwise are the gaps, which iterations close.
    ///
    /// # Errors
    /// Too many steps or none; a force or a state that is not finite.
    pub fn start_with_gaps(
        &mut self,
        initial: &State<R>,
        steps: usize,
        knot: impl FnMut(usize) -> (R, State<R>),
    ) -> Result<(), PlanError> {
        self.put_all(initial, steps, knot)?;
        self.begin(&Rest(self.costs.target));
        Ok(())
    }

    /// Starts from what was planned last, under the task and the bounds of now, with `more` steps at its end that rest at the
    /// target. Forces that are no longer allowed leave gaps.
    ///
    /// # Errors
    /// Nothing was planned, or too many steps; then there is nothing planned.
    pub fn start_from_last(&mut self, more: usize) -> Result<(), PlanError> {
        let (before, mut at) = (self.steps, self.start);
        let steps = if before == 0 { 0 } else { before + more };
        self.empty(&at, steps)?;
        for k in 0..steps {
            let last = (self.forces[k], self.ends[k]);
            let rest = (R::zero(), self.costs.target);
            at = self.put_knot(k, &at, if k < before { last } else { rest })?;
        }
        self.begin(&Rest(self.costs.target));
        Ok(())
    }

    /// Starts from `initial` with the forces and the states of a motion that the plan is to stay near.
    ///
    /// # Errors
    /// As [`Planner::start_with_gaps`].
    pub fn start_along(
        &mut self,
        reference: &impl Reference<R>,
        initial: &State<R>,
        steps: usize,
    ) -> Result<(), PlanError> {
        self.put_all(initial, steps, |k| (reference.force(k), reference.state(k + 1)))?;
        self.begin(reference);
        Ok(())
    }

    fn put_all(
        &mut self,
        initial: &State<R>,
        steps: usize,
        mut knot: impl FnMut(usize) -> (R, State<R>),
    ) -> Result<(), PlanError> {
        self.empty(initial, steps)?;
        let mut at = *initial;
        for k in 0..steps {
            at = self.put_knot(k, &at, knot(k))?;
        }
        Ok(())
    }

    /// Puts a step that begins at `at` by its force and the state that it is to end in, which it returns.
    fn put_knot(
        &mut self,
        k: usize,
        at: &State<R>,
        (u, end): (R, State<R>),
    ) -> Result<State<R>, PlanError> {
        let u = self.costs.limited(u);
        let real = self.motion.end(at, u);
        self.put(k, u, &end)?;
        self.gaps[k] = core::array::from_fn(|i| real[i] - end[i]);
        Ok(end)
    }

    fn empty(&mut self, initial: &State<R>, steps: usize) -> Result<(), PlanError> {
        self.progress = Progress::Empty;
        self.steps = 0;
        if steps == 0 || steps > N {
            return Err(PlanError::Steps { steps, most: N });
        }
        if !initial.iter().all(|x| x.finite()) {
            return Err(PlanError::NotFinite { step: 0 });
        }
        self.start = *initial;
        Ok(())
    }

    fn put(&mut self, k: usize, u: R, end: &State<R>) -> Result<(), PlanError> {
        if !(u.finite() && end.iter().all(|x| x.finite())) {
            return Err(PlanError::NotFinite { step: k });
        }
        self.forces[k] = u;
        self.ends[k] = *end;
        self.steps = k + 1;
        Ok(())
    }

    fn begin(&mut self, reference: &impl Reference<R>) {
        self.cost = R::zero();
        self.gap = R::zero();
        for k in 0..self.steps {
            let against = (&reference.state(k), reference.force(k));
            self.cost = self.cost + self.costs.of_step(&self.state(k), self.forces[k], against);
            for gap in self.gaps[k] {
                self.gap = self.gap + gap.abs();
            }
        }
        self.cost =
            self.cost + self.costs.of_end(&self.ends[self.steps - 1], &reference.state(self.steps));
        self.damping = R::of(FIRST_DAMPING);
        self.iterations = 0;
        self.passes = 0;
        self.progress = Progress::Going;
        self.linearised = false;
    }
}
