//! `upright roa`: from which initial states each controller settles.

use super::{Named, outcome, results};
use crate::Result;
use crate::failure::{Failure, Outcome};
use crate::flags::Shared;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use upright_lanes::Unit;
use upright_report::{
    Block, Cell, Color, Curve, Figure, Heading, Panel, Row, Style, Table, color_of,
};
use upright_sim::batch::{BatchError, Source, Study, batch};
use upright_sim::grid::{Axis, Grid, STATES, UNITS};
use upright_sim::metrics::Verdict;
use upright_sim::registry::COMPARED;

const COMMAND: &str = "roa";

/// What came of one controller.
struct Region {
    kind: &'static str,
    /// The verdict of each point; fewer where it was interrupted.
    verdicts: Vec<Verdict>,
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
        let svg = figure(named, &grid, &regions);
        super::picture::write(output, "roa", &svg, &shared.figures)?;
    }
    results::conclude(shared, COMMAND, output, &summary, || words(named, &grid, &regions))?;
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

fn words(named: &Named, grid: &Grid, regions: &[Region]) -> String {
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
    format!(
        "{}\n{}areas are counted in cells of {} {} by {} {}\n",
        named.name,
        table.to_text(),
        super::simulate::readable(grid.x.step()),
        UNITS[grid.x.state],
        super::simulate::readable(grid.y.step()),
        UNITS[grid.y.state]
    )
}

/// Height of a panel in px.
const PANEL: f64 = 230.0;

/// A panel a controller, in which what settles is filled: a thick line for each stretch of points.
fn figure(named: &Named, grid: &Grid, regions: &[Region]) -> String {
    let label = |axis: &Axis| format!("{} ({})", STATES[axis.state], UNITS[axis.state]);
    let [half, tall] = [&grid.x, &grid.y].map(|axis| 0.5 * axis.step());
    // These make the panel as wide and high as the grid, white on white.
    let corners = [
        [grid.x.from - half, grid.y.from - tall],
        [f64::NAN; 2],
        [grid.x.to + half, grid.y.to + tall],
    ];
    let width = grid.x.points as usize;
    // A little more than from one line of points to the next, so that no paper shows between.
    let thickness = 1.05 * PANEL / f64::from(grid.y.points);
    let mut row = Row::new(label(&grid.y));
    for region in regions {
        let mut points = Vec::new();
        for (index, verdict) in region.verdicts.iter().enumerate() {
            let [x, y] = grid.point(index as u64);
            if *verdict == Verdict::Settled {
                points.extend([[x - half, y], [x + half, y]]);
            }
            if *verdict != Verdict::Settled || index % width == width - 1 {
                // Interrupts the line.
                points.push([f64::NAN; 2]);
            }
        }
        let style = Style::solid(color_of(region.kind)).with_width(thickness);
        let unseen = Style::solid(Color::new(255, 255, 255)).with_width(0.1);
        let panel = Panel::new().with_curve(Curve::new("", unseen, corners));
        row = row.with_panel(panel.with_curve(Curve::new(region.kind, style, points)));
    }
    Figure::new("Initial states from which the run settles")
        .with_columns(regions.iter().map(|region| region.kind))
        .with_x_label(label(&grid.x))
        .with_size(140.0 + 230.0 * regions.len() as f64, PANEL)
        .with_block(Block::new(named.name.as_str()).with_row(row))
        .to_svg()
}
