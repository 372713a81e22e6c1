//! What watches over a swing-up: it tracks a plan, catches the plant at the top, balances it there, and when it is
//! lost brakes, has a new plan made and tries again.

use super::cart::{CartResponse, brake};
use super::counts::Counts;
use super::guard::Guard;
use super::predictive_tracker::PredictiveTracker;
use super::pursuit::Wanted;
use super::push::CartPush;
use super::settings::{PlanSettings, Supervision, Tracking};
use super::start::Swing;
use super::tracker::Tracker;
use crate::controller::{Command, Controller};
use crate::elementary::nearest_turn;
use crate::integrate::rk4;
use crate::kind::{BuildError, ControllerContext};
use crate::plant::{Rigid, State};
use crate::real::Real;
use crate::surface::SlidingSurface;

/// For how long the plant is braked before a plan is made, in s.
const CALM: f64 = 0.05;
/// Share of the track within which a plan is made.
const NEAR: f64 = 0.6;
/// Speed of the cart in m/s and of the links in rad/s below which a plan is made.
const SLOW: [f64; 3] = [1.5, 12.0, 16.0];

/// What a swing-up is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The cart is brought to rest.
    Brake,
    /// The same, while a plan is made.
    Plan,
    /// A plan is followed.
    Track,
    /// A balance law holds the plant upright.
    Balance,
}

/// The state of a plant that is to be planned from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<R> {
    /// The state, as it is expected when the plan begins.
    pub from: State<R>,
    /// The force in N that pushes the cart all the while, as far as it is known.
    pub push: R,
    /// How many plans were asked for before: the same request with another number has other starts.
    pub number: u32,
}

/// Takes the plant from anywhere to upright and keeps it there, under the balance law `B`.
///
/// It makes no plans itself: where [`Supervisor::request`] has something, the caller plans and returns by
/// [`Supervisor::answer`].
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each says a thing of its own")]
pub struct Supervisor<R, B> {
    settings: Supervision,
    model: Rigid<R>,
    surface: SlidingSurface<R>,
    tracker: Tracker<R>,
    balance: B,
    guard: Option<Guard<R>>,
    push: CartPush<R>,
    /// The track's length that it knows, in m.
    track: R,
    max_force: R,
    period: R,
    calm_periods: u32,
    planning_periods: u32,
    /// Whether a plan was made before the start.
    planned: bool,
    begun: bool,
    phase: Phase,
    /// Control periods since the phase began.
    since: u32,
    request: Option<Request<R>>,
    asked: u32,
    /// Whether the last request has its plan.
    ready: bool,
    counts: Counts,
    guarded: bool,
    error: [R; 2],
}

fn periods(time: f64, period: f64) -> u32 {
    // Times are at most 10 s, and a period at least 1e-6 s.
    libm::round(time / period).max(1.0) as u32
}

impl<R: Real<Mask = bool>, B: Controller<R>> Supervisor<R, B> {
    /// With a balance law that was built from the same context.
    ///
    /// # Errors
    /// Where a plan's step is no multiple of the control period, or the weights of the tracking have no regulator.
    pub fn new(
        plan: &PlanSettings,
        tracking: &Tracking,
        settings: &Supervision,
        balance: B,
        context: &ControllerContext,
    ) -> Result<Self, BuildError> {
        let period = context.period;
        let steps = plan.periods_a_step(period).ok_or(BuildError {
            field: "plan.step",
            reason: "the step of a plan must be a whole number of control periods",
        })?;
        let model = Rigid::new(&context.model);
        let tracker = Tracker::new(model, tracking, period, steps, [0.0; 2]).ok_or(BuildError {
            field: "tracking.weights",
            reason: "these weights have no regulator",
        })?;
        let known = &context.model;
        let mass = known.cart_mass + known.link1.mass + known.link2.mass;
        Ok(Self {
            settings: *settings,
            surface: context.sliding_surface(),
            tracker,
            balance,
            guard: known
                .track
                .map(|track| Guard::new(settings.guard * track, context.max_force, mass, period)),
            push: CartPush::new(period, context.max_force),
            track: R::of(known.track.unwrap_or(f64::INFINITY)),
            max_force: R::of(context.max_force),
            period: R::of(period),
            calm_periods: periods(CALM, period),
            planning_periods: periods(settings.planning_time, period),
            planned: false,
            begun: false,
            phase: Phase::Brake,
            since: 0,
            request: None,
            asked: 0,
            ready: false,
            counts: Counts::default(),
            guarded: false,
            error: [R::zero(); 2],
            model,
        })
    }

