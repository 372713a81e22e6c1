//! Whether the heap of a process is collected, told from its program: until a collector has run, and
//! whenever it enlarges the heap, such a process grows by its garbage.

use super::tree::Process;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Programs whose heaps are collected late. Python counts references, and is none of them.
const COLLECTED: [&str; 12] = [
    "java",
    "node",
    "nodejs",
    "deno",
    "bun",
    "dotnet",
    "mono",
    "mono-sgen",
    "ruby",
    "beam.smp",
    "sbcl",
    "guile",
];

/// Programs that are remembered.
const KNOWN: usize = 256;

/// Programs that were looked at: their files need not be read again.
#[derive(Debug, Default)]
pub(super) struct Runtimes {
    known: HashMap<PathBuf, bool>,
}

impl Runtimes {
    /// Whether any of these processes has a collected heap.
    pub(super) fn any_is_collected(&mut self, members: &[Process]) -> bool {
        // A watch without end must not grow itself.
        if self.known.len() > KNOWN {
            self.known.clear();
        }
        members.iter().any(|member| {
            let link = format!("/proc/{}/exe", member.pid);
            let Ok(program) = fs::read_link(&link) else { return false };
            *self.known.entry(program).or_insert_with_key(|program| is_collected(program, &link))
        })
    }
}

fn is_collected(program: &Path, link: &str) -> bool {
    let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // `ruby3.3`, `guile-3.0`; `java` alone.
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    COLLECTED.contains(&plain) || COLLECTED.contains(&name) || is_go(link).unwrap_or(false)
}

/// Whether a program was made by Go, whose linker leaves a section of this name.
fn is_go(path: &str) -> Option<bool> {
    let mut file = File::open(path).ok()?;
    let mut header = [0; 64];
    file.read_exact(&mut header).ok()?;
    let names = section_names(&header)?;
    let mut entry = [0; 64];
    file.seek(SeekFrom::Start(names)).ok()?;
    file.read_exact(&mut entry).ok()?;
    let number = |at: usize| entry[at..at + 8].try_into().ok().map(u64::from_le_bytes);
    let (offset, size) = (number(24)?, number(32)?);
    file.seek(SeekFrom::Start(offset)).ok()?;
    let mut text = Vec::new();
    file.take(size.min(1 << 16)).read_to_end(&mut text).ok()?;
    Some(text.windows(13).any(|part| part == b".go.buildinfo"))
}

/// Where the section header of the names of sections is, in a file of 64 bits, little end first.
fn section_names(header: &[u8; 64]) -> Option<u64> {
    if header[..6] != *b"\x7fELF\x02\x01" {
        return None;
    }
    let table = u64::from_le_bytes(header[40..48].try_into().ok()?);
    let size = u16::from_le_bytes([header[58], header[59]]);
    let index = u16::from_le_bytes([header[62], header[63]]);
    table.checked_add(u64::from(size) * u64::from(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_their_sections() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("program");
        let mut bytes = vec![0_u8; 64 + 64];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[40..48].copy_from_slice(&64_u64.to_le_bytes());
        bytes[58] = 64;
        let names = b"\0.text\0.go.buildinfo\0";
        bytes[64 + 24..64 + 32].copy_from_slice(&128_u64.to_le_bytes());
        bytes[64 + 32..64 + 40].copy_from_slice(&(names.len() as u64).to_le_bytes());
        bytes.extend_from_slice(names);
        let path = path.to_str().expect("a text path");
        fs::write(path, &bytes).expect("written");
        assert_eq!(is_go(path), Some(true));
        bytes.truncate(128);
        bytes.extend_from_slice(b"\0.text\0.data\0");
        fs::write(path, &bytes).expect("written");
        assert_eq!(is_go(path), Some(false));
        fs::write(path, b"#!/bin/sh\n").expect("written");
        assert_eq!(is_go(path), None);
        let mut runtimes = Runtimes::default();
        for pid in [std::process::id(), u32::MAX] {
            assert!(!runtimes.any_is_collected(&[Process { pid, started: 0 }]));
        }
        assert_eq!(runtimes.known.len(), 1);
    }
}
