//! The sliding surface from the poles of its motion, and the poles of a given surface.

use crate::conditioning::condition;
use crate::error::DesignError;
use crate::linear_model::LinearModel;
use crate::root::Root;
use crate::roots::roots;
use nalgebra::{Matrix6, RowVector6};

/// The worst condition number of a controllability matrix from which poles are still placed.
const WORST_CONTROLLABILITY: f64 = 1e12;

/// The coefficients whose sliding motion has the five `poles` (J. Ackermann, V. Utkin, IEEE Trans.
/// Autom. Control 43 (1998) 234-237): `c = [0 0 0 0 0 1] W^-1 p(A)`, so that `c B = 1`.
///
/// # Errors
/// [`DesignError::Uncontrollable`] and [`DesignError::PolesTooFar`].
pub fn from_poles(model: &LinearModel, poles: &[Root]) -> Result<[f64; 6], DesignError> {
    let w = model.controllability();
    let condition = condition(&w);
    let inverse = w.try_inverse().filter(|_| condition < WORST_CONTROLLABILITY);
    let inverse = inverse.ok_or(DesignError::Uncontrollable { condition })?;
    let mut p = Matrix6::identity();
    let mut poles = poles.iter();
    while let Some(pole) = poles.next() {
        let factor = model.a - Matrix6::identity() * pole.re;
        if pole.im == 0.0 {
            p *= factor;
        } else {
            // The conjugate comes next, and the product of the two is real.
            poles.next();
            p *= factor * factor + Matrix6::identity() * (pole.im * pole.im);
        }
    }
    let last = RowVector6::new(0.0, 0.0, 0.0, 0.0, 0.0, 1.0);
    let c = last * inverse * p;
    // One by construction, as long as rounding leaves anything of it.
    let gain = (c * model.b)[0];
    if (gain - 1.0).abs() < 1e-6 {
        Ok(std::array::from_fn(|i| c[i]))
    } else {
        Err(DesignError::PolesTooFar { gain })
    }
}

/// The poles of the motion on `sigma = c x = 0`, rightmost first: the zeros of `c (sI - A)^-1 B`.
///
/// # Errors
/// [`DesignError::NoInputGain`] where `c B` vanishes.
pub fn sliding_poles(
    model: &LinearModel,
    coefficients: &[f64; 6],
) -> Result<Vec<Root>, DesignError> {
    let c = RowVector6::from_row_slice(coefficients);
    // Faddeev and LeVerrier: the adjugate of sI - A, power by power.
    let mut adjugate = Matrix6::identity();
    let mut numerator = [0.0; 6];
    for (k, q) in numerator.iter_mut().enumerate() {
        *q = (c * adjugate * model.b)[0];
        let next = model.a * adjugate;
        adjugate = next - Matrix6::identity() * (next.trace() / (k + 1) as f64);
    }
    let lead = numerator[0];
    let polynomial = numerator.map(|q| q / lead);
    // Written so that not a number is refused too. Below this the sign of c B is rounding.
    let known = lead.abs() > 1e-13 * c.norm() * model.b.norm();
    if !known || !polynomial.iter().all(|q| q.is_finite()) {
        return Err(DesignError::NoInputGain { beta: lead });
    }
    let mut roots = roots(&polynomial);
    roots.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    Ok(roots)
}

/// Checks that every pole lies clearly left of the imaginary axis.
///
/// # Errors
/// [`DesignError::UnstableSliding`], with the pole furthest to the right.
pub fn check_stable(poles: &[Root]) -> Result<(), DesignError> {
    let scale = poles.iter().fold(1.0_f64, |scale, pole| scale.max(pole.re.abs()));
    match poles.iter().max_by(|a, b| a.re.total_cmp(&b.re)) {
        // A double pole at zero comes out of rounding as 1e-8 or so.
        Some(&pole) if pole.re <= -1e-6 * scale => Ok(()),
        Some(&pole) => Err(DesignError::UnstableSliding { pole }),
        None => Ok(()),
    }
}
