//! What a swing-up did so far, in numbers.

/// Counts of a swing-up since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Plans that were made, the one before the start included.
    pub plans: u32,
    /// Plans that were followed.
    pub tries: u32,
    /// Control periods in which the guard had another force than was wanted.
    pub guard_periods: u64,
}
