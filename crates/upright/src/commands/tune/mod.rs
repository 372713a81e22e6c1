//! `upright tune`: search for the gains of a scenario.

mod front;
mod history_writer;
mod least_cost;
mod list;
mod machine;
mod session;
mod text;

use crate::console::say;
use crate::failure::{Failure, Result};
use crate::flags::{Optimizer, Shared, Tune};
use crate::input::LoadedScenario;
use machine::{Machine, VERSION};
use session::Checkpointed;
use std::path::Path;
use upright_tune::checkpoint::{Checkpoint, CheckpointError, Saved, Store};
use upright_tune::pareto::{Front, Objectives};
use upright_tune::{LeastCost, State, TuneError};

pub(crate) fn run(tune: &Tune) -> Result {
    let mut shared = Shared { out: None, ..tune.shared.clone() };
    if let Some(objectives) = &tune.objectives {
        shared.set.push(("tuning.objectives".to_owned(), format!("[{objectives}]")));
    }
    let read = |path: &Path| crate::input::read(path, &shared);
    let loaded = tune.scenario.as_deref().map(read).transpose()?;
    if tune.list {
        return list::run(loaded.as_ref(), &shared);
    }
    // The flags ask for a scenario where no search goes on.
    match (&tune.resume, loaded) {
        (Some(folder), loaded) => {
            resume(tune, folder, loaded.as_ref()).map_err(|failure| of_flags(failure, folder))
        }
        (None, Some(loaded)) => begin(tune, &loaded),
        (None, None) => Err(Failure::Flag {
            flag: "SCENARIO",
            value: String::new(),
            allowed: "a scenario, or --resume DIR, or --list".to_owned(),
        }),
    }
}

fn begin(tune: &Tune, loaded: &LoadedScenario) -> Result {
    let Some(objectives) = Objectives::of(&loaded.scenario) else {
        let method = tune.optimizer.map(Optimizer::method).unwrap_or_default();
        return session::begin(tune, loaded, LeastCost { method });
    };
    if let Some(optimizer) = tune.optimizer {
        return Err(Failure::Flag {
            flag: "--optimizer",
            value: optimizer.method().name().to_owned(),
            allowed: "a front (--objectives, tuning.objectives) is searched by nsga-ii alone; \
                      leave the optimiser out"
                .to_owned(),
        });
    }
    session::begin(tune, loaded, Front { objectives })
}

fn resume(tune: &Tune, folder: &Path, scenario: Option<&LoadedScenario>) -> Result {
    if scenario.is_none() {
        unchanged(&tune.shared)?;
    }
    let machine = Machine::of(&tune.shared)?;
    let store = Store::new(folder);
    let lock = store.lock().map_err(TuneError::from)?;
    let loaded =
        store.load::<Saved<State<LeastCost>, State<Front>>>(VERSION).map_err(TuneError::from)?;
    if let Some(damage) = &loaded.passed_over {
        say!("warning: the last checkpoint is not whole ({damage}); going on from the one before");
    }
    let Checkpoint { history, seconds, state, .. } = loaded.checkpoint;
    match state {
        Saved::Single(state) => {
            let checkpointed = Checkpointed { store, lock, history, seconds, state };
            session::resume(tune, folder, scenario, machine, checkpointed)
        }
        Saved::Front(state) => {
            let checkpointed = Checkpointed { store, lock, history, seconds, state };
            session::resume(tune, folder, scenario, machine, checkpointed)
        }
    }
}

/// The library names what differs by its own words; here these are flags.
fn of_flags(failure: Failure, folder: &Path) -> Failure {
    match failure {
        Failure::Tune(TuneError::Checkpoint(CheckpointError::Other {
            field,
            found,
            given,
            ..
        })) => {
            let field = match field.as_str() {
                "objectives" => "--objectives",
                "optimizer" => "--optimizer",
                "candidates" => "--particles",
                "patience" => "--patience",
                field => field,
            };
            let reason = format!("{field} was {found} when the search began, and is {given} now");
            Failure::Resume { folder: folder.to_path_buf(), reason }
        }
        Failure::Tune(TuneError::Checkpoint(
            error @ (CheckpointError::Missing { .. }
            | CheckpointError::Damaged { .. }
            | CheckpointError::OtherVersion { .. }),
        )) => {
            let reason = error.to_string();
            let prefix = format!("{}: ", folder.display());
            let reason = reason.strip_prefix(&prefix).map_or(reason.clone(), str::to_owned);
            Failure::Resume { folder: folder.to_path_buf(), reason }
        }
        other => other,
    }
}

/// A search that goes on has its scenario; what would change it says nothing without one.
fn unchanged(shared: &Shared) -> Result<()> {
    let given = [
        ("--set", shared.set.first().map(|(path, value)| format!("{path}={value}"))),
        ("--controller", shared.controller.clone()),
        ("--seed", shared.seed.map(|seed| seed.to_string())),
    ];
    for (flag, value) in given {
        if let Some(value) = value {
            let allowed =
                "a search that goes on has its scenario, and nothing of it can change; give \
                           the scenario too, to have it compared"
                    .to_owned();
            return Err(Failure::Flag { flag, value, allowed });
        }
    }
    Ok(())
}
