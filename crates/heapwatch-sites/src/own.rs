//! What counting keeps in the processes that are counted, as the counting library says in its table. It is left out of
//! what a process has written.

use crate::layout::OWN;
use crate::native::word;
use heapwatch::process::Own;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The table of a process's latest program: each that follows another in one process has its own.
#[derive(Default)]
struct Latest {
    file: Option<File>,
    next: u32,
}

/// Reads what the tables in this folder say.
pub(crate) fn own(folder: &Path) -> Own {
    let folder = folder.to_path_buf();
    let tables = Mutex::new(HashMap::<u32, Latest>::new());
    Own::new(move |pid| {
        let mut tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = tables.entry(pid).or_default();
        while let Ok(file) = File::open(folder.join(format!("{pid}-{}.sites", latest.next))) {
            *latest = Latest { file: Some(file), next: latest.next + 1 };
        }
        latest.file.as_ref().map_or(0, |file| word(file, OWN))
    })
}
