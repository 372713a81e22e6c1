//! Many starts, and the plans that came of them.

use crate::error::NoPlan;
use crate::searcher::{made, searcher};
use crate::work::{Attendance, Work};
use upright_core::planner::Planner;
use upright_core::swing_up::settings::MAX_STEPS;
use upright_core::swing_up::{Chance, MAX_ITERATIONS, Start, Swing, counts, target};
use upright_core::{Plant, State};
use upright_threads::{all_cores, in_order};

/// What came of one start.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The start's number.
    pub number: usize,
    /// Whole turns of each link at the end.
    pub turns: [f64; 2],
    /// How long the plan is, in s.
    pub horizon: f64,
    /// The force limit in N that it was first found under: larger than the plan's own where it was continued from
    /// there.
    pub first_limit: f64,
    /// Iterations of the planner.
    pub iterations: usize,
    /// Passes along the plan.
    pub passes: usize,
    /// What the plan costs.
    pub cost: f64,
    /// The largest distance of a component of the last state from upright, in m, rad, m/s or rad/s.
    pub end_error: f64,
    /// Sum of the sizes of the gaps between its steps: the plant cannot follow it where it is not zero.
    pub gap: f64,
    /// How far the cart goes, in m.
    pub travel: f64,
    /// Whether it counts: without gaps, upright at the end, on the track.
    pub found: bool,
    /// In how many of the ranking's draws it came up; absent where it was not ranked.
    pub successes: Option<u32>,
    /// Its forces in N, where it counts.
    pub forces: Vec<f64>,
    /// Its states, one more than there are forces, where it counts.
    pub states: Vec<State<f64>>,
}

/// A factor between the force limit of a plan and the one that it is continued from.
const LADDER: f64 = 2.0;
/// Share of the starts that lead to a plan below which plans of a higher limit are continued, as one over it.
const FEW: usize = 4;
/// The force limit in N above which there is nothing to be gained.
const HIGHEST: f64 = 150.0;
/// By how much a continued plan is lengthened at the top, in s.
const LENGTHENED: [f64; 3] = [0.0, 0.25, 0.5];

/// What a planner came to from start `number`.
pub(crate) fn candidate(
    number: usize,
    turns: [f64; 2],
    planner: &Planner<f64, MAX_STEPS>,
    swing: &Swing,
    first_limit: f64,
) -> Candidate {
    let found = counts(planner, swing);
    Candidate {
        number,
        turns,
        horizon: planner.forces().len() as f64 * swing.step,
        first_limit,
        iterations: planner.iterations(),
        passes: planner.passes(),
        cost: planner.cost(),
        end_error: planner.end_error(),
        gap: planner.gap(),
        travel: planner.travel(),
        found,
        successes: None,
        forces: if found { planner.forces().to_vec() } else { vec![] },
        states: if found { planner.states().collect() } else { vec![] },
    }
}

/// Plans from `count` starts by chance; where few are found and the force limit is low, also those of higher limits
/// continued to it.
pub(crate) fn candidates(
    model: &Plant,
    swing: &Swing,
    from: &State<f64>,
    count: usize,
    seed: u64,
    attendance: &Attendance<'_>,
) -> Result<Vec<Candidate>, NoPlan> {
    // Whatever a thread could not make is refused here.
    searcher(model, swing)?;
    attendance.tell(Work::More(count));
    let tried = in_order(
        all_cores(),
        count,
        || searcher(model, swing),
        |searcher, number| {
            attendance.goes_on()?;
            let searcher = made(searcher)?;
            // A stream a start, so that none depends on which thread came first.
            let mut chance =
                Chance::new(seed ^ (number as u64).wrapping_mul(0xD134_2543_DE82_EF95));
            let start = Start::draw(&mut chance, swing, from);
            start.begin(searcher.planner(), swing, from)?;
            attendance.iterate(searcher, MAX_ITERATIONS)?;
            attendance.tell(Work::Done);
            Ok(candidate(number, start.turns, searcher.planner(), swing, swing.max_force))
        },
    );
    let mut list = tried.into_iter().collect::<Result<Vec<_>, NoPlan>>()?;
    let found = list.iter().filter(|candidate| candidate.found).count();
    if found >= count.div_ceil(FEW) || swing.max_force >= HIGHEST {
        return Ok(list);
    }
    let higher = swing.with_max_force((LADDER * swing.max_force).min(HIGHEST));
    let higher = candidates(model, &higher, from, count, seed, attendance)?;
    let higher: Vec<&Candidate> = higher.iter().filter(|candidate| candidate.found).collect();
    attendance.tell(Work::More(higher.len() * LENGTHENED.len()));
    let continued = in_order(
        all_cores(),
        higher.len() * LENGTHENED.len(),
        || searcher(model, swing),
        |searcher, i| {
            attendance.goes_on()?;
            let searcher = made(searcher)?;
            let (before, longer) = (higher[i / LENGTHENED.len()], LENGTHENED[i % LENGTHENED.len()]);
            let steps = before.forces.len() + (longer / swing.step).round() as usize;
            if steps > MAX_STEPS {
                attendance.tell(Work::Done);
                return Ok(None);
            }
            let target = target(swing.at, before.turns);
            searcher.planner().set_task(&swing.task(target))?;
            searcher.planner().start_with_gaps(from, steps, |k| {
                let force = before.forces.get(k).copied().unwrap_or(0.0);
                (force, before.states.get(k + 1).copied().unwrap_or(target))
            })?;
            attendance.iterate(searcher, 2 * MAX_ITERATIONS)?;
            attendance.tell(Work::Done);
            let limit = before.first_limit;
            Ok(Some(candidate(count + i, before.turns, searcher.planner(), swing, limit)))
        },
    );
    let continued = continued.into_iter().collect::<Result<Vec<_>, NoPlan>>()?;
    list.extend(continued.into_iter().flatten());
    Ok(list)
}
