//! What is to be known of a program file before it is started, read from its header.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// A loaded segment of a 64-bit program: where it lies in the file, and in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) offset: u64,
    pub(crate) address: u64,
    pub(crate) length: u64,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A 64-bit program or library, with the name of its loader where it has one.
    Elf { loader: Option<String>, segments: Vec<Segment> },
    /// A program of another word size.
    OtherWidth,
    /// A script, with the program that reads it and that one's first argument.
    Script { interpreter: String, argument: Option<String> },
    /// Anything else.
    Other,
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let bytes = bytes.get(at..at + width).unwrap_or(&[]);
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Reads the beginning of a file.
pub(crate) fn kind(path: &Path) -> io::Result<Kind> {
    const LOAD: u64 = 1;
    const INTERPRETER: u64 = 3;
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(256).read_to_end(&mut head)?;
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
        let line = String::from_utf8_lossy(line).into_owned();
        let mut words = line.split_whitespace().map(str::to_owned);
        let interpreter = words.next().unwrap_or_default();
        return Ok(Kind::Script { interpreter, argument: words.next() });
    }
    if !head.starts_with(b"\x7fELF") || head.len() < 64 {
        return Ok(Kind::Other);
    }
    // Of this machine's byte order and 64 bits.
    if head[4] != 2 || head[5] != 1 {
        return Ok(Kind::OtherWidth);
    }
    let (start, size, count) = (number(&head, 32, 8), number(&head, 54, 2), number(&head, 56, 2));
    let mut headers = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    (&mut file).take(size * count).read_to_end(&mut headers)?;
    let (mut loader, mut segments) = (None, Vec::new());
    for header in headers.chunks_exact((size as usize).max(56)) {
        let (offset, address) = (number(header, 8, 8), number(header, 16, 8));
        let length = number(header, 32, 8);
        match number(header, 0, 4) {
            LOAD => segments.push(Segment { offset, address, length }),
            INTERPRETER => {
                let mut name = Vec::new();
                file.seek(SeekFrom::Start(offset))?;
                (&mut file).take(length.min(4096)).read_to_end(&mut name)?;
                let name = String::from_utf8_lossy(&name);
                loader = Some(name.trim_end_matches('\0').to_owned());
            }
            _ => {}
        }
    }
    Ok(Kind::Elf { loader, segments })
}
