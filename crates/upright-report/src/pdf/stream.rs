//! Streams of a PDF document, and what can go wrong with them.

use crate::error::ReportError;
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write as _;

/// What went wrong, as `map_err` takes it.
#[expect(clippy::needless_pass_by_value, reason = "an error ends here")]
pub(super) fn failed(reason: impl ToString) -> ReportError {
    ReportError::Pdf { reason: reason.to_string() }
}

/// A stream as PDF compresses it.
pub(super) fn compressed(data: &[u8]) -> Result<Vec<u8>, ReportError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).and_then(|()| encoder.finish()).map_err(failed)
}
