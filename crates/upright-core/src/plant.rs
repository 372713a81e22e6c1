//! The plant: a cart on a straight track with two rigid links in series, in one vertical plane.
//!
//! State, everywhere in this order: `[x, theta1, theta2, x_dot, theta1_dot, theta2_dot]`, in SI
//! units and radians. `x` is positive to the right; each angle is absolute, measured from the
//! upward vertical and positive when the link leans to the right, so upright is zero.
//!
//! The equation of motion is `M(q) q_ddot + h(q, v) = Q` with the generalised force
//! `Q = [u + d_cart, tau1 - tau2, tau2]`: a force on the cart, a torque at joint 1 from the cart,
//! a torque at joint 2 between the links. It is the exact Lagrangian model (compare K. J. Åström
//! and K. Furuta, Automatica 36 (2000) 287-295, for the single link).

pub use crate::angles::Angles;
use crate::elementary::tanh_of_three;
use crate::forward::Specific;
pub use crate::forward::{Levers, Push};
use crate::real::{Kernel, Real};
use crate::settings::{Choice, Invalid, Path, Range, Settings};

/// `[x, theta1, theta2, x_dot, theta1_dot, theta2_dot]` in m, rad, m/s, rad/s.
pub type State<R> = [R; 6];
/// A vector over the three coordinates `[x, theta1, theta2]`.
pub type Vector<R> = [R; 3];

/// Which equations of motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Model {
    /// Rigid bodies, viscous and Coulomb friction, air drag.
    #[default]
    Full,
    /// Rigid bodies and viscous friction.
    Simplified,
    /// The linearisation of `simplified` about upright.
    #[cfg_attr(feature = "serde", serde(alias = "lowrank"))]
    Linear,
}

impl Choice for Model {
    const OPTIONS: &'static [&'static str] = &["full", "simplified", "linear", "lowrank"];
}

crate::settings! {
    /// One rigid link.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Link {
        numbers {
            /// Mass.
            mass: f64 = 0.2, "kg", Range::new(1e-9, 1e6);
            /// Distance from the link's joint to its far end.
            length: f64 = 0.4, "m", Range::new(1e-6, 1e4);
            /// Distance from the link's joint to its centre of mass; at most the length.
            com: f64 = 0.2, "m", Range::new(0.0, 1e4);
            /// Moment of inertia about the centre of mass.
            inertia: f64 = 0.0081, "kg m^2", Range::new(0.0, 1e6);
        }
    }
}

crate::settings! {
    /// Viscous friction.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Damping {
        numbers {
            /// Friction of the cart on its track.
            cart: f64 = 0.2, "N s/m", Range::new(0.0, 1e6);
            /// Friction of the pin between cart and link 1.
            joint1: f64 = 0.005, "N m s/rad", Range::new(0.0, 1e6);
            /// Friction of the pin between the links; acts on their relative rate.
            joint2: f64 = 0.004, "N m s/rad", Range::new(0.0, 1e6);
        }
    }
}

/// What Coulomb friction is at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum FrictionModel {
    /// `SetValued`, unless a speed over which the friction changes sign is given.
    #[default]
    Auto,
    /// A hyperbolic tangent of the speed: nothing sticks, and what should stay creeps.
    Smoothed,
    /// It sticks: at rest it is whatever keeps the rest, up to its bound.
    SetValued,
}

impl Choice for FrictionModel {
    const OPTIONS: &'static [&'static str] = &["auto", "smoothed", "set_valued"];
}

crate::settings! {
    /// Coulomb friction. Acts in the `full` model.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Coulomb {
        numbers {
            /// Friction force of the cart.
            cart: f64 = 0.0, "N", Range::new(0.0, 1e6);
            /// Friction torque of joint 1.
            joint1: f64 = 0.0, "N m", Range::new(0.0, 1e6);
            /// Friction torque of joint 2.
            joint2: f64 = 0.0, "N m", Range::new(0.0, 1e6);
            /// Static friction of cart, joint 1 and joint 2: what holds while nothing slips, where that is more
            /// than the sliding friction (`set_valued` only).
            r#static: Option<[f64; 3]> = None, "N, N m, N m", Range::new(0.0, 1e6);
            /// Speed of the cart over which its friction changes sign (`smoothed` only).
            cart_speed: f64 = 0.01, "m/s", Range::positive(1e3);
            /// Rate of a joint over which its friction changes sign (`smoothed` only).
            joint_speed: f64 = 0.01, "rad/s", Range::positive(1e3);
        }
    }
}

