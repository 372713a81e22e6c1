//! Many runs of a scenario over its uncertainty: in vector lanes, on many threads, in run order.
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
mod statistics;
mod table;

pub use on_this_thread::on_this_thread;
pub use statistics::{Rate, Spread, Statistics, Summary};
pub use table::Table;

use crate::design::{DesignError, Foundation};
use crate::draw::{Draw, DrawError};
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
    /// How many threads compute.
    pub threads: NonZero<usize>,
    /// In which vector unit.
    pub unit: Unit,
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
        for thread in 0..study.threads.get() {
            let leaving = desk.enter();
            let worker = Worker { study, foundation: &foundation, desk: &desk, stop };
            let work = move || {
                let _leaving = leaving;
                worker.work();
            };
            let spawned = std::thread::Builder::new().spawn_scoped(scope, work);
            // Fewer threads than wanted do the same; none at all does nothing.
            if let (Err(error), 0) = (spawned, thread) {
                desk.refuse(BatchError::Thread { kind: error.kind() });
            }
        }
        let whole = desk.drain(&mut |row: Row| {
            tally.runs += 1;
            tally.steps += row.periods;
            take(row)
        });
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
        let mut lanes = Box::new(Lanes::new(worker.study.scenario, controller));
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
        let scenario = worker.study.scenario;
        let controller = K::build::<f64>(settings, worker.foundation)?;
        worker.pieces(|piece| one_by_one(scenario, controller, piece.runs.clone(), worker.stop));
        Ok(())
    }
}
