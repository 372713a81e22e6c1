//! An observer with a constant gain and the plant's own model: the steady Kalman filter, or Luenberger's.
//!
//! `z- = Phi(z+, u + f)`, one Runge-Kutta step of the non-linear model under the force that arrived, and
//! `z+ = z- + L (y - H z-)`. Compare A. Gelb (ed.), Applied Optimal Estimation (1974), and D. Luenberger, IEEE
//! Trans. Mil. Electron. 8 (1964) 74-80.

use super::timing::{Extended, Outlook, copied};
use super::{Compensation, Estimator, Timing};
use crate::plant::{Full, Plant, State};
use crate::real::{Kernel, Mask, Real};

/// Constant gains of the six states, in state order, and of the unknown force in N, by the deviation of `x` in
/// m, `theta1` and the second angle in rad.
pub type ObserverGain = [[f64; 3]; 7];

/// An observer with a constant gain, for any number.
///
/// Its first state is the first measurement at rest. The state that it shows is the one that the present command
/// will meet where it predicts, else the one that the last measurement shows.
#[derive(Debug, Clone, Copy)]
pub struct FixedGain<R: Real> {
    outlook: Outlook<R>,
    gain: ObserverGain,
    relative: bool,
    predict: bool,
    compensation: Compensation<R>,
    /// What the next measurement should show.
    before: Extended<R>,
    /// What the last one has shown.
    after: Extended<R>,
    shown: State<R>,
    known: R,
    fresh: R::Mask,
}

impl<R: Real> FixedGain<R> {
    /// `model` is what the estimator believes of the plant, Coulomb friction and drag included where it has any;
    /// `relative` is whether the second angle of the gain is that between the links; `compensation` says
    /// which forces the controller acts against.
    pub fn new(
        model: &Plant,
        timing: &Timing,
        gain: &ObserverGain,
        relative: bool,
        predict: bool,
        compensation: Compensation<R>,
    ) -> Self {
        Self {
            outlook: Outlook::new(Full::new(model), timing),
            gain: *gain,
            relative,
            predict,
            compensation,
            before: [R::zero(); 7],
            after: [R::zero(); 7],
            shown: [R::zero(); 6],
            known: R::zero(),
            fresh: Mask::splat(true),
        }
    }

    /// What the last measurement has shown: the state, and the unknown force in N.
    pub fn corrected(&self) -> &[R; 7] {
        &self.after
    }
}

impl<R: Real> Estimator<R> for FixedGain<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        R::run(Step { observer: self, measured });
        &self.shown
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        self.outlook.commanded(force);
    }

    #[inline(always)]
    fn known_force(&self) -> R {
        self.known
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.fresh = self.fresh | lanes;
        self.outlook.reset_lanes(lanes);
    }
}

/// One period of it.
struct Step<'a, R: Real> {
    observer: &'a mut FixedGain<R>,
    measured: &'a State<R>,
}

impl<R: Real> Kernel for Step<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { observer, measured } = self;
        let [x, theta1, theta2, ..] = *measured;
        if observer.outlook.ahead == 0 {
            observer.before = observer.outlook.next(&observer.after);
        }
        if observer.fresh.any() {
            core::hint::cold_path();
            let start = [x, theta1, theta2, R::zero(), R::zero(), R::zero(), R::zero()];
            let mut i = 0;
            while i < 7 {
                observer.before[i] = R::select(observer.fresh, start[i], observer.before[i]);
                i += 1;
            }
            observer.fresh = Mask::splat(false);
        }
        let before = &observer.before;
        let deviation = super::innovation(measured, before, observer.relative);
        let mut i = 0;
        while i < 7 {
            let [a, b, c] = observer.gain[i];
            let (a, b, c) = (R::of(a), R::of(b), R::of(c));
            observer.after[i] =
                before[i] + (a * deviation[0] + b * deviation[1] + c * deviation[2]);
            i += 1;
        }
        let z = &observer.after;
        let steps = if observer.predict { observer.outlook.ahead } else { 1 };
        let (first, last) = observer.outlook.predict(z, steps);
        let [x, theta1, theta2, v, w1, w2, f] = *if observer.predict { &last } else { z };
        observer.before = copied(&first);
        observer.shown = [x, theta1, theta2, v, w1, w2];
        observer.known = observer.compensation.known(f, v);
        observer.outlook.tick();
    }
}
