//! No circle of files: inside every crate of the workspace imports point down only.
//!
//! A file imports another where it names something that the other defines: by `use`, or by a path in its code;
//! through re-exports too. What stands under `#[cfg(test)]` does not count, nor do modules that are only
//! declared.

mod imports;
mod source;

use imports::imports;
use source::Crate;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// The files that import each other in a circle, the smallest circle found first; none where there is none.
fn circle(graph: &Graph) -> Option<Vec<PathBuf>> {
    let mut shortest: Option<Vec<PathBuf>> = None;
    for start in graph.keys() {
        // Breadth first from a file back to itself.
        let mut before: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
        let mut layer = vec![start];
        'search: while !layer.is_empty() {
            let mut next = Vec::new();
            for file in layer {
                for to in graph.get(file).into_iter().flatten() {
                    if to == start {
                        let mut found = vec![start.clone(), file.clone()];
                        let mut at = file;
                        while at != start {
                            at = before[at];
                            found.push(at.clone());
                        }
                        found.reverse();
                        if shortest.as_ref().is_none_or(|shortest| found.len() < shortest.len()) {
                            shortest = Some(found);
                        }
                        break 'search;
                    }
                    if !before.contains_key(to) {
                        before.insert(to, file);
                        next.push(to);
                    }
                }
            }
            layer = next;
        }
    }
    shortest
}

fn in_words(circle: &[PathBuf]) -> String {
    circle.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n  imports ")
}

fn graph_of(src: &Path) -> Graph {
    imports(&Crate::read(src).expect("a readable crate"))
}

#[test]
fn imports_inside_every_crate_point_down_only() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut seen, mut found) = (0, Vec::new());
    for entry in fs::read_dir(crates).expect("the crates") {
        let src = entry.expect("a crate").path().join("src");
        if !src.is_dir() {
            continue;
        }
        seen += 1;
        let graph = graph_of(&src);
        assert!(!graph.is_empty(), "{}: no file was read", src.display());
        if let Some(circle) = circle(&graph) {
            found.push(format!("{}\n  {}", src.display(), in_words(&circle)));
        }
    }
    assert!(seen >= 9, "{seen} crates");
    assert!(found.is_empty(), "circles of files:\n{}", found.join("\n"));
}

/// A crate of these files, read back as its graph.
fn made(files: &[(&str, &str)]) -> Graph {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }
    graph_of(folder.path())
}

fn names(circle: Option<Vec<PathBuf>>) -> Vec<String> {
    circle.unwrap_or_default().iter().map(|file| file.display().to_string()).collect()
}

#[test]
fn a_circle_by_plain_imports_is_found() {
    let graph = made(&[
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "use crate::b::B;\npub struct A(B);\n"),
        ("b.rs", "use crate::a::A;\npub struct B(Box<A>);\n"),
    ]);
    assert_eq!(names(circle(&graph)), ["a.rs", "b.rs", "a.rs"]);
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let graph = made(&[
        ("lib.rs", "mod room;\nmod b;\n"),
        ("room/mod.rs", "mod a;\npub use a::{A, C as D};\n"),
        ("room/a.rs", "use crate::b::B;\npub struct A(B);\npub struct C;\n"),
        ("b.rs", "use crate::room::D;\npub struct B(D);\n"),
    ]);
    assert_eq!(names(circle(&graph)), ["b.rs", "room/a.rs", "b.rs"]);
}

#[test]
fn a_circle_by_a_path_in_the_code_is_found() {
    let graph = made(&[
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "use crate::b;\npub fn a() { b::b(); }\n"),
        ("b.rs", "pub fn b() { if false { crate::a::a(); } }\n"),
    ]);
    assert_eq!(names(circle(&graph)), ["a.rs", "b.rs", "a.rs"]);
}

#[test]
fn a_child_that_takes_from_its_parent_is_in_a_circle_with_it() {
    let graph = made(&[
        ("lib.rs", "mod room;\n"),
        (
            "room/mod.rs",
            "mod child;\nuse child::inner;\npub struct Whole;\npub fn f() { inner() }\n",
        ),
        ("room/child.rs", "use super::Whole;\npub fn inner() { let _ = Whole; }\n"),
    ]);
    assert_eq!(names(circle(&graph)), ["room/child.rs", "room/mod.rs", "room/child.rs"]);
}

#[test]
fn what_only_looks_like_a_circle_is_none() {
    let graph = made(&[
        // Declared and handed on, which is no import.
        ("lib.rs", "pub mod a;\nmod b;\npub use b::B;\n"),
        ("a.rs", "use crate::B;\n/// See [`crate::top`].\npub struct A(B);\n// use crate::c::C;\n"),
        (
            "b.rs",
            "pub struct B;\nconst TEXT: &str = \"crate::a::A\";\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n    fn f() { let _ = \"}\"; }\n}\n",
        ),
    ]);
    assert_eq!(circle(&graph), None);
    assert_eq!(graph[Path::new("a.rs")], BTreeSet::from([PathBuf::from("b.rs")]));
}
