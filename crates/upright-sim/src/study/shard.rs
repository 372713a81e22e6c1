//! A part of a study, so that a scheduler can spread one over machines.

use std::fmt;
use std::num::NonZero;
use std::ops::Range;
use std::str::FromStr;

/// Part `index` of `count` parts of a study, counted from 1. The parts are runs of consecutive indices
/// whose lengths differ by one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: NonZero<u64>,
}

/// What is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text} is no part of a study: allowed is i/n with i from 1 to n, as in 3/8")]
pub struct ShardError {
    text: String,
}

impl Shard {
    /// The whole study.
    pub const WHOLE: Self = Self { index: 1, count: NonZero::<u64>::MIN };

    /// Which part, from 1.
    pub fn index(self) -> u64 {
        self.index
    }

    /// Number of shards of the whole study.
    pub fn count(self) -> u64 {
        self.count.get()
    }

    /// The indices of its runs in a study of `runs` runs; none where there are more parts than runs and
    /// this one is left without.
    pub fn of(self, runs: u64) -> Range<u64> {
        // Wide enough for the product of any two.
        let at =
            |part: u64| (u128::from(runs) * u128::from(part) / u128::from(self.count())) as u64;
        at(self.index - 1)..at(self.index)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            let index = index.parse::<u64>().ok()?;
            let count = count.parse::<NonZero<u64>>().ok()?;
            (1..=count.get()).contains(&index).then_some(Self { index, count })
        });
        parts.ok_or_else(|| ShardError { text: text.to_owned() })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shards_cover_a_study_once_and_evenly(runs in 0_u64..10_000, count in 1_u64..50) {
            let mut next = 0;
            for index in 1..=count {
                let shard: Shard = format!("{index}/{count}").parse().expect("a shard");
                let part = shard.of(runs);
                prop_assert_eq!(part.start, next);
                let length = part.end - part.start;
                prop_assert!(length == runs / count || length == runs.div_ceil(count));
                next = part.end;
            }
            prop_assert_eq!(next, runs);
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "3", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", "1.0/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!(Shard::WHOLE.of(7), 0..7);
        let last: Shard = "3/3".parse().expect("a shard");
        assert_eq!(last.of(u64::MAX).end, u64::MAX);
    }
}
