//! The commands, with the flags of each.

use super::audit::Audit;
use super::live::LiveFlags;
use super::memory::MemoryFlags;
use super::shared::Shared;
use super::sweep::{Over, over};
use super::tune::Tune;
use super::value::{Equilibrium, MAX_RUNS, Rig, ZeroAt, axis, segment, whole};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;
use upright_sim::grid::Axis;
use upright_sim::study::Shard;

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
        #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MAX_RUNS>, required_unless_present = "resume")]
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
  upright roa scenarios/nominal.yaml --x theta1:-0.5:0.5:21 --y theta1_dot:-2:2:21
  upright roa scenarios/swing-up.yaml --controller swing_up,mpc --out circle")]
    Roa {
        /// The scenario file (YAML); - reads it from standard input.
        #[arg(required_unless_present = "resume")]
        scenario: Option<PathBuf>,
        /// A state by its name in a trajectory, its first and last value in SI units, how many values (else
        /// theta1:-0.8:0.8:41; theta1:-pi:pi:25 for a scenario that swings up).
        #[arg(long, value_name = "STATE:FROM:TO:POINTS", value_parser = axis, allow_hyphen_values = true)]
        x: Option<Axis>,
        /// Another state, likewise (else theta2:-0.8:0.8:41, or theta2:-pi:pi:25).
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
        #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MAX_RUNS>)]
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
    /// Audits the four sliding mode controllers, prediction and swing-up, the run loop, studies and searches, each in a
    /// fresh process, on a moving plant that makes them saturate, adapt and switch. With exec or attach, watches any other process
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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaOf {
    /// A scenario file.
    Scenario,
    /// The audit.json of an audit.
    Audit,
    /// The summary of a watch (audit exec, attach), with the rows of its series.csv.
    Watch,
}