crate::settings! {
    /// Air drag at each link's centre of mass. Acts in the `full` model.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Drag {
        numbers {
            /// Density of the air.
            air_density: f64 = 1.2, "kg/m^3", Range::new(0.0, 1e4);
            /// Drag coefficient.
            coefficient: f64 = 1.1, "1", Range::new(0.0, 100.0);
            /// Area that link 1 shows to the air.
            link1_area: f64 = 0.0, "m^2", Range::new(0.0, 1e4);
            /// Area that link 2 shows to the air.
            link2_area: f64 = 0.0, "m^2", Range::new(0.0, 1e4);
            /// Horizontal wind, positive to the right.
            wind: f64 = 0.0, "m/s", Range::new(-100.0, 100.0);
        }
    }
}

crate::settings! {
    /// The physical parameters of the plant; the default is the reference plant.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Plant {
        numbers {
            /// Mass of the cart.
            cart_mass: f64 = 1.5, "kg", Range::new(1e-9, 1e6);
            /// Acceleration of gravity.
            gravity: f64 = 9.81, "m/s^2", Range::positive(1e3);
            /// Half the length of the track; a run that leaves it ends there.
            track: Option<f64> = None, "m", Range::positive(1e6);
        }
        choices {
            /// Which equations of motion.
            model: Model;
            /// What Coulomb friction is at rest: `set_valued` sticks, `smoothed` is a hyperbolic tangent of the
            /// speed; `auto` is `smoothed` where `coulomb.cart_speed` or `coulomb.joint_speed` is given.
            friction: FrictionModel;
        }
        groups {
            /// The lower link, pinned to the cart.
            link1: Link = Link { mass: 0.2, length: 0.4, com: 0.2, inertia: 0.0081 };
            /// The upper link, pinned to the lower one.
            link2: Link = Link { mass: 0.15, length: 0.3, com: 0.15, inertia: 0.0034 };
            /// Viscous friction.
            damping: Damping = Damping::default();
            /// Coulomb friction, in the `full` model.
            coulomb: Coulomb = Coulomb::default();
            /// Air drag, in the `full` model.
            drag: Drag = Drag::default();
        }
    }
}

impl Plant {
    /// Checks every range, and that each centre of mass lies within its link.
    ///
    /// # Errors
    /// The first parameter that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        for (name, link) in [("link1", &self.link1), ("link2", &self.link2)] {
            let range = Range::new(0.0, link.length);
            if !range.contains(link.com) {
                let path = Path::of("com").within(name);
                return Err(Invalid::OutOfRange { path, value: link.com, range, unit: "m" });
            }
        }
        Ok(())
    }
}

impl Drag {
    /// `rho C A / 2` in kg/m, for an area in m^2.
    fn factor(&self, area: f64) -> f64 {
        0.5 * self.air_density * self.coefficient * area
    }
}

impl Coulomb {
    /// Whether there is any.
    pub fn is_some(&self) -> bool {
        self.cart != 0.0 || self.joint1 != 0.0 || self.joint2 != 0.0
    }
}

impl Plant {
    /// Whether its Coulomb friction sticks. `auto` friction does where the speeds of smoothed friction are the
    /// default ones.
    pub fn sticks(&self) -> bool {
        let smoothed = match self.friction {
            FrictionModel::Smoothed => true,
            FrictionModel::SetValued => false,
            FrictionModel::Auto => {
                let (own, default) = (&self.coulomb, Coulomb::default());
                own.cart_speed != default.cart_speed || own.joint_speed != default.joint_speed
            }
        };
        let rests = self.coulomb.r#static.is_some_and(|bounds| bounds.iter().any(|&c| c > 0.0));
        self.model == Model::Full && !smoothed && (self.coulomb.is_some() || rests)
    }

    /// The same plant without Coulomb friction.
    #[must_use]
    pub fn without_coulomb(mut self) -> Self {
        self.coulomb = Coulomb::default();
        self
    }
}

/// The names of the components of a state, in state order.
pub const STATES: [&str; 6] = ["x", "theta1", "theta2", "x_dot", "theta1_dot", "theta2_dot"];
/// The units of the components of a state.
pub const STATE_UNITS: [&str; 6] = ["m", "rad", "rad", "m/s", "rad/s", "rad/s"];

