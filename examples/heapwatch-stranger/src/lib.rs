//! A queue of work with a journal, as somebody might write it, with and without a mistake.

use std::collections::VecDeque;

/// Takes orders and keeps the last of them.
pub struct Desk {
    recent: VecDeque<String>,
    keep: usize,
    /// Orders that were dropped from the record.
    pub dropped: u64,
}

impl Desk {
    /// Keeps so many orders.
    pub fn keeping(keep: usize) -> Self {
        Self { recent: VecDeque::new(), keep, dropped: 0 }
    }

    /// Takes an order.
    pub fn order(&mut self, number: u64) {
        if self.recent.len() == self.keep {
            self.recent.pop_front();
            self.dropped += 1;
        }
        self.recent.push_back(format!("order {number:010}"));
    }

    /// How many orders are in the record.
    pub fn kept(&self) -> usize {
        self.recent.len()
    }
}
