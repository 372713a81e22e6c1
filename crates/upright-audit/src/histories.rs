//! What stands in the place of each history that the reference audit worried about.

use crate::evidence::{HistoryAnswer, SubjectEvidence};

/// Where the capacity of an answer is read.
enum Place {
    /// In a history of a subject.
    Of(&'static str, &'static str),
    /// Nowhere: nothing is kept.
    Nothing,
}

/// The reference's histories, what there is here, and where its capacity is measured.
const ANSWERS: [(&str, &str, Place); 9] = [
    (
        "control history",
        "no controller keeps its past forces; a run records what was asked for, in the trajectory",
        Place::Of("runner", "recorded rows"),
    ),
    (
        "switching history",
        "the switching term is a function of the present sliding variable, and none is kept",
        Place::Nothing,
    ),
    (
        "switch history",
        "the hybrid law's last switches, a ring inside it",
        Place::Of("hybrid", "switches"),
    ),
    (
        "adaptation history",
        "the hybrid law's last adaptations, a ring inside it; the adaptive law keeps its gain alone",
        Place::Of("hybrid", "adaptations"),
    ),
    (
        "parameter history",
        "the estimator's window of samples, a ring inside it; parameters are settings and do not change",
        Place::Of("hybrid", "window"),
    ),
    (
        "simulation history",
        "the trajectory of a run, of as many rows as its scenario asks for, taken at its start",
        Place::Of("runner", "recorded rows"),
    ),
    (
        "threshold-adaptation history",
        "the supervisor's thresholds are settings and do not adapt",
        Place::Nothing,
    ),
    (
        "performance history",
        "metrics are sums that are updated in place, one number each",
        Place::Nothing,
    ),
    (
        "instance cache of the factory",
        "the factory answers a value and keeps none; a controller is its caller's own",
        Place::Nothing,
    ),
];

/// The answers, with the capacities that were measured.
pub(crate) fn answers(subjects: &[SubjectEvidence]) -> Vec<HistoryAnswer> {
    let capacity = |subject: &str, history: &str| {
        let subject = subjects.iter().find(|of| of.subject == subject)?;
        subject.histories.iter().find(|of| of.name == history).map(|of| of.capacity)
    };
    let answer = |(history, here, place): &(&str, &str, Place)| HistoryAnswer {
        history: (*history).to_owned(),
        here: (*here).to_owned(),
        capacity: match place {
            Place::Of(subject, name) => capacity(subject, name),
            Place::Nothing => None,
        },
    };
    ANSWERS.iter().map(answer).collect()
}
