//! Scenarios as they come: from files and from standard input.

use crate::failure::{Failure, Result};
use crate::flags::Shared;
use std::io::Read;
use std::path::Path;
use upright_sim::scenario::{Overrides, Scenario};

/// A scenario and what results call it.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) scenario: Scenario,
}

pub(crate) fn read(path: &Path, shared: &Shared) -> Result<Named> {
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

pub(crate) fn parse(name: &str, text: &str, shared: &Shared) -> Result<Named> {
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
