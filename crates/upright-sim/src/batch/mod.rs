//! Many runs of a scenario, over its uncertainty or from a grid of initial states: in vector lanes, on many threads, in run order.
//!
//! A run is drawn from the seed and its index alone and computed by the same mathematics as a single
//! run, lane by lane, so a row has the same bits on any number of threads, in any vector unit, and
//! when it is replayed alone.
//!
//! `lanes` turns a vector of runs and puts the next run in the place of one that has ended; `desk`
//! hands out pieces of the study to threads and brings what comes back into order; `table` and
//! `statistics` are what comes of the rows.

mod desk;
mod lanes;
mod on_this_thread;
mod parquet;
mod record;
mod shard;
mod statistics;
mod table;

pub use on_this_thread::on_this_thread;
pub use parquet::Parquet;
pub use record::Record;
pub use shard::{Shard, ShardError};
pub use statistics::{Rate, Spread, Statistics, Summary};
pub use table::Table;

use crate::design::{DesignError, Foundation};
use crate::draw::{Draw, DrawError};
use crate::grid::Grid;
use crate::metrics::{EarlyEnd, Metrics, Sums, Verdict};
use crate::registry::{Kind, Visitor};
use crate::scenario::{Integrator, Scenario};
use crate::world::World;
use desk::{Desk, Piece};
use lanes::Lanes;
use on_this_thread::one_by_one;
use std::marker::PhantomData;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::time::Instant;
use upright_core::Real;
use upright_lanes::{Unit, UnitError};

/// What to run.
#[derive(Debug, Clone)]
pub struct Study<'a> {
    /// The scenario over whose uncertainty the runs are drawn.
    pub scenario: &'a Scenario,
    /// The indices of the runs.
    pub runs: Range<u64>,
    /// How many threads compute; no more than have something to do.
    pub threads: NonZero<usize>,
    /// In which vector unit.
    pub unit: Unit,
    /// Where the runs come from.
    pub source: Source,
}

/// Where the runs of a study come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// Drawn from the scenario's uncertainty.
    Uncertainty,
    /// The scenario's own plant, from the points of a grid.
    Grid(Grid),
}

impl Study<'_> {
    /// Plant and initial state of a run.
    fn draw(&self, run: u64) -> Result<Draw, DrawError> {
        match &self.source {
            Source::Uncertainty => Draw::new(self.scenario, run),
            Source::Grid(grid) => Ok(grid.draw(self.scenario, run)),
        }
    }
}

/// What came of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The run's index, plant and initial state.
    pub draw: Draw,
    /// How it ended.
    pub verdict: Verdict,
    /// When and how it ended before its time, if it did.
    pub early_end: Option<EarlyEnd>,
    /// What it is judged by.
    pub metrics: Metrics,
    /// The true state at its end.
    pub final_state: [f64; 6],
    /// Control periods simulated.
    pub periods: u64,
}

impl Row {
    /// Of lane `lane`.
    pub(crate) fn of_lane<R: Real>(
        draw: &Draw,
        world: &World<R>,
        sums: &Sums<R>,
        lane: usize,
    ) -> Self {
        Self {
            draw: *draw,
            verdict: sums.verdict(lane),
            early_end: sums.early_end(lane),
            metrics: sums.metrics(lane),
            final_state: world.state().map(|x| x.lane(lane)),
            periods: sums.periods(lane),
        }
    }
}

/// What a study took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// Rows that came out.
    pub runs: u64,
    /// Control periods of those rows.
    pub steps: u64,
    /// Wall time in s.
    pub seconds: f64,
    /// False where it was stopped before its end.
    pub complete: bool,
}

/// Why a study did not take place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BatchError {
    /// The scenario's controller does not exist.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// The machine lacks the vector unit.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// A run could not be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The system gives no thread.
    #[error("no thread could be started: {kind}")]
    Thread {
        /// What the system says.
        kind: std::io::ErrorKind,
    },
}

/// The most that a study holds on the heap at a time, in bytes, on so many threads in that vector unit,
/// whatever the number of its runs: the rows that are under way, as they are computed and as they wait,
/// and what each thread computes with.
///
/// # Errors
/// Where the machine lacks the unit.
pub fn bound_bytes(threads: NonZero<usize>, unit: Unit) -> Result<u64, UnitError> {
    /// A vector of worlds, controllers and sums, its records of runs, and what a thread itself takes.
    const A_THREAD: u64 = 256 * 1024;
    let lanes = upright_lanes::dispatch(unit, lanes::Count)? as u64;
    let threads = threads.get() as u64;
    let rows = desk::most_rows(threads, lanes) * size_of::<Option<Row>>() as u64;
    Ok(2 * rows + threads * A_THREAD)
}

