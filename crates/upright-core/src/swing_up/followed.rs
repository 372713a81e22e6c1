//! A plan followed under a drawn error, by which plans are compared.

use super::cart::CartResponse;
use super::settings::Ranking;
use super::start::Chance;
use super::tracker::Tracker;
use crate::integrate::rk4;
use crate::plant::{Plant, Rigid, State};

/// Both angles within this at the end are a success, in rad.
const UP: f64 = 0.1;
/// For how long a plan is followed beyond its end, in s.
const AFTER: f64 = 1.0;
/// How often a plant is drawn before it is left as it is.
const MAX_DRAWS: u32 = 1000;
/// An angle further from the plan than this is lost, in rad.
const LOST: f64 = 2.0;

/// An error: another plant, another start, and a push from some moment on.
#[derive(Debug, Clone, Copy)]
pub struct DrawnError {
    plant: Rigid<f64>,
    angles: [f64; 2],
    push: f64,
    /// When the push begins, as a share of the plan.
    moment: f64,
}

impl DrawnError {
    /// An error of the sizes that `ranking` says, of what is known of the plant.
    pub fn draw(ranking: &Ranking, model: &Plant, chance: &mut Chance) -> Self {
        let mut even = || 2.0 * chance.unit() - 1.0;
        let mut plant = *model;
        for _ in 0..MAX_DRAWS {
            let mut drawn = *model;
            for parameter in drawn.parameters_mut() {
                *parameter *= 1.0 + ranking.parameters * even();
            }
            if drawn.check().is_ok() {
                plant = drawn;
                break;
            }
        }
        Self {
            plant: Rigid::new(&plant),
            angles: [ranking.angles * even(), ranking.angles * even()],
            push: if even() < 0.0 { -ranking.push } else { ranking.push },
            moment: 0.5 * (1.0 + even()),
        }
    }
}

/// How plans that begin at one state are followed.
#[derive(Debug, Clone, Copy)]
pub struct Follower {
    model: Rigid<f64>,
    from: State<f64>,
    max_force: f64,
    track: f64,
    period: f64,
    /// A force in N that pushes the cart all the while.
    push: f64,
}

/// How one plan did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// Under how many errors it came up.
    pub successes: u32,
    /// Sum over the errors of the largest distance of an angle from the plan, in rad.
    pub away: f64,
}

impl Score {
    /// Whether it is the better of two.
    pub fn beats(&self, other: &Self) -> bool {
        self.successes > other.successes
            || (self.successes == other.successes && self.away < other.away)
    }
}

impl Follower {
    /// From `from`, under a force limit in N, at a control period in s.
    pub fn new(model: &Plant, from: State<f64>, max_force: f64, period: f64) -> Self {
        let track = model.track.unwrap_or(f64::INFINITY);
        Self { model: Rigid::new(model), from, max_force, track, period, push: 0.0 }
    }

    /// The same against a force in N that pushes the cart all the while.
    #[must_use]
    pub fn against(self, push: f64) -> Self {
        Self { push, ..self }
    }

    /// Follows the tracker's plan, of `horizon` s, under each of these errors, without a guard.
    pub fn score(
        &self,
        tracker: &mut Tracker<f64>,
        horizon: f64,
        errors: impl IntoIterator<Item = DrawnError>,
    ) -> Score {
        errors.into_iter().fold(Score::default(), |score, error| {
            let (up, away) = self.follow(tracker, horizon, &error);
            Score { successes: score.successes + u32::from(up), away: score.away + away }
        })
    }

    /// Whether the plan comes up under one error, and how far from it an angle was.
    fn follow(&self, tracker: &mut Tracker<f64>, horizon: f64, drawn: &DrawnError) -> (bool, f64) {
        let Self { model, period, .. } = self;
        let mut state = self.from;
        state[1] += drawn.angles[0];
        state[2] += drawn.angles[1];
        tracker.begin(&state);
        let mut worst = 0.0_f64;
        let mut error = [f64::INFINITY; 6];
        let periods = libm::round((horizon + AFTER) / period) as u64;
        let pushed = (drawn.moment * horizon / period) as u64;
        for k in 0..periods {
            let wanted = tracker.want(&state, &CartResponse::new(model, &state));
            error = wanted.error;
            let away = error[1].abs().max(error[2].abs());
            worst = worst.max(away);
            if !(state[0].abs() <= self.track && away <= LOST) {
                return (false, LOST);
            }
            let u = wanted.force.clamp(-self.max_force, self.max_force);
            tracker.given(&state, &wanted, u, u != wanted.force);
            let u = u + self.push + if k >= pushed { drawn.push } else { 0.0 };
            state = rk4(&drawn.plant, &state, *period, |_| [u, 0.0, 0.0]);
        }
        (error[1].abs() <= UP && error[2].abs() <= UP, worst)
    }
}
