//! What each command does.

mod audit;
mod batch;
mod compare;
mod design;
mod diagnose;
mod identify;
mod init;
mod live;
mod loop_text;
mod merge;
mod plan;
mod roa;
mod simulate;
mod sweep;
mod tune;
mod verify;

use crate::console::{print, print_as_is};
use crate::contenders;
use crate::failure::{Outcome, Result};
use crate::flags::{AuditOther, Command, Flags, SchemaOf, Shared};
use crate::input::{LoadedScenario, parse, read, read_undesigned, tell_apart};
use crate::monitoring;
use clap::CommandFactory;
use std::path::Path;
use std::time::Instant;
use upright_sim::scenario::kinds::Family;
use upright_sim::scenario::schema::scenario_schema;

/// The scenarios of the main job.
const NOMINAL: (&str, &str) = ("nominal", include_str!("../../../../scenarios/nominal.yaml"));
const PUSHED: (&str, &str) = ("pushed", include_str!("../../../../scenarios/pushed.yaml"));
const HARD_PUSH: (&str, &str) = ("hard-push", include_str!("../../../../scenarios/hard-push.yaml"));

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
            let mut loaded = read(&scenario, &shared)?;
            monitoring::turn_on(&monitor, &mut loaded.scenario);
            simulate::run(&loaded, run, &shared)
        }
        Some(Command::Batch { scenario, runs, shard, parquet, resume, shared }) => {
            let loaded = unrecorded(scenario.as_deref(), &shared)?;
            let resume = resume.as_deref();
            batch::run(batch::Asked { loaded, runs, shard, parquet, resume }, &shared)
        }
        Some(Command::Merge { folders, parquet, resume, shared }) => {
            let resume = resume.as_deref();
            merge::run(&merge::Asked { folders: &folders, parquet, resume }, &shared)
        }
        Some(Command::Roa { scenario, x, y, resume, mut shared }) => {
            let listed = shared.controller.is_some();
            let mut kinds = contenders::asked_kinds(&mut shared)?;
            let unrecorded = Shared { out: None, ..shared.clone() };
            let read = |path: &Path| read_undesigned(path, &unrecorded);
            let loaded = scenario.as_deref().map(read).transpose()?;
            if !listed {
                with_own(&mut kinds, loaded.iter());
            }
            let resume = resume.as_deref();
            roa::run(roa::Asked { loaded, kinds, listed, axes: [x, y], resume }, &shared)
        }
        Some(Command::Sweep { scenario, over, metric, runs, shared }) => {
            sweep::run(&sweep::Asked { path: &scenario, over, metrics: &metric, runs }, &shared)
        }
        Some(Command::Identify { logs, model, validate, zero, segment, shared }) => {
            let loaded = read(&model, &Shared { out: None, ..shared.clone() })?;
            let asked = identify::Asked { logs: &logs, validate: &validate, loaded, zero, segment };
            identify::run(&asked, &shared)
        }
        Some(Command::Init { rig, file }) => init::run(rig, &file),
        Some(Command::Verify { folders, quiet, json }) => verify::run(&folders, quiet, json),
        Some(Command::Tune(flags)) => tune::run(&flags),
        Some(Command::Compare { scenarios, mut shared }) => {
            let listed = shared.controller.is_some();
            let mut kinds = contenders::asked(&mut shared)?;
            let read = scenarios.iter().map(|path| read_undesigned(path, &shared));
            let mut loaded = read.collect::<Result<Vec<_>>>()?;
            tell_apart(&mut loaded, &scenarios);
            if !listed {
                with_own(&mut kinds, loaded.iter());
            }
            compare::run(&loaded, &kinds, &shared)
        }
        Some(Command::Design { scenario, shared }) => {
            design::run(&read_undesigned(&scenario, &shared)?, &shared)
        }
        Some(Command::Diagnose { scenario, shared }) => {
            let loaded = unrecorded(Some(&scenario), &shared)?;
            loaded.map_or(Ok(Outcome::Done), |loaded| diagnose::run(&loaded, &shared))
        }
        Some(Command::Plan { scenario, to, time_optimal, shared }) => {
            let loaded = read(&scenario, &Shared { out: None, ..shared.clone() })?;
            plan::run(&plan::Asked { loaded, to, time_optimal }, &shared)
        }
        Some(Command::Audit(audit)) => match audit.watch {
            Some(AuditOther::Exec(exec)) => Ok(heapwatch_cli::exec(&exec)?),
            Some(AuditOther::Attach(attach)) => Ok(heapwatch_cli::attach(&attach)?),
            Some(AuditOther::Compare(compare)) => Ok(heapwatch_cli::compare(&compare)?),
            Some(AuditOther::Subject) => audit::subject(began),
            None => audit::run(&audit),
        },
        Some(Command::Schema { of }) => {
            let schema = match of {
                SchemaOf::Scenario => scenario_schema(),
                SchemaOf::Audit => upright_audit::schema(),
                SchemaOf::Watch => heapwatch_cli::schema(),
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

/// Adds swing-ups, policies and prediction, which are compared where a scenario has one.
fn with_own<'a>(kinds: &mut Vec<&'static str>, loaded: impl Iterator<Item = &'a LoadedScenario>) {
    for info in loaded.map(|loaded| loaded.scenario.controller.settings.info()) {
        let own = matches!(info.family, Family::SwingUp | Family::External | Family::Predictive);
        if own && !kinds.contains(&info.name) {
            kinds.push(info.name);
        }
    }
}

/// The scenario of many runs. None of them is recorded, so that what one would record is not limited.
fn unrecorded(path: Option<&Path>, shared: &Shared) -> Result<Option<LoadedScenario>> {
    let shared = Shared { out: None, ..shared.clone() };
    path.map(|path| read(path, &shared)).transpose()
}

/// The nominal scenario and the pushed ones under every controller, files and pictures included.
fn main_job(mut shared: Shared) -> Result {
    shared.out.get_or_insert_with(|| "upright-out".into());
    let kinds = contenders::asked(&mut shared)?;
    let scenarios =
        [NOMINAL, PUSHED, HARD_PUSH].map(|(name, text)| parse(name, text, &shared, true));
    let scenarios = scenarios.into_iter().collect::<Result<Vec<_>>>()?;
    compare::run(&scenarios, &kinds, &shared)
}
