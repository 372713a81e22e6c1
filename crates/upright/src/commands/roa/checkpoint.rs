//! What a checkpoint and an interrupted map hold, to go on from.

use crate::input::LoadedScenario;
use crate::region::Region;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use upright_sim::grid::{Axis, Grid, STATES};
use upright_sim::metrics::Verdict;
use upright_sim::restless::RestlessRuns;

/// What was found of a map before, a controller a key.
#[derive(Default)]
pub(super) struct Known {
    pub(super) verdicts: BTreeMap<String, Vec<Verdict>>,
    pub(super) times: BTreeMap<String, Vec<Option<f64>>>,
    pub(super) restless: BTreeMap<String, RestlessRuns>,
}

/// The points under forces that no motor bears, as a checkpoint or an interrupted map has them.
pub(super) fn restless(state: &Value) -> BTreeMap<String, RestlessRuns> {
    // What was written by an earlier version has none.
    serde_json::from_value(state["restless"].clone()).unwrap_or_default()
}

/// The times after which points stay upright, as a checkpoint or an interrupted map has them.
pub(super) fn times(state: &Value) -> BTreeMap<String, Vec<Option<f64>>> {
    serde_json::from_value(state["times"].clone()).unwrap_or_default()
}

/// The verdicts that a checkpoint or an interrupted map holds, a list a controller, in order.
pub(super) fn verdicts(state: &Value) -> Vec<(String, Vec<Verdict>)> {
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

/// What was found under one controller so far.
pub(super) struct Done<'a> {
    pub(super) kind: &'static str,
    pub(super) verdicts: &'a [Verdict],
    pub(super) times: &'a [Option<f64>],
    pub(super) restless: RestlessRuns,
}

impl<'a> Done<'a> {
    pub(super) fn of(region: &'a Region) -> Self {
        let Region { kind, verdicts, times, restless, .. } = region;
        Self { kind, verdicts, times, restless: *restless }
    }
}

/// What is needed to go on with a map.
pub(super) fn state<'a>(
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
pub(super) fn axis(axis: &Axis) -> Value {
    json!({
        "state": STATES[axis.state],
        "from": axis.from,
        "to": axis.to,
        "points": axis.points,
        "step": axis.step(),
    })
}

/// The axis that is written so.
pub(super) fn axis_of(value: &Value) -> Option<Axis> {
    let state = STATES.iter().position(|name| value["state"] == **name)?;
    let points = value["points"].as_u64()?.try_into().ok()?;
    Some(Axis { state, from: value["from"].as_f64()?, to: value["to"].as_f64()?, points })
}
