//! The short form of the memory audit, run once for all documents that show something of it.

use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// What the short form of the audit gave.
pub(crate) struct Audited {
    /// What it printed.
    pub(crate) said: String,
    folder: TempDir,
}

impl Audited {
    /// Its results folder.
    pub(crate) fn results(&self) -> std::path::PathBuf {
        self.folder.path().join("memory-audit")
    }
}

/// How it is called, in a document as here.
pub(crate) const COMMAND: &str = "upright audit --quick --figures svg --out memory-audit";

/// Runs it, the first time.
pub(crate) fn short_form() -> &'static Audited {
    static AUDITED: OnceLock<Audited> = OnceLock::new();
    AUDITED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments: Vec<&str> = COMMAND.split(' ').skip(1).collect();
        let said = crate::upright(Path::new(folder.path()), &arguments);
        Audited { said, folder }
    })
}
