//! Errors of the conversions from SVG.

/// Why an SVG text could not be converted to PNG or PDF.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The text given is not an SVG document that can be drawn.
    #[error("not a drawable SVG document: {reason}")]
    Svg {
        /// What the SVG parser reported.
        reason: String,
    },
    /// The resolution asked for is not a number or is out of range.
    #[error("resolution of {dpi} dpi is outside {min} dpi to {max} dpi")]
    Resolution {
        /// Resolution asked for, in dots per inch.
        dpi: f64,
        /// Lowest resolution accepted, in dots per inch.
        min: f64,
        /// Highest resolution accepted, in dots per inch.
        max: f64,
    },
    /// The picture would have too many pixels at this resolution.
    #[error("picture of {width} x {height} pixels exceeds {limit} pixels a side")]
    Size {
        /// Width of the picture, in pixels.
        width: u64,
        /// Height of the picture, in pixels.
        height: u64,
        /// Largest width or height accepted, in pixels.
        limit: u64,
    },
    /// The PNG data could not be written.
    #[error("cannot encode PNG: {reason}")]
    Png {
        /// What the PNG encoder reported.
        reason: String,
    },
    /// The PDF document could not be written.
    #[error("cannot write PDF: {reason}")]
    Pdf {
        /// What the PDF writer reported.
        reason: String,
    },
}
