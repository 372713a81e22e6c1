//! The skeleton of every sliding mode controller here: surface, equivalent control, reaching law.
//!
//! The sliding variable is taken on the whole state, cart included. A model cancels the plant's own
//! drift; what is left, seen through the surface, is one integrator driven by a force, and the
//! [`ReachingLaw`] is a controller for that integrator in newtons and newton seconds.
//! Compare V. Utkin, J. Guldner, J. Shi, Sliding Mode Control in Electro-Mechanical Systems (2009),
//! and for the surface J. Ackermann and V. Utkin, IEEE Trans. Autom. Control 43 (1998) 234-237.

use crate::controller::{Command, Controller};
use crate::history::HistorySize;
use crate::law::{ReachingLaw, Sample};
use crate::plant::{Angles, Plant, Rigid, State};
use crate::real::{Mask, Real};

/// The sliding variable and the input gain seen through the surface, from a model of the plant.
#[derive(Debug, Clone, Copy)]
pub struct Observer<R> {
    c_q: [R; 3],
    c_v: [R; 3],
    model: Rigid<R>,
    beta_min: R,
}

/// What the surface says of one measured state.
#[derive(Debug, Clone, Copy)]
pub struct Observation<R> {
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

impl<R: Real> Observer<R> {
    /// `surface` holds `c_q` and `c_v` in state order; `model` is what the controller knows of the
    /// plant (its rigid bodies and viscous friction); `beta_min` is the input gain below which the
    /// equivalent control is given up.
    pub fn new(surface: [f64; 6], model: &Plant, beta_min: f64) -> Self {
        let c = surface.map(R::of);
        Self {
            c_q: [c[0], c[1], c[2]],
            c_v: [c[3], c[4], c[5]],
            model: Rigid::new(model),
            beta_min: R::of(beta_min),
        }
    }

    /// Looks at one measured state.
    #[inline(always)]
    pub fn observe(&self, measured: &State<R>) -> Observation<R> {
        let [x, theta1, theta2, v0, v1, v2] = *measured;
        let v = [v0, v1, v2];
        let angles = Angles::new(theta1, theta2);
        let w = self.model.mass_matrix(&angles).solve(&self.c_v);
        let beta = w[0];
        let c_q_v = dot(&self.c_q, &v);
        let sigma = dot(&self.c_q, &[x, theta1, theta2]) + dot(&self.c_v, &v);
        Observation {
            sigma,
            s: sigma / beta.abs().max(self.beta_min),
            beta,
            equivalent: (dot(&w, &self.model.bias(&angles, &v)) - c_q_v) / beta,
        }
    }
}

#[inline(always)]
fn dot<R: Real>(a: &[R; 3], b: &[R; 3]) -> R {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl<R: Real> Observation<R> {
    /// The same as a command of no force.
    #[inline(always)]
    pub(crate) fn command(&self, force: R) -> Command<R> {
        Command { force, sigma: self.sigma, s: self.s }
    }
}

/// A sliding mode controller: an observer of the surface and a reaching law.
#[derive(Debug, Clone, Copy)]
pub struct SlidingMode<R, L> {
    observer: Observer<R>,
    law: L,
    max_force: R,
    period: R,
}

impl<R: Real, L: ReachingLaw<R>> SlidingMode<R, L> {
    /// `max_force` is the actuator's limit in N, `period` the control period in s.
    pub fn new(observer: Observer<R>, law: L, max_force: f64, period: f64) -> Self {
        Self { observer, law, max_force: R::of(max_force), period: R::of(period) }
    }

    /// The reaching law, to look into.
    pub fn law(&self) -> &L {
        &self.law
    }
}

impl<R: Real, L: ReachingLaw<R>> Controller<R> for SlidingMode<R, L> {
    const COLUMNS: &'static [&'static str] = L::COLUMNS;

    #[inline(always)]
    fn control(&mut self, measured: &State<R>) -> Command<R> {
        let seen = self.observer.observe(measured);
        let sb = seen.beta.sign();
        let bound = R::of(5.0) * self.max_force;
        let equivalent = R::select(
            seen.beta.abs().lt(self.observer.beta_min),
            R::zero(),
            seen.equivalent.clamp(-bound, bound),
        );
        let sample = Sample {
            s: seen.s,
            sigma: seen.sigma,
            beta: seen.beta,
            gain: seen.beta.abs().max(self.observer.beta_min),
            equivalent: sb * equivalent,
            period: self.period,
        };
        let wanted = equivalent + sb * self.law.reach(&sample);
        let force = wanted.clamp(-self.max_force, self.max_force);
        let limited = wanted.abs().gt(self.max_force);
        self.law.applied(&sample, sb * (force - equivalent), limited);
        seen.command(force)
    }

    #[inline(always)]
    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.observer.observe(measured).command(R::zero())
    }

    fn restart(&mut self, lanes: R::Mask) {
        if lanes.any() {
            self.law.restart(lanes);
        }
    }

    fn columns(&self, write: impl FnMut(R)) {
        self.law.columns(write);
    }

    fn histories(&self, see: impl FnMut(HistorySize)) {
        self.law.histories(see);
    }

    fn clear_records(&mut self) {
        self.law.clear_records();
    }

    // All of its memory is in the law; what else it has was built anew.
    fn inherit(&mut self, old: &Self) {
        self.law.inherit(&old.law);
    }
}
