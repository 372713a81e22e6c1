//! Builds the book of `docs/` into `target/book`, without network and without other programs:
//! `cargo run --manifest-path book/Cargo.toml`.
//!
//! It stands outside the workspace, so that who builds the program does not build mdBook.

mod check;
mod edit;
mod math;
mod repository;

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the project's root")?;
    let mut book = MDBook::load(root.join("docs"))?;
    book.with_preprocessor(math::Mathematics);
    book.with_preprocessor(repository::Repository::new(root));
    book.build()?;
    let built = book.build_dir_for("html");
    repository::copy(root, &built)?;
    let faults = check::faults(&built)?;
    if !faults.is_empty() {
        bail!("{} faults in the book:\n{}", faults.len(), faults.join("\n"));
    }
    println!("the book: {}", built.join("index.html").canonicalize()?.display());
    Ok(())
}
