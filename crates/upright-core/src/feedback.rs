//! Linear state feedback and no control at all: what a sliding mode controller is measured against.

use crate::angles::Angles;
use crate::controller::{Command, Controller, Target};
use crate::plant::State;
use crate::real::Real;
use crate::surface::SlidingSurface;

/// How many of its own commands a feedback may look back on.
pub const MAX_PAST: usize = crate::estimator::MAX_AHEAD;

/// `u = -K x`, with the cart position's integral as a seventh state where it has a gain, and less gains of its own last
/// commands where the force is late.
#[derive(Debug, Clone, Copy)]
pub struct StateFeedback<R> {
    surface: SlidingSurface<R>,
    gains: State<R>,
    integral_gain: R,
    /// The integral of the cart's position in m s.
    integral: R,
    max_force: R,
    period: R,
    /// Gains of the last commands, the last one first; as many as `looks_back`.
    past: [R; MAX_PAST],
    looks_back: usize,
    /// The last commands; place `head` is the next to be overwritten, the oldest.
    commands: [R; MAX_PAST],
    head: usize,
    /// The state and the force in N that are followed.
    target: State<R>,
    feed: R,
}

impl<R: Real> StateFeedback<R> {
    /// `gains` holds `K` in state order, in N per unit of the state; `integral_gain` in N/(m s),
    /// zero for none. The surface is reported alongside.
    pub fn new(
        surface: SlidingSurface<R>,
        gains: [f64; 6],
        integral_gain: f64,
        max_force: f64,
        period: f64,
    ) -> Self {
        Self {
            surface,
            gains: gains.map(R::of),
            integral_gain: R::of(integral_gain),
            integral: R::zero(),
            max_force: R::of(max_force),
            period: R::of(period),
            past: [R::zero(); MAX_PAST],
            looks_back: 0,
            commands: [R::zero(); MAX_PAST],
            head: 0,
            target: [R::zero(); 6],
            feed: R::zero(),
        }
    }

    /// The same that looks back on its commands with the gains `past`, the last one first; beyond [`MAX_PAST`] they
    /// are left out.
    #[must_use]
    pub fn looking_back(mut self, past: &[f64]) -> Self {
        self.looks_back = past.len().min(MAX_PAST);
        for (gain, own) in past.iter().zip(&mut self.past) {
            *own = R::of(*gain);
        }
        self
    }

    /// What the commands under way take of the force.
    #[inline(always)]
    fn under_way(&self) -> R {
        let mut sum = R::zero();
        for age in 0..self.looks_back {
            let place = (self.head + self.looks_back - 1 - age) % self.looks_back;
            sum = sum + self.past[age] * self.commands[place];
        }
        sum
    }
}

impl<R: Real> Controller<R> for StateFeedback<R> {
    const COLUMNS: &'static [&'static str] = &["integral"];

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
        let mut wanted = self.integral_gain * self.integral;
        for ((&gain, &x), &goal) in self.gains.iter().zip(measured).zip(&self.target) {
            wanted = wanted + gain * (x - goal);
        }
        if self.looks_back > 0 {
            wanted = wanted + self.under_way();
        }
        // As what opposes the force, so that nothing known and nothing followed leave the bits.
        let wanted = wanted + known - self.feed;
        let force = (-wanted).clamp(-self.max_force, self.max_force);
        // The integral rests while the force is limited, or it would wind up.
        let limited = wanted.abs().gt(self.max_force);
        let next = self.integral + self.period * (measured[0] - self.target[0]);
        self.integral = R::select(limited, self.integral, next);
        if self.looks_back > 0 {
            // What the plant will be driven by: the known force acts on it too.
            self.commands[self.head] = force + known;
            self.head = (self.head + 1) % self.looks_back;
        }
        self.surface.read_at(measured, angles).command(force)
    }

    fn follow(&mut self, target: &Target<R>) {
        self.surface.follow(target);
        (self.target, self.feed) = (target.state, target.force);
    }

    #[inline(always)]
    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.surface.read(measured).command(R::zero())
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.integral = R::select(lanes, R::zero(), self.integral);
        for command in &mut self.commands {
            *command = R::select(lanes, R::zero(), *command);
        }
    }

    fn columns(&self, mut write: impl FnMut(R)) {
        write(self.integral);
    }
}

/// Applies no force and reports the surface.
#[derive(Debug, Clone, Copy)]
pub struct Uncontrolled<R> {
    surface: SlidingSurface<R>,
}

impl<R: Real> Uncontrolled<R> {
    /// With the surface that is reported.
    pub fn new(surface: SlidingSurface<R>) -> Self {
        Self { surface }
    }
}

impl<R: Real> Controller<R> for Uncontrolled<R> {
    const COLUMNS: &'static [&'static str] = &[];

    #[inline(always)]
    fn control(&mut self, measured: &State<R>) -> Command<R> {
        self.observe(measured)
    }

    // No control is none against a known force either.
    #[inline(always)]
    fn control_against(&mut self, measured: &State<R>, _known: R) -> Command<R> {
        self.observe(measured)
    }

    #[inline(always)]
    fn control_at(&mut self, measured: &State<R>, angles: &Angles<R>, _known: R) -> Command<R> {
        self.surface.read_at(measured, angles).command(R::zero())
    }

    #[inline(always)]
    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.surface.read(measured).command(R::zero())
    }

    fn reset_lanes(&mut self, _lanes: R::Mask) {}

    fn columns(&self, _write: impl FnMut(R)) {}
}
