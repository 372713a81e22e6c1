//! A record that cannot grow: the last so many entries, in place.
//!
//! What a program notes for ever ends its memory one day. A [`History`] keeps the last `N` notes inside
//! itself and drops the oldest for each further one. It needs no allocator, no operating system and no
//! other crate; its entries may be anything.
//!
//! ```
//! use heapwatch_history::History;
//!
//! let mut alarms = History::<String, 3>::new();
//! for number in 1..=5 {
//!     alarms.push(format!("alarm {number}"));
//! }
//! assert!(alarms.iter().eq(["alarm 3", "alarm 4", "alarm 5"]));
//! assert_eq!(alarms.pushed(), 5);
//!
//! // What makes way is handed out, for those who want to store it elsewhere.
//! assert_eq!(alarms.push("alarm 6".to_owned()).as_deref(), Some("alarm 3"));
//! ```
#![no_std]
#![forbid(unsafe_code)]

use core::iter::FusedIterator;
use core::slice;

/// The last `N` entries. It is `Copy` where its entries are.
///
/// Two histories are equal where they hold the same entries and as many were pushed to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History<T, const N: usize> {
    /// A ring: those that were pushed and not dropped are there, at the place `number % N`.
    entries: [Option<T>; N],
    pushed: u64,
}

impl<T, const N: usize> History<T, N> {
    /// How many entries it can hold.
    pub const CAPACITY: usize = N;

    /// An empty one.
    pub const fn new() -> Self {
        Self { entries: [const { None }; N], pushed: 0 }
    }

    /// Adds an entry. Returns the one that made way for it: the oldest where the history is full,
    /// the entry itself where the history can hold none.
    pub fn push(&mut self, entry: T) -> Option<T> {
        let place = self.oldest_or_free();
        self.pushed += 1;
        match self.entries.get_mut(place) {
            Some(place) => place.replace(entry),
            None => Some(entry),
        }
    }

    /// How many entries it holds, at most `N`.
    pub fn len(&self) -> usize {
        if self.pushed < N as u64 { self.pushed as usize } else { N }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the next entry will take the place of another.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// How many entries were pushed since it was new or [cleared](Self::clear), those dropped
    /// included.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> Iter<'_, T> {
        let first = if self.is_full() { self.oldest_or_free() } else { 0 };
        let (new, old) = self.entries[..self.len()].split_at(first);
        Iter { old: old.iter(), new: new.iter() }
    }

    /// The newest entry.
    pub fn last(&self) -> Option<&T> {
        self.iter().next_back()
    }

    /// Drops all entries: it is as new.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The place of the next entry: that of the oldest once the history is full.
    fn oldest_or_free(&self) -> usize {
        // Below N, and so a usize.
        self.pushed.checked_rem(N as u64).unwrap_or(0) as usize
    }
}

impl<T, const N: usize> Default for History<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a History<T, N> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The entries of a [`History`], oldest first.
#[derive(Debug, Clone)]
pub struct Iter<'a, T> {
    // An entry is in every place of both: only places that were written are handed to them.
    old: slice::Iter<'a, Option<T>>,
    new: slice::Iter<'a, Option<T>>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.old.next().or_else(|| self.new.next())?.as_ref()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.old.len() + self.new.len();
        (left, Some(left))
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.new.next_back().or_else(|| self.old.next_back())?.as_ref()
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<T> FusedIterator for Iter<'_, T> {}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::rc::Rc;
    use std::string::{String, ToString};
    use std::vec::Vec;

    proptest! {
        #[test]
        fn keeps_the_last_entries_in_order(
            entries in proptest::collection::vec(0_i32..1000, 0..40),
            cleared_after in 0_usize..60,
        ) {
            let mut history = History::<String, 7>::default();
            let mut made_way = Vec::new();
            let mut begin = 0;
            for (i, entry) in entries.iter().enumerate() {
                if i == cleared_after {
                    history.clear();
                    prop_assert!(history.is_empty() && history.last().is_none());
                    made_way.clear();
                    begin = i;
                }
                made_way.extend(history.push(entry.to_string()));
            }
            let since: Vec<String> = entries[begin..].iter().map(ToString::to_string).collect();
            let dropped = since.len().saturating_sub(7);
            prop_assert_eq!(&made_way[..], &since[..dropped]);
            prop_assert!(history.iter().eq(&since[dropped..]));
            prop_assert!(history.iter().rev().eq(since[dropped..].iter().rev()));
            prop_assert_eq!(history.iter().len(), history.len());
            prop_assert_eq!(history.len(), since.len().min(7));
            prop_assert_eq!(history.is_full(), since.len() >= 7);
            prop_assert_eq!(history.pushed(), since.len() as u64);
            prop_assert_eq!(history.last(), since.last());
        }
    }

    #[test]
    fn a_history_of_nothing_stays_empty() {
        let mut history = History::<i32, 0>::new();
        assert_eq!(history.push(1), Some(1));
        assert!(history.is_empty() && history.is_full());
        assert_eq!((history.pushed(), history.last()), (1, None));
    }

    #[test]
    fn entries_that_make_way_are_dropped_and_no_others() {
        let entry = Rc::new(());
        let mut history = History::<_, 3>::new();
        for _ in 0..10 {
            history.push(Rc::clone(&entry));
        }
        assert_eq!(Rc::strong_count(&entry), 1 + 3);
        history.clear();
        assert_eq!(Rc::strong_count(&entry), 1);
    }

    #[test]
    fn a_history_of_plain_entries_is_plain_itself() {
        fn copied<T: Copy>(value: &T) -> T {
            *value
        }
        let mut history = History::<u8, 2>::new();
        history.push(1);
        let earlier = copied(&history);
        history.push(2);
        assert_eq!((earlier.len(), history.len()), (1, 2));
        assert!(!core::mem::needs_drop::<History<u8, 2>>());
    }
}
