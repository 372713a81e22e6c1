//! The linear model about upright: `x_dot = A x + B u`.

use nalgebra::{Matrix3, Matrix6, Vector6};
use upright_core::Plant;
use upright_core::plant::{Angles, Linear, Rigid};
use upright_core::{Dynamics, State};

/// `x_dot = A x + B u` about upright, in state order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearModel {
    /// 6x6.
    pub a: Matrix6<f64>,
    /// 6x1, per newton.
    pub b: Vector6<f64>,
}

/// The mass matrix at `theta1`, `theta2` in rad.
pub fn mass_matrix(plant: &Plant, theta1: f64, theta2: f64) -> Matrix3<f64> {
    let rigid = Rigid::<f64>::new(plant);
    let [m11, m12, m13, m22, m23, m33] = rigid.mass_matrix(&Angles::new(theta1, theta2)).upper;
    Matrix3::new(m11, m12, m13, m12, m22, m23, m13, m23, m33)
}

impl LinearModel {
    /// The exact linearisation of the rigid bodies and viscous friction of `plant`: the answers of
    /// the `linear` model to unit states and to a unit force.
    pub fn new(plant: &Plant) -> Self {
        let linear = Linear::<f64>::new(plant);
        let unit = |i: usize| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 });
        let mut a = Matrix6::zeros();
        for i in 0..6 {
            let state: State<f64> = unit(i);
            let [a0, a1, a2] = linear.acceleration(&state, &[0.0; 3]);
            a.set_column(i, &Vector6::new(state[3], state[4], state[5], a0, a1, a2));
        }
        let [b0, b1, b2] = linear.acceleration(&[0.0; 6], &[1.0, 0.0, 0.0]);
        Self { a, b: Vector6::new(0.0, 0.0, 0.0, b0, b1, b2) }
    }

    /// `[B, AB, ..., A^5 B]`.
    pub fn controllability(&self) -> Matrix6<f64> {
        let mut column = self.b;
        Matrix6::from_columns(&std::array::from_fn::<_, 6, _>(|_| {
            let this = column;
            column = self.a * column;
            this
        }))
    }
}
