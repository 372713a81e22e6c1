//! What may be typed.

#![expect(
    clippy::doc_markdown,
    reason = "these are texts of `--help`, where backticks would stand"
)]

mod idle;

use crate::console::note;
use crate::failure::errors_as_json;
use clap::error::{ContextKind, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use heapwatch_cli::{Attach, Exec};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use upright_report::Target;
use upright_sim::grid::{Axis, STATES};
use upright_sim::study::Shard;

/// Between which speeds a live run can go, in simulated seconds a second.
pub(crate) const SPEEDS: [f64; 2] = [0.01, 100.0];

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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// One run of a scenario: its verdict and metrics.
    #[command(after_help = "\
Examples:
  upright simulate scenarios/pushed.yaml --controller hybrid --out hybrid-run
  upright simulate scenarios/pushed.yaml --run 7
  echo 'simulation: {duration: 3}' | upright simulate - --require settled
  upright simulate scenarios/long-watch.yaml --recreate-every 10000 --out watched")]
    Simulate {
        /// The scenario file (YAML); - reads it from standard input.
        scenario: PathBuf,
        /// Run N of the scenario's study (see batch) instead of the scenario itself.
        #[arg(long, value_name = "N")]
        run: Option<u64>,
        #[command(flatten)]
        live: LiveFlags,
        #[command(flatten)]
        monitor: MemoryFlags,
        #[command(flatten)]
        shared: Shared,
    },
    /// Every controller on each scenario, in one table.
    ///
    /// The scenario's own kind keeps its settings; the others run with their defaults. --controller names
    /// those that run. --require asks it of every run.
    #[command(after_help = "\
Examples:
  upright compare scenarios/nominal.yaml scenarios/pushed.yaml --out comparison
  upright compare scenarios/large-angle.yaml --json")]
    Compare {
        /// Scenario files (YAML); - reads one from standard input.
        #[arg(required = true)]
        scenarios: Vec<PathBuf>,
        #[command(flatten)]
        shared: Shared,
    },
    /// Many runs of a scenario over its uncertainty: rates, and how the metrics are spread.
    ///
    /// Draws change plant and initial state; the controller goes on believing what the scenario
    /// says. A row depends on the seed and its index alone, and `simulate --run` gives it once more
    /// to the same bits.
    #[command(after_help = "\
Examples:
  upright batch scenarios/nominal.yaml --runs 1000
  upright batch scenarios/pushed.yaml --runs 200 --controller hybrid --out study
  UPRIGHT_SIMD=avx2 upright batch scenarios/nominal.yaml --runs 100 --threads 1 --json")]
    Batch {
        /// The scenario file (YAML); - reads it from standard input.
        #[arg(required_unless_present = "resume")]
        scenario: Option<PathBuf>,
        /// How many runs. The summary's quantiles take 100 bytes of memory a run.
        #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MOST>, required_unless_present = "resume")]
        runs: Option<u64>,
        /// Part I of N of the runs, from 1/N to N/N; merge puts the parts together.
        #[arg(long, value_name = "I/N")]
        shard: Option<Shard>,
        /// Leave the rows as batch.parquet too (--out).
        #[arg(long)]
        parquet: bool,
        /// Go on with a study from its results folder, to the same rows as if it had never stopped; begin
        /// it where there is nothing yet.
        #[arg(long, value_name = "DIR", conflicts_with = "out")]
        resume: Option<PathBuf>,
        #[command(flatten)]
        shared: Shared,
    },
    /// The shards of a study (batch --shard) back into one.
    ///
    /// Its batch.csv is that of the unsharded study, byte for byte. Shards that are missing, given twice,
    /// interrupted or of another study are refused.
    #[command(after_help = "\
Examples:
  upright batch scenarios/nominal.yaml --runs 100 --shard 1/2 --out part1
  upright batch scenarios/nominal.yaml --runs 100 --shard 2/2 --out part2
  upright merge part1 part2 --out study")]
    Merge {
        /// The folders of all shards, in any order.
        #[arg(required_unless_present = "resume")]
        folders: Vec<PathBuf>,
        /// Leave the rows as batch.parquet too (--out).
        #[arg(long)]
        parquet: bool,
        /// Do a merge again that was cut short, from its results folder; begin it where there is nothing yet.
        #[arg(long, value_name = "DIR", conflicts_with = "out")]
        resume: Option<PathBuf>,
        #[command(flatten)]
        shared: Shared,
    },
    /// Where each controller settles, over a grid of two states of the start.
    ///
    /// The other states are those of the scenario, and so is the plant. The scenario's own kind keeps
    /// its settings; the others run with their defaults.
    #[command(after_help = "\
Examples:
  upright roa scenarios/nominal.yaml --out region
  upright roa scenarios/nominal.yaml --x theta1:-0.5:0.5:21 --y theta1_dot:-2:2:21")]
    Roa {
        /// The scenario file (YAML); - reads it from standard input.
        #[arg(required_unless_present = "resume")]
        scenario: Option<PathBuf>,
        /// A state by its name in a trajectory, its first and last value in SI units, how many values (else
        /// theta1:-0.8:0.8:41).
        #[arg(long, value_name = "STATE:FROM:TO:POINTS", value_parser = axis, allow_hyphen_values = true)]
        x: Option<Axis>,
        /// Another state, likewise (else theta2:-0.8:0.8:41).
        #[arg(long, value_name = "STATE:FROM:TO:POINTS", value_parser = axis, allow_hyphen_values = true)]
        y: Option<Axis>,
        /// Go on with a map from its results folder, to the same verdicts as if it had never stopped; begin
        /// it where there is nothing yet.
        #[arg(long, value_name = "DIR", conflicts_with = "out")]
        resume: Option<PathBuf>,
        #[command(flatten)]
        shared: Shared,
    },
    /// A metric over one or two fields of a scenario: a curve, or a map.
    ///
    /// A run for each value, or with --runs a study, of which metrics are medians and `settled_rate` is the share
    /// that settled.
    #[command(after_help = "\
Examples:
  upright sweep scenarios/nominal.yaml --over actuator.delay=0:5:6
  upright sweep scenarios/nominal.yaml --over controller.boundary_layer=0.01:0.3:15:log --out layers
  upright sweep scenarios/nominal.yaml --over actuator.delay=0:3:4 --over actuator.lag=0:0.002:3")]
    Sweep {
        /// The scenario file (YAML); - reads it from standard input.
        scenario: PathBuf,
        /// A field of the scenario, its first and last value, how many values; with :log they are spread evenly by
        /// factors. Once for a curve, twice for a map.
        #[arg(long, value_name = "PATH=FROM:TO:N", value_parser = over, required = true, num_args = 1)]
        over: Vec<Over>,
        /// Metrics, by their names in a summary (else `settling_time`, `peak_force` and `total_variation`).
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        metric: Vec<String>,
        /// A study of so many runs a point, instead of one run.
        #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MOST>)]
        runs: Option<u64>,
        #[command(flatten)]
        shared: Shared,
    },
    /// A rig's masses, inertias and friction from logged runs, and the scenario that results.
    ///
    /// Logs are CSV files with the columns t (s), u (N) or volts (V), x (m) or `x_counts`, theta1 (rad) or
    /// `theta1_counts`, and theta2 or `theta2_relative` (rad), or either with `_counts`; others are ignored. Hang it, drive it
    /// with a chirp for 20 s, and let it swing. Exit code 1 where the model does not explain the logs.
    #[command(after_help = "\
Examples:
  upright identify chirp.csv swing.csv --model rig.yaml --zero hanging --validate other.csv --out identified
  upright simulate identified/identified.yaml")]
    Identify {
        /// Logged runs (CSV).
        #[arg(required = true, value_name = "LOG")]
        logs: Vec<PathBuf>,
        /// The scenario to begin from: what is believed of the rig, its encoders and the weighed masses of its links.
        #[arg(long, value_name = "SCENARIO")]
        model: PathBuf,
        /// A log that is held out, to judge what was found; may be given again.
        #[arg(long, value_name = "LOG")]
        validate: Vec<PathBuf>,
        /// Where the angles of the logs are zero.
        #[arg(long, value_name = "WHERE", default_value = "upright")]
        zero: ZeroAt,
        /// Length of the pieces that are simulated in one go, in s (else 1 hanging, 0.3 upright).
        #[arg(long, value_name = "S", value_parser = segment)]
        segment: Option<f64>,
        #[command(flatten)]
        shared: Shared,
    },
    /// A commented scenario to begin with: what a ruler, a scale and a data sheet say of a rig.
    #[command(after_help = "\
Examples:
  upright init --rig linear-force rig-by-force.yaml
  upright init --rig linear-voltage -")]
    Init {
        /// What drives the cart.
        #[arg(long, value_name = "RIG")]
        rig: Rig,
        /// Where to, which must not be there yet; - is standard output.
        #[arg(default_value = "rig.yaml")]
        file: PathBuf,
    },
    /// Search for the gains of a scenario's controller, poles included.
    ///
    /// Gains are judged on drawn runs, and what was found is judged once more on draws that the
    /// search has not seen. The scenario's tuning section says which gains, between which bounds and
    /// what a run costs; --list shows it.
    #[command(after_help = "\
Examples:
  upright tune --list scenarios/nominal.yaml
  upright tune scenarios/nominal.yaml --set simulation.duration=3 --iterations 2 --out tuned
  upright tune --resume tuned --iterations 3
  upright tune scenarios/slow-loop.yaml --objectives settling,variation --iterations 2
  upright tune scenarios/slow-loop.yaml --controller lqr --optimizer cma-es --patience 2")]
    Tune(Tune),
    /// Surface, sliding poles, controllability, conditioning, and the margins of the whole sampled loop.
    #[command(after_help = "\
Examples:
  upright design scenarios/nominal.yaml
  upright design scenarios/nominal.yaml --set controller.surface.poles='[-2, -3, -4, -5, -6]' --json")]
    Design {
        /// The scenario file (YAML); - reads it from standard input.
        scenario: PathBuf,
        #[command(flatten)]
        shared: Shared,
    },
    /// Why it does not settle, or bangs: causes removed one by one, settings tried alone and in pairs.
    ///
    /// Says what to change first, with values, and what no setting removes.
    #[command(after_help = "\
Examples:
  upright diagnose scenarios/slow-loop.yaml
  upright diagnose scenarios/nominal.yaml --set actuator.delay=3 --out diagnosis")]
    Diagnose {
        /// The scenario file (YAML); - reads it from standard input.
        scenario: PathBuf,
        #[command(flatten)]
        shared: Shared,
    },
    /// A plan from the scenario's start to an equilibrium, within the force and the track: forces, states, gains.
    ///
    /// Plans are made from many starts over all cores, and ranked by following each under the same drawn errors and
    /// pushes. Of a scenario of another kind than swing_up the plan has the default settings. Exit code 1 where no
    /// start leads to a plan.
    #[command(after_help = "\
Examples:
  upright plan scenarios/swing-up.yaml --out plan
  upright plan scenarios/swing-up.yaml --to up_down --json
  upright plan scenarios/swing-up.yaml --time-optimal --set controller.plan.candidates=30")]
    Plan {
        /// The scenario file (YAML); - reads it from standard input.
        scenario: PathBuf,
        /// Where to.
        #[arg(long, value_name = "STATE", default_value = "upright")]
        to: Equilibrium,
        /// The shortest plan instead of the one that bears errors best: its horizon is shortened by bisection
        /// until no plan is found.
        #[arg(long)]
        time_optimal: bool,
        #[command(flatten)]
        shared: Shared,
    },
    /// The memory audit: does it leak, what does it cost once, what bounds it?
    ///
    /// Audits the four sliding mode controllers and the run loop, each in a fresh process, on a moving
    /// plant that makes them saturate, adapt and switch. With exec or attach, watches any other process
    /// from outside (Linux). Exit code 1 where something leaks or does not hold, 3 where the audit does
    /// not tell.
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_precedence_over_arg = true,
        after_help = "\
Examples:
  upright audit --quick --out memory-audit
  upright audit --demo eight_bytes_a_step; test $? = 1
  upright audit exec --duration 4 -- sleep 60"
    )]
    Audit(Audit),
    /// Whether results are what was written: every file against its checksum.
    ///
    /// Exit code 1 where a file was altered or is missing. Files that are no results are not looked at.
    #[command(after_help = "\
