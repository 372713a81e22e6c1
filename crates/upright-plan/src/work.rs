//! How far the search for a plan is.

/// What is told of a search on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// So many more plans are to be made, followed or shortened.
    More(usize),
    /// One of them was.
    Done,
}

/// Who hears of it, from several threads.
pub type Tell<'a> = &'a (dyn Fn(Work) + Sync);
