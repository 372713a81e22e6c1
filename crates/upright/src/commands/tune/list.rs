//! `upright tune --list`: what can be tuned, and what a run costs.

use crate::console::print;
use crate::failure::{Outcome, Result};
use crate::flags::Shared;
use crate::input::{LoadedScenario, parse};
use serde_json::{Value, json};
use upright_report::{Cell, Heading, Table};
use upright_sim::scenario::kinds::compared;
use upright_sim::scenario::{CostScales, Term};
use upright_sim::settings::{FieldKind, Settings as _};
use upright_sim::tunable::{Bounds, Tunable, searched};
use upright_store::pretty;
use upright_tune::pareto::Objectives;
use upright_tune::{Space, TERMS};

/// Shows what can be tuned in a scenario, or under every kind of controller where there is none.
pub(super) fn run(loaded: Option<&LoadedScenario>, shared: &Shared) -> Result {
    let all;
    let loaded: &[LoadedScenario] = if let Some(loaded) = loaded {
        std::slice::from_ref(loaded)
    } else {
        let kinds = shared.controller.as_deref().map_or(compared(), |_| &compared()[..1]);
        let of = |kind: &&str| {
            let controller = shared.controller.clone().or_else(|| Some((*kind).to_owned()));
            parse("nominal", "", &Shared { controller, ..shared.clone() }, false)
        };
        all = kinds.iter().map(of).collect::<Result<Vec<_>>>()?;
        &all
    };
    if shared.json {
        let lists = loaded.iter().map(summary).collect::<Result<Vec<_>>>()?;
        let value = if let [one] = &lists[..] { one.clone() } else { Value::Array(lists) };
        print(&pretty(&value))?;
    } else {
        let texts = loaded.iter().map(text).collect::<Result<Vec<_>>>()?;
        print(&texts.join("\n"))?;
    }
    Ok(Outcome::Done)
}

/// Every gain, with its bounds where it is searched.
fn gains(loaded: &LoadedScenario) -> Result<Vec<(Tunable, Option<Bounds>)>> {
    let space = Space::of(&loaded.scenario)?;
    let bounds = |tunable: &Tunable| {
        let searched = space.dimensions().iter().find(|gain| gain.tunable.path == tunable.path);
        searched.map(|gain| gain.bounds)
    };
    let with = |tunable| {
        let bounds = bounds(&tunable);
        (tunable, bounds)
    };
    Ok(searched(&loaded.scenario).into_iter().map(with).collect())
}

fn summary(loaded: &LoadedScenario) -> Result<Value> {
    let gain = |(gain, bounds): (Tunable, Option<Bounds>)| {
        json!({
            "name": gain.path,
            "unit": gain.unit,
            "meaning": gain.doc,
            "default": gain.default,
            "start": gain.start,
            "allowed": gain.range.to_string(),
            "searched": bounds,
        })
    };
    let gains: Vec<Value> = gains(loaded)?.into_iter().map(gain).collect();
    let tuning = loaded.scenario.tuning.as_ref();
    let settings = tuning.map(|tuning| tuning.settings);
    Ok(json!({
        "command": "tune --list",
        "controller": loaded.scenario.controller.settings.kind(),
        "gains": gains,
        "objectives": tuning.and_then(|tuning| tuning.objectives),
        "settings": settings.unwrap_or_default(),
    }))
}

fn text(loaded: &LoadedScenario) -> Result<String> {
    let mut table = Table::new([
        Heading::new("gain", ""),
        Heading::new("unit", ""),
        Heading::new("start", ""),
        Heading::new("from", ""),
        Heading::new("to", ""),
        Heading::new("scale", ""),
    ]);
    let number = |x: f64| Cell::text(super::super::simulate::readable(x));
    let mut unsearched = Vec::new();
    for (gain, bounds) in gains(loaded)? {
        match bounds {
            None => unsearched.push(gain.path),
            Some(bounds) => table.push([
                Cell::text(gain.path),
                Cell::text(gain.unit),
                number(gain.start),
                number(bounds.min),
                number(bounds.max),
                Cell::text(bounds.scale.word()),
            ]),
        }
    }
    let mut text = format!(
        "{} under {}\n{}",
        loaded.name,
        loaded.scenario.controller.settings.kind(),
        table.to_text()
    );
    if !unsearched.is_empty() {
        let line =
            format!("not searched, unless tuning.gains names them: {}", unsearched.join(", "));
        text.push_str(&textwrap::fill(&line, Table::WIDTH));
        text.push('\n');
    }
    text.push_str(&cost(loaded));
    if let Some(objectives) = Objectives::of(&loaded.scenario) {
        let [first, second] = objectives.terms().map(Term::name);
        let line = format!(
            "searched is the front of {first} and {second}: the means of the two, without weights\n"
        );
        text.push_str(&line);
    }
    Ok(text)
}

/// The terms of the cost with their weights and scales.
fn cost(loaded: &LoadedScenario) -> String {
    let settings =
        loaded.scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
    // Settings are maps of finite numbers.
    let [weights, scales] =
        [serde_json::to_value(settings.weights), serde_json::to_value(settings.scales)]
            .map(std::result::Result::unwrap_or_default);
    let unit = |term: &str| {
        let field = CostScales::FIELDS.iter().find(|field| field.name == term);
        match field.map(|field| field.kind) {
            Some(FieldKind::Number { unit, .. }) => unit,
            _ => "",
        }
    };
    let mut table = Table::new([
        Heading::new("cost of a run", ""),
        Heading::new("weight", ""),
        Heading::new("one half at", ""),
        Heading::new("unit", ""),
    ]);
    for term in TERMS {
        let cell = |value: &Value| {
            value
                .as_f64()
                .map_or(Cell::Missing, |x| Cell::text(super::super::simulate::readable(x)))
        };
        table.push([
            Cell::text(term),
            cell(&weights[term]),
            cell(&scales[term]),
            Cell::text(unit(term)),
        ]);
    }
    format!(
        "{}{} runs, {} for what is to be the best\n{} times the mean of their costs and {} times the worst\n",
        table.to_text(),
        settings.draws,
        settings.confirm.max(settings.draws),
        settings.mean,
        settings.worst
    )
}