/// Declares which parameters of a plant can be uncertain: their names, and where they stand.
macro_rules! parameters {
    ($($first:ident$(.$second:ident)?),+ $(,)?) => {
        /// The names of the parameters that can be uncertain, as a scenario writes them.
        pub const PARAMETERS: [&str; 17] =
            [$(concat!(stringify!($first)$(, ".", stringify!($second))?)),+];

        impl Plant {
            /// The parameters that can be uncertain, in the order of [`PARAMETERS`].
            pub fn parameters(&self) -> [f64; PARAMETERS.len()] {
                [$(self.$first$(.$second)?),+]
            }

            /// The same, to be changed.
            pub fn parameters_mut(&mut self) -> [&mut f64; PARAMETERS.len()] {
                [$(&mut self.$first$(.$second)?),+]
            }
        }
    };
}

parameters! {
    cart_mass,
    link1.mass,
    link1.length,
    link1.com,
    link1.inertia,
    link2.mass,
    link2.length,
    link2.com,
    link2.inertia,
    damping.cart,
    damping.joint1,
    damping.joint2,
    coulomb.cart,
    coulomb.joint1,
    coulomb.joint2,
    drag.link1_area,
    drag.link2_area,
}

/// Right-hand side of the equation of motion.
///
/// What depends on the angles is a value of its own, so that an integrator can have it once for several uses, and can
/// turn it by the small angles of a step instead of taking sines and cosines anew.
pub trait Dynamics<R: Real> {
    /// What the accelerations need of the angles.
    type Posture: Copy;

    /// The posture at the angles `theta` of both links, in rad.
    fn posture(&self, theta: &[R; 2]) -> Self::Posture;

    /// The same where sines and cosines of the angles are at hand; to the bit.
    fn posture_of(&self, theta: &[R; 2], angles: &Angles<R>) -> Self::Posture;

    /// The posture at the angles `theta + by`, from the one `at` the angles `theta`.
    fn turned(&self, at: &Self::Posture, theta: &[R; 2], by: &[R; 2]) -> Self::Posture;

    /// The posture at the angles `theta + by`, from the one `nearly` there, `more` rad before it. The one `at` the
    /// angles `theta` is for where that is not near enough.
    fn nudged(
        &self,
        nearly: &Self::Posture,
        more: &[R; 2],
        at: &Self::Posture,
        theta: &[R; 2],
        by: &[R; 2],
    ) -> Self::Posture;

    /// A generalised force in N and N m, as this motion wants it.
    fn push(&self, force: &Vector<R>) -> Push<R>;

    /// A force on the cart in N and nothing on the joints.
    fn push_cart(&self, force: R) -> Push<R>;

    /// Accelerations `q_ddot` in m/s^2 and rad/s^2 at a posture and the velocities `v`.
    fn acceleration_in(&self, posture: &Self::Posture, v: &Vector<R>, push: &Push<R>) -> Vector<R>;

    /// Accelerations `q_ddot` in m/s^2 and rad/s^2 at `state` under the generalised force `force`
    /// in N and N m.
    #[inline(always)]
    fn acceleration(&self, state: &State<R>, force: &Vector<R>) -> Vector<R> {
        let [_, theta1, theta2, v0, v1, v2] = *state;
        let posture = self.posture(&[theta1, theta2]);
        self.acceleration_in(&posture, &[v0, v1, v2], &self.push(force))
    }
}

/// A symmetric 3x3 matrix.
#[derive(Debug, Clone, Copy)]
pub struct Symmetric<R> {
    /// The elements 11, 12, 13, 22, 23, 33.
    pub upper: [R; 6],
}

impl<R: Real> Symmetric<R> {
    /// The solution `x` of `self x = b`, by cofactors: one division, no pivoting. Meant for mass
    /// matrices, which are positive definite and of moderate condition.
    #[inline(always)]
    pub fn solve(&self, b: &Vector<R>) -> Vector<R> {
        let [m11, m12, m13, m22, m23, m33] = self.upper;
        let a11 = m22 * m33 - m23 * m23;
        let a12 = m13 * m23 - m12 * m33;
        let a13 = m12 * m23 - m13 * m22;
        let a22 = m11 * m33 - m13 * m13;
        let a23 = m12 * m13 - m11 * m23;
        let a33 = m11 * m22 - m12 * m12;
        let inverse = R::one() / (m11 * a11 + m12 * a12 + m13 * a13);
        [
            (a11 * b[0] + a12 * b[1] + a13 * b[2]) * inverse,
            (a12 * b[0] + a22 * b[1] + a23 * b[2]) * inverse,
            (a13 * b[0] + a23 * b[1] + a33 * b[2]) * inverse,
        ]
    }
}

