//! Files of the kernel, which have no size: the standard library feels its way through them in a dozen reads, of which
//! each costs as much as all that they hold.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Room for most of them, so that one read takes all and one more finds the end.
const ROOM: usize = 8192;

/// The text of such a file, whatever bytes a name in it is of.
pub(super) fn text(path: impl AsRef<Path>) -> Option<String> {
    let mut bytes = Vec::with_capacity(ROOM);
    File::open(path).ok()?.read_to_end(&mut bytes).ok()?;
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|of| String::from_utf8_lossy(of.as_bytes()).into_owned()),
    )
}
