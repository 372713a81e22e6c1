//! Pages refer to files of the repository outside of `docs/`. In the book these links lead to copies
//! of the files, as text, so that it can be read without the repository.

use crate::edit::replaced;
use anyhow::{Context, Result, anyhow};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the copies in the book.
const FOLDER: &str = "repository";

/// The preprocessor.
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// For the repository in this folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }
}

impl Preprocessor for Repository {
    fn name(&self) -> &'static str {
        "repository"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut outcome = Ok(());
        book.for_each_chapter_mut(|chapter| match with_copies(&self.root, &chapter.content) {
            Ok(content) => chapter.content = content,
            Err(error) => outcome = Err(error.context(format!("chapter {}", chapter.name))),
        });
        outcome.map(|()| book)
    }
}

/// A chapter whose links out of `docs/` lead to the copies.
fn with_copies(root: &Path, chapter: &str) -> Result<String> {
    let mut edits = Vec::new();
    for (event, range) in Parser::new_ext(chapter, Options::ENABLE_TABLES).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        let Some(inside) = dest_url.strip_prefix("../") else { continue };
        let old = format!("]({dest_url})");
        let at = chapter[range.clone()].rfind(&old).map(|at| range.start + at);
        let at =
            at.with_context(|| format!("the link {dest_url} is not written as ]({dest_url})"))?;
        let file = file(root, inside)?;
        // mdBook takes `.md` anywhere in a link for a chapter.
        let copy = file.trim_end_matches(".md");
        edits.push((at..at + old.len(), format!("]({FOLDER}/{copy}.txt)")));
    }
    Ok(replaced(chapter, &edits))
}

/// What a link out of `docs/` shows: the file itself, of a folder its README.md.
fn file(root: &Path, inside: &str) -> Result<String> {
    let inside = inside.trim_end_matches('/');
    let readme = format!("{inside}/README.md");
    [inside, &readme]
        .into_iter()
        .find(|path| root.join(path).is_file())
        .map(str::to_owned)
        .ok_or_else(|| {
            anyhow!("the link ../{inside} leads to no file and no folder with a README.md")
        })
}

/// Copies what the built pages refer to.
pub fn copy(root: &Path, built: &Path) -> Result<()> {
    for page in crate::check::pages(built)? {
        let text = fs::read_to_string(&page)?;
        for reference in crate::check::references(&text) {
            let Some(copy) = reference.address.strip_prefix(&format!("{FOLDER}/")) else {
                continue;
            };
            let original = root.join(copy.trim_end_matches(".txt"));
            let original =
                if original.is_file() { original } else { original.with_extension("md") };
            let target = built.join(FOLDER).join(copy);
            fs::create_dir_all(target.parent().context("a folder")?)?;
            fs::copy(&original, &target).with_context(|| original.display().to_string())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::with_copies;
    use std::path::Path;

    #[test]
    fn links_out_of_the_docs_lead_to_copies() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root");
        let text = "See [a](../README.md), [b](../crates/heapwatch) and [c](plant.md).";
        let expected = "See [a](repository/README.txt), \
                        [b](repository/crates/heapwatch/README.txt) and [c](plant.md).";
        assert_eq!(with_copies(root, text).expect("links"), expected);
        assert!(with_copies(root, "[d](../nowhere)").is_err());
    }
}
