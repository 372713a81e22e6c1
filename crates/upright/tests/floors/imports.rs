//! From the names in a crate's files to which file imports which.

use crate::source::Crate;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Re-exports that lead to each other are followed no further than this.
const MAX_STEPS: usize = 32;

/// Which file of a crate imports which.
pub(crate) fn imports(krate: &Crate) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let mut graph = BTreeMap::new();
    for (module, file) in &krate.0 {
        let mut found = BTreeSet::new();
        for import in &file.uses {
            // What a file only hands on it does not need.
            if import.is_public && !file.words.contains(&import.name) {
                continue;
            }
            let path = match import.path.split_last() {
                Some((last, path)) if last == "*" => path,
                _ => &import.path[..],
            };
            found.extend(definer(krate, module, path, MAX_STEPS));
        }
        for path in &file.paths {
            found.extend(definer(krate, module, path, MAX_STEPS));
        }
        found.remove(&file.path);
        graph.insert(file.path.clone(), found);
    }
    graph
}

/// The file that defines what `path` names in `module`; none where that is no file of the crate, or a module
/// as such.
fn definer(krate: &Crate, module: &[String], path: &[String], steps: usize) -> Option<PathBuf> {
    let (first, rest) = path.split_first()?;
    let steps = steps.checked_sub(1)?;
    let file = krate.0.get(module)?;
    match first.as_str() {
        "crate" => return within(krate, &[], rest, steps),
        "self" => return within(krate, module, rest, steps),
        "super" => return within(krate, module.split_last()?.1, rest, steps),
        _ => {}
    }
    if file.modules.contains(first) {
        return within(krate, &child(module, first), rest, steps);
    }
    if file.defines.contains(first) {
        return Some(file.path.clone());
    }
    let import = file.uses.iter().find(|import| import.name == *first)?;
    // Names of other crates lead nowhere.
    if import.path.first() == Some(first) && import.path.len() == 1 {
        return None;
    }
    let whole: Vec<String> = import.path.iter().chain(rest).cloned().collect();
    definer(krate, module, &whole, steps)
}

/// The same of a path inside `module`, `super` and `self` among its names.
fn within(krate: &Crate, module: &[String], path: &[String], steps: usize) -> Option<PathBuf> {
    let (first, rest) = path.split_first()?;
    let file = krate.0.get(module)?;
    let steps = steps.checked_sub(1)?;
    if first == "super" {
        return within(krate, module.split_last()?.1, rest, steps);
    }
    if file.modules.contains(first) && !rest.is_empty() {
        return within(krate, &child(module, first), rest, steps);
    }
    if file.defines.contains(first) {
        return Some(file.path.clone());
    }
    for import in &file.uses {
        let found = if import.name == *first && import.path != *path {
            let whole: Vec<String> = import.path.iter().chain(rest).cloned().collect();
            definer(krate, module, &whole, steps)
        } else if import.name == "*" {
            let (_, from) = import.path.split_last()?;
            let whole: Vec<String> = from.iter().chain(path).cloned().collect();
            definer(krate, module, &whole, steps)
        } else {
            None
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn child(module: &[String], name: &str) -> Vec<String> {
    module.iter().cloned().chain([name.to_owned()]).collect()
}
