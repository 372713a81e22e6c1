//! Files that a scenario names: read whole, no larger than a bound, and nothing else than files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Why a scenario that stands nowhere names no file.
pub(crate) const NO_FOLDER: &str =
    "this text has no folder, so that it names no file: what the file holds must stand here";

/// What stands in a file of at most `most` bytes.
///
/// # Errors
/// Why it cannot be had.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    // The path, since a name is looked up from where the scenario stands, which need not be where the program does.
    let failed =
        |error: std::io::Error| format!("the file {} cannot be read: {error}", path.display());
    // Asked before it is opened, since opening a pipe waits for who writes to it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(most + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > most {
        return Err(format!("the file has more than {most} bytes"));
    }
    Ok(text)
}
