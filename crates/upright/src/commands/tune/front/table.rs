//! `pareto.csv`: a row a member, that of the scenario's own gains before them.

use super::super::text::gains;
use std::io::Write;
use upright_sim::Scenario;
use upright_sim::scenario::Term;
use upright_tune::pareto::{Figures, FrontSearch, FrontValidation};

/// A number, or nothing where there is none.
fn cell(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Writes the table of the front whose members have the scenarios `found`. What is not known yet stays
/// empty.
pub(super) fn csv(
    search: &FrontSearch,
    found: &[Scenario],
    validation: Option<&FrontValidation>,
    writer: &mut dyn Write,
) -> std::io::Result<()> {
    let names = search.objectives().terms().map(Term::name);
    let mut heads = vec!["member".to_owned()];
    for draws in ["", "_fresh"] {
        heads.extend(names.map(|name| format!("{name}_cost{draws}")));
        heads.extend(names.map(|name| format!("{name}_median{draws}")));
        heads.extend(["settled", "failed", "runs"].map(|name| format!("{name}{draws}")));
    }
    heads.push("dominated_fresh".to_owned());
    let gain_names = search.space().dimensions().iter().map(|gain| gain.tunable.path.clone());
    heads.extend(gain_names);
    let mut writer = csv::Writer::from_writer(writer);
    writer.write_record(&heads)?;

    let figures = |figures: Option<&Figures>| {
        let costs = [0, 1].map(|axis| cell(figures.map(|figures| figures.cost[axis])));
        let medians = [0, 1].map(|axis| cell(figures.and_then(|figures| figures.median[axis])));
        let count = |of: fn(&Figures) -> u64| {
            figures.map(|figures| of(figures).to_string()).unwrap_or_default()
        };
        let counts = [count(|x| x.settled), count(|x| x.failed), count(|x| x.runs)];
        [&costs[..], &medians, &counts].concat()
    };
    let mut row = |member: String, seen, fresh, dominated, point, found: &Scenario| {
        let gains = gains(search.space(), point, found).into_iter();
        let gains = gains.map(|gain| gain.after.to_string()).collect();
        let row = [vec![member], figures(Some(seen)), figures(fresh), vec![dominated], gains];
        writer.write_record(row.concat())
    };
    let start = validation.map(|validation| &validation.start);
    row("start".to_owned(), search.start(), start, String::new(), None, search.scenario())?;
    for (i, (member, found)) in search.archive().members().iter().zip(found).enumerate() {
        let fresh = validation.map(|validation| &validation.members[i]);
        let dominated = fresh.map(|fresh| fresh.dominated.to_string()).unwrap_or_default();
        let number = (i + 1).to_string();
        let point = member.point.as_deref();
        row(number, &member.figures, fresh.map(|fresh| &fresh.figures), dominated, point, found)?;
    }
    writer.flush()
}
