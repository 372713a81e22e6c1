//! Differential dynamic programming without the plant's second derivatives (iLQR), with gaps between the
//! steps and a limited force.
//!
//! Y. Tassa, N. Mansard, E. Todorov, ICRA 2014, 1168-1175 (the limited force); M. Giftthaler, M. Neunert,
//! M. Stäuble, J. Buchli, M. Diehl, IROS 2018, 1-9, and C. Mastalli et al., ICRA 2020, 2536-2542 (the gaps).

#![allow(clippy::needless_range_loop, reason = "matrices are read best by their indices")]

use super::costs::{Costs, dot};
use super::motion::{Linearisation, Motion, PARTS};
use super::task::{PlanError, Task};
use crate::plant::{Plant, Rigid, State};
use crate::real::Real;

/// Lengths of the step along the search direction, as powers of this.
const SHORTER: f64 = 0.4;
const LENGTHS: usize = 6;
/// Price of a gap in the function that has to fall.
const GAP_PRICE: f64 = 100.0;
const FIRST_DAMPING: f64 = 1e-6;
const LEAST_DAMPING_AFTER_FAILURE: f64 = 1e-4;
const LARGEST_DAMPING: f64 = 1e7;
/// Relative change of the cost below which a plan without gaps is done.
const TOLERANCE: f64 = 1e-4;

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
    model: Rigid<R>,
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
    trial_ends: [State<R>; N],
    trial_forces: [R; N],
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
    pub fn new(model: &Plant, task: &Task) -> Result<Self, PlanError> {
        model.check().map_err(|invalid| PlanError::Task(invalid.within("plant")))?;
        task.check().map_err(PlanError::Task)?;
        let zero = R::zero();
        let none = [zero; 6];
        let (model, costs) = (Rigid::new(model), Costs::new(task));
        Ok(Self {
            parts: PARTS,
            motion: Motion::rigid(model, costs.step, PARTS),
            model,
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
            trial_ends: [none; N],
            trial_forces: [zero; N],
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
            Motion::Rigid { .. } => Motion::rigid(self.model, self.costs.step, self.parts),
            Motion::Linear(_) => Motion::linear(&self.model, self.costs.step),
        };
        self.progress = Progress::Empty;
        Ok(())
    }

    /// The same by one Runge-Kutta step a step of a plan in place of two: for plans near upright, whose motion is
    /// slow beside a step.
    #[must_use]
    pub fn coarse(mut self) -> Self {
        self.parts = 1;
        self.motion = Motion::rigid(self.model, self.costs.step, self.parts);
        self
    }

    /// The same by the linear model about upright, wherever the plant is.
    #[must_use]
    pub fn linear(mut self) -> Self {
        self.motion = Motion::linear(&self.model, self.costs.step);
        self
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

    /// Goes on from `initial` where the first step has passed: with the forces that are left and their gains on
    /// what the states have become since, and for one more step with `-top` times the distance from the target.
    /// There are no gaps.
    ///
    /// # Errors
    /// Nothing was planned, or the motion is not finite; then there is nothing planned.
    pub fn go_on(&mut self, initial: &State<R>, top: &State<R>) -> Result<(), PlanError> {
        let steps = self.steps;
        self.progress = Progress::Empty;
        self.steps = 0;
        if steps == 0 {
            return Err(PlanError::Steps { steps, most: N });
        }
        let mut at = *initial;
        for k in 0..steps {
            let wanted = if k + 1 < steps {
                let old = &self.ends[k];
                let away: State<R> = core::array::from_fn(|i| at[i] - old[i]);
                self.forces[k + 1] + dot(&self.gains[k + 1], &away)
            } else {
                let away: State<R> = core::array::from_fn(|i| at[i] - self.costs.target[i]);
                -dot(top, &away)
            };
            let u = self.limited(wanted);
            at = self.motion.end(&at, u);
            self.trial_forces[k] = u;
            self.trial_ends[k] = at;
        }
        // What is not finite stays so to the end.
        if !at.iter().all(|x| x.finite()) {
            return Err(PlanError::NotFinite { step: steps - 1 });
        }
        self.start = *initial;
        self.steps = steps;
        self.forces[..steps].copy_from_slice(&self.trial_forces[..steps]);
        self.ends[..steps].copy_from_slice(&self.trial_ends[..steps]);
        self.gaps[..steps].fill([R::zero(); 6]);
        self.begin();
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
            let u = self.limited(guess(k, &at));
            at = self.motion.end(&at, u);
            self.put(k, u, &at)?;
            self.gaps[k] = [R::zero(); 6];
        }
        self.begin();
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
        mut knot: impl FnMut(usize) -> (R, State<R>),
    ) -> Result<(), PlanError> {
        self.empty(initial, steps)?;
        let mut at = *initial;
        for k in 0..steps {
            let (u, end) = knot(k);
            let u = self.limited(u);
            let real = self.motion.end(&at, u);
            self.put(k, u, &end)?;
            for i in 0..6 {
                self.gaps[k][i] = real[i] - end[i];
            }
            at = end;
        }
        self.begin();
        Ok(())
    }

    fn limited(&self, u: R) -> R {
        u.clamp(self.costs.forces[0], self.costs.forces[1])
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

    fn begin(&mut self) {
        self.cost = R::zero();
        self.gap = R::zero();
        for k in 0..self.steps {
            self.cost = self.cost + self.costs.of_step(&self.state(k), self.forces[k]);
            for gap in self.gaps[k] {
                self.gap = self.gap + gap.abs();
            }
        }
        self.cost = self.cost + self.costs.of_end(&self.ends[self.steps - 1]);
        self.damping = R::of(FIRST_DAMPING);
        self.iterations = 0;
        self.passes = 0;
        self.progress = Progress::Going;
        self.linearised = false;
    }

    /// The state at the start of step `k`.
    fn state(&self, k: usize) -> State<R> {
        if k == 0 { self.start } else { self.ends[k - 1] }
    }

    fn linearise(&mut self) {
        for k in 0..self.steps {
            self.linearisations[k] = self.motion.linearise(
                &self.state(k),
                &self.ends[k],
                self.forces[k],
                self.costs.step,
            );
        }
        self.linearised = true;
    }

    /// At most `most` iterations; how far it is then. One costs as much as any other to a factor of about
    /// two, by how many lengths of a step are tried.
    pub fn iterate(&mut self, most: usize) -> Progress {
        for _ in 0..most {
            if self.progress != Progress::Going {
                break;
            }
            self.progress = self.iteration();
            self.iterations += 1;
        }
        self.progress
    }

    fn iteration(&mut self) -> Progress {
        // Only now, so that the last iteration of a series leaves it out.
        if !self.linearised {
            self.linearise();
        }
        self.backward();
        let before = self.merit();
        let mut length = R::one();
        for attempt in 0..LENGTHS {
            let cost = self.forward(length);
            let gap = (R::one() - length) * self.gap;
            if (cost + R::of(GAP_PRICE) * gap).lt(before) {
                let change = (self.cost - cost).abs();
                self.accept(length, cost, gap);
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
                return if done && attempt == 0 { Progress::Converged } else { Progress::Going };
            }
            length = length * R::of(SHORTER);
        }
        self.damping = (self.damping * R::of(10.0)).max(R::of(LEAST_DAMPING_AFTER_FAILURE));
        if self.damping.gt(R::of(LARGEST_DAMPING)) { Progress::Stuck } else { Progress::Going }
    }

    /// Gains and changes of the forces, from the last step to the first.
    fn backward(&mut self) {
        let costs = &self.costs;
        let h = costs.step;
        let end = self.ends[self.steps - 1];
        let away: State<R> = core::array::from_fn(|i| end[i] - costs.target[i]);
        let mut v_xx = costs.terminal;
        let mut v_x: State<R> = core::array::from_fn(|i| dot(&v_xx[i], &away));
        for k in (0..self.steps).rev() {
            let state = if k == 0 { self.start } else { self.ends[k - 1] };
            let u = self.forces[k];
            let Linearisation { state: a, force: b } = &self.linearisations[k];
            let mut g = v_x;
            for i in 0..6 {
                g[i] = g[i] + dot(&v_xx[i], &self.gaps[k]);
            }
            // Of the first column of `a` only the first element is there, and it is one.
            let mut v_b = [R::zero(); 6];
            let mut v_a = [[R::zero(); 6]; 6];
            for i in 0..6 {
                v_b[i] = dot(&v_xx[i], b);
                v_a[i][0] = v_xx[i][0];
                for l in 0..6 {
                    for j in 1..6 {
                        v_a[i][j] = v_a[i][j] + v_xx[i][l] * a[l][j];
                    }
                }
            }
            let q_u = h * costs.force * u + dot(b, &g);
            let q_uu = h * costs.force + dot(b, &v_b);
            let damped = q_uu + self.damping * dot(b, b);
            let mut q_x = [g[0], R::zero(), R::zero(), R::zero(), R::zero(), R::zero()];
            let mut q_ux = [v_b[0], R::zero(), R::zero(), R::zero(), R::zero(), R::zero()];
            let mut b_a = [b[0], R::zero(), R::zero(), R::zero(), R::zero(), R::zero()];
            let mut q_xx = [[R::zero(); 6]; 6];
            q_xx[0] = v_a[0];
            for l in 0..6 {
                for j in 1..6 {
                    q_x[j] = q_x[j] + a[l][j] * g[l];
                    q_ux[j] = q_ux[j] + v_b[l] * a[l][j];
                    b_a[j] = b_a[j] + b[l] * a[l][j];
                }
                for i in 1..6 {
                    for j in i..6 {
                        q_xx[i][j] = q_xx[i][j] + a[l][i] * v_a[l][j];
                    }
                }
            }
            for i in 0..6 {
                q_x[i] = q_x[i] + h * costs.state[i] * (state[i] - costs.target[i]);
                q_xx[i][i] = q_xx[i][i] + h * costs.state[i];
            }
            let beyond = costs.beyond(state[0]);
            q_x[0] = q_x[0] + h * costs.beyond * beyond;
            if beyond.abs().gt(R::zero()) {
                q_xx[0][0] = q_xx[0][0] + h * costs.beyond;
            }

            let wanted = u - q_u / damped;
            let [least, most] = costs.forces;
            let limited = wanted.clamp(least, most);
            let change = limited - u;
            let mut gain = [R::zero(); 6];
            if wanted.ge(least) && wanted.le(most) {
                for i in 0..6 {
                    gain[i] = -(q_ux[i] + self.damping * b_a[i]) / damped;
                }
            }
            for i in 0..6 {
                v_x[i] = q_x[i] + gain[i] * (q_uu * change + q_u) + q_ux[i] * change;
                // One half is computed, and the other is the same.
                for j in i..6 {
                    let value = q_xx[i][j]
                        + gain[i] * q_uu * gain[j]
                        + gain[i] * q_ux[j]
                        + q_ux[i] * gain[j];
                    v_xx[i][j] = value;
                    v_xx[j][i] = value;
                }
            }
            self.gains[k] = gain;
            self.changes[k] = change;
        }
    }

    /// The plant under forces changed by `length` of what was found; the cost.
    fn forward(&mut self, length: R) -> R {
        self.passes += 1;
        let rest = R::one() - length;
        let mut cost = R::zero();
        let mut at = self.start;
        for k in 0..self.steps {
            let old = self.state(k);
            let mut u = self.forces[k] + length * self.changes[k];
            for i in 0..6 {
                u = u + self.gains[k][i] * (at[i] - old[i]);
            }
            let u = self.limited(u);
            cost = cost + self.costs.of_step(&at, u);
            at = self.motion.end(&at, u);
            for i in 0..6 {
                at[i] = at[i] - rest * self.gaps[k][i];
            }
            self.trial_forces[k] = u;
            self.trial_ends[k] = at;
        }
        cost + self.costs.of_end(&at)
    }

    fn accept(&mut self, length: R, cost: R, gap: R) {
        let rest = R::one() - length;
        for k in 0..self.steps {
            self.forces[k] = self.trial_forces[k];
            self.ends[k] = self.trial_ends[k];
            self.gaps[k] = self.gaps[k].map(|gap| rest * gap);
        }
        self.cost = cost;
        self.gap = gap;
        self.linearised = false;
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
