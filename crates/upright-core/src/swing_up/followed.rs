//! A plan followed under a drawn error, by which plans are compared.

use super::cart::CartResponse;
use super::pursuit::Pursuit;
use super::settings::Ranking;
use super::start::Chance;
use super::tracker::Tracker;
use crate::integrate::rk4_held;
use crate::plant::{Plant, Rigid, State};
use crate::real::{Kernel, MAX_LANES, Mask, Real};

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
    plant: Plant,
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
            plant,
            angles: [ranking.angles * even(), ranking.angles * even()],
            push: if even() < 0.0 { -ranking.push } else { ranking.push },
            moment: 0.5 * (1.0 + even()),
        }
    }
}

/// How plans that begin at one state are followed.
#[derive(Debug, Clone, Copy)]
pub struct Follower {
    model: Plant,
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
        Self { model: *model, from, max_force, track, period, push: 0.0 }
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
        self.score_in::<f64>(tracker, horizon, errors)
    }

    /// The same to the bit, under as many errors at once as `L` has lanes.
    pub fn score_in<L: Real>(
        &self,
        tracker: &mut Tracker<f64>,
        horizon: f64,
        errors: impl IntoIterator<Item = DrawnError>,
    ) -> Score {
        let mut score = Score::default();
        let mut errors = errors.into_iter();
        while let Some(first) = errors.next() {
            // Lanes that are over have the first error, and do not count.
            let mut drawn = [first; MAX_LANES];
            let mut count = 1;
            while count < L::LANES {
                let Some(next) = errors.next() else { break };
                drawn[count] = next;
                count += 1;
            }
            let (up, away) = self.follow::<L>(tracker, horizon, &drawn);
            let one = L::select(up, L::one(), L::zero());
            for lane in 0..count {
                score.successes += u32::from(one.lane(lane) > 0.0);
                score.away += away.lane(lane);
            }
        }
        score
    }

    /// Whether the plan comes up under each error, and how far from it an angle was.
    fn follow<L: Real>(
        &self,
        tracker: &mut Tracker<f64>,
        horizon: f64,
        drawn: &[DrawnError; MAX_LANES],
    ) -> (L::Mask, L) {
        let mut state = self.from.map(L::of);
        state[1] = L::from_lanes(|lane| self.from[1] + drawn[lane].angles[0]);
        state[2] = L::from_lanes(|lane| self.from[2] + drawn[lane].angles[1]);
        let mut pursuit = tracker.pursuit_in::<L>();
        pursuit.begin(&tracker.plan().state(0).map(L::of), &state);
        tracker.rewind();
        L::run(Following {
            tracker,
            pursuit,
            model: Rigid::new(&self.model),
            plants: Rigid::of_lanes(|lane| drawn[lane].plant),
            state,
            periods: libm::round((horizon + AFTER) / self.period) as u64,
            // Whole, as the periods are that it is compared with.
            pushed: L::from_lanes(|lane| libm::trunc(drawn[lane].moment * horizon / self.period)),
            pushes: L::from_lanes(|lane| drawn[lane].push),
            push: L::of(self.push),
            max_force: L::of(self.max_force),
            track: L::of(self.track),
            period: L::of(self.period),
        })
    }
}

/// A plan on its way to be followed, under an error a lane.
struct Following<'a, L> {
    tracker: &'a mut Tracker<f64>,
    pursuit: Pursuit<L>,
    model: Rigid<L>,
    plants: Rigid<L>,
    state: State<L>,
    periods: u64,
    /// The period that the drawn push begins in.
    pushed: L,
    pushes: L,
    /// What pushes all the while.
    push: L,
    max_force: L,
    track: L,
    period: L,
}

impl<L: Real> Kernel for Following<'_, L> {
    type Output = (L::Mask, L);
    #[inline(always)]
    fn run(self) -> (L::Mask, L) {
        let Self { tracker, mut pursuit, model, plants, mut state, periods, .. } = self;
        let (mut worst, mut up) = (L::zero(), L::Mask::splat(false));
        let mut held = L::Mask::splat(true);
        for k in 0..periods {
            let demand = tracker.demand().in_lanes::<L>();
            let wanted = pursuit.want(&demand, &state, &CartResponse::new(&model, &state));
            let (away1, away2) = (wanted.error[1].abs(), wanted.error[2].abs());
            let away = away1.max(away2);
            worst = worst.max(away);
            held = held & state[0].abs().le(self.track) & away.le(L::of(LOST));
            if !held.any() {
                break;
            }
            up = away1.le(L::of(UP)) & away2.le(L::of(UP));
            let u = wanted.force.clamp(-self.max_force, self.max_force);
            let limited = !(u.le(wanted.force) & u.ge(wanted.force));
            pursuit.given(&state, &wanted, u, limited);
            tracker.go_on();
            let late = L::of(k as f64).ge(self.pushed);
            let u = u + self.push + L::select(late, self.pushes, L::zero());
            let next = rk4_held(&plants, &state, self.period, u);
            // A lane that is lost stays where it was, so that it costs the others nothing.
            for i in 0..6 {
                state[i] = L::select(held, next[i], state[i]);
            }
        }
        (held & up, L::select(held, worst, L::of(LOST)))
    }
}
