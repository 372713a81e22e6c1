//! The table that a counted process keeps in a file, and that the watch reads while it goes on.
//!
//! The same file is compiled into both. A header of [`HEADER`] words of 64 bits, then [`SITES`] sites of
//! [`WORDS`] words each, in the order of their first use.

/// What the file begins with, version included.
pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"hwsites2");

/// Words of the header: [`MAGIC`], and those below.
pub(crate) const HEADER: usize = 8;
/// How many sites there are.
pub(crate) const COUNT: usize = 1;
/// Allocations that no site could be made for.
pub(crate) const MISSED: usize = 2;
/// Mean bytes from one sampled allocation to the next; 0 where all are counted.
pub(crate) const PERIOD: usize = 3;
/// Allocations that were sampled.
pub(crate) const SAMPLED: usize = 4;

/// Resident bytes of the counting library's own tables.
pub(crate) const OWN: usize = 5;

/// Call stacks that are told apart at most.
pub(crate) const SITES: usize = 16_384;
/// Addresses of a call stack at most.
pub(crate) const DEPTH: usize = 40;

/// Words of a site: [`LIVE`], [`BLOCKS`], [`VARIANCE`], [`LENGTH`], then the addresses, innermost first.
pub(crate) const WORDS: usize = 4 + DEPTH;
/// Live bytes, estimated.
pub(crate) const LIVE: usize = 0;
/// Live blocks that were sampled.
pub(crate) const BLOCKS: usize = 1;
/// Variance of the live bytes that sampling leaves, as the bits of an `f64`.
pub(crate) const VARIANCE: usize = 2;
/// How many addresses there are.
pub(crate) const LENGTH: usize = 3;
/// The first of them.
pub(crate) const ADDRESSES: usize = 4;

/// Bytes of the whole file.
pub(crate) const BYTES: usize = 8 * (HEADER + SITES * WORDS);

/// The environment variable that names the folder of the tables.
pub(crate) const FOLDER: &str = "HEAPWATCH_SITES";
/// The environment variable that asks for every allocation to be counted, where it is `all`.
pub(crate) const MODE: &str = "HEAPWATCH_SITES_MODE";
