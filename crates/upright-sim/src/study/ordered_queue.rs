//! The queue from which threads get chunks of a study and to which they return their rows, which leave it in
//! order.

use super::definition::{Study, StudyError};
use crate::row::Row;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A chunk has at most so many runs, on every machine, so that what waits is bounded by the same number; it is a
/// multiple of the lanes of every unit, since lanes stand idle only at a chunk's end.
pub(super) const MAX_RUNS: u64 = 512;
/// A chunk is not given out before all but so many chunks a thread before it have left the queue.
/// This bounds what waits for a slow one.
const AHEAD: u64 = 4;

/// Rows that wait in a queue or are being computed, at most.
pub(super) fn max_rows(threads: u64) -> u64 {
    AHEAD * threads * MAX_RUNS
}

/// Consecutive runs for one thread.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    index: u64,
    pub(super) runs: Range<u64>,
}

/// Chunks of a study that are given out to threads, and their rows on the way back into order.
pub(super) struct OrderedQueue {
    runs: Range<u64>,
    /// Runs a chunk.
    size: u64,
    ahead: u64,
    /// How many threads have something to do.
    pub(super) threads: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The chunk to give out next.
    next: u64,
    /// Chunks that have left.
    left: u64,
    returned: BTreeMap<u64, Vec<Row>>,
    /// Threads that may still return something.
    working: usize,
    /// Nothing more is given out.
    closed: bool,
    error: Option<StudyError>,
}

/// Tells the queue that a thread has ended when dropped, also by a panic.
pub(super) struct WorkerGuard<'a>(&'a OrderedQueue);

impl Drop for WorkerGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.working -= 1;
        // The chunk of a thread that has panicked never comes.
        state.closed |= std::thread::panicking();
        self.0.changed.notify_all();
    }
}

impl OrderedQueue {
    /// With the runs of a study, for threads that compute `lanes` of them at once.
    pub(super) fn new(study: &Study<'_>, lanes: u64) -> Self {
        let wanted = study.threads.get() as u64;
        let count = study.runs.end.saturating_sub(study.runs.start);
        // Small enough for every thread to get some, and in whole vectors.
        let size = count.div_ceil(4 * wanted).next_multiple_of(lanes).clamp(lanes, MAX_RUNS);
        let threads = wanted.min(count.div_ceil(size)).max(1);
        Self {
            runs: study.runs.clone(),
            size,
            ahead: AHEAD * threads,
            threads: threads as usize,
            state: Mutex::new(State {
                next: 0,
                left: 0,
                returned: BTreeMap::new(),
                working: threads as usize,
                closed: false,
                error: None,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole before the lock is given back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread begins; it was counted when the queue was opened.
    pub(super) fn enter(&self) -> WorkerGuard<'_> {
        WorkerGuard(self)
    }

    /// The next chunk; none where all are given out, or nobody wants more.
    pub(super) fn next(&self) -> Option<Chunk> {
        let mut state = self.lock();
        while !state.closed && state.next >= state.left + self.ahead {
            state = self.wait(state);
        }
        let start = self.runs.start.saturating_add(state.next.saturating_mul(self.size));
        if state.closed || start >= self.runs.end {
            return None;
        }
        let end = start.saturating_add(self.size).min(self.runs.end);
        let chunk = Chunk { index: state.next, runs: start..end };
        state.next += 1;
        Some(chunk)
    }

    /// Returns a chunk's rows; fewer than its runs where the study was stopped.
    pub(super) fn deliver(&self, chunk: &Chunk, rows: Vec<Row>) {
        let mut state = self.lock();
        let whole = rows.len() as u64 == chunk.runs.end - chunk.runs.start;
        state.closed |= !whole;
        state.returned.insert(chunk.index, rows);
        self.changed.notify_all();
    }

    /// Ends the study with an error.
    pub(super) fn refuse(&self, error: StudyError) {
        let mut state = self.lock();
        state.error.get_or_insert(error);
        state.closed = true;
        self.changed.notify_all();
    }

    /// Hands rows to `take` in order until no thread will return any; returns whether these were
    /// all of the study's.
    pub(super) fn drain(
        &self,
        take: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<bool, StudyError> {
        let mut expected = self.runs.start;
        let mut wanted = true;
        let mut state = self.lock();
        loop {
            let at = state.left;
            if let Some(rows) = state.returned.remove(&at) {
                state.left += 1;
                self.changed.notify_all();
                drop(state);
                for row in rows {
                    // Behind a row that is missing, none is wanted.
                    wanted &= row.realization.run == expected;
                    if wanted {
                        expected += 1;
                        wanted = take(row).is_continue();
                    }
                }
                state = self.lock();
                state.closed |= !wanted;
                if state.closed {
                    self.changed.notify_all();
                }
            } else if state.working == 0 {
                return state.error.take().map_or(Ok(expected >= self.runs.end), Err);
            } else {
                state = self.wait(state);
            }
        }
    }
}
