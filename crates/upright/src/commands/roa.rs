//! `upright roa`: from which initial states each controller settles.

use super::{Named, outcome, results};
use crate::Result;
use crate::failure::{Failure, Outcome};
use crate::figures;
use crate::flags::Shared;
use crate::report::{self, Recorded};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use upright_lanes::Unit;
use upright_report::{Cell, Chart, Heading, Item, Medium, Page, Section, Table, style_of};
use upright_sim::batch::{BatchError, Source, Study, batch};
use upright_sim::draw::Draw;
use upright_sim::grid::{Axis, Grid, STATES, UNITS};
use upright_sim::metrics::Verdict;
use upright_sim::registry::COMPARED;

const COMMAND: &str = "roa";

/// What came of one controller.
pub(crate) struct Region {
    pub(crate) kind: &'static str,
    /// The verdict of each point; fewer where it was interrupted.
    pub(crate) verdicts: Vec<Verdict>,
    complete: bool,
}

impl Region {
    fn count(&self, holds: impl Fn(Verdict) -> bool) -> usize {
        self.verdicts.iter().filter(|verdict| holds(**verdict)).count()
    }

    fn settled(&self) -> usize {
        self.count(|verdict| verdict == Verdict::Settled)
    }

    fn upright(&self) -> usize {
        self.count(Verdict::upright)
    }
}

pub(crate) fn run(named: &Named, x: Axis, y: Axis, shared: &Shared) -> Result {
    if x.state == y.state {
        let value = STATES[y.state].to_owned();
        let allowed = format!("must be another state than that of --x; {}", STATES.join(", "));
        return Err(Failure::Flag { flag: "--y", value, allowed });
    }
    let grid = Grid { x, y };
    let unit = Unit::of_environment().map_err(BatchError::from)?;
    crate::interrupt::watch();
    let output = results::prepare(shared, COMMAND)?;
    let threads = super::batch::threads(shared);

    let mut regions = Vec::new();
    for kind in COMPARED {
        let scenario = named
            .scenario
            .under(kind)
            .map_err(|error| Failure::Scenario { error, text: String::new() })?;
        let (scenario, source) = (&scenario, Source::Grid(grid));
        let study = Study { scenario, runs: 0..grid.len(), threads, unit, source };
        let mut verdicts = Vec::new();
        let tally = batch(&study, &crate::interrupt::interrupted, &mut |row| {
            verdicts.push(row.verdict);
            ControlFlow::Continue(())
        })?;
        regions.push(Region { kind, verdicts, complete: tally.complete });
        if !tally.complete {
            break;
        }
    }

    let complete = regions.len() == COMPARED.len() && regions.iter().all(|region| region.complete);
    let summary = summary(named, &grid, &regions, complete);
    if let Some(output) = &output {
        output.write("roa.csv", |writer| csv(&grid, &regions, writer))?;
        let svg = figures::region::figure(&named.name, &grid, &regions, shared.medium());
        figures::write(output, "roa", &svg, &shared.figures)?;
        let page = page(named, &grid, &regions, complete)?;
        report::write(output, page, &[(&named.name, &named.scenario)])?;
    }
    results::conclude(shared, COMMAND, output, &summary, || {
        words(named, &grid, &regions, complete)
    })?;
    if !complete {
        return Ok(Outcome::Interrupted);
    }
    let verdicts = regions.iter().flat_map(|region| &region.verdicts);
    Ok(outcome(shared, verdicts.map(|verdict| (*verdict, true))))
}

fn summary(named: &Named, grid: &Grid, regions: &[Region], complete: bool) -> Value {
    let axis = |axis: &Axis| {
        json!({
            "state": STATES[axis.state],
            "from": axis.from,
            "to": axis.to,
            "points": axis.points,
            "step": axis.step(),
        })
    };
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
            })
        })
        .collect();
    json!({
        "x": axis(&grid.x),
        "y": axis(&grid.y),
        "runs": runs,
        "scenario": named.scenario,
        "seed": named.scenario.seed,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": complete,
    })
}

/// The verdict of every point, a row a point and a column a controller.
fn csv(grid: &Grid, regions: &[Region], writer: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    let names = [STATES[grid.x.state], STATES[grid.y.state]];
    writer.write_record(names.into_iter().chain(regions.iter().map(|region| region.kind)))?;
    for index in 0..grid.len() {
        let words: Vec<&str> = regions
            .iter()
            .map(|region| region.verdicts.get(index as usize).map_or("", |verdict| verdict.word()))
            .collect();
        writer.serialize((grid.point(index), words))?;
    }
    writer.flush()
}

fn words(named: &Named, grid: &Grid, regions: &[Region], complete: bool) -> String {
    let state = if complete { String::new() } else { format!(", {INTERRUPTED}") };
    format!("{}{state}\n{}{}\n", named.name, table(grid, regions).to_text(), cells(grid))
}

/// Said where not every point was run.
const INTERRUPTED: &str = "interrupted: points and areas are of what was run";

/// How fine the areas are.
fn cells(grid: &Grid) -> String {
    format!(
        "areas are counted in cells of {} {} by {} {}",
        super::simulate::readable(grid.x.step()),
        UNITS[grid.x.state],
        super::simulate::readable(grid.y.step()),
        UNITS[grid.y.state]
    )
}

/// The areas first; then where each controller settles, and the scenario's own start under each.
fn page(named: &Named, grid: &Grid, regions: &[Region], complete: bool) -> Result<Page> {
    let (name, scenario) = (&named.name, &named.scenario);
    let map = figures::region::figure(name, grid, regions, Medium::Screen);
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
        let (draw, style) = (Draw::nominal(&scenario), style_of(region.kind));
        runs.extend(report::again(region.kind, style, &scenario, &draw, regions.len())?);
    }
    page = page
        .with_section(Section::new("Areas").with_table(table(grid, regions)).with_text(cells(grid)))
        .with_section(
            Section::new("Where each settles")
                .with(Item::Chart(Chart::new(map).with_file("roa.svg"))),
        );
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
    ]);
    for region in regions {
        table.push([
            Cell::text(region.kind),
            Cell::number(region.verdicts.len() as f64, 0),
            Cell::number(region.settled() as f64, 0),
            Cell::number(region.settled() as f64 * grid.cell(), 3),
            Cell::number(region.upright() as f64 * grid.cell(), 3),
        ]);
    }
    table
}
