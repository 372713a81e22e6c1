//! What each command does.

mod compare;
mod design;
mod picture;
mod results;
mod simulate;

use crate::Result;
use crate::failure::{Failure, Outcome};
use crate::flags::{Command, Flags, Requirement, SchemaOf, Shared};
use clap::CommandFactory;
use std::io::{Read, Write};
use std::path::Path;
use upright_sim::metrics::Verdict;
use upright_sim::scenario::{Overrides, Scenario, schema::scenario_schema};

/// The scenarios of the main job.
const NOMINAL: (&str, &str) = ("nominal", include_str!("../../../../scenarios/nominal.yaml"));
const PUSHED: (&str, &str) = ("pushed", include_str!("../../../../scenarios/pushed.yaml"));

/// Does what was typed.
pub(crate) fn run(flags: Flags) -> Result {
    let shared = flags.shared;
    match flags.command {
        None => main_job(shared),
        Some(Command::Simulate { scenario }) => simulate::run(&read(&scenario, &shared)?, &shared),
        Some(Command::Compare { scenarios }) => {
            let read = scenarios.iter().map(|path| read(path, &shared));
            compare::run(&read.collect::<Result<Vec<_>>>()?, &shared)
        }
        Some(Command::Design { scenario }) => design::run(&read(&scenario, &shared)?, &shared),
        Some(Command::Schema { of: SchemaOf::Scenario }) => {
            print(&crate::output::pretty(&scenario_schema()));
            Ok(Outcome::Done)
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Flags::command(), "upright", &mut script);
            print(&String::from_utf8_lossy(&script));
            Ok(Outcome::Done)
        }
    }
}

/// The nominal scenario and the pushed one under every controller, files and pictures included.
fn main_job(mut shared: Shared) -> Result {
    let scenarios = [NOMINAL, PUSHED].map(|(name, text)| parse(name, text, &shared));
    let scenarios = scenarios.into_iter().collect::<Result<Vec<_>>>()?;
    shared.out.get_or_insert_with(|| "upright-out".into());
    compare::run(&scenarios, &shared)
}

/// A scenario and what results call it.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) scenario: Scenario,
}

fn read(path: &Path, shared: &Shared) -> Result<Named> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(Failure::reading(Path::new("standard input")))?;
        return parse("standard input", &text, shared);
    }
    let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
    let mut named = parse(&path.to_string_lossy(), &text, shared)?;
    if let Some(stem) = path.file_stem() {
        named.name = stem.to_string_lossy().into_owned();
    }
    Ok(named)
}

fn parse(name: &str, text: &str, shared: &Shared) -> Result<Named> {
    let overrides = Overrides {
        controller: shared.controller.clone(),
        set: shared.set.clone(),
        seed: shared.seed,
    };
    let scenario = Scenario::read(name, text, &overrides)
        .map_err(|error| Failure::Scenario { error, text: text.to_owned() })?;
    Ok(Named { name: name.replace(' ', "-"), scenario })
}

/// Writes to standard output. A reader that has gone away has seen enough.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Whether a verdict is what was required.
fn meets(required: Option<Requirement>, verdict: Verdict) -> bool {
    match required {
        None => true,
        Some(Requirement::Settled) => verdict == Verdict::Settled,
        Some(Requirement::Balanced) => verdict.upright(),
    }
}

/// How a command ended whose runs are these.
fn outcome(shared: &Shared, runs: impl IntoIterator<Item = (Verdict, bool)>) -> Outcome {
    let mut outcome = Outcome::Done;
    for (verdict, complete) in runs {
        if !complete {
            return Outcome::Interrupted;
        }
        if !meets(shared.require, verdict) {
            outcome = Outcome::Bad;
        }
    }
    outcome
}