Examples:
  upright design scenarios/nominal.yaml --out design --quiet
  upright verify design")]
    Verify {
        /// Results folders.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
        /// Print nothing.
        #[arg(long)]
        quiet: bool,
        /// Print what was found as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The JSON Schema of a scenario, an audit or a watch, for editors and other programs.
    #[command(after_help = "\
Examples:
  upright schema
  upright schema scenario
  upright schema audit
  upright schema watch")]
    Schema {
        /// Which schema.
        #[arg(default_value = "scenario")]
        of: SchemaOf,
    },
    /// Completions for a shell, to be evaluated by it.
    #[command(after_help = "\
Examples:
  upright completions bash")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// An equilibrium of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Equilibrium {
    /// Both links up.
    Upright,
    /// Both links down.
    Hanging,
    /// Link 1 up, link 2 down.
    #[value(name = "up_down")]
    UpDown,
    /// Link 1 down, link 2 up.
    #[value(name = "down_up")]
    DownUp,
}

impl Equilibrium {
    /// Its angles in rad.
    pub(crate) fn angles(self) -> [f64; 2] {
        use std::f64::consts::PI;
        match self {
            Self::Upright => [0.0, 0.0],
            Self::Hanging => [PI, PI],
            Self::UpDown => [0.0, PI],
            Self::DownUp => [PI, 0.0],
        }
    }

