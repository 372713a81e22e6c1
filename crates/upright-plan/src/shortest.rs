//! Plans that take as little time as the force and the track allow.

use crate::candidates::{Candidate, candidate, planner};
use upright_core::planner::PlanError;
use upright_core::swing_up::{MAX_ITERATIONS, Swing, target};
use upright_core::{Plant, State};
use upright_threads::{all_cores, in_order};

/// Plans that are shortened, the shortest ones.
const SHORTENED: usize = 24;
/// Share of its length that a plan is first shortened to.
const FIRST: f64 = 0.85;

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
) -> Result<Vec<Candidate>, PlanError> {
    let mut sources = found.to_vec();
    sources.sort_by(|a, b| a.horizon.total_cmp(&b.horizon).then(a.number.cmp(&b.number)));
    sources.truncate(SHORTENED);
    let list = in_order(
        all_cores(),
        sources.len(),
        || planner(model, swing),
        |planner, i| {
            let planner = planner.as_mut().map_err(|error| *error)?;
            let mut best = sources[i].clone();
            let goal = target(swing.at, best.turns);
            planner.set_task(&swing.task(goal))?;
            let mut ratio = FIRST;
            loop {
                let steps = ((best.forces.len() as f64 * ratio).round() as usize).max(1);
                if steps >= best.forces.len() {
                    return Ok(best);
                }
                planner.start_with_gaps(from, steps, |k| resampled(&best, steps, &goal, k))?;
                planner.iterate(3 * MAX_ITERATIONS);
                let next = candidate(best.number, best.turns, planner, swing, best.first_limit);
                if next.found {
                    best = next;
                } else {
                    ratio = 0.5 * (1.0 + ratio);
                }
            }
        },
    );
    let mut list = list.into_iter().collect::<Result<Vec<_>, PlanError>>()?;
    list.sort_by(|a, b| a.horizon.total_cmp(&b.horizon).then(a.number.cmp(&b.number)));
    Ok(list)
}
