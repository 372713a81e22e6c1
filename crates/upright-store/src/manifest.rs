//! The summary of a folder: who made it, which files belong to it, and the checksum of each and of itself.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The file that names the command and every file of a folder.
pub const SUMMARY: &str = "summary.json";

/// The field that says whose results these are.
pub(crate) const COMMAND: &str = "command";
/// The field with the names of the files.
pub(crate) const FILES: &str = "files";
/// The field with the SHA-256 of each file.
pub(crate) const SHA256: &str = "sha256";
/// The field with the SHA-256 of the summary itself, whose digits count as zeros in it.
const CHECKSUM: &str = "checksum";

/// How the checksum's field begins where it stands, as the last one.
const SEAL: &str = "\"checksum\": \"";
const DIGITS: usize = 64;

/// SHA-256 in hexadecimal digits.
pub(crate) fn hex(hash: Sha256) -> String {
    let mut text = String::with_capacity(DIGITS);
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// SHA-256 and length of all that a reader has left.
pub(crate) fn hash_of(mut reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match reader.read(&mut block) {
            Ok(0) => return Ok(hex(hash)),
            Ok(length) => hash.update(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hashes what passes through.
#[derive(Debug)]
pub(crate) struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// How much has passed, and its hash.
    pub(crate) fn so_far(&self) -> (u64, String) {
        (self.bytes, hex(self.hash.clone()))
    }

    pub(crate) fn inner(&mut self) -> &mut W {
        &mut self.inner
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// JSON as files and standard output have it.
pub fn pretty(value: &Value) -> String {
    // A tree of values always has a text.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// A summary with the command that made it.
pub fn labelled(command: &str, summary: &Value) -> Value {
    let mut whole = Map::new();
    whole.insert(COMMAND.to_owned(), command.into());
    whole.extend(summary.as_object().cloned().unwrap_or_default());
    Value::Object(whole)
}

/// A summary with its files and checksums; the text of it is what [`pretty`] makes of it.
pub(crate) fn sealed(
    command: &str,
    summary: &Value,
    files: &BTreeMap<PathBuf, String>,
) -> (Value, String) {
    let mut whole = labelled(command, summary);
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    whole[FILES] = files.keys().map(|path| Value::from(name(path))).collect();
    whole[SHA256] =
        Value::Object(files.iter().map(|(path, sum)| (name(path), sum.clone().into())).collect());
    seal(whole)
}

/// A document with the checksum of itself as its last field.
pub(crate) fn seal(mut whole: Value) -> (Value, String) {
    whole[CHECKSUM] = "0".repeat(DIGITS).into();
    let sum = hash_of(pretty(&whole).as_bytes()).unwrap_or_default();
    whole[CHECKSUM] = sum.into();
    let text = pretty(&whole);
    (whole, text)
}

/// What is wrong with a document that should have a checksum of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// It is no JSON.
    NotJson,
    /// It has no checksum of itself.
    NoChecksum,
    /// It is another text than the one that was sealed.
    Altered,
}

/// Reads a document that has the checksum of itself.
pub(crate) fn unseal(text: &str) -> Result<Value, Unsealed> {
    let value: Value = serde_json::from_str(text).map_err(|_| Unsealed::NotJson)?;
    let sum = value.get(CHECKSUM).and_then(Value::as_str).ok_or(Unsealed::NoChecksum)?;
    let start = text.rfind(SEAL).ok_or(Unsealed::NoChecksum)? + SEAL.len();
    if sum.len() != DIGITS || text.get(start..start + DIGITS) != Some(sum) {
        return Err(Unsealed::Altered);
    }
    let zeros = [&text[..start], &"0".repeat(DIGITS), &text[start + DIGITS..]].concat();
    let found = hash_of(zeros.as_bytes()).unwrap_or_default();
    if found == sum { Ok(value) } else { Err(Unsealed::Altered) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sealed_text_reads_back_and_no_changed_byte_does() {
        let files =
            BTreeMap::from([(PathBuf::from("a.csv"), hash_of(&b"abc"[..]).expect("a sum"))]);
        let (value, text) = sealed("measure", &json!({"x": [1.5, "checksum\": \""]}), &files);
        assert_eq!(unseal(&text), Ok(value));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).expect("still text");
            assert!(unseal(&changed).is_err(), "byte {at}");
        }
        for cut in 0..text.len() {
            assert!(unseal(&text[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn the_hash_is_that_of_its_standard() {
        // FIPS 180-2, appendix B.1.
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash_of(&b"abc"[..]).expect("a sum"), sum);
    }
}
