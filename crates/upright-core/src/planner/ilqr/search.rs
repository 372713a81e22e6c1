//! The iterations: gains backward along the plan, forces forward, and how long a step may be.

use super::{GAP_PRICE, Planner, Progress};
use crate::planner::costs::dot;
use crate::planner::motion::Linearisation;
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

impl<R: Real<Mask = bool>, const N: usize> Planner<R, N> {
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
        let rest = Rest(self.costs.target);
        self.iterate_along(&rest, most)
    }

    /// The same where a motion is what states and forces are weighed against, the one that the plan was started
    /// along; the target does not count.
    pub fn iterate_along(&mut self, reference: &impl Reference<R>, most: usize) -> Progress {
        for _ in 0..most {
            if self.progress != Progress::Going {
                break;
            }
            self.progress = self.iteration(reference);
            self.iterations += 1;
        }
        self.progress
    }

    fn iteration(&mut self, reference: &impl Reference<R>) -> Progress {
        // Only now, so that the last iteration of a series leaves it out.
        if !self.linearised {
            self.linearise();
        }
        self.backward(reference);
        let before = self.merit();
        let mut length = R::one();
        for attempt in 0..LENGTHS {
            let cost = self.forward(length, reference);
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
    fn backward(&mut self, reference: &impl Reference<R>) {
        let costs = &self.costs;
        let h = costs.step;
        let end = self.ends[self.steps - 1];
        let target = reference.state(self.steps);
        let away: State<R> = core::array::from_fn(|i| end[i] - target[i]);
        let mut v_xx = costs.terminal;
        let mut v_x: State<R> = core::array::from_fn(|i| dot(&v_xx[i], &away));
        for k in (0..self.steps).rev() {
            let state = if k == 0 { self.start } else { self.ends[k - 1] };
            let u = self.forces[k];
            let target = reference.state(k);
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
            let q_u = h * costs.force * (u - reference.force(k)) + dot(b, &g);
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
                q_x[i] = q_x[i] + h * costs.state[i] * (state[i] - target[i]);
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
    fn forward(&mut self, length: R, reference: &impl Reference<R>) -> R {
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
            let against = (&reference.state(k), reference.force(k));
            cost = cost + self.costs.of_step(&at, u, against);
            at = self.motion.end(&at, u);
            for i in 0..6 {
                at[i] = at[i] - rest * self.gaps[k][i];
            }
            self.trial_forces[k] = u;
            self.trial_ends[k] = at;
        }
        cost + self.costs.of_end(&at, &reference.state(self.steps))
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
}
