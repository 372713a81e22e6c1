//! A map as summary, table, text and page.

use super::checkpoint::axis;
use crate::failure::{Failure, Result};
use crate::figures::region::Shown;
use crate::input::LoadedScenario;
use crate::region::Region;
use crate::report::{self, Recorded};
use serde_json::{Value, json};
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, style_of};
use upright_sim::grid::{Grid, STATES, UNITS};
use upright_sim::realization::Realization;

/// What maps show, each with its file.
pub(super) fn shown(regions: &[Region]) -> impl Iterator<Item = (&'static str, Shown)> {
    let times = Shown::times(regions).map(|times| ("roa-time", times));
    [("roa", Shown::Verdict)].into_iter().chain(times)
}

pub(super) fn summary(
    loaded: &LoadedScenario,
    grid: &Grid,
    regions: &[Region],
    complete: bool,
) -> Value {
    let runs: Vec<Value> = regions
        .iter()
        .map(|region| {
            json!({
                "controller": region.kind,
                "points": region.verdicts.len(),
                "settled": region.settled(),
                "settled_area": region.settled() as f64 * grid.cell(),
                "upright": region.upright(),
                "upright_area": region.upright() as f64 * grid.cell(),
                "median_upright_time": region.median_time(),
            })
        })
        .collect();
    json!({
        "x": axis(&grid.x),
        "y": axis(&grid.y),
        "runs": runs,
        "scenario": loaded.scenario,
        "seed": loaded.scenario.seed,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": complete,
    })
}

/// The verdict of every point, a row a point and a column a controller; behind them the times to upright.
pub(super) fn csv(
    grid: &Grid,
    regions: &[Region],
    writer: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    let names = [STATES[grid.x.state], STATES[grid.y.state]];
    let kinds = regions.iter().map(|region| region.kind);
    let times = kinds.clone().map(|kind| format!("{kind}_upright_time"));
    let names = names.into_iter().chain(kinds).map(str::to_owned);
    writer.write_record(names.chain(times))?;
    for index in 0..grid.len() {
        let verdicts: Vec<&str> = regions
            .iter()
            .map(|region| region.verdicts.get(index as usize).map_or("", |verdict| verdict.word()))
            .collect();
        let times: Vec<Option<f64>> = regions
            .iter()
            .map(|region| region.times.get(index as usize).copied().flatten())
            .collect();
        writer.serialize((grid.point(index), verdicts, times))?;
    }
    writer.flush()
}

pub(super) fn text(
    loaded: &LoadedScenario,
    grid: &Grid,
    regions: &[Region],
    complete: bool,
) -> String {
    let state = if complete { String::new() } else { format!(", {INTERRUPTED}") };
    format!("{}{state}\n{}{}\n", loaded.name, table(grid, regions).to_text(), cells(grid))
}

/// Said where not every point was run.
const INTERRUPTED: &str = "interrupted: points and areas are of what was run";

/// How fine the areas are.
fn cells(grid: &Grid) -> String {
    format!(
        "areas are counted in cells of {} {} by {} {}",
        crate::commands::simulate::readable(grid.x.step()),
        UNITS[grid.x.state],
        crate::commands::simulate::readable(grid.y.step()),
        UNITS[grid.y.state]
    )
}

/// The areas first; then where each controller settles, and the scenario's own start under each.
pub(super) fn page(
    loaded: &LoadedScenario,
    grid: &Grid,
    regions: &[Region],
    complete: bool,
) -> Result<Page> {
    let (name, scenario) = (&loaded.name, &loaded.scenario);
    let mut page = Page::new(format!("Regions of attraction: {name}"));
    if !complete {
        page = page.with_lead(INTERRUPTED);
    }
    for region in regions {
        page = page.with_lead(format!(
            "{} settles from {} of {} initial states",
            region.kind,
            region.settled(),
            region.verdicts.len()
        ));
    }
    let mut runs = Vec::new();
    for region in regions {
        let scenario = scenario
            .under(region.kind)
            .map_err(|error| Failure::Scenario { error, text: String::new() })?;
        let (realization, style) = (Realization::nominal(&scenario), style_of(region.kind));
        runs.extend(report::again(region.kind, style, &scenario, &realization, regions.len())?);
    }
    page = page.with_section(
        Section::new("Areas").with_table(table(grid, regions)).with_text(cells(grid)),
    );
    for (file, shown) in shown(regions) {
        let title =
            if file == "roa" { "Where each settles" } else { "How long it takes to upright" };
        let chart = Chart::new(shown.parts(grid, regions)).with_file(format!("{file}.svg"));
        page = page.with_section(Section::new(title).with(Item::Chart(chart)));
    }
    let runs: Vec<&Recorded> = runs.iter().collect();
    Ok(if runs.is_empty() {
        page
    } else {
        page.with_section(report::section("The scenario's own start", name, scenario, &runs))
    })
}

fn table(grid: &Grid, regions: &[Region]) -> Table {
    let unit = match (UNITS[grid.x.state], UNITS[grid.y.state]) {
        (x, y) if x == y => format!("{x}²"),
        (x, y) => format!("{x} {y}"),
    };
    let mut table = Table::new([
        Heading::new("controller", ""),
        Heading::new("points", ""),
        Heading::new("settled", ""),
        Heading::new("area settled", unit.clone()),
        Heading::new("area upright", unit),
        Heading::new("upright after", "s"),
    ]);
    for region in regions {
        table.push([
            Cell::text(region.kind),
            Cell::number(region.verdicts.len() as f64, 0),
            Cell::number(region.settled() as f64, 0),
            Cell::number(region.settled() as f64 * grid.cell(), 3),
            Cell::number(region.upright() as f64 * grid.cell(), 3),
            Cell::optional(region.median_time(), 2),
        ]);
    }
    table
}