/// The numbers that the motion of the rigid bodies depends on, and no others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients<R = f64> {
    /// Mass of everything in kg.
    pub mt: R,
    /// First moment about joint 1 of link 1, with the mass of link 2 at its end, in kg m.
    pub h1: R,
    /// First moment of link 2 about joint 2 in kg m.
    pub h2: R,
    /// Coupling of the links, `h2` times the length of link 1, in kg m^2.
    pub h12: R,
    /// Moment of inertia about joint 1, as `h1`, in kg m^2.
    pub j1: R,
    /// Moment of inertia of link 2 about joint 2 in kg m^2.
    pub j2: R,
    /// Acceleration of gravity in m/s^2.
    pub gravity: R,
    /// Viscous friction of the cart in N s/m.
    pub b0: R,
    /// Viscous friction of joint 1 in N m s/rad.
    pub b1: R,
    /// Viscous friction of joint 2 in N m s/rad.
    pub b2: R,
}

impl Coefficients {
    /// Those of physical parameters.
    pub fn of(plant: &Plant) -> Self {
        let p = plant;
        Self {
            mt: p.cart_mass + p.link1.mass + p.link2.mass,
            h1: p.link1.mass * p.link1.com + p.link2.mass * p.link1.length,
            h2: p.link2.mass * p.link2.com,
            h12: p.link2.mass * p.link1.length * p.link2.com,
            j1: p.link1.inertia
                + p.link1.mass * p.link1.com * p.link1.com
                + p.link2.mass * p.link1.length * p.link1.length,
            j2: p.link2.inertia + p.link2.mass * p.link2.com * p.link2.com,
            gravity: p.gravity,
            b0: p.damping.cart,
            b1: p.damping.joint1,
            b2: p.damping.joint2,
        }
    }
}

impl<R: Real> Coefficients<R> {
    /// What makes the coupling of the links of the products of their first moments, per total mass. A link without
    /// a moment is not coupled.
    fn coupling(&self) -> R {
        let moments = self.h1 * self.h2;
        let coupled = moments.abs().gt(R::zero());
        R::select(coupled, self.h12 * self.mt / moments, R::zero())
    }
}

/// The `simplified` model: exact rigid bodies with viscous friction. Also what a controller knows
/// of the plant.
#[derive(Debug, Clone, Copy)]
pub struct Rigid<R> {
    mt: R,
    h1: R,
    h2: R,
    h12: R,
    j1: R,
    j2: R,
    h1_g: R,
    h2_g: R,
    b0: R,
    b1: R,
    b2: R,
    pub(crate) specific: Specific<R>,
}

impl<R: Real> Rigid<R> {
    /// From physical parameters, the same in every lane.
    pub fn new(plant: &Plant) -> Self {
        Self::of_lanes(|_| *plant)
    }