/// Runs a study. Each row goes to `take`, in run order from the first; what is kept in the meantime
/// does not grow with the number of runs. It ends early where `stop`, which is asked often,
/// answers true, or `take` breaks off; rows come out up to the first that is not whole.
///
/// # Errors
/// Where the scenario's controller does not exist, the machine lacks the unit, or a run cannot be
/// drawn.
pub fn batch(
    study: &Study<'_>,
    stop: &(dyn Fn() -> bool + Sync),
    take: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Tally, BatchError> {
    let begin = Instant::now();
    let foundation = Foundation::of(study.scenario)?;
    let lanes = upright_lanes::dispatch(study.unit, lanes::Count)?;
    let desk = Desk::new(study, lanes as u64);
    let mut tally = Tally { runs: 0, steps: 0, seconds: 0.0, complete: false };
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(desk.threads);
        for thread in 0..desk.threads {
            let leaving = desk.enter();
            let worker = Worker { study, foundation: &foundation, desk: &desk, stop };
            let work = move || {
                let _leaving = leaving;
                worker.work();
            };
            let spawned = std::thread::Builder::new().spawn_scoped(scope, work);
            match (spawned, thread) {
                (Ok(spawned), _) => threads.push(spawned),
                (Err(error), 0) => desk.refuse(BatchError::Thread { kind: error.kind() }),
                // Fewer threads than wanted do the same; none at all does nothing.
                (Err(_), _) => {}
            }
        }
        let whole = desk.drain(&mut |row: Row| {
            tally.runs += 1;
            tally.steps += row.periods;
            take(row)
        });
        // The scope alone would not wait until a thread has given back all that it held.
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        whole.map(|whole| tally.complete = whole)
    })?;
    tally.seconds = begin.elapsed().as_secs_f64();
    Ok(tally)
}

/// One thread's part of a study.
struct Worker<'a> {
    study: &'a Study<'a>,
    foundation: &'a Foundation,
    desk: &'a Desk,
    stop: &'a (dyn Fn() -> bool + Sync),
}

impl Worker<'_> {
    fn work(&self) {
        let settings = &self.study.scenario.controller.settings;
        let outcome = if self.study.scenario.simulation.integrator == Integrator::Rk45 {
            // Its steps differ from run to run, so lanes would have nothing in common.
            settings.visit(OneByOne(self))
        } else {
            upright_lanes::dispatch(self.study.unit, InLanes(self))
                .map_err(BatchError::from)
                .and_then(|outcome| outcome.map_err(BatchError::from))
        };
        if let Err(error) = outcome {
            self.desk.refuse(error);
        }
    }

    /// Does piece after piece until none is left.
    fn pieces(&self, mut run: impl FnMut(&Piece) -> Result<Vec<Row>, DrawError>) {
        while let Some(piece) = self.desk.next() {
            if (self.stop)() {
                break;
            }
            match run(&piece) {
                Ok(rows) => self.desk.deliver(&piece, rows),
                Err(error) => self.desk.refuse(error.into()),
            }
        }
    }
}

/// Runs in lanes of whatever width.
struct InLanes<'a>(&'a Worker<'a>);

impl upright_lanes::Visitor for InLanes<'_> {
    type Output = Result<(), DesignError>;
    fn visit<R: Real>(self) -> Self::Output {
        self.0.study.scenario.controller.settings.visit(OfWidth::<R>(self.0, PhantomData))
    }
}

/// Runs in lanes of `R` under whatever kind of controller.
struct OfWidth<'a, R>(&'a Worker<'a>, PhantomData<R>);

impl<R: Real> Visitor for OfWidth<'_, R> {
    type Output = Result<(), DesignError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let worker = self.0;
        let controller = K::build::<R>(settings, worker.foundation)?;
        let mut lanes = Box::new(Lanes::new(worker.study, controller));
        worker.pieces(|piece| lanes.piece(piece.runs.clone(), worker.stop));
        Ok(())
    }
}

/// Runs one after the other.
struct OneByOne<'a>(&'a Worker<'a>);

impl Visitor for OneByOne<'_> {
    type Output = Result<(), BatchError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let worker = self.0;
        let controller = K::build::<f64>(settings, worker.foundation)?;
        worker
            .pieces(|piece| one_by_one(worker.study, controller, piece.runs.clone(), worker.stop));
        Ok(())
    }
}
