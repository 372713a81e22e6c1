//! The desk at which threads get pieces of a study and return their rows, which leave it in order.

use super::{BatchError, Row, Study};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A piece has at most so many vectors of runs: lanes stand idle only at its end.
const MOST_VECTORS: u64 = 32;
/// A piece is not given out before all but so many pieces a thread before it have left the desk.
/// This bounds what waits for a slow one.
const AHEAD: u64 = 4;

/// Rows that wait at a desk or are being computed, at most.
pub(super) fn most_rows(threads: u64, lanes: u64) -> u64 {
    AHEAD * threads * MOST_VECTORS * lanes
}

/// Consecutive runs for one thread.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    index: u64,
    pub(super) runs: Range<u64>,
}

pub(super) struct Desk {
    runs: Range<u64>,
    /// Runs a piece.
    size: u64,
    ahead: u64,
    /// How many threads have something to do.
    pub(super) threads: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The piece to give out next.
    next: u64,
    /// Pieces that have left.
    left: u64,
    returned: BTreeMap<u64, Vec<Row>>,
    /// Threads that may still return something.
    working: usize,
    /// Nothing more is given out.
    closed: bool,
    error: Option<BatchError>,
}

/// Leaves the desk when dropped, also by a panic.
pub(super) struct Leaving<'a>(&'a Desk);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.working -= 1;
        // The piece of a thread that has panicked never comes.
        state.closed |= std::thread::panicking();
        self.0.changed.notify_all();
    }
}

impl Desk {
    /// With the runs of a study, for threads that compute `lanes` of them at once.
    pub(super) fn new(study: &Study<'_>, lanes: u64) -> Self {
        let wanted = study.threads.get() as u64;
        let count = study.runs.end.saturating_sub(study.runs.start);
        // Small enough for every thread to get some, and in whole vectors.
        let vectors = count.div_ceil(4 * wanted).div_ceil(lanes).clamp(1, MOST_VECTORS);
        let size = vectors * lanes;
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

    /// A thread begins; it was counted when the desk was opened.
    pub(super) fn enter(&self) -> Leaving<'_> {
        Leaving(self)
    }

    /// The next piece; none where all are given out, or nobody wants more.
    pub(super) fn next(&self) -> Option<Piece> {
        let mut state = self.lock();
        while !state.closed && state.next >= state.left + self.ahead {
            state = self.wait(state);
        }
        let start = self.runs.start.saturating_add(state.next.saturating_mul(self.size));
        if state.closed || start >= self.runs.end {
            return None;
        }
        let end = start.saturating_add(self.size).min(self.runs.end);
        let piece = Piece { index: state.next, runs: start..end };
        state.next += 1;
        Some(piece)
    }

    /// Returns a piece's rows; fewer than its runs where the study was stopped.
    pub(super) fn deliver(&self, piece: &Piece, rows: Vec<Row>) {
        let mut state = self.lock();
        let whole = rows.len() as u64 == piece.runs.end - piece.runs.start;
        state.closed |= !whole;
        state.returned.insert(piece.index, rows);
        self.changed.notify_all();
    }

    /// Ends the study with an error.
    pub(super) fn refuse(&self, error: BatchError) {
        let mut state = self.lock();
        state.error.get_or_insert(error);
        state.closed = true;
        self.changed.notify_all();
    }

    /// Hands rows to `take` in order until no thread will return any; answers whether these were
    /// all of the study's.
    pub(super) fn drain(
        &self,
        take: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<bool, BatchError> {
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
                    wanted &= row.draw.run == expected;
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