    /// With the parameters `plant(i)` in lane `i`. The derived numbers are computed in `f64` and
    /// rounded once.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        let rigid = |lane| Rigid::of_coefficients(&Coefficients::of(&plant(lane)));
        let number = |pick: fn(&Rigid<f64>) -> f64| R::from_lanes(|lane| pick(&rigid(lane)));
        Self {
            mt: number(|own| own.mt),
            h1: number(|own| own.h1),
            h2: number(|own| own.h2),
            h12: number(|own| own.h12),
            j1: number(|own| own.j1),
            j2: number(|own| own.j2),
            h1_g: number(|own| own.h1_g),
            h2_g: number(|own| own.h2_g),
            b0: number(|own| own.b0),
            b1: number(|own| own.b1),
            b2: number(|own| own.b2),
            specific: Specific {
                mass: number(|own| own.specific.mass),
                per_mass: number(|own| own.specific.per_mass),
                h1: number(|own| own.specific.h1),
                h2: number(|own| own.specific.h2),
                h12: number(|own| own.specific.h12),
                coupling: number(|own| own.specific.coupling),
                j1: number(|own| own.specific.j1),
                j2: number(|own| own.specific.j2),
                gravity: number(|own| own.specific.gravity),
                b0: number(|own| own.specific.b0),
                b1: number(|own| own.specific.b1),
                b2: number(|own| own.specific.b2),
            },
        }
    }

    /// From the numbers that the motion depends on.
    pub fn of_coefficients(own: &Coefficients<R>) -> Self {
        let Coefficients { mt, h1, h2, h12, j1, j2, gravity, b0, b1, b2 } = *own;
        Self {
            mt,
            h1,
            h2,
            h12,
            j1,
            j2,
            h1_g: h1 * gravity,
            h2_g: h2 * gravity,
            b0,
            b1,
            b2,
            specific: Specific {
                mass: mt,
                per_mass: R::one() / mt,
                h1: h1 / mt,
                h2: h2 / mt,
                h12: h12 / mt,
                coupling: own.coupling(),
                j1: j1 / mt,
                j2: j2 / mt,
                gravity,
                b0: b0 / mt,
                b1: b1 / mt,
                b2: b2 / mt,
            },
        }
    }

    /// The mass matrix `M(q)` in kg, kg m, kg m^2.
    #[inline(always)]
    pub fn mass_matrix(&self, angles: &Angles<R>) -> Symmetric<R> {
        Symmetric {
            upper: [
                self.mt,
                self.h1 * angles.c1,
                self.h2 * angles.c2,
                self.j1,
                self.h12 * angles.c12,
                self.j2,
            ],
        }
    }

    /// `h(q, v)`: centrifugal, gravity and viscous forces, in N and N m.
    #[inline(always)]
    pub fn bias(&self, angles: &Angles<R>, v: &Vector<R>) -> Vector<R> {
        let [x_dot, w1, w2] = *v;
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let joint2 = self.b2 * (w2 - w1);
        let coupling = self.h12 * angles.s12;
        [
            self.b0 * x_dot - self.h1 * angles.s1 * w1w1 - self.h2 * angles.s2 * w2w2,
            coupling * w2w2 - self.h1_g * angles.s1 + self.b1 * w1 - joint2,
            joint2 - coupling * w1w1 - self.h2_g * angles.s2,
        ]
    }

    /// How the accelerations change with the state and with the force on the cart: their derivatives by
    /// `theta1`, `theta2`, `x_dot`, `theta1_dot`, `theta2_dot` and the force, at `state`, where the accelerations are
    /// `acceleration`. By `x` they are zero. From the equation of motion, differentiated.
    #[inline(always)]
    pub fn acceleration_slopes(
        &self,
        state: &State<R>,
        acceleration: &Vector<R>,
    ) -> [Vector<R>; 6] {
        let [_, theta1, theta2, _, w1, w2] = *state;
        let [a0, a1, a2] = *acceleration;
        let angles = Angles::new(theta1, theta2);
        let mass = self.mass_matrix(&angles);
        let Angles { s1, c1, s2, c2, s12, c12 } = angles;
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let (coupling, turned) = (self.h12 * s12, self.h12 * c12);
        let (zero, two) = (R::zero(), R::of(2.0));
        [
            mass.solve(&[
                self.h1 * (s1 * a1 + c1 * w1w1),
                self.h1 * s1 * a0 + coupling * a2 - turned * w2w2 + self.h1_g * c1,
                coupling * a1 + turned * w1w1,
            ]),
            mass.solve(&[
                self.h2 * (s2 * a2 + c2 * w2w2),
                turned * w2w2 - coupling * a2,
                self.h2 * s2 * a0 - coupling * a1 - turned * w1w1 + self.h2_g * c2,
            ]),
            mass.solve(&[-self.b0, zero, zero]),
            mass.solve(&[
                two * self.h1 * s1 * w1,
                -(self.b1 + self.b2),
                two * coupling * w1 + self.b2,
            ]),
            mass.solve(&[two * self.h2 * s2 * w2, self.b2 - two * coupling * w2, -self.b2]),
            mass.solve(&[R::one(), zero, zero]),
        ]
    }

    /// Kinetic and potential energy in J, zero for the rest at the height of the cart.
    pub fn energy(&self, state: &State<R>) -> R {
        let [_, theta1, theta2, v0, v1, v2] = *state;
        let angles = Angles::new(theta1, theta2);
        let [m11, m12, m13, m22, m23, m33] = self.mass_matrix(&angles).upper;
        let kinetic = v0 * (m11 * v0 + m12 * v1 + m13 * v2)
            + v1 * (m12 * v0 + m22 * v1 + m23 * v2)
            + v2 * (m13 * v0 + m23 * v1 + m33 * v2);
        R::of(0.5) * kinetic + self.h1_g * angles.c1 + self.h2_g * angles.c2
    }
}

/// Accelerations of the rigid bodies and how they change with what they depend on.
#[derive(Debug, Clone, Copy)]
pub struct Sensitivity<R> {
    /// Accelerations `q_ddot` in m/s^2 and rad/s^2.
    pub acceleration: Vector<R>,
    /// Their derivatives by theta1, theta2, `x_dot`, `theta1_dot`, `theta2_dot` and the force on the cart, in
    /// this order. They do not depend on `x`.
    pub by: [Vector<R>; 6],
}