    /// Its name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Upright => "upright",
            Self::Hanging => "hanging",
            Self::UpDown => "up_down",
            Self::DownUp => "down_up",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Tune {
    /// The scenario file (YAML); - reads it from standard input.
    #[arg(required_unless_present_any = ["resume", "list"])]
    pub(crate) scenario: Option<PathBuf>,
    /// Show what can be tuned, and do nothing else; without a scenario, of every kind.
    #[arg(long, conflicts_with = "resume")]
    pub(crate) list: bool,
    /// Candidates a step (else 40).
    #[arg(long, value_name = "N", value_parser = whole::<u32, 2, 100_000>)]
    pub(crate) particles: Option<u32>,
    /// Steps (else 50).
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MOST>)]
    pub(crate) iterations: Option<u64>,
    /// How to search (else by a swarm of particles).
    #[arg(long, value_name = "NAME")]
    pub(crate) optimizer: Option<Optimizer>,
    /// Search the front of two terms of the cost instead of its least, such as settling,variation.
    #[arg(long, value_name = "TERM,TERM")]
    pub(crate) objectives: Option<String>,
    /// End after so many steps that found nothing better.
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MOST>)]
    pub(crate) patience: Option<u64>,
    /// Go on with a search from its results folder, to the same bits as if it had never stopped.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub(crate) resume: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Optimizer {
    /// A swarm of particles.
    Pso,
    /// Evolution with an adapted covariance matrix.
    CmaEs,
    /// Differential evolution.
    De,
}

