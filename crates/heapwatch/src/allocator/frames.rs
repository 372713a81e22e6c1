//! The names behind a call stack's addresses, and who among them asked for memory.

use super::thread_counters::quiet;
#[cfg(feature = "call-sites")]
use super::trace::DEPTH;
use super::trace::Trace;
use std::fmt;

impl Trace {
    /// Names and lines, innermost first, from the first frame that is not the counting itself: mostly
    /// the standard library's collections, then who used them.
    #[cfg_attr(not(feature = "call-sites"), expect(clippy::unused_self, reason = "it is empty"))]
    pub(crate) fn resolve(&self) -> Vec<Frame> {
        // Symbols are read and cached with counting off, and the answer is copied with counting on,
        // so that what the caller gets and frees is counted on both sides.
        let found = quiet(|| {
            #[cfg_attr(
                not(feature = "call-sites"),
                expect(unused_mut, reason = "nothing is found")
            )]
            let mut found: Vec<Frame> = Vec::new();
            #[cfg(feature = "call-sites")]
            for &address in &self.addresses[..self.length.min(DEPTH)] {
                backtrace::resolve(address as *mut _, |symbol| {
                    found.push(Frame {
                        function: symbol
                            .name()
                            .map_or_else(String::new, |name| format!("{name:#}")),
                        file: symbol.filename().map(|file| file.display().to_string()),
                        line: symbol.lineno(),
                    });
                });
            }
            found
        });
        // Sections such as `no_alloc` stand further out on the stack: only the innermost part counts.
        let inner = found.iter().position(|frame| !frame.is_library()).unwrap_or(found.len());
        let first = found[..inner].iter().rposition(Frame::is_machinery).map_or(0, |last| last + 1);
        let frames = found[first..].to_vec();
        quiet(|| drop(found));
        frames
    }
}

/// One function of a call stack.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Its name, empty where there is no symbol.
    pub function: String,
    /// Its source file, where the program carries line tables.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
}

impl Frame {
    fn begins_with(&self, heads: &[&str]) -> bool {
        let name = self.function.trim_start_matches(['<', '&', '_']);
        heads.iter().any(|head| name.starts_with(head))
    }

    fn lies_in(&self, folders: &[&str]) -> bool {
        self.file.as_ref().is_some_and(|file| folders.iter().any(|folder| file.contains(folder)))
    }

    /// Whether it belongs to the capturing of stacks or to the allocator's entry. Inlined functions
    /// have short names only, so the file counts as well.
    fn is_machinery(&self) -> bool {
        self.begins_with(&[
            "backtrace::",
            "heapwatch::allocator::",
            "rust_alloc",
            "rust_realloc",
            "rustc::__rust",
        ]) || self.lies_in(&["heapwatch/src/allocator/", "/backtrace-0."])
    }

    /// Whether it belongs to the standard library or the allocator, not to anybody's own code.
    pub fn is_library(&self) -> bool {
        self.function.is_empty()
            || self.is_machinery()
            || self.begins_with(&["alloc::", "core::", "std::", "hashbrown::", "rustc::"])
            || self.lies_in(&["/library/alloc/", "/library/core/", "/library/std/", "/hashbrown-"])
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.function.is_empty() { "?" } else { &self.function })?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " at {file}:{line}"),
            (Some(file), None) => write!(f, " at {file}"),
            _ => Ok(()),
        }
    }
}

/// First function of a call stack that is anybody's own code; else the innermost.
pub(crate) fn culprit(frames: &[Frame]) -> Option<&Frame> {
    frames.get(culprit_index(frames))
}

/// Index of [`culprit`].
pub(crate) fn culprit_index(frames: &[Frame]) -> usize {
    frames.iter().position(|frame| !frame.is_library()).unwrap_or(0)
}

/// The culprit of a call stack in words.
pub(crate) fn place(frames: &[Frame]) -> String {
    culprit(frames).map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
}
