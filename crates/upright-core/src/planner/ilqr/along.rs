//! What a search does along a plan, step by step: the plant moved under changed forces, and its derivatives.

use crate::planner::costs::Costs;
use crate::planner::motion::{Linearisation, Motion};
use crate::planner::reference::Reference;
use crate::plant::State;
use crate::real::{Kernel, Real, each_in_all_lanes as all_of, in_all_lanes as all};

/// A plan: a place a step, as in [`Planner`](super::Planner).
#[derive(Clone, Copy)]
pub(super) struct Along<'a, R> {
    pub(super) start: State<R>,
    pub(super) ends: &'a [State<R>],
    pub(super) forces: &'a [R],
    pub(super) gaps: &'a [State<R>],
}

/// The direction in which a search would change a plan, likewise.
#[derive(Clone, Copy)]
pub(super) struct Direction<'a, R> {
    pub(super) gains: &'a [State<R>],
    pub(super) changes: &'a [R],
}

/// Room for what plans of up to `N` steps become with some lengths of a search's step, a lane each, see
/// [`Planner::iterate_in`](super::Planner::iterate_in): 56 bytes a step and lane in `f64`.
#[derive(Debug, Clone)]
pub struct Trials<L, const N: usize> {
    pub(super) forces: [L; N],
    pub(super) ends: [State<L>; N],
}

impl<L: Real, const N: usize> Trials<L, N> {
    /// Room, with nothing in it yet.
    pub fn new() -> Self {
        Self { forces: [L::zero(); N], ends: [[L::zero(); 6]; N] }
    }
}

impl<L: Real, const N: usize> Default for Trials<L, N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The plant under forces changed by `lengths` of what was found; its output is what that costs.
pub(super) struct Pass<'a, R, L, F, const N: usize> {
    pub(super) along: Along<'a, R>,
    pub(super) direction: Direction<'a, R>,
    pub(super) motion: &'a Motion<L>,
    pub(super) costs: &'a Costs<L>,
    pub(super) reference: &'a F,
    pub(super) lengths: L,
    pub(super) trials: &'a mut Trials<L, N>,
}

impl<R: Real, L: Real, F: Reference<R>, const N: usize> Kernel for Pass<'_, R, L, F, N> {
    type Output = L;
    #[inline(always)]
    fn run(self) -> L {
        let Self { along, direction, motion, costs, reference, lengths, trials } = self;
        let rest = L::one() - lengths;
        let mut cost = L::zero();
        let mut at: State<L> = all_of(&along.start);
        for k in 0..along.forces.len() {
            let old: State<L> = all_of(along.state(k));
            let gains: State<L> = all_of(&direction.gains[k]);
            let mut u = all::<R, L>(along.forces[k]) + lengths * all(direction.changes[k]);
            for i in 0..6 {
                u = u + gains[i] * (at[i] - old[i]);
            }
            let u = costs.limited(u);
            let target: State<L> = all_of(&reference.state(k));
            cost = cost + costs.of_step(&at, u, (&target, all(reference.force(k))));
            at = motion.end(&at, u);
            let gaps: State<L> = all_of(&along.gaps[k]);
            for i in 0..6 {
                at[i] = at[i] - rest * gaps[i];
            }
            trials.forces[k] = u;
            trials.ends[k] = at;
        }
        let target: State<L> = all_of(&reference.state(along.forces.len()));
        cost + costs.of_end(&at, &target)
    }
}

/// The derivatives of all steps, as many steps at once as `L` has lanes.
pub(super) struct Linearise<'a, R, L> {
    pub(super) along: Along<'a, R>,
    pub(super) motion: &'a Motion<L>,
    pub(super) step: L,
    pub(super) linearisations: &'a mut [Linearisation<R>],
}

impl<R: Real, L: Real> Kernel for Linearise<'_, R, L> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { along, motion, step, linearisations } = self;
        let steps = along.forces.len();
        let mut first = 0;
        while first < steps {
            // Lanes beyond the last step do it again.
            let of = |lane: usize| if first + lane < steps { first + lane } else { steps - 1 };
            let (mut from, mut to) = ([L::zero(); 6], [L::zero(); 6]);
            for i in 0..6 {
                from[i] = L::from_lanes(|lane| along.state(of(lane))[i].lane(0));
                to[i] = L::from_lanes(|lane| along.ends[of(lane)][i].lane(0));
            }
            let u = L::from_lanes(|lane| along.forces[of(lane)].lane(0));
            let here = motion.linearise(&from, &to, u, step);
            for lane in 0..L::LANES.min(steps - first) {
                let there = &mut linearisations[first + lane];
                for i in 0..6 {
                    for j in 0..6 {
                        there.state[i][j] = R::of(here.state[i][j].lane(lane));
                    }
                    there.force[i] = R::of(here.force[i].lane(lane));
                }
            }
            first += L::LANES;
        }
    }
}

impl<R: Real> Along<'_, R> {
    /// The state at the start of step `k`.
    #[inline(always)]
    pub(super) fn state(&self, k: usize) -> &State<R> {
        if k == 0 { &self.start } else { &self.ends[k - 1] }
    }
}
