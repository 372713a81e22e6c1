//! A live run as the view has it: the session, and what the user has asked of the view.

use super::keys::Action;
use super::pace::Pace;
use super::trace::Trace;
use crate::flags::SPEEDS;
use std::time::Duration;
use upright_sim::live::Session;
use upright_sim::scenario::kinds::compared;

/// A push is this part of the actuator's limit, unless the user changes it.
const PUSH_OF_LIMIT: f64 = 0.2;
/// Between which parts of the actuator's limit a push can be set.
const PUSH_BOUNDS: [f64; 2] = [1.0 / 1024.0, 8.0];
/// How long a push acts, in s.
pub(super) const PUSH_DURATION: f64 = 0.1;
/// How many frames a push is shown, however fast the run goes.
const SHOWN_FRAMES: u32 = 12;

/// How the user has ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Quit,
    Interrupted,
}

/// Everything that a frame shows.
pub(super) struct App {
    pub(super) name: String,
    pub(super) session: Session,
    pub(super) trace: Trace,
    pub(super) pace: Pace,
    /// Simulated seconds a second.
    pub(super) speed: f64,
    pub(super) paused: bool,
    /// Whether it fits the terminal; the run waits while it does not.
    pub(super) seen: bool,
    pub(super) help: bool,
    /// Force of a push in N.
    pub(super) push: f64,
    /// The last push in N, and for how many frames it is still shown.
    shown: (f64, u32),
    /// The kinds that were in charge since the start, and from which time in s.
    pub(super) charges: Vec<(f64, &'static str)>,
    /// What could not be done, until the next key.
    pub(super) trouble: Option<String>,
}

impl App {
    pub(super) fn new(name: String, session: Session, speed: f64) -> Self {
        let scenario = session.scenario();
        let pace = Pace::new(scenario.simulation.control_period);
        let push = PUSH_OF_LIMIT * scenario.actuator.max_force;
        let charges = vec![(0.0, scenario.controller.settings.kind())];
        Self {
            name,
            session,
            charges,
            trace: Trace::default(),
            pace,
            speed,
            paused: false,
            seen: true,
            help: false,
            push,
            shown: (0.0, 0),
            trouble: None,
        }
    }

    /// Whether nothing moves.
    pub(super) fn is_still(&self) -> bool {
        self.paused || !self.seen || self.session.is_over()
    }

    /// The kind in charge, and its key where it has one.
    pub(super) fn kind(&self) -> (&'static str, Option<usize>) {
        let kind = self.session.scenario().controller.settings.kind();
        (kind, compared().iter().position(|name| *name == kind).map(|place| place + 1))
    }

    /// The force in N to draw as an arrow on the cart: the disturbance that acts, else a push that was short.
    pub(super) fn arrow(&self) -> Option<f64> {
        let now = self.session.world().disturbance()[0];
        let shown = if now == 0.0 && self.shown.1 > 0 { self.shown.0 } else { now };
        (shown != 0.0).then_some(shown)
    }

    /// Does what a key asks for; returns where that ends the run.
    pub(super) fn act(&mut self, action: Action) -> Option<End> {
        self.trouble = None;
        match action {
            Action::Push(direction) => {
                let force = direction * self.push;
                if self.session.push(force, PUSH_DURATION) {
                    self.shown = (force, SHOWN_FRAMES);
                } else if !self.session.is_over() {
                    self.trouble = Some("that many pushes act already".to_owned());
                }
            }
            Action::Size(factor) => {
                let limit = self.session.scenario().actuator.max_force;
                let [least, most] = PUSH_BOUNDS.map(|part| part * limit);
                self.push = (factor * self.push).clamp(least, most);
            }
            Action::Speed(factor) => {
                self.speed = (factor * self.speed).clamp(SPEEDS[0], SPEEDS[1]);
                self.pace.forget();
            }
            Action::Pause => self.paused = !self.paused && !self.session.is_over(),
            Action::Step if self.paused => self.turn(1, || true),
            // A stop is the terminal's: the run waits by itself.
            Action::Step | Action::Suspend => {}
            Action::Controller(place) => self.switch(compared()[place]),
            Action::NextController => {
                let next = self.kind().1.unwrap_or(0) % compared().len();
                self.switch(compared()[next]);
            }
            Action::Restart => {
                if let Err(error) = self.session.restart() {
                    self.trouble = Some(error.to_string());
                }
                (self.trace, self.shown) = (Trace::default(), (0.0, 0));
                self.charges = vec![(0.0, self.kind().0)];
            }
            Action::Help => self.help = !self.help,
            Action::Quit => return Some(End::Quit),
            Action::Interrupt => return Some(End::Interrupted),
        }
        None
    }

    fn switch(&mut self, kind: &str) {
        if self.session.is_over() {
            self.trouble = Some("the run is over; r restarts it".to_owned());
        } else if self.kind().0 != kind {
            match self.session.switch(kind) {
                Ok(()) => self.take_charge(),
                Err(error) => self.trouble = Some(format!("{kind}: {error}")),
            }
        }
    }

    /// Notes the kind that is in charge now.
    fn take_charge(&mut self) {
        let (time, kind) = (self.session.time(), self.kind().0);
        // Who was replaced before a period had passed was never in charge.
        self.charges.pop_if(|(from, _)| *from == time);
        if self.charges.last().is_none_or(|(_, before)| *before != kind) {
            self.charges.push((time, kind));
        }
    }

    /// Lets `elapsed` pass, and no longer than `in_time` returns that there is time to compute.
    pub(super) fn pass(&mut self, elapsed: Duration, in_time: impl Fn() -> bool) {
        self.shown.1 = self.shown.1.saturating_sub(1);
        if self.is_still() {
            return;
        }
        let mut pace = self.pace.clone();
        pace.pass(elapsed, self.speed, |due| {
            let before = self.session.periods();
            self.turn(due, in_time);
            // Who has come to the end has kept up.
            if self.session.is_over() { due } else { self.session.periods() - before }
        });
        self.pace = pace;
    }

    /// At most so many control periods, and no longer than there is time.
    fn turn(&mut self, periods: u64, in_time: impl Fn() -> bool) {
        for _ in 0..periods {
            let time = self.session.time();
            let Some(tick) = self.session.step() else { break };
            self.trace.push(time, tick.applied);
            if !in_time() {
                break;
            }
        }
    }
}