impl<R: Real> Rigid<R> {
    /// Accelerations at `state` under the force `u` on the cart (in N), with their derivatives
    /// `M^-1 (d(e1 u - h)/dz - (dM/dz) q_ddot)`.
    #[inline(always)]
    pub fn sensitivity(&self, state: &State<R>, u: R) -> Sensitivity<R> {
        let [_, theta1, theta2, x_dot, w1, w2] = *state;
        let Self { h1, h2, h12, h1_g, h2_g, b0, b1, b2, .. } = *self;
        let angles = Angles::new(theta1, theta2);
        let Angles { s1, c1, s2, c2, s12, c12 } = angles;
        let mass = self.mass_matrix(&angles);
        let h = self.bias(&angles, &[x_dot, w1, w2]);
        let acceleration = mass.solve(&[u - h[0], -h[1], -h[2]]);
        let [a0, a1, a2] = acceleration;
        let (zero, two) = (R::zero(), R::of(2.0));
        let (w1w1, w2w2) = (w1 * w1, w2 * w2);
        let (bend, turn) = (h12 * c12, h12 * s12);
        let by_theta1 = [
            h1 * c1 * w1w1 + h1 * s1 * a1,
            h1_g * c1 - bend * w2w2 + h1 * s1 * a0 + turn * a2,
            bend * w1w1 + turn * a1,
        ];
        let by_theta2 = [
            h2 * c2 * w2w2 + h2 * s2 * a2,
            bend * w2w2 - turn * a2,
            h2_g * c2 - bend * w1w1 + h2 * s2 * a0 - turn * a1,
        ];
        let by_w1 = [two * h1 * s1 * w1, -b1 - b2, b2 + two * turn * w1];
        let by_w2 = [two * h2 * s2 * w2, b2 - two * turn * w2, -b2];
        Sensitivity {
            acceleration,
            by: [
                mass.solve(&by_theta1),
                mass.solve(&by_theta2),
                mass.solve(&[-b0, zero, zero]),
                mass.solve(&by_w1),
                mass.solve(&by_w2),
                mass.solve(&[R::one(), zero, zero]),
            ],
        }
    }
}

/// All of [`Dynamics`] but the accelerations, for what moves as rigid bodies do.
macro_rules! of_rigid_bodies {
    ($this:ident => $specific:expr) => {
        type Posture = Levers<R>;

        #[inline(always)]
        fn posture(&$this, theta: &[R; 2]) -> Levers<R> {
            $specific.levers(&Angles::new(theta[0], theta[1]))
        }

        #[inline(always)]
        fn posture_of(&$this, _theta: &[R; 2], angles: &Angles<R>) -> Levers<R> {
            $specific.levers(angles)
        }

        #[inline(always)]
        fn turned(&$this, at: &Levers<R>, theta: &[R; 2], by: &[R; 2]) -> Levers<R> {
            $specific.turned(at, theta, by)
        }

        #[inline(always)]
        fn nudged(
            &$this,
            nearly: &Levers<R>,
            more: &[R; 2],
            at: &Levers<R>,
            theta: &[R; 2],
            by: &[R; 2],
        ) -> Levers<R> {
            $specific.nudged(nearly, more, at, theta, by)
        }

        #[inline(always)]
        fn push(&$this, force: &Vector<R>) -> Push<R> {
            $specific.push(force)
        }

        #[inline(always)]
        fn push_cart(&$this, force: R) -> Push<R> {
            $specific.push_cart(force)
        }
    };
}

impl<R: Real> Dynamics<R> for Rigid<R> {
    of_rigid_bodies!(self => self.specific);

    #[inline(always)]
    fn acceleration_in(&self, at: &Levers<R>, v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let net = push.and(&self.specific.drift(at, v));
        self.specific.solve(at, &net)
    }
}

/// The `full` model: the rigid bodies with smoothed Coulomb friction and air drag besides. Friction that sticks is
/// [`Sticking`](crate::friction::Sticking).
#[derive(Debug, Clone, Copy)]
pub struct Full<R> {
    rigid: Rigid<R>,
    /// Absent where no lane has any, which leaves the bits of the rigid model.
    coulomb: Option<CoulombForce<R>>,
    drag: Option<DragForce<R>>,
}

