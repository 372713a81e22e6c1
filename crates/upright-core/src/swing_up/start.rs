//! Starts of plans: to which upright, how long, and with which first forces.

use super::settings::PlanSettings;
use crate::elementary::{nearest_turn, sin_cos};
use crate::planner::{PlanError, Planner, Task};
use crate::plant::State;
use crate::real::Real;
use core::f64::consts::PI;

/// Iterations of a plan at most.
pub const MAX_ITERATIONS: usize = 150;
/// How far the end of a plan may be from upright, in every state.
pub const END_ERROR: f64 = 0.03;
/// Share of the track that a plan has for free at most.
const ALMOST: f64 = 0.99;
/// Share of the track that a plan's cart stays within, unless it may use more for free.
pub const ON_TRACK: f64 = 0.95;
/// Weight of the square of what a plan goes beyond its share of the track.
const BEYOND: f64 = 2e4;
/// Share of the force limit that first forces have.
const FIRST_SHARE: f64 = 0.4;
/// The force limit in N that first forces are a share of at most.
const FIRST_MOST: f64 = 60.0;
/// The largest force of a plan in N below which few starts lead to one. Of plans under an ample one most can be gone on from.
const LOW: f64 = 40.0;
const AMPLE: f64 = 120.0;
/// By how much what is gone on from is lengthened at its end, one after the other, in s.
const LENGTHENED: [f64; 3] = [0.0, 0.25, 0.25];

/// Random numbers of a start: even from 0 to below 1, the same on every machine (`SplitMix64`; G. Steele, D. Lea,
/// C. Flood, OOPSLA 2014).
#[derive(Debug, Clone, Copy)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// What plans of one scenario have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swing {
    /// For how long a force is held, in s.
    pub step: f64,
    /// Shortest and longest plan, in s.
    pub horizon: [f64; 2],
    /// The largest force of a plan, in N.
    pub max_force: f64,
    /// How far the cart goes for free, in m; infinite without a track.
    pub cart_limit: f64,
    /// How far the cart of a plan that counts goes, in m; infinite without a track.
    pub travel: f64,
    /// The angles of the equilibrium that plans end in, in rad, whole turns left aside; upright unless changed.
    pub at: [f64; 2],
    /// A force in N that pushes the cart all the while: forces of plans are the sum of both.
    pub push: f64,
    /// The task but for limits and target.
    weights: Task,
}

impl Swing {
    /// For an actuator's force limit in N and half a track's length in m.
    pub fn new(settings: &PlanSettings, max_force: f64, track: Option<f64>) -> Self {
        let weights = &settings.weights;
        let track = track.unwrap_or(f64::INFINITY);
        let w = weights.rates;
        Self {
            step: settings.step,
            horizon: settings.horizon,
            max_force: settings.force_share * max_force,
            // What is beyond costs, and some of it is always used.
            cart_limit: settings.track_share.min(ALMOST) * track,
            travel: ON_TRACK.max(settings.track_share) * track,
            at: [0.0; 2],
            push: 0.0,
            weights: Task {
                state: [weights.cart, 0.0, 0.0, w, w, w],
                force: weights.force,
                terminal: weights.terminal,
                ..Task::default()
            },
        }
    }

    /// The same with another largest force of a plan, in N.
    #[must_use]
    pub fn with_max_force(&self, max_force: f64) -> Self {
        Self { max_force, ..*self }
    }

    /// Whether plans have so little force that few starts lead to one.
    pub fn is_weak(&self) -> bool {
        self.max_force < LOW
    }

    /// The same to the equilibrium whose angles are `at`, in rad.
    #[must_use]
    pub fn to(&self, at: [f64; 2]) -> Self {
        Self { at, ..*self }
    }

    /// The same against a force in N that pushes the cart all the while.
    #[must_use]
    pub fn against(&self, push: f64) -> Self {
        Self { push, ..*self }
    }

    /// The task of a plan to `target`.
    pub fn task(&self, target: State<f64>) -> Task {
        Task {
            step: self.step,
            max_force: self.max_force,
            cart_limit: self.cart_limit,
            beyond: BEYOND,
            target,
            ..self.weights
        }
    }
}

/// The state at rest in the middle of the track with these angles in rad and whole turns.
pub fn target(at: [f64; 2], turns: [f64; 2]) -> State<f64> {
    let angle = |i: usize| at[i] + 2.0 * PI * turns[i];
    [0.0, angle(0), angle(1), 0.0, 0.0, 0.0]
}

