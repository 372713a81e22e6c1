//! What is said of a live run after it.

use super::app::{App, End};
use upright_report::Table;

/// The most controllers that are named; of more, the first and the last ones.
const MAX_NAMED: usize = 6;

/// How a run ended that did not come to its end, which has no verdict.
pub(super) fn left(app: &App, end: End) -> String {
    let how = match end {
        End::Quit => "ended by the user",
        End::Interrupted => "interrupted",
    };
    format!("{} under {}: {how} at {:.3} s", app.name, app.kind().0, app.session.time())
}

/// What the user did to the run, if anything.
pub(super) fn done(app: &App) -> Option<String> {
    let pushes = app.session.pushes();
    if pushes == 0 && app.charges.len() == 1 {
        return None;
    }
    let mut charges: Vec<String> =
        app.charges.iter().map(|(time, kind)| format!("{kind} from {time:.3} s")).collect();
    if charges.len() > MAX_NAMED {
        let more = charges.len() + 1 - MAX_NAMED;
        charges.splice(1..=more, [format!("{more} more")]);
    }
    let done = format!(
        "{pushes} {}; {}\nmetrics of the whole run, whoever was in charge",
        if pushes == 1 { "push" } else { "pushes" },
        charges.join(", ")
    );
    Some(textwrap::fill(&done, Table::WIDTH))
}
