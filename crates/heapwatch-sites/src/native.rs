//! Tables of counted native processes, read while they go on, and their addresses turned into places.

use crate::elf::{self, Kind, Segment};
use crate::layout::{
    ADDRESSES, BLOCKS, COUNT, HEADER, LENGTH, LIVE, MAGIC, MISSED, PERIOD, SAMPLED, SITES,
    VARIANCE, WORDS,
};
use crate::record::{Stack, StackSeries};
use addr2line::Loader;
use cpp_demangle::{DemangleOptions, Symbol};
use heapwatch::Frame;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A counted process.
pub(crate) struct CountTable {
    file: File,
    pub(crate) pid: u32,
    maps: Vec<Mapping>,
    times: Vec<f64>,
    pub(crate) sites: Vec<StackSeries<Vec<u64>>>,
    /// Mean bytes from sample to sample; 0 where all were counted.
    pub(crate) period: u64,
    pub(crate) sampled: u64,
    /// Allocations for which there was no room.
    pub(crate) missed: u64,
}

/// A part of a file in a process's memory.
#[derive(Clone)]
struct Mapping {
    from: u64,
    to: u64,
    offset: u64,
    path: PathBuf,
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(not(unix))]
pub(crate) fn read_at(_file: &File, _bytes: &mut [u8], _at: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn words(file: &File, count: usize, at: usize) -> io::Result<Vec<u64>> {
    let mut bytes = vec![0; 8 * count];
    read_at(file, &mut bytes, 8 * at as u64)?;
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    Ok(bytes.chunks_exact(8).map(word).collect())
}

/// A word of a table; zero where it cannot be read.
pub(crate) fn word(file: &File, at: usize) -> u64 {
    words(file, 1, at).map_or(0, |words| words[0])
}

impl CountTable {
    /// Opens the file of a process, whose name begins with its number.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let pid = name.split('-').next()?.parse().ok()?;
        let file = File::open(path).ok()?;
        (words(&file, 1, 0).ok()? == [MAGIC]).then_some(Self {
            file,
            pid,
            maps: Vec::new(),
            times: Vec::new(),
            sites: Vec::new(),
            period: 0,
            sampled: 0,
            missed: 0,
        })
    }

    /// Takes a sample of every site at the time `at`, while the process is there.
    pub(crate) fn sample(&mut self, at: f64) {
        if !Path::new("/proc").join(self.pid.to_string()).join("maps").exists() {
            return;
        }
        let Ok(header) = words(&self.file, HEADER, 0) else { return };
        let count = (header[COUNT] as usize).min(SITES);
        (self.period, self.sampled) = (header[PERIOD], header[SAMPLED]);
        self.missed = header[MISSED];
        let Ok(sites) = words(&self.file, count * WORDS, HEADER) else { return };
        for (index, site) in sites.chunks_exact(WORDS).enumerate() {
            if index == self.sites.len() {
                let length = (site[LENGTH] as usize).min(WORDS - ADDRESSES);
                let stack = site[ADDRESSES..ADDRESSES + length].to_vec();
                self.sites.push(StackSeries::new(stack, &self.times));
            }
            let variance = f64::from_bits(site[VARIANCE]);
            self.sites[index].push(at, site[LIVE] as f64, site[BLOCKS], variance);
        }
        self.times.push(at);
    }

    /// Reads where the process has which file. Libraries come later too.
    pub(crate) fn read_maps(&mut self) {
        let Ok(text) = fs::read_to_string(format!("/proc/{}/maps", self.pid)) else { return };
        for mapping in text.lines().filter_map(mapping) {
            if !self.maps.iter().any(|known| known.from == mapping.from) {
                self.maps.push(mapping);
            }
        }
    }

    /// The stack of a site, innermost first, without the frames of the library in `own`.
    /// In a traced process the interpreter itself counts as a library.
    pub(crate) fn stack(
        &self,
        site: &[u64],
        own: &Path,
        traced: bool,
        places: &mut Places,
    ) -> Stack {
        let mut stack = Stack::default();
        // Some stacks end in nothing.
        for &address in site.iter().filter(|&&address| address > 0) {
            // An address is where its call returns to.
            let address = address.saturating_sub(1);
            let found = self.maps.iter().find(|map| (map.from..map.to).contains(&address));
            let Some(map) = found else {
                let function = format!("{address:#x}");
                stack.push(Frame { function, file: None, line: None }, false);
                continue;
            };
            if map.path.starts_with(own) {
                // Whatever it called to see the stack lies further in.
                stack = Stack::default();
                continue;
            }
            let library = is_library(&map.path, traced);
            for frame in places.of(&map.path, address - map.from + map.offset) {
                let library = library || frame.is_library() || of_cpp(&frame);
                stack.push(frame, library);
            }
        }
        stack
    }
}