    /// Whether a run from `state` begins with a plan: where the balance law would give it up at once.
    pub fn needs_plan(settings: &Supervision, state: &State<f64>) -> bool {
        let away = |i: usize| (state[i] - nearest_turn(state[i])).abs();
        away(1) > settings.lost.theta1 || away(2) > settings.lost.theta2
    }

    /// Takes over the plan that was made before the start.
    pub fn prepare(&mut self, plan: &super::plan::Plan<R>) {
        self.tracker.copy_plan(plan);
        self.planned = true;
        self.counts.plans = 1;
    }

    /// What follows plans, to design the gains of one.
    pub fn tracker(&mut self) -> &mut Tracker<R> {
        &mut self.tracker
    }

    /// What there is to be planned, once.
    pub fn request(&mut self) -> Option<Request<R>> {
        self.request.take()
    }

    /// The plan that was asked for, or that there is none.
    pub fn answer(&mut self, plan: Option<(&[R], impl ExactSizeIterator<Item = State<R>>)>) {
        self.ready = plan.is_some_and(|(forces, states)| self.tracker.take(forces, states));
        self.counts.plans += u32::from(self.ready);
    }

    /// What it is doing.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What it did so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether the guard had the last word in the last period.
    pub fn guarded(&self) -> bool {
        self.guarded
    }

    /// How far the two angles were from the plan, or from upright, in the last period, in rad.
    pub fn error(&self) -> [R; 2] {
        self.error
    }

    /// Kinetic and potential energy of the model in a state less that at rest upright, in J: what a plan has to bring
    /// in.
    pub fn energy(&self, state: &State<R>) -> R {
        self.model.energy(state) - self.model.energy(&[R::zero(); 6])
    }

    /// The balance law.
    pub fn balance(&self) -> &B {
        &self.balance
    }

    /// Returns to the start; the plan that was made before it is what `plan` is, if there was one.
    pub fn restart(&mut self, plan: Option<&super::plan::Plan<R>>) {
        self.balance.reset();
        self.begun = false;
        (self.phase, self.since) = (Phase::Brake, 0);
        (self.request, self.asked, self.ready) = (None, 0, false);
        self.counts = Counts::default();
        self.guarded = false;
        self.push.reset();
        self.error = [R::zero(); 2];
        self.planned = false;
        if let Some(plan) = plan {
            self.prepare(plan);
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = 0;
    }

    fn within_reach(&self, upright: &State<R>) -> bool {
        let lost = &self.settings.lost;
        upright[1].abs().le(R::of(lost.theta1)) && upright[2].abs().le(R::of(lost.theta2))
    }

    /// Goes from phase to phase; `upright` is the measured state with whole turns left aside.
    fn go_on(&mut self, measured: &State<R>, upright: &State<R>) {
        if !self.begun {
            self.begun = true;
            let tracked = R::of(self.settings.lost.tracking);
            if self.planned && self.tracker.distance_from_start(measured).le(tracked) {
                self.track(measured);
            } else if self.within_reach(upright) {
                self.catch();
            }
        }
        match self.phase {
            Phase::Track if self.tracker.is_over() => {
                if self.within_reach(upright) {
                    self.catch();
                } else {
                    self.enter(Phase::Brake);
                }
            }
            Phase::Balance if !self.within_reach(upright) && !self.balance.foresees_upright() => {
                self.enter(Phase::Brake);
            }
            Phase::Brake if self.since >= self.calm_periods && self.may_plan(measured) => {
                self.ready = false;
                let (from, push) = (self.expected(measured), self.push.force());
                self.request = Some(Request { from, push, number: self.asked });
                self.asked += 1;
                self.enter(Phase::Plan);
            }
            Phase::Plan if self.since >= self.planning_periods => {
                if self.ready {
                    self.track(measured);
                } else {
                    self.enter(Phase::Brake);
                }
            }
            _ => {}
        }
    }

    fn track(&mut self, measured: &State<R>) {
        self.tracker.begin(measured);
        self.counts.tries += 1;
        self.ready = false;
        self.enter(Phase::Track);
    }

    fn catch(&mut self) {
        self.balance.reset();
        self.enter(Phase::Balance);
    }

    fn may_plan(&self, measured: &State<R>) -> bool {
        let [x, _, _, rates @ ..] = measured;
        let slow = rates.iter().zip(SLOW).all(|(rate, most)| rate.abs().lt(R::of(most)));
        self.settings.replan && slow && x.abs().lt(R::of(NEAR) * self.track)
    }

    /// Where the plant will be after the planning time, by the model, under the brake and what pushes the cart.
    fn expected(&self, measured: &State<R>) -> State<R> {
        let mut at = *measured;
        let push = self.push.force();
        for _ in 0..self.planning_periods {
            let wanted = (brake(&at) - push).clamp(-self.max_force, self.max_force);
            let u = self.guarded_force(&at, wanted) + push;
            at = rk4(&self.model, &at, self.period, |_| [u, R::zero(), R::zero()]);
        }
        at
    }

    fn guarded_force(&self, state: &State<R>, wanted: R) -> R {
        self.guard.as_ref().map_or(wanted, |guard| {
            guard.limit(state, &CartResponse::new(&self.model, state), wanted).force
        })
    }

    /// One control period against a force on the cart that is known, in N.
    pub fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
        self.control_foreseeing(None, measured, known)
    }

