//! Runs of a study that its report shows moving: it is of thousands, and a few tell most.

use upright_sim::metrics::Verdict;

/// The first run, the first that fell or left, and the one that took longest to settle.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    first: Option<(u64, Verdict)>,
    failed: Option<(u64, Verdict)>,
    slowest: Option<(u64, f64)>,
}

impl Examples {
    /// Takes in a run of the study; the settling time in s, where it settled.
    pub(crate) fn note(&mut self, run: u64, verdict: Verdict, settling_time: Option<f64>) {
        self.first.get_or_insert((run, verdict));
        if !verdict.upright() {
            self.failed.get_or_insert((run, verdict));
        }
        if let Some(time) = settling_time
            && self.slowest.is_none_or(|(_, slowest)| time > slowest)
        {
            self.slowest = Some((run, time));
        }
    }

    /// The runs, each once, with what the report calls them.
    pub(crate) fn chosen(&self) -> Vec<(u64, String)> {
        let loaded =
            |(run, verdict): (u64, Verdict)| (run, format!("run {run} ({})", verdict.word()));
        let slowest = |(run, _)| (run, format!("run {run} (slowest to settle)"));
        let all = [self.first.map(loaded), self.failed.map(loaded), self.slowest.map(slowest)];
        let mut chosen: Vec<(u64, String)> = Vec::new();
        for (run, name) in all.into_iter().flatten() {
            if chosen.iter().all(|(other, _)| *other != run) {
                chosen.push((run, name));
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::Examples;
    use upright_sim::metrics::Verdict;

    #[test]
    fn each_is_shown_once() {
        let mut examples = Examples::default();
        assert!(examples.chosen().is_empty());
        examples.note(5, Verdict::Settled, Some(2.0));
        assert_eq!(examples.chosen(), [(5, "run 5 (settled)".to_owned())]);
        examples.note(6, Verdict::Fell, None);
        examples.note(7, Verdict::Fell, None);
        examples.note(8, Verdict::Settled, Some(3.0));
        examples.note(9, Verdict::Settled, Some(2.5));
        let runs: Vec<u64> = examples.chosen().into_iter().map(|(run, _)| run).collect();
        assert_eq!(runs, [5, 6, 8]);
    }
}
