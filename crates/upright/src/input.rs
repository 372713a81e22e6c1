//! Scenarios as they come: from files and from standard input.

use crate::console::one_line;
use crate::contenders;
use crate::failure::{Failure, Result};
use crate::flags::Shared;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use upright_sim::scenario::{Overrides, Scenario};
use upright_store::FileError;

/// A scenario and what results call it.
pub(crate) struct LoadedScenario {
    pub(crate) name: String,
    pub(crate) scenario: Scenario,
}

/// Bytes of a scenario at most, unless the user allows more.
const MAX_INPUT: u64 = 1_000_000;

/// What standard input is called.
const STDIN: &str = "standard input";

/// The report's file, which stands beside folders that are called after scenarios.
pub(crate) const REPORT: &str = "report.html";

pub(crate) fn read(path: &Path, shared: &Shared) -> Result<LoadedScenario> {
    read_as(path, shared, false)
}

/// The same of a scenario whose own kind of controller need not have a design.
pub(crate) fn read_undesigned(path: &Path, shared: &Shared) -> Result<LoadedScenario> {
    read_as(path, shared, true)
}

fn read_as(path: &Path, shared: &Shared, undesigned: bool) -> Result<LoadedScenario> {
    let text = text(path, shared)?;
    let mut loaded = parse_from(path, &text, shared, undesigned)?;
    if path == Path::new("-") {
        return Ok(loaded);
    }
    let stem = one_line(&path.file_stem().unwrap_or_default().to_string_lossy());
    // A folder of results is called so; these would leave it or meet its own files.
    let taken =
        |name: &str| ["csv", "svg", "png", "pdf"].iter().any(|end| stem == format!("{name}.{end}"));
    if ["", ".", "..", "summary.json", REPORT].contains(&stem.as_str())
        || taken("comparison")
        || taken("bars")
    {
        return Err(Failure::Name { path: path.to_path_buf() });
    }
    loaded.name = stem;
    Ok(loaded)
}

/// What errors call where a scenario comes from: one line, whatever the file is called.
fn source(path: &Path) -> String {
    if path == Path::new("-") { STDIN.to_owned() } else { one_line(&path.to_string_lossy()) }
}

/// The text of a scenario, from its file or from standard input.
pub(crate) fn text(path: &Path, shared: &Shared) -> Result<String> {
    if path != Path::new("-") {
        let file = File::open(path).map_err(FileError::reading(path))?;
        return bounded(path, file, shared);
    }
    let text = bounded(Path::new(STDIN), std::io::stdin().lock(), shared)?;
    if text.trim().is_empty() && !shared.allow_empty {
        return Err(Failure::NoInput);
    }
    Ok(text)
}

/// The text of a file of at most so many bytes.
pub(crate) fn bounded_text(path: &Path, most: u64) -> Result<String> {
    let file = File::open(path).map_err(FileError::reading(path))?;
    at_most(path, file, most)
}

/// A text of no more bytes than are allowed of a scenario.
fn bounded(path: &Path, reader: impl Read, shared: &Shared) -> Result<String> {
    at_most(path, reader, shared.max_input.unwrap_or(MAX_INPUT))
}

/// A text of no more bytes than are allowed; a pipe or a device is not read further.
fn at_most(path: &Path, reader: impl Read, most: u64) -> Result<String> {
    let mut bytes = Vec::new();
    reader
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(FileError::reading(path))?;
    if bytes.len() as u64 > most {
        return Err(Failure::TooLong { path: path.to_path_buf(), most });
    }
    String::from_utf8(bytes).map_err(|error| Failure::NotText {
        path: path.to_path_buf(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// Gives scenarios of one name, from different folders, the names of their folders too.
pub(crate) fn tell_apart(scenarios: &mut [LoadedScenario], paths: &[PathBuf]) {
    let names: Vec<String> = scenarios.iter().map(|loaded| loaded.name.clone()).collect();
    for (i, loaded) in scenarios.iter_mut().enumerate() {
        let same = |j: &usize| *j != i && names[*j] == names[i] && paths[*j] != paths[i];
        let others: Vec<usize> = (0..names.len()).filter(same).collect();
        // As few folders as it takes, from the innermost.
        let name = |path: &Path, folders: usize| {
            let parts = path.parent().into_iter().flat_map(Path::components);
            let parts = parts.filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            });
            let parts: Vec<String> = parts.collect();
            let from = parts.len().saturating_sub(folders);
            let inner = parts[from..].iter().map(String::as_str);
            inner.chain([names[i].as_str()]).collect::<Vec<_>>().join("-")
        };
        let depth = paths[i].components().count();
        let apart = |folders: &usize| {
            let own = name(&paths[i], *folders);
            others.iter().all(|j| name(&paths[*j], *folders) != own)
        };
        if !others.is_empty()
            && let Some(folders) = (0..=depth).find(apart)
        {
            loaded.name = name(&paths[i], folders);
        }
    }
}

/// A scenario of that text, from a file or from standard input; files that it names are looked for beside it.
pub(crate) fn parse_from(
    path: &Path,
    text: &str,
    shared: &Shared,
    undesigned: bool,
) -> Result<LoadedScenario> {
    let folder = if path == Path::new("-") { Some(Path::new(".")) } else { path.parent() };
    parse_in(folder, &source(path), text, shared, undesigned)
}

/// A scenario of the program's own.
pub(crate) fn parse(
    name: &str,
    text: &str,
    shared: &Shared,
    undesigned: bool,
) -> Result<LoadedScenario> {
    parse_in(None, name, text, shared, undesigned)
}

/// A scenario whose text names files from `folder` on.
fn parse_in(
    folder: Option<&Path>,
    name: &str,
    text: &str,
    shared: &Shared,
    undesigned: bool,
) -> Result<LoadedScenario> {
    if let Some(kind) = &shared.controller {
        // What the command line says is no fault of the text.
        contenders::kind(kind, kind, &[])?;
    }
    let overrides = Overrides {
        controller: shared.controller.clone(),
        set: shared.set.clone(),
        seed: shared.seed,
        unrecorded: shared.out.is_none(),
        undesigned,
        folder: folder.map(Path::to_path_buf),
    };
    let scenario = Scenario::read(name, text, &overrides)
        .map_err(|error| Failure::Scenario { error, text: text.to_owned() })?;
    Ok(LoadedScenario { name: name.replace(' ', "-"), scenario })
}
