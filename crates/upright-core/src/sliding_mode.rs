//! The skeleton of every sliding mode controller here: surface, equivalent control, reaching law.
//!
//! The sliding variable is taken on the whole state, cart included. A model cancels the plant's own
//! drift; what is left, seen through the surface, is one integrator driven by a force, and the
//! [`ReachingLaw`] is a controller for that integrator in newtons and newton seconds.
//! Compare V. Utkin, J. Guldner, J. Shi, Sliding Mode Control in Electro-Mechanical Systems (2009),
//! and for the surface J. Ackermann and V. Utkin, IEEE Trans. Autom. Control 43 (1998) 234-237.

use crate::angles::Angles;
use crate::controller::{Command, Controller, Target};
use crate::history::HistorySize;
use crate::law::{ReachingLaw, Sample};
use crate::plant::State;
use crate::real::{Mask, Real};
use crate::surface::SlidingSurface;

/// A sliding mode controller: a surface and a reaching law.
#[derive(Debug, Clone, Copy)]
pub struct SlidingMode<R, L> {
    surface: SlidingSurface<R>,
    law: L,
    max_force: R,
    period: R,
}

impl<R: Real, L: ReachingLaw<R>> SlidingMode<R, L> {
    /// `max_force` is the actuator's limit in N, `period` the control period in s.
    pub fn new(surface: SlidingSurface<R>, law: L, max_force: f64, period: f64) -> Self {
        Self { surface, law, max_force: R::of(max_force), period: R::of(period) }
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
        self.control_against(measured, R::zero())
    }

    #[inline(always)]
    fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
        self.control_at(measured, &Angles::new(measured[1], measured[2]), known)
    }

    #[inline(always)]
    fn control_at(&mut self, measured: &State<R>, angles: &Angles<R>, known: R) -> Command<R> {
        let seen = self.surface.read_at(measured, angles);
        let sb = seen.beta.sign();
        let bound = R::of(5.0) * self.max_force;
        let equivalent = R::select(
            seen.beta.abs().lt(self.surface.beta_min),
            R::zero(),
            seen.equivalent.clamp(-bound, bound),
        );
        let sample = Sample {
            s: seen.s,
            sigma: seen.sigma,
            beta: seen.beta,
            gain: seen.beta.abs().max(self.surface.beta_min),
            equivalent: sb * equivalent,
            period: self.period,
        };
        let wanted = equivalent + sb * self.law.reach(&sample) - known;
        let force = wanted.clamp(-self.max_force, self.max_force);
        let limited = wanted.abs().gt(self.max_force);
        self.law.after_saturation(&sample, sb * (force + known - equivalent), limited);
        seen.command(force)
    }

    fn follow(&mut self, target: &Target<R>) {
        self.surface.follow(target);
    }

    #[inline(always)]
    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.surface.read(measured).command(R::zero())
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        if lanes.any() {
            self.law.reset_lanes(lanes);
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
    fn copy_state_from(&mut self, old: &Self) {
        self.law.copy_state_from(&old.law);
    }
}
