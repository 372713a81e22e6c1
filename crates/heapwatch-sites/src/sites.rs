//! A command prepared to be counted, followed while it runs, and judged at its end.

use crate::cpython::{self, Log};
use crate::found::{Counted, FoundSite, Seen, judge};
use crate::layout;
use crate::native::{CountTable, Places};
use crate::own::own;
use crate::program;
use heapwatch::Verdict;
use heapwatch::process::Own;
use heapwatch::verdict::{FEWEST_SAMPLES, Noise};
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The library that is loaded before a program's own; empty where the build has none.
static PRELOAD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libheapwatch_preload.so"));

/// Samples of a watch, about.
const SAMPLES: u32 = 200;
/// Between which times samples lie.
const INTERVALS: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(5)];

/// How native allocations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// By bytes, so that it takes a hundredth of the time and what it costs every call (1 ns); of a program that
    /// allocates little, all.
    #[default]
    Sampled,
    /// Every one, at a microsecond and more each.
    All,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Every site of a process that was there for at least 20 samples, those that leak first, the fastest first; then those that may, then by what they hold.
    pub sites: Vec<FoundSite>,
    /// What could not be counted, and what to run instead: whole sentences.
    pub notes: Vec<String>,
}

/// A command that is being counted.
#[derive(Debug)]
pub struct Sites {
    folder: TempDir,
    stop: Sender<()>,
    reader: JoinHandle<Record>,
    program: PathBuf,
    arguments: String,
    mode: Mode,
}

#[derive(Default)]
struct Record {
    known: HashSet<OsString>,
    tables: Vec<CountTable>,
    logs: Vec<Log>,
}

impl Sites {
    /// Prepares a command, which is to be started next, and follows what it writes. Its environment gets
    /// `LD_PRELOAD`, `PYTHONPATH` and the names of a private folder, beside what they hold already.
    ///
    /// # Errors
    /// Where the private folder cannot be made or written.
    pub fn begin(command: &mut Command, mode: Mode, duration: Duration) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("heapwatch-").tempdir()?;
        let interval = (duration / SAMPLES).clamp(INTERVALS[0], INTERVALS[1]);
        command.env(layout::FOLDER, folder.path());
        command.env("HEAPWATCH_SITES_INTERVAL", interval.as_secs_f64().to_string());
        if mode == Mode::All {
            command.env(layout::MODE, "all");
        }
        if !PRELOAD.is_empty() {
            let library = folder.path().join("libheapwatch_preload.so");
            fs::write(&library, PRELOAD)?;
            prepend(command, "LD_PRELOAD", library.as_os_str());
        }
        let hook = cpython::write_hook(folder.path())?;
        prepend(command, "PYTHONPATH", hook.as_os_str());
        let (stop, stopped) = channel();
        let path = folder.path().to_path_buf();
        let reader = thread::Builder::new()
            .name("call sites".to_owned())
            .spawn(move || follow(&path, interval, &stopped))?;
        let arguments: Vec<_> =
            command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let program = PathBuf::from(command.get_program());
        Ok(Self { folder, stop, reader, program, arguments: arguments.join(" "), mode })
    }

    /// What counting itself keeps in the processes, for [`Options::own`](heapwatch::process::Options::own).
    pub fn own(&self) -> Own {
        own(self.folder.path())
    }

    /// Keeps the command's arguments, which can hold secrets, out of what is said.
    #[must_use]
    pub fn without_arguments(self) -> Self {
        Self { arguments: "ARGUMENTS".to_owned(), ..self }
    }

    /// Ends following, and judges each site. The command may have ended by then.
    pub fn end(self, noise: &Noise) -> Found {
        // An error means that the reader has ended.
        let _ = self.stop.send(());
        let Ok(record) = self.reader.join() else { return Found::default() };
        let notes = notes(&record, &self.program, &self.arguments);
        let (mut places, mut texts) = (Places::default(), HashMap::new());
        let mut sites = Vec::new();
        for table in &record.tables {
            // Of a traced process the lines are known; what is left is what its extensions allocate.
            let traced =
                record.logs.iter().any(|log| log.pid == table.pid && log.untraced.is_none());
            let held = table.sites.iter().filter(|site| site.series.peak() > 0.0);
            let seen = held.map(|site| Seen {
                stack: table.stack(&site.stack, self.folder.path(), traced, &mut places),
                series: site.series.clone(),
                blocks: site.blocks,
                variance: site.variance,
            });
            let counted = if self.mode == Mode::All { Counted::Whole } else { Counted::Sampled };
            let seen = seen.filter(|site| !traced || !site.stack.is_library()).collect();
            sites.extend(judge(table.pid, counted, seen, noise));
        }
        for log in &record.logs {
            let seen = log.sites.iter().map(|site| Seen {
                stack: cpython::stack(&site.stack, &mut texts),
                series: site.series.clone(),
                blocks: site.blocks,
                variance: site.variance,
            });
            sites.extend(judge(log.pid, Counted::Traced, seen.collect(), noise));
        }
        // What was there for a moment only says nothing of what leaks.
        sites.retain(|site| site.series.len() >= FEWEST_SAMPLES);
        let rank = |site: &FoundSite| {
            let growth = site.judgement.growth.rate;
            match &site.judgement.verdict {
                Verdict::Leak { rate, .. } => (0, *rate),
                Verdict::Inconclusive { .. } if growth > noise.floor => (1, growth),
                _ => (2, site.series.bytes().last().copied().unwrap_or(0.0)),
            }
        };
        sites.sort_by(|a, b| {
            let (a, b) = (rank(a), rank(b));
            a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))
        });
        Found { sites, notes }
    }
}

