//! A record that cannot grow: the last so many entries, in place.

/// The last `N` entries, oldest first. Holds them inside itself; pushing to a full one drops the
/// oldest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History<T, const N: usize> {
    entries: [T; N],
    /// How many were ever pushed.
    pushed: u64,
}

impl<T: Copy + Default, const N: usize> Default for History<T, N> {
    fn default() -> Self {
        Self { entries: [T::default(); N], pushed: 0 }
    }
}

impl<T: Copy, const N: usize> History<T, N> {
    /// How many entries it can hold.
    pub const CAPACITY: usize = N;

    /// Adds an entry, in place of the oldest where it is full.
    pub fn push(&mut self, entry: T) {
        if N > 0 {
            self.entries[(self.pushed % N as u64) as usize] = entry;
        }
        self.pushed += 1;
    }

    /// How many entries it holds, at most `N`.
    pub fn len(&self) -> usize {
        if self.pushed < N as u64 { self.pushed as usize } else { N }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries were ever pushed, those since dropped included.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let first =
            if self.pushed < N as u64 { 0 } else { (self.pushed % N.max(1) as u64) as usize };
        let (new, old) = self.entries[..self.len()].split_at(first);
        old.iter().chain(new)
    }

    /// The newest entry.
    pub fn last(&self) -> Option<&T> {
        self.iter().last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn keeps_the_last_entries_in_order(entries in proptest::collection::vec(0_i32..1000, 0..40)) {
            let mut history = History::<i32, 7>::default();
            for &entry in &entries {
                history.push(entry);
            }
            let kept: Vec<i32> = history.iter().copied().collect();
            prop_assert_eq!(&kept[..], &entries[entries.len().saturating_sub(7)..]);
            prop_assert_eq!(history.pushed(), entries.len() as u64);
            prop_assert_eq!(history.last(), entries.last());
        }
    }

    #[test]
    fn a_history_of_nothing_stays_empty() {
        let mut history = History::<i32, 0>::default();
        history.push(1);
        assert!(history.is_empty());
    }
}
