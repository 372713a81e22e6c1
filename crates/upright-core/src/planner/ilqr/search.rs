//! The iterations: gains backward along the plan, forces forward, and how long a step may be.

use super::along::{Along, Direction, Linearise, Pass, Trials};
use super::backward::Backward;
use super::{GAP_PRICE, Planner, Progress};
use crate::planner::costs::Costs;
use crate::planner::motion::{Linearisation, Motion};
use crate::planner::reference::{Reference, Rest};
use crate::plant::State;
use crate::real::Real;

/// Lengths of the step along the search direction, as powers of this.
const SHORTER: f64 = 0.4;
const LENGTHS: usize = 6;
const LEAST_DAMPING_AFTER_FAILURE: f64 = 1e-4;
const LARGEST_DAMPING: f64 = 1e7;
/// Relative change of the cost below which a plan without gaps is done.
const TOLERANCE: f64 = 1e-4;

/// A length of the step that makes a plan better.
#[derive(Clone, Copy)]
struct Better<R> {
    /// How many lengths come before it.
    attempt: usize,
    /// The lane of the trials that has the plan.
    lane: usize,
    length: R,
    cost: R,
    gap: R,
}

/// The plant, what its motion costs and room for it, in lanes of `L`.
struct Means<'a, L, const N: usize> {
    motion: &'a Motion<L>,
    costs: &'a Costs<L>,
    trials: &'a mut Trials<L, N>,
}

impl<L: Real, const N: usize> Means<'_, L, N> {
    /// The derivatives of all steps of a plan.
    #[inline(always)]
    fn linearise<R: Real>(&self, along: Along<'_, R>, linearisations: &mut [Linearisation<R>]) {
        L::run(Linearise { along, motion: self.motion, step: self.costs.step, linearisations });
    }

    /// The longest step along a plan with gaps of the size `gap` that comes below the merit `before`.
    #[inline(always)]
    fn better<R: Real<Mask = bool>>(
        &mut self,
        (along, direction): (Along<'_, R>, Direction<'_, R>),
        reference: &impl Reference<R>,
        gap: R,
        before: R,
    ) -> Option<Better<R>> {
        let mut lengths = [R::one(); LENGTHS];
        for i in 1..LENGTHS {
            lengths[i] = lengths[i - 1] * R::of(SHORTER);
        }
        for first in (0..LENGTHS).step_by(L::LANES) {
            let tried = &lengths[first..];
            let pass = Pass {
                along,
                direction,
                motion: self.motion,
                costs: self.costs,
                reference,
                lengths: L::from_lanes(|lane| tried[lane.min(tried.len() - 1)].lane(0)),
                trials: self.trials,
            };
            let costs = L::run(pass);
            for (lane, &length) in tried.iter().enumerate().take(L::LANES) {
                let cost = R::of(costs.lane(lane));
                let gap = (R::one() - length) * gap;
                if (cost + R::of(GAP_PRICE) * gap).lt(before) {
                    return Some(Better { attempt: first + lane, lane, length, cost, gap });
                }
            }
        }
        None
    }
}

/// What a planner consists of.
struct Parts<'a, R, const N: usize> {
    along: Along<'a, R>,
    own: Means<'a, R, N>,
    linearisations: &'a mut [Linearisation<R>],
    gains: &'a mut [State<R>],
    changes: &'a mut [R],
}

/// Puts the plan of a lane in the place of the one that it came of.
fn take<R: Real, L: Real, const N: usize>(
    trials: &Trials<L, N>,
    lane: usize,
    forces: &mut [R],
    ends: &mut [State<R>],
) {
    for (k, (force, end)) in forces.iter_mut().zip(ends).enumerate() {
        *force = R::of(trials.forces[k].lane(lane));
        for (x, trial) in end.iter_mut().zip(&trials.ends[k]) {
            *x = R::of(trial.lane(lane));
        }
    }
}

impl<R: Real<Mask = bool>, const N: usize> Planner<R, N> {
    /// At most `most` iterations; how far it is then. One costs as much as any other to a factor of about
    /// two, by how many lengths of a step are tried.
    pub fn iterate(&mut self, most: usize) -> Progress {
        let rest = Rest(self.costs.target);
        self.iterate_along(&rest, most)
    }

