//! LQR for a force that is held over the control period and may come periods later.
//!
//! The cost is the continuous one, integrated over each period under the held force (C. Van Loan, IEEE Trans.
//! Autom. Control 23 (1978) 395-404). Where the force is late, the best answer is that of the loop without delay to
//! the state that the commands under way lead to, so that its gains reach back over those commands.

use crate::discrete_riccati;
use crate::linear_model::LinearModel;
use crate::observer::exponential;
use crate::riccati::LqrWeights;
use nalgebra::{DMatrix, DVector};

/// Gains of a sampled LQR.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledGains {
    /// In state order, in N per unit of the state.
    pub state: [f64; 6],
    /// The gain of the sum of the cart's position times the period in N/(m s); zero without one.
    pub integral: f64,
    /// The gains of the commands under way, the last one first; as many as the force is late periods.
    pub past: Vec<f64>,
}

/// The gains for a control period in s and a force that is `late` periods late; nothing where there are none that
/// make the loop stable.
pub fn sampled_lqr(
    model: &LinearModel,
    weights: &LqrWeights,
    period: f64,
    late: usize,
) -> Option<SampledGains> {
    let n = 6 + usize::from(weights.integral.is_some());
    // The sum grows by what the state is at the start of a period; its cost is taken there.
    let mut flow = DMatrix::zeros(7, 7);
    flow.view_mut((0, 0), (6, 6)).copy_from(&model.a);
    flow.view_mut((0, 6), (6, 1)).copy_from(&model.b);
    let mut cost = DMatrix::zeros(7, 7);
    for (i, weight) in weights.state.iter().chain([&weights.force]).enumerate() {
        cost[(i, i)] = *weight;
    }
    let mut whole = DMatrix::zeros(14, 14);
    whole.view_mut((0, 0), (7, 7)).copy_from(&(flow.transpose() * -period));
    whole.view_mut((0, 7), (7, 7)).copy_from(&(&cost * period));
    whole.view_mut((7, 7), (7, 7)).copy_from(&(&flow * period));
    let whole = exponential(&whole);
    let held = whole.view((7, 7), (7, 7)).into_owned();
    let cost = held.transpose() * whole.view((0, 7), (7, 7));

    let mut a = DMatrix::identity(n, n);
    a.view_mut((0, 0), (6, 6)).copy_from(&held.view((0, 0), (6, 6)));
    let mut b = DVector::zeros(n);
    b.rows_mut(0, 6).copy_from(&held.view((0, 6), (6, 1)));
    let mut q = DMatrix::zeros(n, n);
    q.view_mut((0, 0), (6, 6)).copy_from(&cost.view((0, 0), (6, 6)));
    let mut cross = DVector::zeros(n);
    cross.rows_mut(0, 6).copy_from(&cost.view((0, 6), (6, 1)));
    if let Some(weight) = weights.integral {
        a[(6, 0)] = period;
        q[(6, 6)] = weight * period;
    }
    let r = cost[(6, 6)];
    // Without the cross term: u = v - N' x / r.
    let free = &a - &b * cross.transpose() / r;
    let q = &q - &cross * cross.transpose() / r;
    let q = (&q + q.transpose()) * 0.5;
    let x = discrete_riccati::doubled(free, &b * b.transpose() / r, q)?;
    let xb = &x * &b;
    let k = (xb.transpose() * &a + cross.transpose()) / (r + b.dot(&xb));
    let closed = &a - &b * &k;
    let stable = closed.complex_eigenvalues().iter().all(|pole| pole.norm_sqr() < 1.0);
    if !stable {
        return None;
    }
    let mut power = k;
    let mut past = Vec::with_capacity(late);
    for _ in 0..late {
        past.push((&power * &b)[0]);
        power *= &a;
    }
    if !power.iter().chain(&past).all(|x| x.is_finite()) {
        return None;
    }
    Some(SampledGains {
        state: std::array::from_fn(|i| power[i]),
        integral: if n == 7 { power[6] } else { 0.0 },
        past,
    })
}
