//! Plans that take as little time as the force and the track allow: those that are known are shortened by bisection, and
//! then others whose first forces alternate between the limits, as those of a shortest plan mostly do.

use crate::candidates::{Candidate, candidate};
use crate::error::NoPlan;
use crate::searcher::{made, searcher};
use crate::work::{Attendance, Work};
use upright_core::swing_up::settings::MAX_STEPS;
use upright_core::swing_up::{Chance, MAX_ITERATIONS, Start, Swing, target};
use upright_core::{Plant, State};
use upright_threads::{all_cores, in_order};

/// Plans that are shortened, the shortest ones.
const SHORTENED: usize = 24;
/// Share of its length that a plan is first shortened to.
const FIRST: f64 = 0.85;

/// Starts with forces that alternate between the limits.
const ALTERNATING: usize = 400;
/// Most changes of sign of such a start.
const CHANGES: f64 = 6.0;
/// The lengths of such starts, as shares of the shortest plan that is known.
const LENGTHS: [f64; 2] = [0.7, 1.05];

/// Plans from starts whose forces alternate between the limits, and whose length is about `known` s.
pub(crate) fn alternating(
    model: &Plant,
    swing: &Swing,
    from: &State<f64>,
    (known, seed): (f64, u64),
    attendance: &Attendance<'_>,
) -> Result<Vec<Candidate>, NoPlan> {
    attendance.tell(Work::More(ALTERNATING));
    let list = in_order(
        all_cores(),
        ALTERNATING,
        || searcher(model, swing),
        |searcher, number| {
            let searcher = made(searcher)?;
            let mut chance =
                Chance::new(!seed ^ (number as u64).wrapping_mul(0xD134_2543_DE82_EF95));
            let turns = Start::draw(&mut chance, swing, from).turns;
            let [low, high] = LENGTHS;
            let horizon = known * (low + (high - low) * chance.unit());
            let steps = ((horizon / swing.step).round() as usize).clamp(1, MAX_STEPS);
            let first = if chance.unit() < 0.5 { -swing.max_force } else { swing.max_force };
            let changes = 1 + (CHANGES * chance.unit()) as usize;
            let mut at: Vec<usize> =
                (0..changes).map(|_| (steps as f64 * chance.unit()) as usize).collect();
            at.sort_unstable();
            searcher.planner().set_task(&swing.task(target(swing.at, turns)))?;
            searcher.planner().start(from, steps, |k, _| {
                let passed = at.partition_point(|change| *change <= k);
                if passed % 2 == 0 { first } else { -first }
            })?;
            attendance.iterate(searcher, MAX_ITERATIONS)?;
            attendance.tell(Work::Done);
            Ok(candidate(number, turns, searcher.planner(), swing, swing.max_force))
        },
    );
    let list = list.into_iter().collect::<Result<Vec<_>, NoPlan>>()?;
    Ok(list.into_iter().filter(|candidate| candidate.found).collect())
}

/// A plan at another length, from one that counts: the same motion in fewer steps, whose gaps the planner closes.
fn resampled(before: &Candidate, steps: usize, target: &State<f64>, k: usize) -> (f64, State<f64>) {
    let from = before.forces.len();
    let at = (k + 1) as f64 * from as f64 / steps as f64;
    let (whole, share) = ((at as usize).min(from - 1), at - (at as usize).min(from - 1) as f64);
    let (a, b) = (&before.states[whole], before.states.get(whole + 1).unwrap_or(target));
    let state = std::array::from_fn(|i| a[i] + share * (b[i] - a[i]));
    let middle = (k as f64 + 0.5) * from as f64 / steps as f64;
    (before.forces[(middle as usize).min(from - 1)], state)
}

/// Shortens each of the plans that count by bisection until no shorter one is found; they come back shortest first,
/// with the numbers of the starts that they came from. `swing` should weigh the force little.
pub(crate) fn shortened(
    model: &Plant,
    swing: &Swing,
    from: &State<f64>,
    found: &[&Candidate],
    attendance: &Attendance<'_>,
) -> Result<Vec<Candidate>, NoPlan> {
    let mut sources = found.to_vec();
    sources.sort_by(|a, b| a.horizon.total_cmp(&b.horizon).then(a.number.cmp(&b.number)));
    sources.truncate(SHORTENED);
    attendance.tell(Work::More(sources.len()));
    let list = in_order(
        all_cores(),
        sources.len(),
        || searcher(model, swing),
        |searcher, i| {
            let searcher = made(searcher)?;
            let mut best = sources[i].clone();
            let goal = target(swing.at, best.turns);
            searcher.planner().set_task(&swing.task(goal))?;
            let mut ratio = FIRST;
            loop {
                let steps = ((best.forces.len() as f64 * ratio).round() as usize).max(1);
                if steps >= best.forces.len() {
                    attendance.tell(Work::Done);
                    return Ok(best);
                }
                searcher
                    .planner()
                    .start_with_gaps(from, steps, |k| resampled(&best, steps, &goal, k))?;
                attendance.iterate(searcher, 3 * MAX_ITERATIONS)?;
                let next =
                    candidate(best.number, best.turns, searcher.planner(), swing, best.first_limit);
                if next.found {
                    best = next;
                } else {
                    ratio = 0.5 * (1.0 + ratio);
                }
            }
        },
    );
    let mut list = list.into_iter().collect::<Result<Vec<_>, NoPlan>>()?;
    list.sort_by(|a, b| a.horizon.total_cmp(&b.horizon).then(a.number.cmp(&b.number)));
    Ok(list)
}