impl Optimizer {
    pub(crate) fn method(self) -> upright_tune::optimizer::Method {
        use upright_tune::optimizer::Method;
        match self {
            Self::Pso => Method::Pso,
            Self::CmaEs => Method::CmaEs,
            Self::De => Method::De,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) watch: Option<AuditOther>,
    /// The scenario that the subjects run (YAML); - reads it from standard input. Without one: a sine
    /// and noise on the cart against a weak actuator.
    pub(crate) scenario: Option<PathBuf>,
    /// The short form, for continuous integration.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Audits a program that misbehaves on purpose, or an innocent one that looks like it.
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["scenario", "quick"],
        value_parser = clap::builder::PossibleValuesParser::new(animals())
    )]
    pub(crate) demo: Option<String>,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// The animals of the zoo, with what each does.
fn animals() -> Vec<clap::builder::PossibleValue> {
    let value = |animal: &heapwatch::zoo::Animal| {
        clap::builder::PossibleValue::new(animal.name).help(animal.summary)
    };
    heapwatch::zoo::ANIMALS.iter().map(value).collect()
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditOther {
    /// One subject in a process of its own, for the audit that started it.
    #[command(hide = true)]
    Subject,
    /// Runs a command, watches it, and ends it when the time is over.
    ///
    /// What it says: clean, a one-time cost, bounded (it filled up and stopped growing), leak, or
    /// inconclusive. Exit code 1 for a leak, 3 where there is no answer yet.
    #[command(after_help = "\
Examples:
  upright audit exec --duration 4 -- sleep 60
  upright audit exec --duration 4 --json -- sh -c 'sleep 60'
  upright audit exec --duration 4 --sites -- sleep 60")]
    Exec(Exec),
    /// Watches a running process and leaves it running.
    #[command(after_help = "\
Examples:
  upright audit attach --duration 4 $$")]
    Attach(Attach),
    /// Compares two watches or two audits: growth of the new one less that of the old one, with its interval.
    ///
    /// Exit code 1 where something grew beyond its interval, 3 where the new one does not tell.
    #[command(after_help = "\
Examples:
  upright audit exec --duration 4 --out old -- sleep 60
  upright audit exec --duration 4 --out new -- sleep 60
  upright audit compare old new
  upright audit compare old/summary.json new")]
    Compare(heapwatch_cli::Compare),
}

/// A run in the terminal.
#[derive(Debug, Clone, Args)]
pub(crate) struct LiveFlags {
    /// Show the run in the terminal as it goes, to be pushed, paused and put under other controllers; ?
    /// lists the keys.
    #[arg(long)]
    pub(crate) live: bool,
    /// How fast a live run goes, in simulated seconds a second.
    #[arg(long, value_name = "X", value_parser = speed, default_value_t = 1.0, requires = "live")]
    pub(crate) speed: f64,
}

/// How the memory of a run is watched; lies over the scenario's `monitor` section.
#[derive(Debug, Clone, Args)]
pub(crate) struct MemoryFlags {
    /// Watch the memory of the run, and warn where it grows.
    #[arg(long)]
    pub(crate) monitor: bool,
    /// Build the controller anew every so many periods (else 1 000 000); the force does not
    /// change. Implies --monitor.
    #[arg(long, value_name = "N", value_parser = whole::<u32, 1, 4_000_000_000>)]
    pub(crate) recreate_every: Option<u32>,
    /// Empty the controller's records every so many periods; the force does not change. Implies
    /// --monitor.
    #[arg(long, value_name = "N", value_parser = whole::<u32, 1, 4_000_000_000>)]
    pub(crate) reset_every: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaOf {
    /// A scenario file.
    Scenario,
    /// The audit.json of an audit.
    Audit,
    /// The summary of a watch (audit exec, attach), with the rows of its series.csv.
    Watch,
}

/// Flags that commands share.
#[derive(Debug, Clone, Args)]
pub(crate) struct Shared {
    /// Folder for the results; one of the same command is replaced, any other refused.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Sets a field of the scenario; may be given again.
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
    /// Another kind of controller with its default settings; surface and model stay. For compare and roa
    /// one or a list such as classical,lqr: these kinds and no others.
    #[arg(long, value_name = "KIND")]
    pub(crate) controller: Option<String>,
    /// Seed of every random number.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads to use; all cores where absent. A single run uses one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// End after so many seconds with what is done by then (exit code 3).
    #[arg(long, value_name = "S", value_parser = deadline)]
    pub(crate) deadline: Option<Duration>,
    /// Exit with code 1 unless every run is so; a design runs nothing.
    #[arg(long, value_name = "VERDICT")]
    pub(crate) require: Option<Requirement>,
    /// Formats of the pictures in the results folder (--out).
    #[arg(
        long,
        value_name = "FORMATS",
        value_delimiter = ',',
        default_values_t = [Format::Svg, Format::Png]
    )]
    pub(crate) figures: Vec<Format>,
    /// Size the pictures for one column (88.9 mm) or two (181.9 mm) of a paper, with text of 8 pt;
    /// else for the screen.
    #[arg(long, value_name = "COLUMNS")]
    pub(crate) columns: Option<Columns>,
    /// Say on standard error how far it is, as lines of JSON: what is done and of how much, in which unit, rate a
    /// second, time left.
    #[arg(long, value_name = "FORM")]
    pub(crate) progress: Option<ProgressForm>,
    /// Bytes that a scenario may have (else 1 000 000).
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_input: Option<u64>,
    /// Take an empty standard input for a scenario of defaults.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Print no table.
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Print the summary as JSON and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How progress is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// Lines of JSON.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Requirement {
    /// Settled, under a force that does not chatter.
    Settled,
    /// Settled or balanced, under a force that does not chatter.
    Calm,
    /// Settled, or at least upright throughout, whatever the force does.
    Balanced,
}

