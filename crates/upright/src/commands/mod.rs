//! What each command does.

mod audit;
mod batch;
mod compare;
mod design;
mod live;
mod merge;
mod monitoring;
pub(crate) mod results;
pub(crate) mod roa;
mod simulate;
mod tune;
mod watch;

use crate::Result;
use crate::failure::{Failure, Outcome};
use crate::flags::{AuditOther, Command, Flags, Requirement, SchemaOf, Shared};
use clap::CommandFactory;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;
use upright_sim::metrics::Verdict;
use upright_sim::scenario::{Overrides, Scenario, schema::scenario_schema};

/// The scenarios of the main job.
const NOMINAL: (&str, &str) = ("nominal", include_str!("../../../../scenarios/nominal.yaml"));
const PUSHED: (&str, &str) = ("pushed", include_str!("../../../../scenarios/pushed.yaml"));

pub(crate) use live::SPEEDS;

/// Does what was typed; `began` is when the program began.
pub(crate) fn run(flags: Flags, began: Instant) -> Result {
    match flags.command {
        None => main_job(flags.shared),
        Some(Command::Simulate { scenario, run, live, monitor, shared }) => {
            if live.live {
                live::check(&monitor, &shared)?;
                return live::run(&read(&scenario, &shared)?, run, &live, &shared);
            }
            let mut named = read(&scenario, &shared)?;
            monitoring::turn_on(&monitor, &mut named.scenario);
            simulate::run(&named, run, &shared)
        }
        Some(Command::Batch { scenario, runs, shard, parquet, shared }) => {
            // A study records no trajectory, so what one run would record is not limited.
            let unrecorded = Shared { out: None, ..shared.clone() };
            batch::run(&read(&scenario, &unrecorded)?, runs, shard, parquet, &shared)
        }
        Some(Command::Merge { folders, parquet, shared }) => merge::run(&folders, parquet, &shared),
        Some(Command::Roa { scenario, x, y, shared }) => {
            let unrecorded = Shared { out: None, ..shared.clone() };
            roa::run(&read(&scenario, &unrecorded)?, x, y, &shared)
        }
        Some(Command::Tune(flags)) => tune::run(&flags),
        Some(Command::Compare { scenarios, shared }) => {
            let read = scenarios.iter().map(|path| read(path, &shared));
            compare::run(&read.collect::<Result<Vec<_>>>()?, &shared)
        }
        Some(Command::Design { scenario, shared }) => {
            design::run(&read(&scenario, &shared)?, &shared)
        }
        Some(Command::Audit(audit)) => match audit.watch {
            Some(AuditOther::Exec { watch, command }) => watch::exec(&command, &watch),
            Some(AuditOther::Attach { watch, pid }) => watch::attach(pid, &watch),
            Some(AuditOther::Subject) => audit::subject(began),
            None => audit::run(&audit),
        },
        Some(Command::Schema { of }) => {
            let schema = match of {
                SchemaOf::Scenario => scenario_schema(),
                SchemaOf::Audit => upright_audit::schema(),
            };
            print(&crate::output::pretty(&schema))?;
            Ok(Outcome::Done)
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Flags::command(), "upright", &mut script);
            print(&String::from_utf8_lossy(&script))?;
            Ok(Outcome::Done)
        }
    }
}

/// The nominal scenario and the pushed one under every controller, files and pictures included.
fn main_job(mut shared: Shared) -> Result {
    shared.out.get_or_insert_with(|| "upright-out".into());
    let scenarios = [NOMINAL, PUSHED].map(|(name, text)| parse(name, text, &shared));
    let scenarios = scenarios.into_iter().collect::<Result<Vec<_>>>()?;
    compare::run(&scenarios, &shared)
}

/// The scenario of the memory audit.
const AUDITED: (&str, &str) =
    ("memory-audit", include_str!("../../../../scenarios/memory-audit.yaml"));

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
    let bytes = std::fs::read(path).map_err(Failure::reading(path))?;
    let text = String::from_utf8(bytes).map_err(|error| Failure::NotText {
        path: path.to_path_buf(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    let mut named = parse(&path.to_string_lossy(), &text, shared)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    // A folder of results is called so; these would leave it or meet its own files.
    let taken =
        |name: &str| ["csv", "svg", "png", "pdf"].iter().any(|end| stem == format!("{name}.{end}"));
    if ["", ".", "..", "summary.json", crate::report::FILE].contains(&stem.as_str())
        || taken("comparison")
        || taken("bars")
    {
        return Err(Failure::Name { path: path.to_path_buf() });
    }
    named.name = stem;
    Ok(named)
}

fn parse(name: &str, text: &str, shared: &Shared) -> Result<Named> {
    let overrides = Overrides {
        controller: shared.controller.clone(),
        set: shared.set.clone(),
        seed: shared.seed,
        unrecorded: shared.out.is_none(),
    };
    let scenario = Scenario::read(name, text, &overrides)
        .map_err(|error| Failure::Scenario { error, text: text.to_owned() })?;
    Ok(Named { name: name.replace(' ', "-"), scenario })
}

/// Writes to standard output. A reader that has gone away has seen enough.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::writing(Path::new("standard output"))(error))
        }
        _ => Ok(()),
    }
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
