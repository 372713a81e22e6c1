//! What is kept on disk while a search runs: its history and its checkpoints.

use super::VERSION;
use crate::Result;
use crate::failure::Failure;
use crate::output::Output;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Write};
use std::path::PathBuf;
use upright_tune::TuneError;
use upright_tune::checkpoint::{Checkpoint, Store};

/// What is kept on disk while a search runs.
pub(super) struct Kept {
    store: Store,
    history: File,
    length: u64,
}

impl Kept {
    /// Begins with the names of the history's columns and the search before its first step.
    pub(super) fn begin(
        store: Store,
        columns: &[impl AsRef<[u8]>],
        search: &impl Serialize,
    ) -> Result<Self> {
        store.clear().map_err(TuneError::from)?;
        let path = store.history();
        let history = File::create(&path).map_err(Failure::writing(&path))?;
        let mut kept = Self { store, history, length: 0 };
        kept.append(|writer| writer.write_record(columns))?;
        kept.save(search, 0.0)?;
        Ok(kept)
    }

    /// Goes on behind the first `length` bytes: what follows belongs to steps that will be done again.
    pub(super) fn resume(store: Store, length: u64) -> Result<Self> {
        let path = store.history();
        let open = || {
            let history = OpenOptions::new().append(true).open(&path)?;
            history.set_len(length)?;
            Ok(history)
        };
        let history = open().map_err(Failure::writing(&path))?;
        Ok(Self { store, history, length })
    }

    fn append(
        &mut self,
        fill: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>,
    ) -> Result<()> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        let write = || {
            fill(&mut writer)?;
            let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
            self.history.write_all(&bytes)?;
            self.length += bytes.len() as u64;
            self.history.flush()
        };
        let path = self.store.history();
        write().map_err(Failure::writing(&path))
    }

    /// Keeps a step: its row of the history and the search after it, which has taken so many seconds.
    pub(super) fn step(
        &mut self,
        search: &impl Serialize,
        row: &impl Serialize,
        seconds: f64,
    ) -> Result<()> {
        self.append(|writer| writer.serialize(row))?;
        self.save(search, seconds)
    }

    fn save(&self, search: &impl Serialize, seconds: f64) -> Result<()> {
        let version = VERSION.to_owned();
        let checkpoint = Checkpoint { version, history: self.length, seconds, state: search };
        Ok(self.store.save(&checkpoint).map_err(TuneError::from)?)
    }

    /// Where the history is.
    pub(super) fn path(&self) -> PathBuf {
        self.store.history()
    }

    /// Copies the history into the results.
    pub(super) fn leave(&self, output: &Output) -> Result<()> {
        let path = self.path();
        let mut history = BufReader::new(File::open(&path).map_err(Failure::reading(&path))?);
        output.write("history.csv", |writer| std::io::copy(&mut history, writer).map(|_| ()))
    }

    /// Takes everything away: of a search that was refused before its first step was done, nothing is
    /// kept.
    pub(super) fn forget(&self) {
        // The error of the search is the one to tell.
        let _ = self.store.clear();
    }
}
