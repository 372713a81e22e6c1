//! Flags that would do nothing where they were typed: refused, since who types one expects something of it.

use clap::ArgMatches;
use clap::parser::ValueSource;
use std::path::{Path, PathBuf};

/// Flags that a command takes without using them: its name, the flags as they are stored, and why.
type Unused = (&'static str, &'static [&'static str], &'static str);

/// What each command does without, whatever else is typed.
const IDLE: [Unused; 8] = [
    ("", &["max_input", "allow_empty"], "its scenarios are built in"),
    ("simulate", &["threads"], "a single run uses one thread"),
    (
        "merge",
        &["set", "controller", "seed", "threads", "max_input", "allow_empty"],
        "a merge takes its runs as they are",
    ),
    (
        "design",
        &["require", "threads", "deadline", "progress"],
        "a design runs nothing, and is there at once",
    ),
    (
        "diagnose",
        &["threads", "figures", "columns"],
        "a diagnosis runs on one thread and leaves a page",
    ),
    ("plan", &["require", "threads"], "a plan is no run, and takes all cores"),
    (
        "identify",
        &["controller", "seed", "require", "threads"],
        "an identification runs no controller and draws nothing by chance",
    ),
    ("attach", &["redact"], "a process is named by its number, without its arguments"),
];

/// What shows only in files.
const OF_FILES: [&str; 3] = ["figures", "columns", "parquet"];
/// What changes a scenario that is read.
const OF_SCENARIO: [&str; 5] = ["set", "controller", "seed", "max_input", "allow_empty"];
/// What a list of what can be tuned does without.
const OF_SEARCH: [&str; 11] = [
    "particles",
    "iterations",
    "optimizer",
    "patience",
    "out",
    "threads",
    "deadline",
    "require",
    "figures",
    "columns",
    "progress",
];

/// A flag that was typed and would do nothing, and why; `command` is the innermost one.
pub(super) fn flag(command: Option<&str>, matches: &ArgMatches) -> Option<(String, &'static str)> {
    let given = |id: &str| {
        matches.try_contains_id(id).is_ok()
            && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let name = command.unwrap_or("");
    let among = |flags: &[&'static str], why: &'static str| {
        let flag = flags.iter().find(|id| given(id))?;
        Some((format!("--{}", flag.replace('_', "-")), why))
    };
    let mut always = IDLE.iter().filter(|(of, ..)| *of == name);
    let always = always.find_map(|(_, flags, why)| among(flags, why));

    let nowhere = command.is_some() && !given("out") && !given("resume");
    let files = || among(&OF_FILES, "without --out there are no files").filter(|_| nowhere);
    let list = || {
        let listed = name == "tune" && given("list");
        among(&OF_SEARCH, "a list (--list) searches and writes nothing").filter(|_| listed)
    };
    // A sweep of single runs uses one thread; a study in it is judged by rates.
    let sweep = || match (name, given("runs")) {
        ("sweep", false) => {
            among(&["threads"], "single runs use one thread; a study (--runs) uses more")
        }
        ("sweep", true) => {
            among(&["require"], "a point is a study (--runs), of which `settled_rate` is a metric")
        }
        _ => None,
    };
    let followed = ["forever", "textfile", "listen", "on_leak", "state"];
    let unheard = || {
        among(
            &["report_every"],
            "nobody is told on the way (--forever, --textfile, --listen, --on-leak, --state)",
        )
        .filter(|_| !followed.into_iter().any(given))
    };
    let demo = || {
        let animal = name == "audit" && given("demo");
        among(&["seed", "max_input", "allow_empty"], "an animal (--demo) runs no scenario")
            .filter(|_| animal)
    };
    // A search that goes on says itself what cannot change.
    let resumed = || {
        let alone = ["batch", "roa"].contains(&name) && given("resume") && !given("scenario");
        among(
            &OF_SCENARIO,
            "what goes on has its scenario; give the scenario too, to have it compared",
        )
        .filter(|_| alone)
    };
    let empty = || {
        let paths = |id| {
            let found = matches.try_get_many::<PathBuf>(id).ok().flatten();
            found.is_some_and(|mut paths| paths.any(|path| path == Path::new("-")))
        };
        let reads = paths("scenario") || paths("scenarios") || paths("model");
        among(&["allow_empty"], "no scenario comes from standard input").filter(|_| !reads)
    };
    always
        .or_else(list)
        .or_else(sweep)
        .or_else(unheard)
        .or_else(demo)
        .or_else(resumed)
        .or_else(files)
        .or_else(empty)
}
