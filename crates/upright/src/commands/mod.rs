//! What each command does.

mod audit;
mod batch;
mod compare;
mod design;
mod live;
mod merge;
mod roa;
mod simulate;
mod sites;
mod tune;
mod verify;
mod watch;

use crate::console::{print, print_as_is};
use crate::failure::{Outcome, Result};
use crate::flags::{AuditOther, Command, Flags, SchemaOf, Shared};
use crate::input::{Named, compared, parse, read, tell_apart};
use crate::monitoring;
use clap::CommandFactory;
use std::path::Path;
use std::time::Instant;
use upright_sim::scenario::schema::scenario_schema;

/// The scenarios of the main job.
const NOMINAL: (&str, &str) = ("nominal", include_str!("../../../../scenarios/nominal.yaml"));
const PUSHED: (&str, &str) = ("pushed", include_str!("../../../../scenarios/pushed.yaml"));

/// Does what was typed; `began` is when the program began.
pub(crate) fn run(flags: Flags, began: Instant) -> Result {
    crate::interrupt::outlive_large_files();
    if let Some(deadline) = flags.shared().and_then(|shared| shared.deadline) {
        crate::interrupt::end_after(began, deadline);
    }
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
        Some(Command::Batch { scenario, runs, shard, parquet, resume, shared }) => {
            let named = unrecorded(scenario.as_deref(), &shared)?;
            let resume = resume.as_deref();
            batch::run(batch::Asked { named, runs, shard, parquet, resume }, &shared)
        }
        Some(Command::Merge { folders, parquet, resume, shared }) => {
            let resume = resume.as_deref();
            merge::run(&merge::Asked { folders: &folders, parquet, resume }, &shared)
        }
        Some(Command::Roa { scenario, x, y, resume, mut shared }) => {
            let list = shared.controller.clone();
            let kinds = compared(&mut shared)?;
            // A list was typed where it is no longer there.
            let listed = list != shared.controller;
            let named = unrecorded(scenario.as_deref(), &shared)?;
            let resume = resume.as_deref();
            roa::run(roa::Asked { named, kinds, listed, axes: [x, y], resume }, &shared)
        }
        Some(Command::Verify { folders, quiet, json }) => verify::run(&folders, quiet, json),
        Some(Command::Tune(flags)) => tune::run(&flags),
        Some(Command::Compare { scenarios, mut shared }) => {
            let kinds = compared(&mut shared)?;
            let read = scenarios.iter().map(|path| read(path, &shared));
            let mut named = read.collect::<Result<Vec<_>>>()?;
            tell_apart(&mut named, &scenarios);
            compare::run(&named, &kinds, &shared)
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
            print(&upright_store::pretty(&schema))?;
            Ok(Outcome::Done)
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Flags::command(), "upright", &mut script);
            print_as_is(&String::from_utf8_lossy(&script))?;
            Ok(Outcome::Done)
        }
    }
}

/// The scenario of many runs. None of them is recorded, so that what one would record is not limited.
fn unrecorded(path: Option<&Path>, shared: &Shared) -> Result<Option<Named>> {
    let shared = Shared { out: None, ..shared.clone() };
    path.map(|path| read(path, &shared)).transpose()
}

/// The nominal scenario and the pushed one under every controller, files and pictures included.
fn main_job(mut shared: Shared) -> Result {
    shared.out.get_or_insert_with(|| "upright-out".into());
    let kinds = compared(&mut shared)?;
    let scenarios = [NOMINAL, PUSHED].map(|(name, text)| parse(name, text, &shared));
    let scenarios = scenarios.into_iter().collect::<Result<Vec<_>>>()?;
    compare::run(&scenarios, &kinds, &shared)
}
