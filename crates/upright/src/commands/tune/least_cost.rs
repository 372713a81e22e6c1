//! The search for the least cost as the command shows it.

use super::session::{AnyState, Done, Presentation, Session};
use super::text;
use crate::failure::Result;
use crate::figures;
use crate::flags::Requirement;
use crate::report;
use serde_json::{Value, json};
use std::path::Path;
use upright_report::{Chart, Drawing, Item, Page, Section, Target};
use upright_sim::Scenario;
use upright_store::Results;
use upright_tune::checkpoint::Saved;
use upright_tune::scales;
use upright_tune::{Cost, Goal, Iteration, LeastCost, Search, State, Validation, validate};

/// The columns of the history.
const COLUMNS: [&str; 7] =
    ["iteration", "best", "iteration_best", "mean", "worst", "diversity", "evaluations"];

impl Presentation for LeastCost {
    type Validation = Validation;

    fn saved(state: &State<Self>) -> AnyState<'_> {
        Saved::Single(state)
    }

    fn columns(&self) -> Vec<String> {
        COLUMNS.map(str::to_owned).to_vec()
    }

    fn under(self, _fitted: &Scenario) -> Self {
        self
    }

    fn progress(row: &Iteration) -> String {
        format!("cost {:.4}, spread {:.3}", row.best, row.diversity)
    }

    fn validate(session: &Session<'_, Self>) -> Result<Option<Validation>> {
        let Session { search, evaluator, .. } = session;
        let training = search.best().judged.cost.mean;
        let (start, found) = (search.scenario(), search.best_scenario());
        let stop = &crate::interrupt::interrupted;
        Ok(validate(start, &found, training, evaluator, stop)?)
    }

    fn write(done: &Done<'_, '_, Self>, output: &Results, history: &Path) -> Result<()> {
        let (search, name, shared) = (done.search(), done.name(), done.shared());
        let best = search.best_scenario();
        let yaml = format!(
            "# The scenario with the gains that `upright tune` has found: {} steps of {}, seed {}.\n{}",
            search.iteration(),
            search.goal().method(),
            best.seed,
            best.to_yaml()
        );
        output.write_bytes("best.yaml", yaml.as_bytes())?;
        let draw = |target| figures::convergence::figure(name, search, history, target);
        figures::write(output, "history", &draw(shared.target())?, &shared.figures)?;
        report::write(output, page(done, &best, draw(Target::Screen)?)?, &[(name, &best)])
    }

    fn summary(done: &Done<'_, '_, Self>) -> Value {
        let search = done.search();
        let best = search.best_scenario();
        let (before, after) = (search.start(), &search.best().judged.cost);
        let gains: Vec<Value> = text::gains(search.space(), search.best().point.as_deref(), &best)
            .into_iter()
            .map(|gain| {
                json!({
                    "name": gain.name, "unit": gain.unit, "before": gain.before, "after": gain.after,
                    "min": gain.bounds.min, "max": gain.bounds.max, "scale": gain.bounds.scale,
                })
            })
            .collect();
        let parts = |cost: &Cost| {
            json!({
                "mean": cost.mean, "worst": cost.worst,
                "terms": Cost::named(&cost.terms), "worst_terms": Cost::named(&cost.worst_terms),
            })
        };
        json!({
            "cost_before": before.total,
            "cost_after": after.total,
            "before": parts(before),
            "after": parts(after),
            "gains": gains,
            "validation": done.validation,
        })
    }

    fn text(done: &Done<'_, '_, Self>) -> String {
        let best = done.search().best_scenario();
        text::told(done.name(), done.search(), &best, done.validation, done.seconds)
    }

    fn warnings(validation: &Validation) -> Vec<String> {
        validation.warnings.iter().map(ToString::to_string).collect()
    }

    fn saturated(search: &Search<Self>) -> Vec<&'static str> {
        let of = |cost| scales::saturated(search.scenario(), cost);
        let after = of(&search.best().judged.cost);
        of(search.start()).into_iter().filter(|term| after.contains(term)).collect()
    }

    fn meets(requirement: Requirement, validation: &Validation) -> bool {
        let after = &validation.after;
        match requirement {
            Requirement::Calm => after.calm.count == validation.runs,
            Requirement::Settled => after.settled.count == validation.runs,
            Requirement::Balanced => after.failed.count == 0,
        }
    }
}

/// What came of it first; then the scenario before and after, moving, and the search itself.
fn page(done: &Done<'_, '_, LeastCost>, best: &Scenario, search: Drawing) -> Result<Page> {
    let (tuning, name) = (done.search(), done.name());
    let (validation, seconds) = (done.validation, done.seconds);
    let kind = best.controller.settings.kind();
    let (before, after) = (tuning.start().total, tuning.best().judged.cost.total);
    let found = Section::new("Gains").with_table(text::found(tuning, best));
    let mut page = Page::new(format!("Gains of {} for {}", kind.replace('_', "-"), name))
        .with_lead(text::headline(name, tuning, best, validation, seconds))
        .with_lead(format!(
            "cost on the draws of the search: {before:.4} before, {after:.4} after"
        ));
    if let Some(validation) = validation {
        page =
            page.with_lead(format!("on fresh draws changes the {}", text::difference(validation)));
        for warning in &validation.warnings {
            page = page.with_lead(format!("warning: {warning}"));
        }
        page = page
            .with_section(Section::new("On fresh draws").with_table(text::validated(validation)));
    }
    page = page.with_section(found);
    let style = report::style_of_run;
    let runs = [("before", style(1, kind), tuning.scenario()), ("after", style(0, kind), best)];
    if let Some(fresh) = validation.map(|validation| validation.first_run) {
        page = page.with_section(report::under_gains(name, best, fresh, &runs)?);
    }
    Ok(page
        .with_section(
            Section::new("Cost on the draws of the search").with_table(text::cost(tuning)),
        )
        .with_section(
            Section::new("The search")
                .with(Item::Chart(Chart::new(search).with_file("history.svg"))),
        ))
}
