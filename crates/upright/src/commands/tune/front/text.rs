//! What a search for a front came to, as a table of 80 columns.

use std::fmt::Write;
use upright_report::{Cell, Heading, Table};
use upright_sim::scenario::Term;
use upright_tune::pareto::{Figures, FrontSearch, FrontValidation, REFERENCE};

/// At most so many members are shown; all are in `pareto.csv`.
const SHOWN: usize = 12;

/// Digits after the point that tell medians of a term apart.
fn decimals(term: Term) -> usize {
    match term {
        Term::Variation | Term::Effort | Term::Stability => 1,
        Term::Settling => 2,
        Term::Tracking => 4,
        Term::Angle | Term::Cart | Term::Saturation | Term::Falls => 3,
    }
}

/// `count` numbers below `of`, the first and the last among them, evenly spread.
fn spread(count: usize, of: usize) -> Vec<usize> {
    if of <= count {
        return (0..of).collect();
    }
    let last = count.saturating_sub(1).max(1);
    (0..count).map(|i| (i * (of - 1) + last / 2) / last).collect()
}

pub(super) fn told(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    seconds: f64,
) -> String {
    let mut text = headline(name, search, validation, seconds);
    text.push_str("\n\n");
    text.push_str(&members(search, validation, SHOWN).to_text());
    let count = search.archive().members().len();
    for (i, mut note) in notes(search, validation).into_iter().enumerate() {
        if i == 0 && count > SHOWN {
            // A string takes every text.
            let _ = write!(note, "; {SHOWN} of {count} members");
        }
        text.push_str(&textwrap::fill(&note, Table::WIDTH));
        text.push('\n');
    }
    text
}

/// What was searched and how long it took.
pub(super) fn headline(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    seconds: f64,
) -> String {
    let kind = search.scenario().controller.settings.kind();
    let state = if validation.is_some() { "" } else { ", interrupted" };
    format!(
        "{name} under {kind}: {} steps of nsga-ii, {} candidates in {seconds:.1} s{state}",
        search.iteration(),
        search.evaluations(),
    )
}

/// The start and `shown` of the members at most, spread over the front.
pub(super) fn members(
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    shown: usize,
) -> Table {
    let terms = search.objectives().terms();
    let members = search.archive().members();
    let unit = |term: Term| if term.unit() == "1" { "" } else { term.unit() };
    let mut heads = vec![Heading::new("member", "")];
    heads.extend(terms.map(|term| Heading::new(term.name(), unit(term))));
    heads.extend(["settled", "failed"].map(|name| Heading::new(name, "")));
    for term in terms {
        heads.push(Heading::new("cost", term.name()));
    }
    let mut table = Table::new(heads);
    let mut push = |member: String, seen: &Figures, fresh: Option<&Figures>| {
        // The draws that count: fresh ones where there are any.
        let figures = fresh.unwrap_or(seen);
        let mut row = vec![Cell::text(member)];
        for (axis, term) in terms.into_iter().enumerate() {
            row.push(Cell::optional(figures.median[axis], decimals(term)));
        }
        row.push(Cell::number(figures.settled as f64, 0));
        row.push(Cell::number(figures.failed as f64, 0));
        for axis in [0, 1] {
            let fresh = fresh.map(|fresh| format!("/{:.3}", fresh.cost[axis]));
            row.push(Cell::text(format!("{:.3}{}", seen.cost[axis], fresh.unwrap_or_default())));
        }
        table.push(row);
    };
    push("start".to_owned(), search.start(), validation.map(|validation| &validation.start));
    for i in spread(shown, members.len()) {
        let fresh = validation.map(|validation| &validation.members[i]);
        // A member that is dominated on fresh draws is marked.
        let mark = if fresh.is_some_and(|fresh| fresh.dominated) { "*" } else { "" };
        let fresh = fresh.map(|fresh| &fresh.figures);
        push(format!("{}{mark}", i + 1), &members[i].figures, fresh);
    }
    table
}

/// What the table says, and how large the front is.
pub(super) fn notes(search: &FrontSearch, validation: Option<&FrontValidation>) -> [String; 2] {
    let members = search.archive().members().len();
    let seen = search.start().runs;
    let [x, y] = REFERENCE;
    let said = match validation {
        None => format!("medians, settled and failed of {seen} draws of the search"),
        Some(validation) => format!(
            "medians, settled and failed of {} fresh draws; costs on {seen} draws of the search / on \
             fresh ones",
            validation.runs
        ),
    };
    let mut line = format!(
        "hypervolume below ({x}, {y}): {:.4} on the draws of the search",
        search.archive().hypervolume()
    );
    if let Some(validation) = validation {
        let worse = validation.members.iter().filter(|member| member.dominated).count();
        let _ = write!(
            line,
            ", {:.4} on fresh ones, where {worse} of {members} members are dominated by others{}",
            validation.hypervolume,
            if worse > 0 { " (*)" } else { "" }
        );
    }
    [said, line]
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn what_is_shown_is_spread_from_the_first_to_the_last() {
        assert_eq!(spread(12, 3), [0, 1, 2]);
        assert_eq!(spread(3, 7), [0, 3, 6]);
        for of in 1..200 {
            let shown = spread(12, of);
            assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "{of}: {shown:?}");
            assert_eq!((shown[0], shown[shown.len() - 1]), (0, of - 1));
        }
    }
}
