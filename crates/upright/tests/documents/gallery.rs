//! The figures of the documents: `docs/figures.txt` says which there are and what draws them;
//! `docs/figures/` and the list in `docs/gallery.md` follow from it.

use crate::pages::{run, workplace};
use crate::{audited, current, root, with_block};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

/// A figure is no larger than this, in bytes, so that the repository stays small.
const LARGEST: usize = 240_000;

/// A line of `docs/figures.txt`.
#[derive(Debug)]
struct Figure {
    /// What is shown, as a heading.
    title: String,
    /// Its file in `docs/figures/`.
    name: String,
    /// Whether it is the same on every machine, to the bit.
    same: bool,
    /// What the user types.
    command: String,
    /// What the command leaves it as.
    left: String,
    /// How to read it.
    reading: String,
}

fn figures() -> Vec<Figure> {
    let text = fs::read_to_string(root().join("docs/figures.txt")).expect("the list");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let figure = |line: &str| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [title, name, same, command, left, reading] = fields[..] else {
            panic!("docs/figures.txt: not six fields: {line}");
        };
        assert!(["same", "machine"].contains(&same), "docs/figures.txt: same or machine: {line}");
        let text = str::to_owned;
        Figure {
            title: text(title),
            name: text(name),
            same: same == "same",
            command: text(command),
            left: text(left),
            reading: text(reading),
        }
    };
    lines.map(figure).collect()
}

/// Whether figures that differ from machine to machine are to be drawn anew, which would change them at
/// every update.
fn redrawing() -> bool {
    std::env::var("UPRIGHT_UPDATE_DOCS").is_ok_and(|value| value == "all")
}

#[test]
fn the_figures_are_what_their_commands_draw() {
    let mut done: BTreeMap<String, TempDir> = BTreeMap::new();
    for figure in figures() {
        let name = format!("docs/figures/{}", figure.name);
        if !figure.same && !redrawing() {
            let svg = fs::read_to_string(root().join(&name))
                .expect("the figure; UPRIGHT_UPDATE_DOCS=all draws it");
            assert!(svg.starts_with("<svg"), "{name}");
            continue;
        }
        let left = if figure.command == audited::COMMAND {
            audited::short_form().results().join(figure.left.trim_start_matches("memory-audit/"))
        } else {
            let folder = done.entry(figure.command.clone()).or_insert_with(|| {
                let folder = workplace();
                run(folder.path(), &figure.command);
                folder
            });
            folder.path().join(&figure.left)
        };
        let svg = fs::read_to_string(&left);
        let svg =
            svg.unwrap_or_else(|error| panic!("{}: {}: {error}", figure.command, figure.left));
        assert!(svg.len() <= LARGEST, "{name} has {} bytes", svg.len());
        current(&name, &svg);
    }
}

#[test]
fn the_gallery_lists_the_figures() {
    let mut list = String::new();
    for Figure { title, name, command, left, reading, .. } in figures() {
        write!(
            list,
            "\n## {title}\n\n![{title}](figures/{name})\n\n{reading}\n\n\
             ```text\n{command}    # {left}\n```\n"
        )
        .expect("a string");
    }
    let begin = "<!-- begin: made from figures.txt -->\n";
    let page = with_block("docs/gallery.md", begin, "<!-- end -->", &format!("{list}\n"));
    current("docs/gallery.md", &page);
}

#[test]
fn no_figure_is_left_over() {
    let known: Vec<String> = figures().into_iter().map(|figure| figure.name).collect();
    for entry in fs::read_dir(root().join("docs/figures")).expect("the figures") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "docs/figures/{name} is not in docs/figures.txt");
    }
}
