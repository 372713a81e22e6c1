//! Formats and sizes of pictures.

use clap::ValueEnum;

/// How wide pictures are on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Columns {
    /// 88.9 mm.
    One,
    /// 181.9 mm.
    Two,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Scalable, text selectable.
    Svg,
    /// 200 dots an inch.
    Png,
    /// For papers, fonts embedded.
    #[cfg(feature = "pdf")]
    Pdf,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Svg => "svg",
            Self::Png => "png",
            #[cfg(feature = "pdf")]
            Self::Pdf => "pdf",
        })
    }
}
