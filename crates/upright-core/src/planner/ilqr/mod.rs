//! Differential dynamic programming without the plant's second derivatives (iLQR), with gaps between the
//! steps and a limited force.
//!
//! Y. Tassa, N. Mansard, E. Todorov, ICRA 2014, 1168-1175 (the limited force); M. Giftthaler, M. Neunert,
//! M. Stäuble, J. Buchli, M. Diehl, IROS 2018, 1-9, and C. Mastalli et al., ICRA 2020, 2536-2542 (the gaps).

#![allow(clippy::needless_range_loop, reason = "matrices are read best by their indices")]

mod along;
mod backward;
mod search;
mod start;

pub use along::Trials;

use super::costs::Costs;
use super::motion::{Linearisation, Motion, PARTS};
use super::task::{PlanError, Task};
use crate::plant::{Plant, Rigid, State};
use crate::real::Real;

/// Price of a gap in the function that has to fall.
const GAP_PRICE: f64 = 100.0;
const FIRST_DAMPING: f64 = 1e-6;

/// How far a planner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There is nothing to plan yet: call `start`.
    Empty,
    /// More iterations may make it better.
    Going,
    /// A plan without gaps that one more iteration hardly changed.
    Converged,
    /// No step makes it better, and what there is may have gaps.
    Stuck,
}

/// Plans of up to `N` steps. Memory is about 560 bytes a step in `f64`, half of it in `f32`, so large ones belong on the heap or
/// into a static of the caller's.
///
/// Single precision has digits for mild weights only: with the default task's 10^4 for the last state a swing-up
/// needs `f64`.
///
/// Where a planner ends depends on its first guess: the problem has many local optima.
#[derive(Debug, Clone)]
pub struct Planner<R, const N: usize> {
    plant: Plant,
    parts: usize,
    motion: Motion<R>,
    costs: Costs<R>,
    steps: usize,
    start: State<R>,
    /// `ends[k]` is the state at the end of step `k`.
    ends: [State<R>; N],
    forces: [R; N],
    /// `gaps[k]`: where step `k` really ends, less `ends[k]`.
    gaps: [State<R>; N],
    linearisations: [Linearisation<R>; N],
    /// Whether they are those of the states and forces.
    linearised: bool,
    gains: [State<R>; N],
    changes: [R; N],
    trials: Trials<R, N>,
    cost: R,
    gap: R,
    damping: R,
    progress: Progress,
    iterations: usize,
    passes: usize,
}

impl<R: Real<Mask = bool>, const N: usize> Planner<R, N> {
    /// For a plant by its rigid bodies and viscous friction.
    ///
    /// # Errors
    /// A number of the plant or the task that is not allowed.
    #[inline(never)]
    pub fn new(model: &Plant, task: &Task) -> Result<Self, PlanError> {
        model.check().map_err(|invalid| PlanError::Task(invalid.within("plant")))?;
        task.check().map_err(PlanError::Task)?;
        let zero = R::zero();
        let none = [zero; 6];
        let costs = Costs::new(task);
        Ok(Self {
            plant: *model,
            parts: PARTS,
            motion: Motion::rigid(Rigid::new(model), costs.step, PARTS),
            costs,
            steps: 0,
            start: none,
            ends: [none; N],
            forces: [zero; N],
            gaps: [none; N],
            linearisations: [Linearisation { state: [none; 6], force: none }; N],
            linearised: false,
            gains: [none; N],
            changes: [zero; N],
            // Not by a function of its own, from which it would be copied here.
            trials: Trials { forces: [zero; N], ends: [none; N] },
            cost: zero,
            gap: zero,
            damping: R::of(FIRST_DAMPING),
            progress: Progress::Empty,
            iterations: 0,
            passes: 0,
        })
    }

    /// Sets another task; what was planned is given up.
    ///
    /// # Errors
    /// A number that is not allowed; then all stays as it was.
    pub fn set_task(&mut self, task: &Task) -> Result<(), PlanError> {
        task.check().map_err(PlanError::Task)?;
        self.costs = Costs::new(task);
        self.motion = match self.motion {
            Motion::Rigid { model, .. } => Motion::rigid(model, self.costs.step, self.parts),
            Motion::Linear(_) => Motion::linear(&Rigid::new(&self.plant), self.costs.step),
        };
        self.progress = Progress::Empty;
        Ok(())
    }

    /// Moves the plant by one Runge-Kutta step a step of a plan in place of two: for plans near upright, whose motion is
    /// slow beside a step. What was planned is given up.
    pub fn set_coarse(&mut self) {
        self.progress = Progress::Empty;
        self.parts = 1;
        self.motion = Motion::rigid(Rigid::new(&self.plant), self.costs.step, self.parts);
    }

    /// Moves the plant by the linear model about upright, wherever it is. What was planned is given up.
    pub fn set_linear(&mut self) {
        self.progress = Progress::Empty;
        self.motion = Motion::linear(&Rigid::new(&self.plant), self.costs.step);
    }

    /// Weighs the last state's distance from the target by a symmetric matrix, until another task is set; what was
    /// planned is given up.
    pub fn set_end_weight(&mut self, weight: [[R; 6]; 6]) {
        self.costs.terminal = weight;
        self.progress = Progress::Empty;
    }

    /// Sets other limits of the force in N, the least below the largest, and another middle of the track in m, until
    /// another task is set: both count from the next start on.
    pub fn set_bounds(&mut self, forces: [R; 2], middle: R) {
        self.costs.forces = forces;
        self.costs.middle = middle;
    }

    /// The state at the start of step `k`.
    fn state(&self, k: usize) -> State<R> {
        if k == 0 { self.start } else { self.ends[k - 1] }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The forces in N, one a step.
    pub fn forces(&self) -> &[R] {
        &self.forces[..self.steps]
    }

    /// The states at the starts of the steps and the last one's end: one more than there are forces; none
    /// before a start.
    pub fn states(&self) -> impl ExactSizeIterator<Item = State<R>> + '_ {
        let count = if self.steps == 0 { 0 } else { self.steps + 1 };
        (0..count).map(|k| self.state(k))
    }

    /// Sum of the sizes of all gaps: the plan is one that the plant can follow where it is zero.
    pub fn gap(&self) -> R {
        self.gap
    }

    /// What the plan costs, gaps apart.
    pub fn cost(&self) -> R {
        self.cost
    }

    /// The gains of the steps' forces on what their states become, in N per unit of the state, as of the last
    /// iteration.
    pub fn gains(&self) -> &[State<R>] {
        &self.gains[..self.steps]
    }

    /// What an iteration makes less: the cost, and a price on the gaps.
    pub fn merit(&self) -> R {
        self.cost + R::of(GAP_PRICE) * self.gap
    }

    /// The largest distance of a component of the last state from the target, in m, rad, m/s or rad/s;
    /// infinite before a start.
    pub fn end_error(&self) -> R {
        if self.steps == 0 {
            return R::of(f64::INFINITY);
        }
        let end = &self.ends[self.steps - 1];
        let mut worst = R::zero();
        for i in 0..6 {
            worst = worst.max((end[i] - self.costs.target[i]).abs());
        }
        worst
    }

    /// How far the cart goes from the middle, in m.
    pub fn travel(&self) -> R {
        self.states().fold(R::zero(), |most, state| most.max(state[0].abs()))
    }

    /// Iterations since the start.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// How often the plant was moved along the whole plan since the start.
    pub fn passes(&self) -> usize {
        self.passes
    }
}
