//! What is said of a live run after it.

use super::stage::{End, Stage};
use upright_report::Table;

/// The most controllers that are named; of more, the first and the last ones.
const MOST_NAMED: usize = 6;

/// How a run ended that did not come to its end, which has no verdict.
pub(super) fn left(stage: &Stage, end: End) -> String {
    let how = match end {
        End::Quit => "ended by the user",
        End::Interrupted => "interrupted",
    };
    format!("{} under {}: {how} at {:.3} s", stage.name, stage.kind().0, stage.session.time())
}

/// What the user did to the run, if anything.
pub(super) fn done(stage: &Stage) -> Option<String> {
    let pushes = stage.session.pushes();
    if pushes == 0 && stage.charges.len() == 1 {
        return None;
    }
    let mut charges: Vec<String> =
        stage.charges.iter().map(|(time, kind)| format!("{kind} from {time:.3} s")).collect();
    if charges.len() > MOST_NAMED {
        let more = charges.len() + 1 - MOST_NAMED;
        charges.splice(1..=more, [format!("{more} more")]);
    }
    let done = format!(
        "{pushes} {}; {}\nmetrics of the whole run, whoever was in charge",
        if pushes == 1 { "push" } else { "pushes" },
        charges.join(", ")
    );
    Some(textwrap::fill(&done, Table::WIDTH))
}
