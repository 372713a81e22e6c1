//! Prediction over the known delay, for estimators that have none of their own.

use super::timing::Outlook;
use super::{Estimator, Timing};
use crate::plant::{Full, Plant, State};
use crate::real::{Kernel, Real};

/// What another estimator says, moved by the plant's model to the time at which the present command will act.
#[derive(Debug, Clone, Copy)]
pub struct Predicting<R: Real, E> {
    estimator: E,
    outlook: Outlook<R>,
    shown: State<R>,
}

impl<R: Real, E: Estimator<R>> Predicting<R, E> {
    /// `model` is what is believed of the plant.
    pub fn new(estimator: E, model: &Plant, timing: &Timing) -> Self {
        Self { estimator, outlook: Outlook::new(Full::new(model), timing), shown: [R::zero(); 6] }
    }
}

impl<R: Real, E: Estimator<R>> Estimator<R> for Predicting<R, E> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        let Self { estimator, outlook, shown } = self;
        let now = estimator.estimate(measured);
        *shown = R::run(Ahead { outlook, now });
        outlook.tick();
        shown
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        self.estimator.commanded(force);
        self.outlook.commanded(force);
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.estimator.reset_lanes(lanes);
        self.outlook.reset_lanes(lanes);
    }
}

/// The periods under way.
struct Ahead<'a, R: Real> {
    outlook: &'a Outlook<R>,
    now: &'a State<R>,
}

impl<R: Real> Kernel for Ahead<'_, R> {
    type Output = State<R>;
    #[inline(always)]
    fn run(self) -> State<R> {
        let [x, theta1, theta2, v, w1, w2] = *self.now;
        let from = [x, theta1, theta2, v, w1, w2, R::zero()];
        let (_, [x, theta1, theta2, v, w1, w2, _]) =
            self.outlook.predict(&from, self.outlook.ahead);
        [x, theta1, theta2, v, w1, w2]
    }
}