impl Shared {
    /// Where the pictures are to be shown.
    pub(crate) fn target(&self) -> Target {
        match self.columns {
            None => Target::Screen,
            Some(Columns::One) => Target::OneColumn,
            Some(Columns::Two) => Target::TwoColumns,
        }
    }
}

/// How wide pictures are on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Columns {
    /// 88.9 mm.
    One,
    /// 181.9 mm.
    Two,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Scalable, text selectable.
    Svg,
    /// 200 dots an inch.
    Png,
    /// For papers, fonts embedded.
    #[cfg(feature = "pdf")]
    Pdf,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Svg => "svg",
            Self::Png => "png",
            #[cfg(feature = "pdf")]
            Self::Pdf => "pdf",
        })
    }
}

fn deadline(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "allowed is a time in s from 0".to_owned())
}

/// Runs, or steps of a search, at most.
const MOST: u64 = 100_000_000;

/// A whole number between two, also with an exponent.
fn whole<T: TryFrom<u64>, const LEAST: u64, const LARGEST: u64>(text: &str) -> Result<T, String> {
    let whole =
        |number: f64| (number.fract() == 0.0 && number.abs() <= 1e15).then_some(number as u64);
    let number = text.parse::<u64>().ok().or_else(|| text.parse().ok().and_then(whole));
    number
        .filter(|number| (LEAST..=LARGEST).contains(number) && !text.starts_with('-'))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("allowed is a whole number from {LEAST} to {LARGEST}"))
}

