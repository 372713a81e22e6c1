//! `upright roa`: from which initial states each controller settles.

use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::figures::{self, region::Shown};
use crate::flags::Shared;
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::region::Region;
use crate::report::{self, Recorded};
use crate::results::{self, outcome};
use crate::resume::{self, Earlier, Unfinished};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use upright_lanes::Unit;
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, style_of};
use upright_sim::grid::{Axis, Grid, STATES, UNITS};
use upright_sim::metrics::Verdict;
use upright_sim::realization::Realization;
use upright_sim::restless::RestlessRuns;
use upright_sim::scenario::Scenario;
use upright_sim::scenario::kinds::{Family, find};
use upright_sim::study::{Source, Study, StudyError, run_study};
use upright_store::{Results, pretty};

const COMMAND: &str = "roa";

/// What was typed of a map.
pub(crate) struct Asked<'a> {
    pub(crate) loaded: Option<LoadedScenario>,
    /// Under which controllers, and whether they were typed.
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) listed: bool,
    pub(crate) axes: [Option<Axis>; 2],
    pub(crate) resume: Option<&'a Path>,
}

/// The axes unless others are asked for: both angles, and of a scenario that swings up the whole circle of each.
fn axes(loaded: Option<&LoadedScenario>) -> [Axis; 2] {
    let family = |loaded: &LoadedScenario| loaded.scenario.controller.settings.info().family;
    let (most, points) = match loaded.map(family) {
        Some(Family::SwingUp) => (PI, 25),
        _ => (0.8, 41),
    };
    [1, 2].map(|state| Axis { state, from: -most, to: most, points })
}

pub(crate) fn run(asked: Asked<'_>, shared: &Shared) -> Result {
    let [x, y] = {
        let usual = axes(asked.loaded.as_ref());
        [0, 1].map(|i| asked.axes[i].unwrap_or(usual[i]))
    };
    if x.state == y.state {
        let value = STATES[y.state].to_owned();
        let allowed = format!("must be another state than that of --x; {}", STATES.join(", "));
        return Err(Failure::Flag { flag: "--y", value, allowed });
    }
    let grid = Grid { x, y };
    crate::interrupt::watch();
    let Some(folder) = asked.resume else {
        // The flags ask for a scenario.
        let Some(loaded) = asked.loaded else {
            let allowed = "a scenario, or --resume DIR".to_owned();
            return Err(Failure::Flag { flag: "SCENARIO", value: String::new(), allowed });
        };
        let output = results::prepare(shared, COMMAND)?;
        return map(&loaded, grid, (&asked.kinds, Known::default()), output, shared);
    };
    let shared = Shared { out: Some(folder.to_path_buf()), ..shared.clone() };
    let done = |state: &Value| verdicts(state).iter().map(|(_, known)| known.len() as u64).sum();
    match resume::open(folder, COMMAND, None, done)? {
        Earlier::Nothing(output) => {
            let reason = "no map was begun there; give its scenario to begin one";
            let loaded = asked.loaded.ok_or_else(|| resume::refuse(folder, reason))?;
            map(&loaded, grid, (&asked.kinds, Known::default()), Some(output), &shared)
        }
        Earlier::Complete(summary) => {
            if shared.json {
                print(&pretty(&summary))?;
            } else if !shared.quiet {
                say!("{} holds the whole map", folder.display());
            }
            Ok(Outcome::Done)
        }
        Earlier::Unfinished(unfinished) => {
            let Unfinished { output, state, .. } = *unfinished;
            if let Some(loaded) = &asked.loaded {
                resume::same(folder, "scenario", &loaded.scenario.to_value(), &state["scenario"])?;
            }
            let mut axes = [x, y];
            for (i, name) in ["x", "y"].into_iter().enumerate() {
                if let Some(given) = asked.axes[i] {
                    resume::same(folder, "grid", &axis(&given), &state[name])?;
                }
                let wrong = || resume::refuse(folder, "its grid is none");
                axes[i] = axis_of(&state[name]).ok_or_else(wrong)?;
            }
            let loaded = LoadedScenario {
                name: state["name"].as_str().unwrap_or("map").to_owned(),
                scenario: resume::scenario(&state)?,
            };
            let begun = state["controllers"].as_array().into_iter().flatten();
            let begun = begun.filter_map(|kind| Some(find(kind.as_str()?)?.name));
            let kinds: Vec<&'static str> = begun.collect();
            if asked.listed {
                resume::same(folder, "list of controllers", &json!(asked.kinds), &json!(kinds))?;
            }
            let known = Known {
                verdicts: verdicts(&state).into_iter().collect(),
                times: times(&state),
                restless: restless(&state),
            };
            if !shared.quiet {
                let all = kinds.len() as u64 * Grid { x: axes[0], y: axes[1] }.len();
                say!("going on behind {} of {all} runs", done(&state));
            }
            map(&loaded, Grid { x: axes[0], y: axes[1] }, (&kinds, known), Some(output), &shared)
        }
    }
}