/// A line of `/proc/PID/maps`: `from-to access offset device inode path`.
fn mapping(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (from, to) = fields.next()?.split_once('-')?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let offset = number(fields.nth(1)?)?;
    let path = fields.nth(2)?.trim_start();
    path.starts_with('/').then_some(())?;
    Some(Mapping { from: number(from)?, to: number(to)?, offset, path: path.into() })
}

/// Libraries that ask for memory on others' behalf; in a traced process the interpreter too.
fn is_library(path: &Path, traced: bool) -> bool {
    const LIBRARIES: [&str; 7] =
        ["libc.so", "libc-", "libstdc++.so", "libgcc_s.so", "ld-linux", "libm.so", "libpthread"];
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is = |head: &&str| name.starts_with(*head);
    let of_python = || {
        ["python", "libpython"].iter().any(is)
            || path.components().any(|part| part.as_os_str() == "lib-dynload")
    };
    LIBRARIES.iter().any(is) || (traced && of_python())
}

/// What the standard library of C++ has in headers, and so within anybody's program.
fn of_cpp(frame: &Frame) -> bool {
    let file = frame.file.as_deref().unwrap_or_default();
    ["/include/c++/", "/c++/v1/"].iter().any(|folder| file.contains(folder))
        || ["__gnu_cxx::", "operator new"].iter().any(|head| frame.function.starts_with(head))
}

/// Files whose names and lines were read.
#[derive(Default)]
pub(crate) struct Places {
    files: HashMap<PathBuf, (Option<Loader>, Vec<Segment>)>,
    known: HashMap<(PathBuf, u64), Vec<Frame>>,
}

impl Places {
    /// What stands at an offset of a file: the functions there, inlined ones first.
    fn of(&mut self, path: &Path, offset: u64) -> Vec<Frame> {
        let key = (path.to_path_buf(), offset);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let (loader, segments) = self.files.entry(path.to_path_buf()).or_insert_with(|| {
            let segments = match elf::kind(path) {
                Ok(Kind::Elf { segments, .. }) => segments,
                _ => Vec::new(),
            };
            (Loader::new(path).ok(), segments)
        });
        let within = |segment: &&Segment| {
            (segment.offset..segment.offset + segment.length).contains(&offset)
        };
        let address = segments
            .iter()
            .find(within)
            .map_or(offset, |segment| offset - segment.offset + segment.address);
        let mut frames = loader.as_ref().map_or_else(Vec::new, |loader| read(loader, address));
        if frames.is_empty() {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            frames.push(Frame { function: format!("{file}+{offset:#x}"), file: None, line: None });
        }
        self.known.insert(key, frames.clone());
        frames
    }
}

fn read(loader: &Loader, address: u64) -> Vec<Frame> {
    let mut frames = Vec::new();
    if let Ok(mut found) = loader.find_frames(address) {
        while let Ok(Some(frame)) = found.next() {
            let Some(function) = &frame.function else { continue };
            let name = function.raw_name().map_or_else(|_| String::new(), |name| clean(&name));
            let location = frame.location.as_ref();
            frames.push(Frame {
                function: name,
                file: location.and_then(|place| place.file).map(str::to_owned),
                line: location.and_then(|place| place.line),
            });
        }
    }
    if frames.is_empty()
        && let Some(symbol) = loader.find_symbol(address)
    {
        frames.push(Frame { function: clean(symbol), file: None, line: None });
    }
    frames
}

/// A symbol as it was written in Rust or C++, without the compiler's hash, parameters and what is returned.
fn clean(symbol: &str) -> String {
    if let Ok(name) = rustc_demangle::try_demangle(symbol) {
        return format!("{name:#}");
    }
    let options = DemangleOptions::new().no_params().no_return_type();
    let name = Symbol::new(symbol).ok().and_then(|name| name.demangle_with_options(&options).ok());
    name.unwrap_or_else(|| symbol.to_owned())
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn symbols_read_as_they_were_written() {
        for (symbol, written) in [
            ("main", "main"),
            ("_ZN7service5cache5Cache4keep17h0123456789abcdefE", "service::cache::Cache::keep"),
            ("_RNvCs15kBYyAo9fc_7mycrate7example", "mycrate::example"),
            (
                "_ZN5Cache4keepERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
                "Cache::keep",
            ),
            ("_ZN2v88internal8MallocednwEm", "v8::internal::Malloced::operator new"),
        ] {
            assert_eq!(clean(symbol), written);
        }
    }
}