/// A start: where to, how long, and which first forces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// Whole turns of each link at the end.
    pub turns: [f64; 2],
    /// The angles that it ends with, whole turns left aside, in rad.
    at: [f64; 2],
    /// Steps of the plan.
    pub steps: usize,
    amplitude: f64,
    frequencies: [f64; 2],
    phases: [f64; 2],
}

impl Start {
    /// A start from `state` by chance: each link to its nearest upright or to the next one.
    pub fn draw(chance: &mut Chance, swing: &Swing, state: &State<f64>) -> Self {
        let away = [state[1] - swing.at[0], state[2] - swing.at[1]];
        let turns = away.map(|angle| {
            let nearest = nearest_turn(angle) / (2.0 * PI);
            let further = if angle > nearest * 2.0 * PI { 1.0 } else { -1.0 };
            if chance.unit() < 0.5 { nearest } else { nearest + further }
        });
        let [shortest, longest] = swing.horizon;
        let horizon = chance.within(shortest, longest);
        Self {
            turns,
            at: swing.at,
            steps: (libm::round(horizon / swing.step) as usize).max(1),
            amplitude: FIRST_SHARE * swing.max_force.min(FIRST_MOST),
            frequencies: [chance.within(0.5, 2.5), chance.within(1.5, 3.5)],
            phases: [chance.within(0.0, 2.0 * PI), chance.within(0.0, 2.0 * PI)],
        }
    }

    /// The state that it ends in, at rest.
    pub fn target(&self) -> State<f64> {
        target(self.at, self.turns)
    }

    /// The first force of step `k` at a state, in N.
    fn force<R: Real>(&self, k: usize, state: &State<R>) -> R {
        let at = k as f64 / self.steps as f64;
        let wave = |i: usize| sin_cos(2.0 * PI * self.frequencies[i] * at + self.phases[i]).0;
        let wanted = self.amplitude * (wave(0) + wave(1)) * (1.0 - at);
        R::of(wanted) - R::of(40.0) * state[0] - R::of(15.0) * state[3]
    }

    /// Puts it into a planner.
    ///
    /// # Errors
    /// A state that is not finite, or more steps than the planner has.
    pub fn begin<R: Real<Mask = bool>, const N: usize>(
        &self,
        planner: &mut Planner<R, N>,
        swing: &Swing,
        state: &State<R>,
    ) -> Result<(), PlanError> {
        self.set(planner, swing)?;
        planner.start(state, self.steps, |k, state| self.force(k, state))
    }

    /// Sets a planner's task and bounds.
    fn set<R: Real<Mask = bool>, const N: usize>(
        &self,
        planner: &mut Planner<R, N>,
        swing: &Swing,
    ) -> Result<(), PlanError> {
        planner.set_task(&swing.task(self.target()))?;
        let [least, most] = [-swing.max_force, swing.max_force].map(|u| R::of(u + swing.push));
        planner.set_bounds([least, most], R::zero());
        Ok(())
    }

    /// Searches for its plan, and says whether there is one that counts. Where the force is low, a plan under an ample one
    /// is looked for, and gone on from.
    ///
    /// # Errors
    /// As [`Start::begin`].
    pub fn search<R: Real<Mask = bool>, const N: usize>(
        &self,
        planner: &mut Planner<R, N>,
        swing: &Swing,
        state: &State<R>,
    ) -> Result<bool, PlanError> {
        if !swing.is_weak() {
            self.begin(planner, swing, state)?;
            planner.iterate(MAX_ITERATIONS);
            return Ok(counts(planner, swing));
        }
        let ample = swing.with_max_force(AMPLE);
        self.begin(planner, &ample, state)?;
        planner.iterate(MAX_ITERATIONS);
        if !counts(planner, &ample) {
            return Ok(false);
        }
        for longer in LENGTHENED {
            let more = libm::round(longer / swing.step) as usize;
            if planner.forces().len() + more > N {
                break;
            }
            self.set(planner, swing)?;
            planner.start_from_last(more)?;
            planner.iterate(2 * MAX_ITERATIONS);
            if counts(planner, swing) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a planner has a plan that counts: one without gaps, that ends upright and stays on the track.
pub fn counts<R: Real<Mask = bool>, const N: usize>(
    planner: &Planner<R, N>,
    swing: &Swing,
) -> bool {
    planner.gap().le(R::zero())
        && planner.end_error().le(R::of(END_ERROR))
        && planner.travel().le(R::of(swing.travel))
}