/// What was found of a map before, a controller a key.
#[derive(Default)]
struct Known {
    verdicts: BTreeMap<String, Vec<Verdict>>,
    times: BTreeMap<String, Vec<Option<f64>>>,
    restless: BTreeMap<String, RestlessRuns>,
}

/// The points under forces that no motor bears, as a checkpoint or an interrupted map has them.
fn restless(state: &Value) -> BTreeMap<String, RestlessRuns> {
    // What was written by an earlier version has none.
    serde_json::from_value(state["restless"].clone()).unwrap_or_default()
}

/// The times after which points stay upright, as a checkpoint or an interrupted map has them.
fn times(state: &Value) -> BTreeMap<String, Vec<Option<f64>>> {
    serde_json::from_value(state["times"].clone()).unwrap_or_default()
}

/// The verdicts that a checkpoint or an interrupted map holds, a list a controller, in order.
fn verdicts(state: &Value) -> Vec<(String, Vec<Verdict>)> {
    let lists = state["verdicts"].as_object().into_iter().flatten();
    let list = |(kind, runs): (&String, &Value)| {
        let runs = runs.as_array().into_iter().flatten();
        let known = runs.flat_map(|run| {
            let verdict = run[0].as_str().and_then(Verdict::of_word);
            let count = run[1].as_u64().unwrap_or(0) as usize;
            std::iter::repeat_n(verdict, count).flatten()
        });
        (kind.clone(), known.collect())
    };
    lists.map(list).collect()
}

/// Verdicts as a checkpoint has them: each with how often it comes in a row.
fn in_a_row(verdicts: &[Verdict]) -> Value {
    let runs = verdicts.chunk_by(|one, other| one == other);
    runs.map(|run| json!([run[0].word(), run.len()])).collect()
}

/// From one checkpoint of a map to the next, at least.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(500);
/// As many times as long as the last one took, at least.
const CHECKPOINT_SHARE: u32 = 20;