    /// The same where plans are followed by prediction, if there is what predicts: always the same for one run. Where it
    /// has no prediction the plan is followed as without it.
    pub fn control_foreseeing(
        &mut self,
        foresight: Option<&mut PredictiveTracker<R>>,
        measured: &State<R>,
        known: R,
    ) -> Command<R> {
        let mut upright = *measured;
        for angle in &mut upright[1..3] {
            *angle = *angle - nearest_turn(*angle);
        }
        self.push.see(measured[3]);
        self.go_on(measured, &upright);
        let response = CartResponse::new(&self.model, measured);
        self.error = [upright[1], upright[2]];
        let mut tracked: Option<Wanted<R>> = None;
        let mut foreseen = None;
        let wanted = match self.phase {
            Phase::Brake | Phase::Plan => brake(measured) - self.push.force() - known,
            Phase::Balance => self.balance.control_against(&upright, known).force,
            Phase::Track => {
                let wanted = self.tracker.want(measured, &response);
                self.error = [wanted.error[1], wanted.error[2]];
                let push = self.push.force() + known;
                foreseen = foresight.and_then(|own| own.force(&self.tracker, measured, push));
                let force = foreseen.unwrap_or(wanted.force - known);
                tracked = Some(wanted);
                force
            }
        };
        let mut force = wanted.clamp(-self.max_force, self.max_force);
        let mut give_up = false;
        self.guarded = false;
        if let Some(guard) = &self.guard {
            let guarded = guard.limit(measured, &response, force);
            self.guarded = guarded.acted;
            self.counts.guard_periods += u64::from(guarded.acted);
            (force, give_up) = (guarded.force, guarded.give_up);
        }
        self.push.given(measured[3], &response, force + known);
        self.since = self.since.saturating_add(1);
        if let Some(wanted) = &tracked {
            // The tracker's own law begins anew where it is not the one that has the word.
            let limited =
                foreseen.is_some() || (force - (wanted.force - known)).abs().gt(R::zero());
            self.tracker.given(measured, wanted, force + known, limited);
            let most = R::of(self.settings.lost.tracking);
            give_up = give_up || !self.error.iter().all(|error| error.abs().le(most));
        }
        if give_up && matches!(self.phase, Phase::Track | Phase::Balance) {
            self.enter(Phase::Brake);
        }
        self.surface.read(&upright).command(force)
    }

    /// The sliding variable without advancing anything; the force is zero.
    pub fn observe(&self, measured: &State<R>) -> Command<R> {
        let mut upright = *measured;
        for angle in &mut upright[1..3] {
            *angle = *angle - nearest_turn(*angle);
        }
        self.surface.read(&upright).command(R::zero())
    }

    /// The limits of its plans.
    pub fn swing(plan: &PlanSettings, context: &ControllerContext) -> Swing {
        Swing::new(plan, context.max_force, context.model.track)
    }
}
