//! The sliding surface: what it says of a measured state, by a model of the plant.
//!
//! The sliding variable is taken on the whole state, cart included. Compare V. Utkin, J. Guldner, J. Shi,
//! Sliding Mode Control in Electro-Mechanical Systems (2009).

use crate::controller::{Command, Target};
use crate::forward::Links;
use crate::plant::{Angles, Plant, Rigid, State};
use crate::real::Real;

/// The sliding variable and the input gain seen through the surface, from a model of the plant.
#[derive(Debug, Clone, Copy)]
pub struct SlidingSurface<R> {
    c_q: [R; 3],
    c_v: [R; 3],
    model: Rigid<R>,
    pub(crate) beta_min: R,
    per_beta_min: R,
    /// What the surface says of the state to be followed.
    offset: R,
    /// The part of the equivalent control, times the input gain, that holds it there as it moves; negative.
    drive: R,
}

/// What the surface says of one measured state.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceReading<R> {
    /// `c_q . q + c_v . v`
    pub sigma: R,
    /// `sigma / max(|beta|, beta_min)` in N s
    pub s: R,
    /// The input gain `c_v . M^-1 e1`, in 1/(N s) times the unit of `sigma`
    pub beta: R,
    /// The force that holds `sigma` still by the model, in N, not limited; meaningless where
    /// `beta` vanishes.
    pub equivalent: R,
}

impl<R: Real> SlidingSurface<R> {
    /// `coefficients` holds `c_q` and `c_v` in state order; `model` is what the controller knows of the
    /// plant (its rigid bodies and viscous friction); `beta_min` is the input gain below which the
    /// equivalent control is given up.
    pub fn new(coefficients: [f64; 6], model: &Plant, beta_min: f64) -> Self {
        let c = coefficients.map(R::of);
        Self {
            c_q: [c[0], c[1], c[2]],
            c_v: [c[3], c[4], c[5]],
            model: Rigid::new(model),
            beta_min: R::of(beta_min),
            per_beta_min: R::of(1.0 / beta_min),
            offset: R::zero(),
            drive: R::zero(),
        }
    }

    /// Moves the surface to what is to be followed.
    #[inline(always)]
    pub fn follow(&mut self, target: &Target<R>) {
        let on = |c_q: &[R; 3], c_v: &[R; 3], z: &State<R>| {
            dot(c_q, &[z[0], z[1], z[2]]) + dot(c_v, &[z[3], z[4], z[5]])
        };
        self.offset = on(&self.c_q, &self.c_v, &target.state);
        self.drive = -on(&self.c_q, &self.c_v, &target.rate);
    }

    /// Reads one measured state.
    #[inline(always)]
    pub fn read(&self, measured: &State<R>) -> SurfaceReading<R> {
        self.read_at(measured, &Angles::new(measured[1], measured[2]))
    }

    /// The same where sines and cosines of its angles are at hand; to the bit.
    #[inline(always)]
    pub fn read_at(&self, measured: &State<R>, angles: &Angles<R>) -> SurfaceReading<R> {
        let [x, theta1, theta2, v0, v1, v2] = *measured;
        let v = [v0, v1, v2];
        let model = &self.model.specific;
        let at = model.levers(angles);
        let Links { m11, m12, m22, determinant } = model.links(&at);
        // M^-1 c_v, times the determinant and the mass.
        let [c0, c1, c2] = self.c_v;
        let (b1, b2) = (c1 - at.c1 * c0, c2 - at.c2 * c0);
        let (w1, w2) = (m22 * b1 - m12 * b2, m11 * b2 - m12 * b1);
        let w0 = c0 * determinant - (at.c1 * w1 + at.c2 * w2);
        // Two divisions that do not wait for each other.
        let beta = w0 * (model.per_mass / determinant);
        let per_w0 = model.mass / w0;
        let c_q_v = dot(&self.c_q, &v);
        let sigma = dot(&self.c_q, &[x, theta1, theta2]) + dot(&self.c_v, &v);
        // Nothing to be followed leaves the bits.
        let sigma = sigma - self.offset;
        let driven = dot(&[w0, w1, w2], &model.drift(&at, &v)) + (c_q_v + self.drive) * determinant;
        SurfaceReading {
            sigma,
            s: sigma * (determinant * per_w0).abs().min(self.per_beta_min),
            beta,
            equivalent: -(driven * per_w0),
        }
    }
}

#[inline(always)]
fn dot<R: Real>(a: &[R; 3], b: &[R; 3]) -> R {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl<R: Real> SurfaceReading<R> {
    /// The same as a command of no force.
    #[inline(always)]
    pub(crate) fn command(&self, force: R) -> Command<R> {
        Command { force, sigma: self.sigma, s: self.s }
    }
}