    /// The same to the bit, in lanes: as many lengths of the step at once as `L` has, and the derivatives of as many steps.
    ///
    /// A search's numbers wait for each other, so some lanes take hardly longer than one. A second length is tried in
    /// two of three iterations of a swing-up.
    pub fn iterate_in<L: Real>(&mut self, trials: &mut Trials<L, N>, most: usize) -> Progress {
        let (motion, costs) = (self.motion.in_lanes(&self.plant), self.costs.in_lanes());
        let rest = Rest(self.costs.target);
        let means = Means { motion: &motion, costs: &costs, trials };
        self.iterate_by(&rest, Some(means), most)
    }

    /// The same where a motion is what states and forces are weighed against, the one that the plan was started
    /// along; the target does not count.
    pub fn iterate_along(&mut self, reference: &impl Reference<R>, most: usize) -> Progress {
        self.iterate_by(reference, None::<Means<'_, R, N>>, most)
    }

    /// Iterations by some means, or by its own.
    #[inline(always)]
    fn iterate_by<L: Real>(
        &mut self,
        reference: &impl Reference<R>,
        mut means: Option<Means<'_, L, N>>,
        most: usize,
    ) -> Progress {
        for _ in 0..most {
            if self.progress != Progress::Going {
                break;
            }
            let (gap, before, damping) = (self.gap, self.merit(), self.damping);
            let linearised = core::mem::replace(&mut self.linearised, true);
            let Parts { along, mut own, linearisations, gains, changes } = self.parts();
            // Only now, so that the last iteration of a series leaves it out.
            if !linearised {
                match &means {
                    Some(means) => means.linearise(along, linearisations),
                    None => own.linearise(along, linearisations),
                }
            }
            let costs = own.costs;
            let backward =
                Backward { along, linearisations, costs, reference, damping, gains, changes };
            // On single numbers, and for the machine of the lanes.
            L::run(backward);
            let found = (along, Direction { gains, changes });
            let better = match &mut means {
                Some(means) => means.better(found, reference, gap, before),
                None => own.better(found, reference, gap, before),
            };
            if let Some(Better { lane, .. }) = better {
                let (forces, ends) = (&mut self.forces[..self.steps], &mut self.ends[..self.steps]);
                match &means {
                    Some(means) => take(means.trials, lane, forces, ends),
                    None => take(&self.trials, lane, forces, ends),
                }
            }
            self.progress = self.after(better);
            self.iterations += 1;
        }
        self.progress
    }

    /// Its parts, each for itself.
    fn parts(&mut self) -> Parts<'_, R, N> {
        let steps = self.steps;
        Parts {
            along: Along {
                start: self.start,
                ends: &self.ends[..steps],
                forces: &self.forces[..steps],
                gaps: &self.gaps[..steps],
            },
            own: Means { motion: &self.motion, costs: &self.costs, trials: &mut self.trials },
            linearisations: &mut self.linearisations[..steps],
            gains: &mut self.gains[..steps],
            changes: &mut self.changes[..steps],
        }
    }

    /// What follows from a step that was taken, or from none.
    fn after(&mut self, better: Option<Better<R>>) -> Progress {
        let Some(Better { attempt, length, cost, gap, .. }) = better else {
            self.passes += LENGTHS;
            self.damping = (self.damping * R::of(10.0)).max(R::of(LEAST_DAMPING_AFTER_FAILURE));
            let stuck = self.damping.gt(R::of(LARGEST_DAMPING));
            return if stuck { Progress::Stuck } else { Progress::Going };
        };
        self.passes += attempt + 1;
        let change = (self.cost - cost).abs();
        let rest = R::one() - length;
        for k in 0..self.steps {
            self.gaps[k] = self.gaps[k].map(|gap| rest * gap);
        }
        self.cost = cost;
        self.gap = gap;
        self.linearised = false;
        let factor = if attempt == 0 {
            0.2
        } else if length.lt(R::of(0.3)) {
            3.0
        } else {
            1.0
        };
        self.damping = self.damping * R::of(factor);
        let done = change.lt(R::of(TOLERANCE) * cost.abs()) && gap.le(R::zero());
        // A short step changes little for another reason.
        if done && attempt == 0 { Progress::Converged } else { Progress::Going }
    }
}