/// Per total mass.
#[derive(Debug, Clone, Copy)]
struct CoulombForce<R> {
    c0: R,
    c1: R,
    c2: R,
    /// One over the speed over which the cart's friction changes sign.
    per_cart_speed: R,
    /// The same of the joints.
    per_joint_speed: R,
}

#[derive(Debug, Clone, Copy)]
struct DragForce<R> {
    /// `rho C A / 2` of each link, per total mass.
    k1: R,
    k2: R,
    wind: R,
    /// What makes distances in m of the levers of a link.
    com1: R,
    length1: R,
    com2: R,
}

impl<R: Real> Full<R> {
    /// Rigid bodies without Coulomb friction and drag.
    pub fn of_rigid(rigid: Rigid<R>) -> Self {
        Self { rigid, coulomb: None, drag: None }
    }

    /// Whether no lane has Coulomb friction or drag: then the rigid bodies alone have the same bits.
    pub fn is_rigid(&self) -> bool {
        self.coulomb.is_none() && self.drag.is_none()
    }

    /// From physical parameters, the same in every lane.
    pub fn new(plant: &Plant) -> Self {
        Self::of_lanes(|_| *plant)
    }

    /// With the parameters `plant(i)` in lane `i`.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        let number = |derive: fn(&Plant) -> f64| R::from_lanes(|lane| derive(&plant(lane)));
        let some_lane = |has: fn(&Plant) -> bool| (0..R::LANES).any(|lane| has(&plant(lane)));
        let rubs = some_lane(|p| p.coulomb.is_some());
        let drags = some_lane(|p| p.drag.link1_area != 0.0 || p.drag.link2_area != 0.0);
        Self {
            coulomb: rubs.then(|| CoulombForce {
                c0: number(|p| p.coulomb.cart / Coefficients::of(p).mt),
                c1: number(|p| p.coulomb.joint1 / Coefficients::of(p).mt),
                c2: number(|p| p.coulomb.joint2 / Coefficients::of(p).mt),
                per_cart_speed: number(|p| 1.0 / p.coulomb.cart_speed),
                per_joint_speed: number(|p| 1.0 / p.coulomb.joint_speed),
            }),
            drag: drags.then(|| DragForce {
                k1: number(|p| p.drag.factor(p.drag.link1_area) / Coefficients::of(p).mt),
                k2: number(|p| p.drag.factor(p.drag.link2_area) / Coefficients::of(p).mt),
                wind: number(|p| p.drag.wind),
                com1: number(|p| p.link1.com * Coefficients::of(p).mt / Coefficients::of(p).h1),
                length1: number(|p| {
                    p.link1.length * Coefficients::of(p).mt / Coefficients::of(p).h1
                }),
                // The lever of link 2 is its own mass's.
                com2: number(|p| Coefficients::of(p).mt / p.link2.mass),
            }),
            rigid: Rigid::of_lanes(plant),
        }
    }
}

/// Coulomb friction at the velocities `v`.
struct Rubbing<'a, R> {
    coulomb: &'a CoulombForce<R>,
    v: Vector<R>,
}

impl<R: Real> Kernel for Rubbing<'_, R> {
    type Output = Vector<R>;
    #[inline(always)]
    fn run(self) -> Vector<R> {
        let Self { coulomb, v: [x_dot, w1, w2] } = self;
        let [cart, joint1, joint2] = tanh_of_three([
            x_dot * coulomb.per_cart_speed,
            w1 * coulomb.per_joint_speed,
            (w2 - w1) * coulomb.per_joint_speed,
        ]);
        let joint2 = coulomb.c2 * joint2;
        [coulomb.c0 * cart, coulomb.c1 * joint1 - joint2, joint2]
    }
}

impl<R: Real> DragForce<R> {
    /// `rho C A |rel| rel / 2` at a point that moves with `(right, up)`, for `k = rho C A / 2`.
    #[inline(always)]
    fn at(&self, k: R, right: R, up: R) -> (R, R) {
        let right = right - self.wind;
        let force = k * (right * right + up * up).sqrt();
        (force * right, force * up)
    }
}

/// Air drag at these levers and the velocities `v`.
struct Dragging<'a, R> {
    drag: &'a DragForce<R>,
    at: &'a Levers<R>,
    v: Vector<R>,
}

