//! What is kept on disk while a search runs: its history and its checkpoints.

use super::machine::VERSION;
use crate::failure::Result;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Write};
use std::path::PathBuf;
use upright_store::{FileError, Results};
use upright_tune::TuneError;
use upright_tune::checkpoint::{Checkpoint, Extent, Lock, Store};

/// What is kept on disk while a search runs.
pub(super) struct HistoryWriter {
    store: Store,
    /// The names of the history's columns.
    columns: Vec<String>,
    /// The history and how far it reaches; nothing before the first step, so that what an earlier search
    /// has left stays until this one has something to show.
    history: Option<(File, Extent)>,
    _lock: Lock,
}

impl HistoryWriter {
    /// Begins with the names of the history's columns.
    pub(super) fn begin<S: Into<String>>(
        store: Store,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let lock = store.lock().map_err(TuneError::from)?;
        let columns = columns.into_iter().map(Into::into).collect();
        Ok(Self { store, columns, history: None, _lock: lock })
    }

    /// Goes on behind the part of the history that belongs to a checkpoint: what follows belongs to steps
    /// that will be done again.
    pub(super) fn resume(store: Store, history: Extent, lock: Lock) -> Result<Self> {
        let path = store.history();
        let open = || {
            if !std::fs::symlink_metadata(&path)?.is_file() {
                return Err(std::io::Error::other("it is no file"));
            }
            let file = OpenOptions::new().append(true).open(&path)?;
            file.set_len(history.bytes)?;
            Ok(file)
        };
        let file = open().map_err(FileError::writing(&path))?;
        Ok(Self { store, columns: Vec::new(), history: Some((file, history)), _lock: lock })
    }

    /// Takes away what an earlier search has left, and begins the history, unless that is done.
    fn start(&mut self) -> Result<()> {
        if self.history.is_none() {
            self.store.clear().map_err(TuneError::from)?;
            let path = self.path();
            // What has come there since is not followed.
            let file = File::create_new(&path).map_err(FileError::writing(&path))?;
            self.history = Some((file, Extent::EMPTY));
            let columns = self.columns.clone();
            self.append(|writer| writer.write_record(columns))?;
        }
        Ok(())
    }

    fn append(
        &mut self,
        fill: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>,
    ) -> Result<()> {
        let path = self.path();
        let Some((file, extent)) = &mut self.history else { return Ok(()) };
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        let write = || {
            fill(&mut writer)?;
            let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
            file.write_all(&bytes)?;
            *extent = extent.with(&bytes);
            file.flush()
        };
        Ok(write().map_err(FileError::writing(&path))?)
    }

    /// Keeps a step: its row of the history and the search after it, which has taken so many seconds.
    pub(super) fn step(
        &mut self,
        search: &impl Serialize,
        row: &impl Serialize,
        seconds: f64,
    ) -> Result<()> {
        self.start()?;
        self.append(|writer| writer.serialize(row))?;
        self.save(search, seconds)
    }

    fn save(&self, search: &impl Serialize, seconds: f64) -> Result<()> {
        let Some((_, history)) = &self.history else { return Ok(()) };
        let version = VERSION.to_owned();
        let checkpoint = Checkpoint { version, history: *history, seconds, state: search };
        Ok(self.store.save(&checkpoint).map_err(TuneError::from)?)
    }

    /// Where the history is.
    pub(super) fn path(&self) -> PathBuf {
        self.store.history()
    }

    /// Copies the history into the results. A search that was ended before its first step is kept as it
    /// is.
    pub(super) fn leave(&mut self, output: &Results, search: &impl Serialize) -> Result<()> {
        if self.history.is_none() {
            self.start()?;
            self.save(search, 0.0)?;
        }
        let path = self.path();
        let mut history = BufReader::new(File::open(&path).map_err(FileError::reading(&path))?);
        Ok(output.write("history.csv", |writer| std::io::copy(&mut history, writer).map(|_| ()))?)
    }
}