fn speed(text: &str) -> Result<f64, String> {
    let [least, most] = SPEEDS;
    let speed = text.parse().ok().filter(|speed| (least..=most).contains(speed));
    speed.ok_or_else(|| format!("allowed is from {least} to {most}"))
}

fn axis(text: &str) -> Result<Axis, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [state, from, to, points] = parts[..] else {
        return Err("must be STATE:FROM:TO:POINTS, as in theta1:-0.5:0.5:41".to_owned());
    };
    let known = STATES.iter().position(|name| *name == state);
    let state = known.ok_or_else(|| format!("{state}: allowed is one of {}", STATES.join(", ")))?;
    let number = |text: &str| text.parse::<f64>().ok().filter(|x| x.abs() <= 1e4);
    let range = |text: &str| format!("{text}: allowed is from -1e4 to 1e4");
    let from = number(from).ok_or_else(|| range(from))?;
    let to = number(to).ok_or_else(|| range(to))?;
    if to <= from {
        return Err(format!("{to}: must be above {from}"));
    }
    let points = points
        .parse()
        .ok()
        .filter(|points| (2..=1001).contains(points))
        .ok_or_else(|| format!("{points}: allowed is a whole number from 2 to 1001"))?;
    Ok(Axis { state, from, to, points })
}

/// Where the angles of a log are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ZeroAt {
    /// Both links upright.
    Upright,
    /// Both links hanging at rest.
    Hanging,
}

fn segment(text: &str) -> Result<f64, String> {
    let length = text.parse().ok().filter(|length| (0.05..=1e4).contains(length));
    length.ok_or_else(|| "allowed is from 0.05 to 1e4".to_owned())
}

/// A rig to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rig {
    /// A cart on a straight track, driven by a force.
    LinearForce,
    /// The same behind a motor that is driven by a voltage.
    LinearVoltage,
}

/// A field of a scenario and the values that it goes through.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Over {
    pub(crate) path: String,
    pub(crate) values: Vec<f64>,
}

/// Values of a sweep at most.
const MAX_VALUES: usize = 1001;

fn over(text: &str) -> Result<Over, String> {
    let form = || "must be PATH=FROM:TO:N, as in actuator.delay=0:5:6".to_owned();
    let (path, range) = text.split_once('=').ok_or_else(form)?;
    let parts: Vec<&str> = range.split(':').collect();
    let (from, to, count, log) = match parts[..] {
        [from, to, count] => (from, to, count, false),
        [from, to, count, "log"] => (from, to, count, true),
        _ => return Err(form()),
    };
    if path.trim().is_empty() {
        return Err(form());
    }
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("{text}: allowed is a number"))
    };
    let (from, to) = (number(from)?, number(to)?);
    let count: usize = count
        .parse()
        .ok()
        .filter(|count| (2..=MAX_VALUES).contains(count))
        .ok_or_else(|| format!("{count}: allowed is a whole number from 2 to {MAX_VALUES}"))?;
    if from == to {
        return Err(format!("{to}: must differ from {from}"));
    }
    if log && (from <= 0.0 || to <= 0.0) {
        return Err("even factors need values above zero".to_owned());
    }
    let value = |i: usize| {
        let share = i as f64 / (count - 1) as f64;
        if i == 0 {
            from
        } else if i == count - 1 {
            to
        } else if log {
            from * (to / from).powf(share)
        } else {
            from + share * (to - from)
        }
    };
    Ok(Over { path: path.trim().to_owned(), values: (0..count).map(value).collect() })
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.to_owned()))
        }
        _ => Err("must be PATH=VALUE, as in plant.link1.mass=0.25".to_owned()),
    }
}
