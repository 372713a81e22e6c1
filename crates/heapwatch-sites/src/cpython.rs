//! `CPython`, traced by its own `tracemalloc`, which a module starts that it imports first.

use crate::record::{Stack, StackSeries};
use heapwatch::Frame;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The module.
pub(crate) const HOOK: &str = include_str!("python/sitecustomize.py");

/// Puts the module where `CPython` looks for it, and returns that folder's name.
pub(crate) fn write_hook(folder: &Path) -> io::Result<std::path::PathBuf> {
    let place = folder.join("python");
    fs::create_dir(&place)?;
    fs::write(place.join("sitecustomize.py"), HOOK)?;
    Ok(place)
}

/// A stack of lines, innermost first.
pub(crate) type Lines = Vec<(String, u32)>;

/// What a traced process wrote so far.
pub(crate) struct Log {
    file: File,
    pub(crate) pid: u32,
    rest: String,
    /// Why nothing is traced.
    pub(crate) untraced: Option<String>,
    /// This watch's time less the process's clock.
    offset: Option<f64>,
    times: Vec<f64>,
    pub(crate) sites: Vec<StackSeries<Lines>>,
    numbers: HashMap<Lines, usize>,
}

impl Log {
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let pid = path.file_name()?.to_str()?.split('-').next()?.parse().ok()?;
        Some(Self {
            file: File::open(path).ok()?,
            pid,
            rest: String::new(),
            untraced: None,
            offset: None,
            times: Vec::new(),
            sites: Vec::new(),
            numbers: HashMap::new(),
        })
    }

    /// Reads on; `now` is this watch's time.
    pub(crate) fn read_on(&mut self, now: f64) {
        let mut bytes = Vec::new();
        if self.file.read_to_end(&mut bytes).is_err() {
            return;
        }
        self.rest.push_str(&String::from_utf8_lossy(&bytes));
        while let Some((line, rest)) = self.rest.split_once('\n') {
            let sample = serde_json::from_str::<Value>(line).ok();
            self.rest = rest.to_owned();
            if let Some(sample) = sample {
                self.take(&sample, now);
            }
        }
    }

    fn take(&mut self, sample: &Value, now: f64) -> Option<()> {
        if let Some(why) = sample["untraced"].as_str() {
            self.untraced = Some(why.to_owned());
        }
        let clock = sample["t"].as_f64()?;
        let at = clock + *self.offset.get_or_insert(now - clock);
        for site in sample["sites"].as_array()? {
            let lines = site[2].as_array()?.iter();
            let lines: Lines = lines
                .filter_map(|line| Some((line[0].as_str()?.to_owned(), line[1].as_u64()? as u32)))
                .collect();
            let next = self.sites.len();
            let number = *self.numbers.entry(lines.clone()).or_insert(next);
            if number == next {
                self.sites.push(StackSeries::new(lines, &self.times));
            }
            let blocks = site[1].as_u64()?;
            self.sites[number].push(at, site[0].as_f64()?, blocks, 0.0);
        }
        self.times.push(at);
        Some(())
    }
}

/// The stack in words: of a line its text, since the interpreter keeps no more.
pub(crate) fn stack(lines: &Lines, texts: &mut HashMap<String, Vec<String>>) -> Stack {
    let mut stack = Stack::default();
    for (file, line) in lines {
        let text = texts.entry(file.clone()).or_insert_with(|| {
            let text = fs::read_to_string(file).unwrap_or_default();
            text.lines().map(|line| line.trim().to_owned()).collect()
        });
        let function = text.get((*line as usize).wrapping_sub(1)).cloned().unwrap_or_default();
        let library = file.starts_with('<')
            || ["/lib/python", "/lib64/python", "/site-packages/", "/dist-packages/"]
                .iter()
                .any(|folder| file.contains(folder));
        stack.push(Frame { function, file: Some(file.clone()), line: Some(*line) }, library);
    }
    stack
}
