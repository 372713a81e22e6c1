//! The law that keeps the plant to a plan: gains choose the cart's acceleration, and a super-twisting law makes the cart
//! have it.
//!
//! K. Graichen, M. Treuer, M. Zeitz, Automatica 43 (2007) 63-71, for the acceleration as the input; A. Levant,
//! Int. J. Control 58 (1993) 1247-1263, for the inner law, which is sampled implicitly here.

use super::cart::CartResponse;
use crate::elementary::nearest_turn;
use crate::law::super_twisting::{Law, Settings};
use crate::law::{ReachingLaw, Sample};
use crate::plant::State;
use crate::real::{Mask, Real, each_in_all_lanes, in_all_lanes};

/// What a plan says of a control period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand<R> {
    /// The state at its start, in the turns of the plan.
    pub(super) state: State<R>,
    /// What the cart does over it, in m/s^2.
    pub(super) acceleration: R,
    /// The gains of the acceleration by the state.
    pub(super) gain: State<R>,
}

impl<R: Real> Demand<R> {
    /// The same in every lane of another number.
    #[inline(always)]
    pub(super) fn in_lanes<L: Real>(&self) -> Demand<L> {
        Demand {
            state: each_in_all_lanes(&self.state),
            acceleration: in_all_lanes(self.acceleration),
            gain: each_in_all_lanes(&self.gain),
        }
    }
}

/// What is wanted of a period.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<R> {
    /// The force in N, not limited.
    pub force: R,
    /// The measured state less the plan's.
    pub error: State<R>,
    /// The acceleration that was chosen, in m/s^2.
    acceleration: R,
    /// The force that the model asks for it, in N.
    feedforward: R,
    sample: Sample<R>,
}

/// Keeps a plant to a plan, or a plant a lane.
#[derive(Debug, Clone)]
pub(super) struct Pursuit<R> {
    inner: Option<Law<R>>,
    period: R,
    /// Whole turns between the plan's angles and the measured ones.
    turns: [R; 2],
    /// The speed that the chosen accelerations would have given the cart, in m/s.
    speed: R,
}

impl<R: Real> Pursuit<R> {
    /// By an inner law of these settings, if there is one, at a control period in s.
    pub(super) fn new(inner: Option<&Settings>, period: f64) -> Self {
        Self {
            inner: inner.map(|settings| Law::new(settings, period)),
            period: R::of(period),
            turns: [R::zero(); 2],
            speed: R::zero(),
        }
    }

    /// Begins at a plan's start, whose angles are counted from the turn that `measured` is in.
    pub(super) fn begin(&mut self, start: &State<R>, measured: &State<R>) {
        self.turns = [nearest_turn(measured[1] - start[1]), nearest_turn(measured[2] - start[2])];
        self.speed = measured[3];
        if let Some(law) = &mut self.inner {
            law.reset_lanes(Mask::splat(true));
        }
    }

    /// Whole turns between the plan's angles and the measured ones, in rad.
    pub(super) fn turns(&self) -> &[R; 2] {
        &self.turns
    }

    /// What it wants at the measured state, where the cart returns as `response` says.
    #[inline(always)]
    pub(super) fn want(
        &mut self,
        demand: &Demand<R>,
        measured: &State<R>,
        response: &CartResponse<R>,
    ) -> Wanted<R> {
        let mut error = demand.state;
        error[1] = error[1] + self.turns[0];
        error[2] = error[2] + self.turns[1];
        let mut acceleration = demand.acceleration;
        for i in 0..6 {
            error[i] = measured[i] - error[i];
            acceleration = acceleration - demand.gain[i] * error[i];
        }
        let feedforward = (acceleration - response.drift) / response.gain;
        let s = (measured[3] - self.speed) / response.gain;
        let sample = Sample {
            s,
            sigma: s,
            beta: R::one(),
            gain: R::one(),
            equivalent: feedforward,
            period: self.period,
        };
        let mut force = feedforward;
        if let Some(law) = &mut self.inner {
            force = force + law.reach(&sample);
        }
        Wanted { force, error, acceleration, feedforward, sample }
    }

    /// Tells which force came of what was wanted, and where it was limited.
    #[inline(always)]
    pub(super) fn given(
        &mut self,
        measured: &State<R>,
        wanted: &Wanted<R>,
        force: R,
        limited: R::Mask,
    ) {
        if let Some(law) = &mut self.inner {
            law.after_saturation(&wanted.sample, force - wanted.feedforward, limited);
        }
        let from = R::select(limited, measured[3], self.speed);
        self.speed = from + self.period * wanted.acceleration;
    }
}
