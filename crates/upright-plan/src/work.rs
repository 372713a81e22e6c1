//! A search for a plan on its way: who is told how far it is, and who ends it.

use crate::error::NoPlan;
use crate::searcher::Searcher;
use upright_core::planner::Progress;

/// What is told of a search on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// So many more plans are to be made, followed or shortened.
    More(usize),
    /// One of them was.
    Done,
}

/// Who hears of it, from several threads.
pub type Tell<'a> = &'a (dyn Fn(Work) + Sync);

/// Says whether the search is to end; asked every millisecond or so, from several threads.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// Iterations of a search between two questions whether it goes on: about a millisecond.
const AT_ONCE: usize = 5;

/// Who attends a search.
#[derive(Clone, Copy)]
pub(crate) struct Attendance<'a> {
    pub(crate) tell: Tell<'a>,
    pub(crate) stop: Stop<'a>,
}

impl Attendance<'_> {
    /// Tells of work.
    pub(crate) fn tell(&self, work: Work) {
        (self.tell)(work);
    }

    /// Whether the search may go on.
    ///
    /// # Errors
    /// [`NoPlan::Stopped`] where it is to end.
    pub(crate) fn goes_on(&self) -> Result<(), NoPlan> {
        if (self.stop)() { Err(NoPlan::Stopped) } else { Ok(()) }
    }

    /// At most `most` iterations of a search.
    ///
    /// # Errors
    /// [`NoPlan::Stopped`] where the search is to end before it has.
    pub(crate) fn iterate(&self, searcher: &mut dyn Searcher, most: usize) -> Result<(), NoPlan> {
        let mut rest = most;
        while rest > 0 {
            self.goes_on()?;
            let some = rest.min(AT_ONCE);
            if searcher.iterate(some) != Progress::Going {
                break;
            }
            rest -= some;
        }
        Ok(())
    }
}
