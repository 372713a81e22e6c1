//! What lies between the controller's command and the force on the cart.
//!
//! With a lag the force of a period is that at its end; within it the force follows the lag's exponential.

use upright_core::elementary::exp_m1;
use upright_core::{Kernel, Real};
use upright_scenario as scenario;

/// Delay, dead zone, rate limit, lag and limit, in that order.
#[derive(Debug, Clone)]
pub(super) struct Actuator<R> {
    /// Whether it does nothing but limit the force, as in most runs.
    ideal: bool,
    /// The commands under way; place `head` is the next to arrive.
    line: Vec<R>,
    head: usize,
    dead_zone: R,
    /// Largest change in a period.
    step: Option<R>,
    before_lag: R,
    lag: Option<Lag<R>>,
    force: R,
    max_force: R,
}

/// A first-order lag of the force, which moves within a period towards a command that is held.
#[derive(Debug, Clone, Copy)]
struct Lag<R> {
    /// Control periods a time constant, turned round.
    rate: f64,
    /// The share of the way that it goes in a period.
    share: R,
    /// Where it goes in this period, and where it came from, in N.
    target: R,
    from: R,
}

impl<R: Real> Actuator<R> {
    pub(super) fn new(settings: &scenario::Actuator, period: f64) -> Self {
        let ideal = settings.delay == 0
            && settings.dead_force() == 0.0
            && settings.rate_limit.is_none()
            && settings.lag == 0.0;
        Self {
            ideal,
            line: vec![R::zero(); settings.delay as usize],
            head: 0,
            dead_zone: R::of(settings.dead_force()),
            step: settings.rate_limit.map(|limit| R::of(limit * period)),
            before_lag: R::zero(),
            lag: (settings.lag > 0.0).then(|| {
                let rate = period / settings.lag;
                let share = R::of(-exp_m1(-rate));
                Lag { rate, share, target: R::zero(), from: R::zero() }
            }),
            force: R::zero(),
            max_force: R::of(settings.max_force),
        }
    }

    /// Commands that the delay line holds: always as many as it can.
    pub(super) fn line(&self) -> usize {
        self.line.len()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.line.capacity() * size_of::<R>()
    }

    /// Forgets what went before in the lanes in `fresh`.
    pub(super) fn reset_lanes(&mut self, fresh: R::Mask) {
        let clear = |x: &mut R| *x = R::select(fresh, R::zero(), *x);
        self.line.iter_mut().for_each(clear);
        clear(&mut self.before_lag);
        clear(&mut self.force);
    }

    /// Whether its force varies within a period.
    #[inline(always)]
    pub(super) fn lags(&self) -> bool {
        self.lag.is_some()
    }

    /// The force at the fraction `c` of a period at whose end it is `force`.
    #[inline(always)]
    pub(super) fn within(&self, force: R, c: f64) -> R {
        match &self.lag {
            Some(Lag { rate, target, from, .. }) if c < 1.0 => {
                *from + R::of(-exp_m1(-c * rate)) * (*target - *from)
            }
            _ => force,
        }
    }

    #[inline(always)]
    pub(super) fn apply(&mut self, command: R) -> R {
        if self.ideal {
            return command.clamp(-self.max_force, self.max_force);
        }
        R::run(Apply { actuator: self, command })
    }
}

/// What an actuator that is not ideal makes of a command.
struct Apply<'a, R> {
    actuator: &'a mut Actuator<R>,
    command: R,
}

impl<R: Real> Kernel for Apply<'_, R> {
    type Output = R;
    #[inline(always)]
    fn run(self) -> R {
        let Self { actuator, command } = self;
        let mut force = command;
        if let Some(place) = actuator.line.get_mut(actuator.head) {
            force = *place;
            *place = command;
            actuator.head = (actuator.head + 1) % actuator.line.len();
        }
        force = R::select(force.abs().lt(actuator.dead_zone), R::zero(), force);
        if let Some(step) = actuator.step {
            force = actuator.before_lag + (force - actuator.before_lag).clamp(-step, step);
            actuator.before_lag = force;
        }
        if let Some(lag) = &mut actuator.lag {
            // The limit is that of what the lag is driven by, so that its force is within it throughout.
            lag.target = force.clamp(-actuator.max_force, actuator.max_force);
            lag.from = actuator.force;
            force = lag.from + lag.share * (lag.target - lag.from);
        }
        actuator.force = force.clamp(-actuator.max_force, actuator.max_force);
        actuator.force
    }
}
