//! Plans compared: each is followed, by the default tracker and without a guard, under the same drawn errors and
//! pushes. So a plan does not depend on how it is followed later.

use crate::candidates::Candidate;
use crate::question::Question;
use crate::work::{Tell, Work};
use upright_core::integrate::rk4;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::Tracking;
use upright_core::swing_up::{CartResponse, Chance, Tracker};
use upright_threads::{all_cores, in_order};

/// Both angles within this at the end are a success, in rad.
const UP: f64 = 0.1;
/// For how long a plan is followed beyond its end, in s.
const AFTER: f64 = 1.0;
/// How often a plant is drawn before it is left as it is.
const MAX_DRAWS: u32 = 1000;

/// One run of the ranking.
struct Realization {
    plant: Rigid<f64>,
    angles: [f64; 2],
    push: f64,
    /// When the push begins, as a share of the plan.
    moment: f64,
}

fn draws(question: &Question) -> Vec<Realization> {
    let ranking = &question.plan.ranking;
    let mut chance = Chance::new(question.seed.wrapping_add(0x5EED));
    let mut even = move || 2.0 * chance.unit() - 1.0;
    (0..ranking.draws)
        .map(|_| {
            let mut plant = question.model;
            for _ in 0..MAX_DRAWS {
                let mut drawn: Plant = question.model;
                for parameter in drawn.parameters_mut() {
                    *parameter *= 1.0 + ranking.parameters * even();
                }
                if drawn.check().is_ok() {
                    plant = drawn;
                    break;
                }
            }
            Realization {
                plant: Rigid::new(&plant),
                angles: [ranking.angles * even(), ranking.angles * even()],
                push: if even() < 0.0 { -ranking.push } else { ranking.push },
                moment: 0.5 * (1.0 + even()),
            }
        })
        .collect()
}

/// How one plan did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score {
    pub(crate) successes: u32,
    /// Sum over the draws of the largest distance of an angle from the plan.
    away: f64,
}

/// Follows a plan under one draw: whether it came up, and how far from it an angle was.
fn follow(
    question: &Question,
    tracker: &mut Tracker<f64>,
    draw: &Realization,
    horizon: f64,
) -> (bool, f64) {
    let period = question.period;
    let track = question.model.track.unwrap_or(f64::INFINITY);
    let model = Rigid::new(&question.model);
    let mut state: State<f64> = question.from;
    state[1] += draw.angles[0];
    state[2] += draw.angles[1];
    tracker.begin(&state);
    let mut worst = 0.0_f64;
    let mut error = [f64::INFINITY; 6];
    let periods = ((horizon + AFTER) / period).round() as u64;
    let pushed = (draw.moment * horizon / period) as u64;
    for k in 0..periods {
        let wanted = tracker.want(&state, &CartResponse::new(&model, &state));
        error = wanted.error;
        let away = error[1].abs().max(error[2].abs());
        worst = worst.max(away);
        if !(state[0].abs() <= track && away <= 2.0) {
            return (false, 2.0);
        }
        let u = wanted.force.clamp(-question.max_force, question.max_force);
        tracker.given(&state, &wanted, u, u != wanted.force);
        let u = u + if k >= pushed { draw.push } else { 0.0 };
        state = rk4(&draw.plant, &state, period, |_| [u, 0.0, 0.0]);
    }
    (error[1].abs() <= UP && error[2].abs() <= UP, worst)
}

/// Ranks those that count; the best first. Without draws, or a tracker, the cheapest is the best.
pub(crate) fn rank(question: &Question, list: &mut [Candidate], tell: Tell<'_>) -> Vec<usize> {
    let found: Vec<usize> = (0..list.len()).filter(|&i| list[i].found).collect();
    let draws = draws(question);
    let steps = question.plan.periods_a_step(question.period);
    let tracker = steps.and_then(|steps| {
        Tracker::new(
            Rigid::new(&question.model),
            &Tracking::default(),
            question.period,
            steps,
            question.at,
        )
    });
    let mut scores: Vec<Option<Score>> = vec![None; found.len()];
    if let Some(tracker) = tracker.filter(|_| !draws.is_empty()) {
        let seen: &[Candidate] = list;
        tell(Work::More(found.len()));
        scores = in_order(
            all_cores(),
            found.len(),
            || Box::new(tracker.clone()),
            |tracker, i| {
                let candidate = &seen[found[i]];
                tell(Work::Done);
                if !tracker.take(&candidate.forces, candidate.states.iter().copied()) {
                    return None;
                }
                let mut score = Score { successes: 0, away: 0.0 };
                for draw in &draws {
                    let (up, away) = follow(question, tracker, draw, candidate.horizon);
                    score.successes += u32::from(up);
                    score.away += away;
                }
                Some(score)
            },
        );
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| {
        let successes = |i: usize| scores[i].map_or(0, |score| score.successes);
        let away = |i: usize| scores[i].map_or(0.0, |score| score.away);
        let cost = |i: usize| list[found[i]].cost;
        let by_score = successes(b).cmp(&successes(a)).then(away(a).total_cmp(&away(b)));
        by_score.then(cost(a).total_cmp(&cost(b))).then(a.cmp(&b))
    });
    for (i, score) in scores.iter().enumerate() {
        list[found[i]].successes = score.map(|score| score.successes);
    }
    order.into_iter().map(|i| found[i]).collect()
}
