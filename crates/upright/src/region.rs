//! A region of attraction: what came of each point of a grid under one controller.

use upright_sim::metrics::Verdict;
use upright_sim::restless::RestlessRuns;

/// What came of one controller.
pub(crate) struct Region {
    pub(crate) kind: &'static str,
    /// The verdict of each point; fewer where it was interrupted.
    pub(crate) verdicts: Vec<Verdict>,
    /// After which time in s each point stays upright, if it does; as many as verdicts.
    pub(crate) times: Vec<Option<f64>>,
    /// Points that stand under a force that no motor bears.
    pub(crate) restless: RestlessRuns,
    /// Whether every point has its verdict.
    pub(crate) complete: bool,
}

impl Region {
    fn count(&self, holds: impl Fn(Verdict) -> bool) -> usize {
        self.verdicts.iter().filter(|verdict| holds(**verdict)).count()
    }

    pub(crate) fn settled(&self) -> usize {
        self.count(|verdict| verdict == Verdict::Settled)
    }

    /// The median of the times after which points stay upright, in s; none where none does.
    pub(crate) fn median_time(&self) -> Option<f64> {
        let mut times: Vec<f64> = self.times.iter().flatten().copied().collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied()
    }

    pub(crate) fn upright(&self) -> usize {
        self.count(Verdict::upright)
    }
}
