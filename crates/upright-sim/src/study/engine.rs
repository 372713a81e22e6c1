//! Runs a study, on the calling thread or on several, and hands out its rows in order.

use super::chunk::{Stop, one_by_one, run_chunk, run_chunk_of_kind};
use super::definition::{Source, Study, StudyError, Tally};
use super::lanes;
use super::ordered_queue::{MAX_RUNS, OrderedQueue, max_rows};
use crate::row::Row;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::time::Instant;
use upright_core::{Controller, ControllerContext, Kind};
use upright_lanes::Unit;
use upright_scenario::Scenario;
use upright_threads::{Started, beside};

/// The most that a study holds on the heap at a time, in bytes, on so many threads in any vector unit,
/// whatever the number of its runs: the rows that are under way, as they are computed and as they wait,
/// and what each thread computes with.
pub fn bound_bytes(threads: NonZero<usize>) -> u64 {
    /// A vector of worlds, controllers and sums, its records of runs, and what a thread itself takes.
    const A_THREAD: u64 = 256 * 1024;
    let threads = threads.get() as u64;
    let rows = max_rows(threads) * size_of::<Option<Row>>() as u64;
    2 * rows + threads * A_THREAD
}

/// Runs a study. Each row goes to `take`, in run order from the first; what is kept in the meantime
/// does not grow with the number of runs. It ends early where `stop`, which is asked often,
/// returns true, or `take` breaks off; rows come out up to the first that is not whole.
///
/// # Errors
/// Where the scenario is not allowed, the machine lacks the unit, or a run cannot be drawn.
pub fn run_study(
    study: &Study<'_>,
    stop: &(dyn Fn() -> bool + Sync),
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Tally, StudyError> {
    study.scenario.check()?;
    if !study.scenario.prepare_unless(stop)? {
        return Ok(Tally { runs: 0, steps: 0, seconds: 0.0, complete: false });
    }
    let context = study.scenario.context()?;
    run(study, &|runs| run_chunk(study, &context, runs, stop), stop, take)
}

/// Runs a study under a kind of controller of the caller's own, in lanes, in place of the kind that the
/// scenario names.
///
/// # Errors
/// Where the scenario is not allowed, the kind's controller does not exist, the machine lacks the unit, or
/// a run cannot be drawn.
pub fn run_study_of_kind<K: Kind>(
    study: &Study<'_>,
    settings: &K::Settings,
    context: &ControllerContext,
    stop: &(dyn Fn() -> bool + Sync),
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Tally, StudyError> {
    study.scenario.check()?;
    let compute = |runs| run_chunk_of_kind::<K>(study, settings, context, runs, stop);
    run(study, &compute, stop, take)
}

/// Runs a study under copies of any controller, one run after the other on each thread, in place of the
/// controller that the scenario names.
///
/// # Errors
/// Where the scenario is not allowed, or a run cannot be drawn.
pub fn run_study_with_controller<C: Controller<f64> + Sync>(
    study: &Study<'_>,
    controller: &C,
    stop: &(dyn Fn() -> bool + Sync),
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Tally, StudyError> {
    study.scenario.check()?;
    run(study, &|runs| one_by_one(study, controller, runs, stop), stop, take)
}

/// Runs of a scenario's study on this thread, asked for piece by piece, for those who spread studies over threads
/// themselves: the scenario is checked, and its controller designed, once.
#[derive(Debug)]
pub struct SerialStudy<'a> {
    scenario: &'a Scenario,
    context: ControllerContext,
    unit: Unit,
}

impl<'a> SerialStudy<'a> {
    /// Of a scenario, in no wider a vector unit than `unit`.
    ///
    /// # Errors
    /// Where the scenario is not allowed.
    pub fn new(scenario: &'a Scenario, unit: Unit) -> Result<Self, StudyError> {
        scenario.check()?;
        scenario.prepare()?;
        Ok(Self { scenario, context: scenario.context()?, unit })
    }

    /// The rows of these runs, which are those of [`run_study`] to the bit, up to the first that was not whole when
    /// `stop`, which is asked often, returned true.
    ///
    /// # Errors
    /// Where the machine lacks the unit, or a run cannot be drawn.
    pub fn rows(
        &self,
        runs: Range<u64>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Row>, StudyError> {
        let Self { scenario, context, unit } = self;
        let mut rows = Vec::with_capacity((runs.end.saturating_sub(runs.start)) as usize);
        let study = Study {
            scenario,
            runs,
            threads: NonZero::<usize>::MIN,
            unit: *unit,
            source: Source::Uncertainty,
        };
        run(&study, &|runs| run_chunk(&study, context, runs, stop), stop, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }
}

/// Runs `runs` of a scenario's study on this thread, as a [`SerialStudy`] of one piece.
///
/// # Errors
/// Where the scenario is not allowed, the machine lacks the unit, or a run cannot be drawn.
pub fn run_serial(
    scenario: &Scenario,
    runs: Range<u64>,
    unit: Unit,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Row>, StudyError> {
    SerialStudy::new(scenario, unit)?.rows(runs, stop)
}

/// What computes some runs: their rows, up to the first that is not whole.
type Compute<'a> = dyn Fn(Range<u64>) -> Result<Vec<Row>, StudyError> + Sync + 'a;

/// Computes a study chunk by chunk.
fn run(
    study: &Study<'_>,
    compute: &Compute<'_>,
    stop: &Stop<'_>,
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Tally, StudyError> {
    let begin = Instant::now();
    // On one thread too a unit that the machine lacks is an error.
    let lanes = lanes_for_each(study)?;
    let mut tally = Tally { runs: 0, steps: 0, seconds: 0.0, complete: false };
    let mut count = |row: Row| {
        tally.runs += 1;
        tally.steps += row.periods;
        take(row)
    };
    tally.complete = if study.threads.get() == 1 {
        in_turn(&study.runs, compute, stop, &mut count)
    } else {
        on_threads(&OrderedQueue::new(study, lanes), compute, stop, &mut count)
    }?;
    tally.seconds = begin.elapsed().as_secs_f64();
    Ok(tally)
}

/// The lanes of the widest unit of which every thread gets a vector that is full, or of the narrowest: two threads in
/// narrow vectors are quicker than one in wide ones beside one that does nothing.
fn lanes_for_each(study: &Study<'_>) -> Result<u64, StudyError> {
    let runs = study.runs.end.saturating_sub(study.runs.start);
    let threads = study.threads.get() as u64;
    let mut lanes = upright_lanes::dispatch(study.unit, lanes::Count)? as u64;
    for unit in Unit::available().filter(|unit| *unit < study.unit && *unit != Unit::Scalar) {
        if runs >= threads.saturating_mul(lanes) {
            break;
        }
        lanes = upright_lanes::dispatch(unit, lanes::Count)? as u64;
    }
    Ok(lanes)
}

/// Computes chunk after chunk; returns whether every row came out.
fn in_turn(
    runs: &Range<u64>,
    compute: &Compute<'_>,
    stop: &Stop<'_>,
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<bool, StudyError> {
    let mut next = runs.start;
    while next < runs.end && !stop() {
        let end = next.saturating_add(MAX_RUNS).min(runs.end);
        for row in compute(next..end)? {
            next += 1;
            if take(row).is_break() {
                return Ok(next >= runs.end);
            }
        }
        if next < end {
            return Ok(false);
        }
    }
    Ok(next >= runs.end)
}

/// Has threads compute the chunks of a queue; returns whether every row came out.
fn on_threads(
    queue: &OrderedQueue,
    compute: &Compute<'_>,
    stop: &Stop<'_>,
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<bool, StudyError> {
    let works = (0..queue.threads).map(|_| {
        let guard = queue.enter();
        move || {
            let _guard = guard;
            while let Some(chunk) = queue.next() {
                if stop() {
                    break;
                }
                match compute(chunk.runs.clone()) {
                    Ok(rows) => queue.deliver(&chunk, rows),
                    Err(error) => queue.refuse(error),
                }
            }
        }
    });
    beside(works, |started| {
        if let Started { threads: 0, refused: Some(error) } = started {
            queue.refuse(StudyError::Thread { kind: error.kind() });
        }
        queue.drain(take)
    })
}
