//! What counting keeps in the processes that are counted, as those who count say themselves: the counting library in its
//! table, and the module that traces `CPython` in a note. It is left out of what a process has written.

use crate::layout::OWN;
use crate::native::{read_at, word};
use heapwatch::process::Own;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A process that says for longer than this that its traces are looked at was stopped meanwhile.
const LOOKING: Duration = Duration::from_secs(10);
/// Bytes of a note.
const NOTE: usize = 34;

/// Reads what tables and notes in this folder say.
pub(crate) fn own(folder: &Path) -> Own {
    let folder = folder.to_path_buf();
    let processes = Mutex::new(HashMap::<u32, Counted>::new());
    Own::new(move |pid| {
        let mut processes = processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.entry(pid).or_default().own(&folder, pid)
    })
}

/// The table of a process's latest program, since each that follows another in one process has its own, and its note.
#[derive(Default)]
struct Counted {
    table: Option<File>,
    /// How many tables there were so far.
    tables: u64,
    note: Option<File>,
    looking_since: Option<Instant>,
}

impl Counted {
    /// Nothing while traces are taken, whose memory is given back at once.
    fn own(&mut self, folder: &Path, pid: u32) -> Option<u64> {
        while let Ok(file) = File::open(folder.join(format!("{pid}-{}.sites", self.tables))) {
            (self.table, self.tables) = (Some(file), self.tables + 1);
        }
        let counted = self.table.as_ref().map_or(0, |file| word(file, OWN));
        if self.note.is_none() {
            self.note = File::open(folder.join(format!("{pid}.own"))).ok();
        }
        let note = self.note.as_ref().and_then(read);
        // That of a program which another one has followed says nothing any more.
        let Some(note) = note.filter(|note| note.tables == self.tables) else {
            return Some(counted);
        };
        if note.looking {
            let since = *self.looking_since.get_or_insert_with(Instant::now);
            (since.elapsed() > LOOKING).then_some(counted + note.bytes)
        } else {
            self.looking_since = None;
            Some(counted + note.bytes)
        }
    }
}

/// What a traced process says.
#[derive(Debug, PartialEq)]
struct Note {
    looking: bool,
    bytes: u64,
    /// How many programs were counted in this process when it began.
    tables: u64,
}

fn read(file: &File) -> Option<Note> {
    let mut text = [0; NOTE];
    read_at(file, &mut text, 0).ok()?;
    let mut words = std::str::from_utf8(&text).ok()?.split_whitespace();
    let mut number = || words.next()?.parse().ok();
    Some(Note { looking: number()? != 0, bytes: number()?, tables: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_note_counts_while_its_program_runs_and_says_when_not_to_look() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = own(folder.path());
        assert_eq!(own.bytes(7), Some(0), "nobody says anything");
        let write = |looking: u8, bytes: u64, tables: u64| {
            let text = format!("{looking} {bytes:20} {tables:10}\n");
            assert_eq!(text.len(), NOTE);
            fs::write(folder.path().join("7.own"), text).expect("written");
        };
        write(0, 5000, 0);
        assert_eq!(own.bytes(7), Some(5000));
        write(1, 6000, 0);
        assert_eq!(own.bytes(7), None, "traces are taken");
        write(0, 7000, 0);
        assert_eq!((own.bytes(7), own.bytes(8)), (Some(7000), Some(0)));
        // Another program in the same process has a table of its own.
        fs::write(folder.path().join("7-0.sites"), [0; 512]).expect("written");
        assert_eq!(own.bytes(7), Some(0));
        write(0, 9000, 1);
        assert_eq!(own.bytes(7), Some(9000));
        fs::write(folder.path().join("9.own"), "0 many").expect("written");
        assert_eq!(own.bytes(9), Some(0));
    }
}
