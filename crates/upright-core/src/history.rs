//! Records that cannot grow, and what can be said of their size.

pub use heapwatch_history::History;

/// How large a record inside a controller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistorySize {
    /// What is recorded.
    pub name: &'static str,
    /// How many entries it can hold.
    pub capacity: usize,
    /// How many entries it holds, at most its capacity.
    pub length: usize,
    /// How many entries were ever added, those that have made way for others included.
    pub pushed: u64,
}

impl HistorySize {
    /// Size of a [`History`].
    pub fn of<T, const N: usize>(name: &'static str, history: &History<T, N>) -> Self {
        Self { name, capacity: N, length: history.len(), pushed: history.pushed() }
    }
}
