//! Plans compared: each is followed, by the default tracker and without a guard, under the same drawn errors and
//! pushes. So a plan does not depend on how it is followed later.

use crate::candidates::Candidate;
use crate::error::NoPlan;
use crate::question::Question;
use crate::work::{Attendance, Work};
use upright_core::Real;
use upright_core::plant::Rigid;
use upright_core::swing_up::settings::Tracking;
use upright_core::swing_up::{Chance, DrawnError, Follower, Score, Tracker};
use upright_lanes::{Unit, UnitVisitor, dispatch_narrow};
use upright_threads::{all_cores, in_order};

/// Follows the tracker's plan, under an error a lane.
struct Follow<'a, D> {
    follower: &'a Follower,
    tracker: &'a mut Tracker<f64>,
    horizon: f64,
    draws: D,
}

impl<D: Iterator<Item = DrawnError>> UnitVisitor for Follow<'_, D> {
    type Output = Score;
    fn visit<L: Real>(self) -> Score {
        self.follower.score_in::<L>(self.tracker, self.horizon, self.draws)
    }
}

/// Ranks those that count; the best first. Without draws, or a tracker, the cheapest is the best.
///
/// # Errors
/// [`NoPlan::Stopped`] where it is to end, and a vector unit that this machine lacks.
pub(crate) fn rank(
    question: &Question,
    list: &mut [Candidate],
    attendance: &Attendance<'_>,
) -> Result<Vec<usize>, NoPlan> {
    let found: Vec<usize> = (0..list.len()).filter(|&i| list[i].found).collect();
    let ranking = &question.plan.ranking;
    let mut chance = Chance::new(question.seed.wrapping_add(0x5EED));
    let draws: Vec<DrawnError> = (0..ranking.draws)
        .map(|_| DrawnError::draw(ranking, &question.model, &mut chance))
        .collect();
    let (max_force, period) = (question.max_force, question.period);
    let follower = Follower::new(&question.model, question.from, max_force, period);
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
    let unit = Unit::of_environment()?;
    let mut scores: Vec<Option<Score>> = vec![None; found.len()];
    if let Some(tracker) = tracker.filter(|_| !draws.is_empty()) {
        let seen: &[Candidate] = list;
        attendance.tell(Work::More(found.len()));
        let followed = in_order(
            all_cores(),
            found.len(),
            || Box::new(tracker.clone()),
            |tracker, i| {
                let candidate = &seen[found[i]];
                attendance.tell(Work::Done);
                if !tracker.take(&candidate.forces, candidate.states.iter().copied()) {
                    return Ok(None);
                }
                let draws = draws.iter().copied().take_while(|_| attendance.goes_on().is_ok());
                let horizon = candidate.horizon;
                let score =
                    dispatch_narrow(unit, Follow { follower: &follower, tracker, horizon, draws })?;
                // What was stopped is no score.
                attendance.goes_on().map(|()| Some(score))
            },
        );
        scores = followed.into_iter().collect::<Result<_, _>>()?;
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
    Ok(order.into_iter().map(|i| found[i]).collect())
}
