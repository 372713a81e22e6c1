//! The gains of a search and the change of the forces, from the last step of a plan to the first.

use super::along::Along;
use crate::planner::costs::{Costs, dot};
use crate::planner::motion::Linearisation;
use crate::planner::reference::Reference;
use crate::plant::State;
use crate::real::{Kernel, Real};

/// Gains and changes of the forces, from the last step to the first.
pub(super) struct Backward<'a, R, F> {
    pub(super) along: Along<'a, R>,
    pub(super) linearisations: &'a [Linearisation<R>],
    pub(super) costs: &'a Costs<R>,
    pub(super) reference: &'a F,
    pub(super) damping: R,
    pub(super) gains: &'a mut [State<R>],
    pub(super) changes: &'a mut [R],
}

impl<R: Real<Mask = bool>, F: Reference<R>> Kernel for Backward<'_, R, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { along, linearisations, costs, reference, damping, gains, changes } = self;
        let h = costs.step;
        let end = along.ends[along.forces.len() - 1];
        let target = reference.state(along.forces.len());
        let away: State<R> = core::array::from_fn(|i| end[i] - target[i]);
        let mut v_xx = costs.terminal;
        let mut v_x: State<R> = core::array::from_fn(|i| dot(&v_xx[i], &away));
        for k in (0..along.forces.len()).rev() {
            let state = along.state(k);
            let u = along.forces[k];
            let target = reference.state(k);
            let Linearisation { state: a, force: b } = &linearisations[k];
            let mut g = v_x;
            for i in 0..6 {
                g[i] = g[i] + dot(&v_xx[i], &along.gaps[k]);
            }
            // Rows whole, though of the first column of `a` only one element is there: so they fill vectors.
            let mut v_b = [R::zero(); 6];
            let mut v_a = [[R::zero(); 6]; 6];
            for i in 0..6 {
                v_b[i] = dot(&v_xx[i], b);
                for l in 0..6 {
                    for j in 0..6 {
                        v_a[i][j] = v_a[i][j] + v_xx[i][l] * a[l][j];
                    }
                }
            }
            let q_u = h * costs.force * (u - reference.force(k)) + dot(b, &g);
            let q_uu = h * costs.force + dot(b, &v_b);
            let damped = q_uu + damping * dot(b, b);
            let mut q_x = [R::zero(); 6];
            let mut q_ux = [R::zero(); 6];
            let mut b_a = [R::zero(); 6];
            let mut q_xx = [[R::zero(); 6]; 6];
            for l in 0..6 {
                for j in 0..6 {
                    q_x[j] = q_x[j] + a[l][j] * g[l];
                    q_ux[j] = q_ux[j] + v_b[l] * a[l][j];
                    b_a[j] = b_a[j] + b[l] * a[l][j];
                }
                for i in 0..6 {
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
                    gain[i] = -(q_ux[i] + damping * b_a[i]) / damped;
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
            gains[k] = gain;
            changes[k] = change;
        }
    }
}
