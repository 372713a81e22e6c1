//! The search for a front between two terms of the cost as the command shows it.

mod table;
mod text;

use super::session::{AnyState, Done, Presentation, Session};
use crate::failure::Result;
use crate::figures::{self, pareto};
use crate::flags::Requirement;
use crate::report;
use serde_json::{Map, Value, json};
use std::path::Path;
use upright_report::{Chart, Drawing, Item, Page, Section, Target};
use upright_sim::Scenario;
use upright_sim::scenario::Term;
use upright_store::Results;
use upright_tune::State;
use upright_tune::checkpoint::Saved;
use upright_tune::pareto::{
    Front, FrontIteration, FrontSearch, FrontValidation, Objectives, REFERENCE, validate,
};

impl Presentation for Front {
    type Validation = FrontValidation;

    fn saved(state: &State<Self>) -> AnyState<'_> {
        Saved::Front(state)
    }

    fn columns(&self) -> Vec<String> {
        let [first, second] = self.objectives.terms().map(|term| format!("least_{}", term.name()));
        let [a, b, c] = ["iteration", "hypervolume", "members"].map(str::to_owned);
        vec![a, b, c, first, second, "diversity".to_owned(), "evaluations".to_owned()]
    }

    fn under(self, fitted: &Scenario) -> Self {
        Self { objectives: Objectives::of(fitted).unwrap_or(self.objectives) }
    }

    fn progress(row: &FrontIteration) -> String {
        format!("hypervolume {:.4}, {} members", row.hypervolume, row.members)
    }

    fn validate(session: &Session<'_, Self>) -> Result<Option<FrontValidation>> {
        let stop = &crate::interrupt::interrupted;
        Ok(validate(&session.search, &session.evaluator, stop)?)
    }

    fn write(done: &Done<'_, '_, Self>, output: &Results, history: &Path) -> Result<()> {
        let (search, shared) = (done.search(), done.shared());
        let found = search.scenarios();
        output.write("pareto.csv", |writer| table::csv(search, &found, done.validation, writer))?;
        for (i, scenario) in found.iter().enumerate() {
            let yaml = yaml(search, i + 1, scenario);
            output.write_bytes(format!("front/{}.yaml", i + 1), yaml.as_bytes())?;
        }
        for (name, drawing) in drawings(done, history, shared.target())? {
            figures::write(output, name, &drawing, &shared.figures)?;
        }
        let page = page(done, &found, drawings(done, history, Target::Screen)?)?;
        report::write(output, page, &[(done.name(), search.scenario())])
    }

    fn summary(done: &Done<'_, '_, Self>) -> Value {
        let (search, validation) = (done.search(), done.validation);
        let (scenario, found) = (search.scenario(), search.scenarios());
        let members = search.archive().members().iter().zip(&found).enumerate();
        let members: Vec<Value> = members
            .map(|(i, (member, found))| {
                let gains = super::text::gains(search.space(), member.point.as_deref(), found);
                let gains = gains.into_iter().map(|gain| (gain.name, gain.after.into()));
                json!({
                    "member": i + 1,
                    "start": member.point.is_none(),
                    "gains": gains.collect::<Map<_, _>>(),
                    "search": member.figures,
                    "fresh": validation.map(|validation| &validation.members[i]),
                })
            })
            .collect();
        let gains = super::text::gains(search.space(), None, scenario).into_iter().map(|gain| {
            json!({
                "name": gain.name, "unit": gain.unit, "start": gain.before,
                "min": gain.bounds.min, "max": gain.bounds.max, "scale": gain.bounds.scale,
            })
        });
        json!({
            "objectives": search.objectives().terms(),
            "units": search.objectives().terms().map(Term::unit),
            "reference": REFERENCE,
            "hypervolume": search.archive().hypervolume(),
            "hypervolume_fresh": validation.map(|validation| validation.hypervolume),
            "start": {"search": search.start(), "fresh": validation.map(|fresh| &fresh.start)},
            "members": members,
            "gains": gains.collect::<Vec<_>>(),
            "first_fresh_run": validation.map(|validation| validation.first_run),
            "warnings": validation.map(|validation| &validation.warnings),
        })
    }

    fn text(done: &Done<'_, '_, Self>) -> String {
        text::told(done.name(), done.search(), done.validation, done.seconds)
    }

    fn warnings(validation: &FrontValidation) -> Vec<String> {
        validation.warnings.iter().map(ToString::to_string).collect()
    }

    fn meets(requirement: Requirement, validation: &FrontValidation) -> bool {
        // What is required is required of every fresh run of every member.
        let mut members = validation.members.iter().map(|member| member.figures);
        match requirement {
            Requirement::Calm => members.all(|figures| figures.calm == figures.runs),
            Requirement::Settled => members.all(|figures| figures.settled == figures.runs),
            Requirement::Balanced => members.all(|figures| figures.failed == 0),
        }
    }
}

