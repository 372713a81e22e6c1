//! A planner that searches in lanes of the machine's vector unit.

use crate::error::NoPlan;
use upright_core::planner::{Planner, Progress, Trials};
use upright_core::swing_up::Swing;
use upright_core::swing_up::settings::MAX_STEPS;
use upright_core::{Plant, Real};
use upright_lanes::{Unit, UnitVisitor, dispatch_narrow};

/// A planner of any plan of a swing, with what it searches by. Its plans are the same on every unit, to the bit.
pub(crate) trait Searcher {
    /// The planner.
    fn planner(&mut self) -> &mut Planner<f64, MAX_STEPS>;
    /// At most `most` iterations of it; how far it is then.
    fn iterate(&mut self, most: usize) -> Progress;
}

/// In lanes of `L`. Both have places of their own from the beginning: together they do not fit on a thread's stack many times.
struct InLanes<L> {
    planner: Box<Planner<f64, MAX_STEPS>>,
    trials: Box<Trials<L, MAX_STEPS>>,
}

impl<L: Real> Searcher for InLanes<L> {
    fn planner(&mut self) -> &mut Planner<f64, MAX_STEPS> {
        &mut self.planner
    }

    fn iterate(&mut self, most: usize) -> Progress {
        self.planner.iterate_in(&mut self.trials, most)
    }
}

/// Makes a planner search in whatever lanes there are.
struct Make(Box<Planner<f64, MAX_STEPS>>);

impl UnitVisitor for Make {
    type Output = Box<dyn Searcher>;
    fn visit<L: Real>(self) -> Box<dyn Searcher> {
        Box::new(InLanes::<L> { planner: self.0, trials: Box::new(Trials::new()) })
    }
}

/// For the vector unit that the environment asks for, or the widest.
///
/// # Errors
/// What the planner does not take, and a unit that this machine lacks.
pub(crate) fn searcher(model: &Plant, swing: &Swing) -> Result<Box<dyn Searcher>, NoPlan> {
    let planner = Box::new(Planner::new(model, &swing.task([0.0; 6]))?);
    Ok(dispatch_narrow(Unit::of_environment()?, Make(planner))?)
}

/// The searcher of a thread.
///
/// # Errors
/// Why there is none.
pub(crate) fn made(
    searcher: &mut Result<Box<dyn Searcher>, NoPlan>,
) -> Result<&mut dyn Searcher, NoPlan> {
    match searcher {
        Ok(searcher) => Ok(searcher.as_mut()),
        Err(error) => Err(error.clone()),
    }
}
