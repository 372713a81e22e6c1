//! What is counted, as a value that can be subtracted.

/// Counts of what an allocator was asked for, since some beginning.
///
/// A reallocation that grows a block adds the difference to `allocated_bytes`, one that shrinks it
/// adds the difference to `freed_bytes`; so `allocated_bytes - freed_bytes` is what is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Blocks allocated.
    pub allocations: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Blocks whose size was changed.
    pub reallocations: u64,
    /// Bytes asked for, growth of blocks included.
    pub allocated_bytes: u64,
    /// Bytes given back, shrinking of blocks included.
    pub freed_bytes: u64,
}

impl Counts {
    /// Nothing counted.
    pub const ZERO: Self =
        Self { allocations: 0, frees: 0, reallocations: 0, allocated_bytes: 0, freed_bytes: 0 };

    /// Bytes allocated and not freed. Negative where more was freed than allocated in what was
    /// counted: a thread that frees what another allocated.
    pub fn live_bytes(&self) -> i64 {
        self.allocated_bytes.wrapping_sub(self.freed_bytes) as i64
    }

    /// Blocks allocated and not freed. Negative as in [`Counts::live_bytes`].
    pub fn live_blocks(&self) -> i64 {
        self.allocations.wrapping_sub(self.frees) as i64
    }

    /// How often memory was asked for: allocations and reallocations.
    pub fn requests(&self) -> u64 {
        self.allocations.wrapping_add(self.reallocations)
    }

    /// What was counted since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        self.combine(earlier, u64::wrapping_sub)
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.combine(other, u64::wrapping_add)
    }

    // Wrapping, since this runs inside the allocator, which must not panic.
    fn combine(&self, other: &Self, with: fn(u64, u64) -> u64) -> Self {
        Self {
            allocations: with(self.allocations, other.allocations),
            frees: with(self.frees, other.frees),
            reallocations: with(self.reallocations, other.reallocations),
            allocated_bytes: with(self.allocated_bytes, other.allocated_bytes),
            freed_bytes: with(self.freed_bytes, other.freed_bytes),
        }
    }
}