/// Puts a path before those that a variable holds, for the command or else for this process.
fn prepend(command: &mut Command, variable: &str, path: &OsStr) {
    let own = command.get_envs().find(|(name, _)| *name == OsStr::new(variable));
    let before = own.map_or_else(|| std::env::var_os(variable), |(_, value)| value.map(Into::into));
    let mut all = path.to_os_string();
    if let Some(before) = before.filter(|before| !before.is_empty()) {
        all.push(":");
        all.push(before);
    }
    command.env(variable, all);
}

/// Reads what counted processes write, until it is told to end.
fn follow(folder: &Path, interval: Duration, stopped: &Receiver<()>) -> Record {
    let began = Instant::now();
    let mut record = Record::default();
    let mut pause = INTERVALS[0];
    loop {
        let ended = !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout));
        let now = began.elapsed().as_secs_f64();
        record.find(folder);
        for log in &mut record.logs {
            log.read_on(now);
        }
        if ended {
            return record;
        }
        for table in &mut record.tables {
            table.read_maps();
            table.sample(now);
        }
        pause = interval;
    }
}

impl Record {
    fn find(&mut self, folder: &Path) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let (name, path) = (entry.file_name(), entry.path());
            if self.known.contains(&name) {
                continue;
            }
            let found = match path.extension().and_then(OsStr::to_str) {
                // One that is not complete yet is looked at again.
                Some("sites") => CountTable::open(&path).map(|table| self.tables.push(table)),
                Some("python") => Log::open(&path).map(|log| self.logs.push(log)),
                _ => Some(()),
            };
            if found.is_some() {
                self.known.insert(name);
            }
        }
    }
}

/// What could not be counted of the command, and what to run instead.
fn notes(record: &Record, program: &Path, arguments: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let file = program::interpreter(program);
    let nothing = record.tables.iter().all(|table| table.sampled == 0) && record.logs.is_empty();
    if nothing {
        let why = file.as_deref().and_then(program::hindrance);
        let why = why.unwrap_or_else(|| {
            if PRELOAD.is_empty() {
                "this build has no counting library: there is one on Linux with glibc".to_owned()
            } else {
                format!(
                    "{} called no function that could be counted: it has an allocator of its own, its loader \
                     refused the counting library, or there was no room for its table ({} MB in the folder of \
                     temporary files)",
                    program.display(),
                    layout::BYTES.div_ceil(1_000_000)
                )
            }
        });
        notes.push(format!("No call site was counted: {why}."));
    }
    let missed: u64 = record.tables.iter().map(|table| table.missed).sum();
    if missed > 0 {
        notes.push(format!(
            "{missed} sampled allocations came from more call stacks than there is room for ({}, and as many as the \
             folder of temporary files has room for): figures of native sites are lower bounds.",
            layout::SITES
        ));
    }
    let is_python = file
        .as_deref()
        .and_then(Path::file_name)
        .is_some_and(|name| name.to_string_lossy().starts_with("python"));
    if let Some(why) = record.logs.iter().find_map(|log| log.untraced.as_deref()) {
        notes.push(format!(
            "CPython was not traced, since what tracing takes could not be told from the program's memory: {why}."
        ));
    }
    if is_python && record.logs.is_empty() {
        notes.push(
            "CPython did not import what traces it: it was told to ignore its environment (-E, -I, -S), or is \
             built without tracemalloc."
                .to_owned(),
        );
    }
    if let Some(tool) = file.as_deref().and_then(|file| program::own_tool(file, arguments)) {
        notes.push(format!(
            "This runtime manages memory of its own, whose lines its own tool names: {tool}"
        ));
    }
    notes
}
