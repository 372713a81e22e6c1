//! The score: six categories, each the share of its rows that count, weighted and added up. It is
//! computed from the evidence and from nothing else, so that anybody can add it up again.

use crate::evidence::{Category, ComponentEvidence, PhaseName, Row, Score, SubjectEvidence};

impl Score {
    /// The score of what was found.
    pub fn of(subjects: &[SubjectEvidence]) -> Self {
        let components = |counts: fn(&ComponentEvidence) -> bool| {
            let of = |subject: &SubjectEvidence| {
                let name = subject.subject.clone();
                let row = move |part: &ComponentEvidence| Row {
                    of: format!("{name}: {}", part.name),
                    counts: counts(part),
                };
                subject.components.iter().map(row).collect::<Vec<_>>()
            };
            subjects.iter().flat_map(of).collect::<Vec<_>>()
        };
        let whole = |counts: fn(&SubjectEvidence) -> bool| {
            let row = |subject: &SubjectEvidence| Row {
                of: subject.subject.clone(),
                counts: counts(subject),
            };
            subjects.iter().map(row).collect::<Vec<_>>()
        };
        let histories = subjects.iter().flat_map(|subject| {
            let flat = subject.passed(PhaseName::Stress);
            subject.histories.iter().map(move |history| Row {
                of: format!("{}: {}", subject.subject, history.name),
                counts: history.is_full() && flat,
            })
        });
        let categories = vec![
            Category::of(
                "memory patterns",
                20.0,
                "share of components whose memory is fixed or capped",
                components(|part| part.heap_bytes == 0 || within_bound(part)),
            ),
            Category::of(
                "leak detection",
                25.0,
                "share of subjects clean over lifecycle and steady step",
                whole(|s| s.passed(PhaseName::Lifecycle) && s.passed(PhaseName::SteadyStep)),
            ),
            Category::of(
                "stress",
                20.0,
                "share of subjects flat under stress",
                whole(|s| s.passed(PhaseName::Stress)),
            ),
            Category::of(
                "cleanup",
                15.0,
                "share of subjects that return to the baseline and reset to the bit",
                whole(|s| s.passed(PhaseName::Cleanup)),
            ),
            Category::of(
                "history",
                10.0,
                "share of histories seen to reach their capacity and stay",
                histories.collect(),
            ),
            Category::of(
                "documentation",
                10.0,
                "share of components that declare a bound in bytes and are within it",
                components(within_bound),
            ),
        ];
        let total = categories.iter().map(|c| c.weight * c.points / 100.0).sum();
        Self { total, categories }
    }
}

fn within_bound(part: &ComponentEvidence) -> bool {
    let size = part.inline_bytes.saturating_add(part.heap_bytes);
    part.bound_bytes.is_some_and(|bound| size <= bound)
}

impl Category {
    /// No rows, no points: what was not looked at is not good.
    fn of(name: &str, weight: f64, formula: &str, rows: Vec<Row>) -> Self {
        let counting = rows.iter().filter(|row| row.counts).count();
        let points =
            if rows.is_empty() { 0.0 } else { 100.0 * counting as f64 / rows.len() as f64 };
        Self { name: name.to_owned(), weight, points, formula: formula.to_owned(), rows }
    }

    /// The formula with its numbers.
    pub fn sum(&self) -> String {
        let counting = self.rows.iter().filter(|row| row.counts).count();
        format!("100 x {counting} / {} = {:.1}", self.rows.len(), self.points)
    }
}
