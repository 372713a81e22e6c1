//! Links between the documents lead somewhere, on GitHub as in the book.

use crate::root;
use std::fs;
use std::path::{Path, PathBuf};

/// Every document for readers.
fn documents() -> Vec<PathBuf> {
    let markdown = |folder: PathBuf| {
        let entries = fs::read_dir(folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    };
    markdown(root()).chain(markdown(root().join("docs"))).collect()
}

/// The addresses of a document's links and pictures that are not on the web.
fn addresses(text: &str) -> Vec<&str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    links.map(|(address, _)| address).filter(|address| !address.contains("://")).collect()
}

/// The names by which the headings of a document can be reached.
fn places(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(name).collect()
}

fn leads_somewhere(from: &Path, text: &str, address: &str) -> bool {
    let (path, place) = address.split_once('#').unwrap_or((address, ""));
    if path.is_empty() {
        return places(text).iter().any(|name| name == place);
    }
    let target = from.parent().expect("a folder").join(path);
    let is_place = || {
        let text = fs::read_to_string(&target).unwrap_or_default();
        places(&text).iter().any(|name| name == place)
    };
    target.exists() && (place.is_empty() || is_place())
}

#[test]
fn the_links_between_the_documents_lead_somewhere() {
    let mut dead = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        for address in addresses(&text) {
            if !leads_somewhere(&document, &text, address) {
                dead.push(format!("{}: {address}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn a_dead_link_is_found() {
    let from = root().join("docs/plant.md");
    let text =
        "# The plant\n\n[a](nowhere.md), [b](#the-plant), [c](#elsewhere), [d](../README.md)";
    let dead: Vec<&str> =
        addresses(text).into_iter().filter(|to| !leads_somewhere(&from, text, to)).collect();
    assert_eq!(dead, ["nowhere.md", "#elsewhere"]);
}
