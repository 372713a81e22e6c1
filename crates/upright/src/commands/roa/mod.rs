//! `upright roa`: from which initial states each controller settles.

mod checkpoint;
mod output;

use self::checkpoint::{Done, Known, axis, axis_of, restless, state, times, verdicts};
use self::output::{csv, page, shown, summary, text};
use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::Shared;
use crate::input::LoadedScenario;
use crate::progress::Progress;
use crate::region::Region;
use crate::report;
use crate::results::{self, outcome};
use crate::resume::{self, Earlier, Unfinished};
use serde_json::{Value, json};
use std::f64::consts::PI;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use upright_lanes::Unit;
use upright_sim::grid::{Axis, Grid, STATES};
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

/// Warns of starts from which the links stand under a force that no motor bears.
fn warn_of_restless(name: &str, grid: &Grid, region: &Region) {
    if let RestlessRuns { count, first: Some((index, restless)) } = region.restless {
        let [x, y] = grid.point(index).map(crate::commands::simulate::readable);
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
    designed.retain(|kind| match crate::commands::compare::absence(loaded, kind) {
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