impl<R: Real> Kernel for Dragging<'_, R> {
    type Output = Vector<R>;
    #[inline(always)]
    fn run(self) -> Vector<R> {
        let Self { drag, at, v: [x_dot, w1, w2] } = self;
        let (arm1, rise1) = (drag.com1 * at.c1, drag.com1 * at.s1);
        let (arm12, rise12) = (drag.length1 * at.c1, drag.length1 * at.s1);
        let (arm2, rise2) = (drag.com2 * at.c2, drag.com2 * at.s2);
        let (right1, up1) = drag.at(drag.k1, x_dot + arm1 * w1, -(rise1 * w1));
        let (right2, up2) =
            drag.at(drag.k2, x_dot + arm12 * w1 + arm2 * w2, -(rise12 * w1) - rise2 * w2);
        [
            right1 + right2,
            arm1 * right1 - rise1 * up1 + arm12 * right2 - rise12 * up2,
            arm2 * right2 - rise2 * up2,
        ]
    }
}

impl<R: Real> Dynamics<R> for Full<R> {
    of_rigid_bodies!(self => self.rigid.specific);

    #[inline(always)]
    fn acceleration_in(&self, at: &Levers<R>, v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let mut net = push.and(&self.rigid.specific.drift(at, v));
        if let Some(coulomb) = &self.coulomb {
            let h = R::run(Rubbing { coulomb, v: *v });
            net = [net[0] - h[0], net[1] - h[1], net[2] - h[2]];
        }
        if let Some(drag) = &self.drag {
            let h = R::run(Dragging { drag, at, v: *v });
            net = [net[0] - h[0], net[1] - h[1], net[2] - h[2]];
        }
        self.rigid.specific.solve(at, &net)
    }
}

/// The `linear` model: `M(0) q_ddot + D v + K q = Q`.
#[derive(Debug, Clone, Copy)]
pub struct Linear<R> {
    rigid: Rigid<R>,
    /// `M(0)^-1`, which is the same throughout.
    inverse: [Vector<R>; 3],
}

impl<R: Real> Linear<R> {
    /// From physical parameters, the same in every lane.
    pub fn new(plant: &Plant) -> Self {
        Self::of_lanes(|_| *plant)
    }

    /// With the parameters `plant(i)` in lane `i`.
    pub fn of_lanes(plant: impl Fn(usize) -> Plant) -> Self {
        let rigid = Rigid::of_lanes(plant);
        let mass = rigid.mass_matrix(&Angles::new(R::zero(), R::zero()));
        let (zero, one) = (R::zero(), R::one());
        let inverse = [[one, zero, zero], [zero, one, zero], [zero, zero, one]];
        Self { inverse: inverse.map(|unit| mass.solve(&unit)), rigid }
    }
}

impl<R: Real> Dynamics<R> for Linear<R> {
    /// The angles themselves.
    type Posture = [R; 2];

    #[inline(always)]
    fn posture(&self, theta: &[R; 2]) -> [R; 2] {
        *theta
    }

    #[inline(always)]
    fn posture_of(&self, theta: &[R; 2], _angles: &Angles<R>) -> [R; 2] {
        *theta
    }

    #[inline(always)]
    fn turned(&self, _at: &[R; 2], theta: &[R; 2], by: &[R; 2]) -> [R; 2] {
        [theta[0] + by[0], theta[1] + by[1]]
    }

    #[inline(always)]
    fn nudged(
        &self,
        _nearly: &[R; 2],
        _more: &[R; 2],
        at: &[R; 2],
        theta: &[R; 2],
        by: &[R; 2],
    ) -> [R; 2] {
        self.turned(at, theta, by)
    }

    #[inline(always)]
    fn push(&self, force: &Vector<R>) -> Push<R> {
        Push { cart: force[0], joints: Some([force[1], force[2]]) }
    }

    #[inline(always)]
    fn push_cart(&self, force: R) -> Push<R> {
        Push { cart: force, joints: None }
    }

    #[inline(always)]
    fn acceleration_in(&self, theta: &[R; 2], v: &Vector<R>, push: &Push<R>) -> Vector<R> {
        let [x_dot, w1, w2] = *v;
        let rigid = &self.rigid;
        let joint2 = rigid.b2 * (w2 - w1);
        let net = push.and(&[
            -(rigid.b0 * x_dot),
            rigid.h1_g * theta[0] - rigid.b1 * w1 + joint2,
            rigid.h2_g * theta[1] - joint2,
        ]);
        let [cart, link1, link2] = &self.inverse;
        [
            cart[0] * net[0] + cart[1] * net[1] + cart[2] * net[2],
            link1[0] * net[0] + link1[1] * net[1] + link1[2] * net[2],
            link2[0] * net[0] + link2[1] * net[1] + link2[2] * net[2],
        ]
    }
}
