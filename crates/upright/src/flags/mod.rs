//! Command line flags.

#![expect(
    clippy::doc_markdown,
    reason = "these are texts of `--help`, where backticks would stand"
)]

mod audit;
mod command;
mod idle;
mod live;
mod memory;
mod paper;
mod shared;
mod sweep;
mod tune;
mod value;

pub(crate) use audit::{Audit, AuditOther};
pub(crate) use command::{Command, SchemaOf};
pub(crate) use live::{LiveFlags, SPEEDS};
pub(crate) use memory::MemoryFlags;
pub(crate) use paper::Format;
pub(crate) use shared::{ProgressForm, Requirement, Shared};
pub(crate) use sweep::Over;
pub(crate) use tune::{Optimizer, Tune};
pub(crate) use value::{Equilibrium, Rig, ZeroAt};

use crate::console::note;
use crate::failure::errors_as_json;
use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use serde_json::json;

/// Sliding mode control of the double inverted pendulum on a cart.
///
/// Without a command it does the main job: it runs the nominal scenario and two pushed ones under all
/// four sliding mode controllers and LQR, plain and with integral action, prints a comparison, and leaves
/// pictures and files in upright-out/.
#[derive(Debug, Parser)]
#[command(
    name = "upright",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  upright
  upright --out comparison --figures svg,png,pdf"
)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// What was typed; ends the program where that is not allowed.
pub(crate) fn parse() -> Flags {
    let matches = Flags::command().try_get_matches().unwrap_or_else(|error| refuse(&error));
    let mut inner = &matches;
    let mut command = None;
    while let Some((name, matches)) = inner.subcommand() {
        (command, inner) = (Some(name), matches);
    }
    if let Some((flag, why)) = idle::flag(command, inner) {
        let message = format!("{flag} would do nothing: {why}");
        refuse(&Flags::command().error(ErrorKind::ArgumentConflict, message));
    }
    Flags::from_arg_matches(&matches).unwrap_or_else(|error| refuse(&error))
}

/// Says what is wrong with the flags, or the help that was asked for, and ends the program.
fn refuse(error: &clap::Error) -> ! {
    // What follows `--` is another program's.
    let mut typed = std::env::args_os().skip(1).take_while(|typed| typed != "--");
    if error.use_stderr() && typed.any(|typed| typed == "--json") {
        let text = error.to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text);
        // Tips and the usage are for people.
        let message = message.split("\n\n").next().unwrap_or(message).trim_end();
        let context = |kind| error.get(kind).map(ToString::to_string);
        note(&errors_as_json(&[json!({
            "message": message,
            "flag": context(ContextKind::InvalidArg),
            "value": context(ContextKind::InvalidValue)
                .or_else(|| context(ContextKind::InvalidSubcommand)),
            // What a value is checked by here says it in its words.
            "allowed": context(ContextKind::ValidValue)
                .or_else(|| Some(message.split_once("allowed is ")?.1.to_owned())),
        })]));
        std::process::exit(error.exit_code());
    }
    error.exit()
}

impl Flags {
    /// Whether JSON was asked for.
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            Some(Command::Audit(Audit { watch: Some(other), .. })) => match other {
                AuditOther::Exec(exec) => exec.watch.json,
                AuditOther::Attach(attach) => attach.watch.json,
                AuditOther::Compare(compare) => compare.json,
                AuditOther::Subject => false,
            },
            Some(Command::Verify { json, .. }) => *json,
            _ => self.shared().is_some_and(|shared| shared.json),
        }
    }

    /// The flags that commands share, of a command that has them.
    pub(crate) fn shared(&self) -> Option<&Shared> {
        match &self.command {
            None => Some(&self.shared),
            Some(
                Command::Simulate { shared, .. }
                | Command::Compare { shared, .. }
                | Command::Batch { shared, .. }
                | Command::Merge { shared, .. }
                | Command::Roa { shared, .. }
                | Command::Diagnose { shared, .. }
                | Command::Sweep { shared, .. }
                | Command::Identify { shared, .. }
                | Command::Plan { shared, .. }
                | Command::Design { shared, .. },
            ) => Some(shared),
            Some(Command::Tune(tune)) => Some(&tune.shared),
            Some(Command::Audit(audit)) if audit.watch.is_none() => Some(&audit.shared),
            Some(_) => None,
        }
    }
}