/// The figures with their names: the front in units, in costs, and the search.
fn drawings(
    done: &Done<'_, '_, Front>,
    history: &Path,
    target: Target,
) -> Result<[(&'static str, Drawing); 3]> {
    let (name, search, validation) = (done.name(), done.search(), done.validation);
    Ok([
        ("pareto", pareto::front(name, search, validation, target)),
        ("costs", pareto::costs(name, search, validation, target)),
        ("history", pareto::history(name, search, history, target)?),
    ])
}

/// The members first; then the front, and some of its members moving.
fn page(
    done: &Done<'_, '_, Front>,
    found: &[Scenario],
    drawings: [(&'static str, Drawing); 3],
) -> Result<Page> {
    let (name, search) = (done.name(), done.search());
    let (validation, seconds) = (done.validation, done.seconds);
    let scenario = search.scenario();
    let kind = scenario.controller.settings.kind();
    let [first, second] = search.objectives().terms().map(Term::name);
    let title = format!("{first} against {second}: {name} under {}", kind.replace('_', "-"));
    let mut page = Page::new(title).with_lead(text::headline(name, search, validation, seconds));
    for note in text::notes(search, validation) {
        page = page.with_lead(note);
    }
    for warning in validation.iter().flat_map(|validation| &validation.warnings) {
        page = page.with_lead(format!("warning: {warning}"));
    }
    page = page.with_section(Section::new("Members").with_table(text::members(
        search,
        validation,
        found.len(),
    )));
    let chart = |section: Section, (name, drawing): (&str, Drawing)| {
        section.with(Item::Chart(Chart::new(drawing).with_file(format!("{name}.svg"))))
    };
    page = page.with_section(drawings.into_iter().fold(Section::new("The front"), chart));
    // Both ends of the front and what lies between them.
    let ends = [0, found.len() / 2, found.len().saturating_sub(1)];
    let mut ends: Vec<usize> = ends.into_iter().filter(|&end| end < found.len()).collect();
    ends.dedup();
    let names: Vec<String> = ends.iter().map(|end| format!("member {}", end + 1)).collect();
    let style = report::style_of_run;
    let mut runs = vec![("start", style(1, kind), scenario)];
    for (i, (end, name)) in ends.iter().zip(&names).enumerate() {
        let index = if i == 0 { 0 } else { i + 1 };
        runs.push((name, style(index, kind), &found[*end]));
    }
    if let Some(fresh) = validation.map(|validation| validation.first_run) {
        page = page.with_section(report::under_gains(name, scenario, fresh, &runs)?);
    }
    Ok(page)
}

fn yaml(search: &FrontSearch, number: usize, scenario: &Scenario) -> String {
    let [first, second] = search.objectives().terms().map(Term::name);
    format!(
        "# Member {number} of the front of {first} and {second} that `upright tune` has found: {} \
             steps, seed {}.\n{}",
        search.iteration(),
        scenario.seed,
        scenario.to_yaml()
    )
}
