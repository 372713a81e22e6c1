//! The linear model about upright: `x_dot = A x + B u`.

use nalgebra::{Matrix3, Matrix6, Vector3, Vector6};
use upright_core::Plant;
use upright_core::plant::{Angles, Rigid};

/// `x_dot = A x + B u` about upright, in state order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearModel {
    /// 6x6.
    pub a: Matrix6<f64>,
    /// 6x1, per newton.
    pub b: Vector6<f64>,
}

/// The mass matrix at `theta1`, `theta2` in rad.
pub(super) fn mass_matrix(plant: &Plant, theta1: f64, theta2: f64) -> Matrix3<f64> {
    let rigid = Rigid::<f64>::new(plant);
    let [m11, m12, m13, m22, m23, m33] = rigid.mass_matrix(&Angles::new(theta1, theta2)).upper;
    Matrix3::new(m11, m12, m13, m12, m22, m23, m13, m23, m33)
}

impl LinearModel {
    /// The exact linearisation of the rigid bodies and viscous friction of `plant`, whose mass
    /// matrix must be positive definite.
    pub fn new(plant: &Plant) -> Self {
        let (l1, l2) = (&plant.link1, &plant.link2);
        let h1 = l1.mass * l1.com + l2.mass * l1.length;
        let h2 = l2.mass * l2.com;
        let damping = &plant.damping;
        let stiffness =
            Matrix3::from_diagonal(&Vector3::new(0.0, -h1 * plant.gravity, -h2 * plant.gravity));
        let friction = Matrix3::new(
            damping.cart,
            0.0,
            0.0, //
            0.0,
            damping.joint1 + damping.joint2,
            -damping.joint2, //
            0.0,
            -damping.joint2,
            damping.joint2,
        );
        let mass = mass_matrix(plant, 0.0, 0.0);
        // Plants whose mass matrix is singular are refused before; what comes of one is not used.
        let inverse = mass.try_inverse().unwrap_or_else(Matrix3::zeros);
        let mut a = Matrix6::zeros();
        a.fixed_view_mut::<3, 3>(0, 3).copy_from(&Matrix3::identity());
        a.fixed_view_mut::<3, 3>(3, 0).copy_from(&(-inverse * stiffness));
        a.fixed_view_mut::<3, 3>(3, 3).copy_from(&(-inverse * friction));
        let mut b = Vector6::zeros();
        b.fixed_rows_mut::<3>(3).copy_from(&inverse.column(0));
        Self { a, b }
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