/// Does what is left of a map under controllers of `kinds`, and leaves the whole. `known` is what was found before.
fn map(
    loaded: &LoadedScenario,
    grid: Grid,
    (kinds, known): (&[&'static str], Known),
    output: Option<Results>,
    shared: &Shared,
) -> Result {
    let unit = Unit::of_environment().map_err(StudyError::from)?;
    let threads = shared.thread_count();
    let (kinds, absent) = designed(loaded, kinds);
    let kinds = &kinds[..];
    for (kind, reason) in &absent {
        say!("warning: {} under {kind}: no design, and no region: {reason}", loaded.name);
    }
    let furthest = furthest(&loaded.scenario, &grid);
    for kind in kinds {
        let under = furthest.under(kind);
        let under = under.map_err(|error| Failure::Scenario { error, text: String::new() })?;
        results::warn(&loaded.name, &under)?;
    }
    let Known { verdicts: mut known, times: mut known_times, restless: mut known_restless } = known;
    let mut regions: Vec<Region> = Vec::new();
    let mut next = Instant::now();
    let before: usize = known.values().map(Vec::len).sum();
    let all = kinds.len() as u64 * grid.len();
    let progress = Progress::new(shared, "runs", (before as u64).min(all), all);
    for &kind in kinds {
        let scenario = loaded
            .scenario
            .under(kind)
            .map_err(|error| Failure::Scenario { error, text: String::new() })?;
        let (scenario, source) = (&scenario, Source::Grid(grid));
        let mut verdicts = known.remove(kind).unwrap_or_default();
        verdicts.truncate(grid.len() as usize);
        let mut times = known_times.remove(kind).unwrap_or_default();
        let mut restless = known_restless.remove(kind).unwrap_or_default();
        if times.len() != verdicts.len() {
            // An earlier version wrote none.
            verdicts.clear();
            times.clear();
            restless = RestlessRuns::default();
        }
        let runs = verdicts.len() as u64..grid.len();
        let study = Study { scenario, runs, threads, unit, source };
        let mut kept = Ok(());
        let tally = run_study(&study, &crate::interrupt::interrupted, &mut |row| {
            verdicts.push(row.verdict);
            times.push(row.upright_time);
            // That a force which cannot hold the links is at its limit says nothing.
            if row.verdict.upright() {
                restless.note(scenario, row.realization.run, &row.metrics.values());
            }
            progress.one();
            if let Some(output) = &output
                && Instant::now() >= next
            {
                let began = Instant::now();
                let done = regions.iter().map(Done::of);
                let (verdicts, times) = (&verdicts[..], &times[..]);
                let now = Done { kind, verdicts, times, restless };
                kept = output.checkpoint(state(loaded, &grid, kinds, done.chain([now])));
                next = Instant::now() + CHECKPOINT_EVERY.max(CHECKPOINT_SHARE * began.elapsed());
            }
            if kept.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        kept?;
        regions.push(Region { kind, verdicts, times, restless, complete: tally.complete });
        if !tally.complete {
            break;
        }
    }

    progress.end();
    let complete = regions.len() == kinds.len() && regions.iter().all(|region| region.complete);
    let mut summary = summary(loaded, &grid, &regions, complete);
    if !complete {
        // What `--resume` has to know.
        let done = regions.iter().map(Done::of);
        for (key, value) in state(loaded, &grid, kinds, done).as_object().into_iter().flatten() {
            summary[key] = value.clone();
        }
    }
    if let Some(output) = &output {
        output.write("roa.csv", |writer| csv(&grid, &regions, writer))?;
        for (file, shown) in shown(&regions) {
            let drawing = shown.figure(&loaded.name, &grid, &regions, shared.target());
            figures::write(output, file, &drawing, &shared.figures)?;
        }
        let page = page(loaded, &grid, &regions, complete)?;
        report::write(output, page, &[(&loaded.name, &loaded.scenario)])?;
    }
    results::conclude(shared, COMMAND, output, &summary, || {
        text(loaded, &grid, &regions, complete)
    })?;
    for region in &regions {
        warn_of_restless(&loaded.name, &grid, region);
    }
    if !complete {
        return Ok(Outcome::Interrupted);
    }
    let verdicts = regions.iter().flat_map(|region| &region.verdicts);
    Ok(match outcome(shared, verdicts.map(|verdict| (*verdict, true))) {
        // What is not there is not what was required.
        Outcome::Done if !absent.is_empty() && shared.require.is_some() => Outcome::Bad,
        outcome => outcome,
    })
}

/// What maps show, each with its file.
fn shown(regions: &[Region]) -> impl Iterator<Item = (&'static str, Shown)> {
    let times = Shown::times(regions).map(|times| ("roa-time", times));
    [("roa", Shown::Verdict)].into_iter().chain(times)
}

/// Warns of starts from which the links stand under a force that no motor bears.
fn warn_of_restless(name: &str, grid: &Grid, region: &Region) {
    if let RestlessRuns { count, first: Some((index, restless)) } = region.restless {
        let [x, y] = grid.point(index).map(super::simulate::readable);
        let (kind, standing) = (region.kind, region.upright());
        let names = [STATES[grid.x.state], STATES[grid.y.state]];
        say!(
            "warning: {name} under {kind}: {count} of {standing} starts from which it stands are restless; \
             {} {x}, {} {y}: {restless}",
            names[0],
            names[1]
        );
    }
}

/// The kinds of which the scenario has a controller; and the others, each with the reason.
fn designed(
    loaded: &LoadedScenario,
    kinds: &[&'static str],
) -> (Vec<&'static str>, Vec<(&'static str, String)>) {
    let mut absent = Vec::new();
    let mut designed = kinds.to_vec();
    designed.retain(|kind| match super::compare::absence(loaded, kind) {
        Some(reason) => {
            absent.push((*kind, reason));
            false
        }
        None => true,
    });
    (designed, absent)
}

/// The scenario from the point of the grid whose angles are the largest: of all its starts this one is warned of.
fn furthest(scenario: &Scenario, grid: &Grid) -> Scenario {
    let mut furthest = scenario.clone();
    for axis in [&grid.x, &grid.y] {
        let largest = if axis.from.abs() > axis.to.abs() { axis.from } else { axis.to };
        // Of other states the size says nothing.
        if STATES[axis.state].starts_with("theta") && !STATES[axis.state].ends_with("dot") {
            furthest.simulation.initial_state[axis.state] = largest;
        }
    }
    furthest
}

/// What was found under one controller so far.
struct Done<'a> {
    kind: &'static str,
    verdicts: &'a [Verdict],
    times: &'a [Option<f64>],
    restless: RestlessRuns,
}

impl<'a> Done<'a> {
    fn of(region: &'a Region) -> Self {
        let Region { kind, verdicts, times, restless, .. } = region;
        Self { kind, verdicts, times, restless: *restless }
    }
}

/// What is needed to go on with a map.
fn state<'a>(
    loaded: &LoadedScenario,
    grid: &Grid,
    kinds: &[&'static str],
    done: impl Iterator<Item = Done<'a>>,
) -> Value {
    let mut verdicts = serde_json::Map::new();
    let mut times = serde_json::Map::new();
    let mut restless = serde_json::Map::new();
    for Done { kind, verdicts: known, times: known_times, restless: found } in done {
        verdicts.insert(kind.to_owned(), in_a_row(known));
        times.insert(kind.to_owned(), json!(known_times));
        restless.insert(kind.to_owned(), json!(found));
    }
    json!({
        "name": loaded.name,
        "scenario": loaded.scenario,
        "x": axis(&grid.x),
        "y": axis(&grid.y),
        "controllers": kinds,
        "verdicts": verdicts,
        "times": times,
        "restless": restless,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// An axis as `summary.json` has it.
fn axis(axis: &Axis) -> Value {
    json!({
        "state": STATES[axis.state],
        "from": axis.from,
        "to": axis.to,
        "points": axis.points,
        "step": axis.step(),
    })
}

/// The axis that is written so.
fn axis_of(value: &Value) -> Option<Axis> {
    let state = STATES.iter().position(|name| value["state"] == **name)?;
    let points = value["points"].as_u64()?.try_into().ok()?;
    Some(Axis { state, from: value["from"].as_f64()?, to: value["to"].as_f64()?, points })
}

fn summary(loaded: &LoadedScenario, grid: &Grid, regions: &[Region], complete: bool) -> Value {
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
fn csv(grid: &Grid, regions: &[Region], writer: &mut dyn std::io::Write) -> std::io::Result<()> {
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

fn text(loaded: &LoadedScenario, grid: &Grid, regions: &[Region], complete: bool) -> String {
    let state = if complete { String::new() } else { format!(", {INTERRUPTED}") };
    format!("{}{state}\n{}{}\n", loaded.name, table(grid, regions).to_text(), cells(grid))
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
fn page(loaded: &LoadedScenario, grid: &Grid, regions: &[Region], complete: bool) -> Result<Page> {
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
