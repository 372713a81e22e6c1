//! Figures and tables: data in, SVG, PNG, PDF and text out.
//!
//! The crate draws a grid of panels, as `subplot` does in MATLAB: one column for each variant
//! compared, one row for each signal, and stacked blocks for repeated cases. All panels of a row
//! share the vertical axis and all panels of a figure share the horizontal axis, so that curves
//! can be compared by eye. It knows nothing of what the signals mean; only [`color_of`] and
//! [`style_of`] give the controller kinds of the toolkit fixed colours.
//!
//! A figure is written as SVG text by [`Figure::to_svg`]. [`png()`] and [`pdf()`] convert that
//! text, with one font that is built into the crate, so that the same data give the same picture on
//! every machine. [`Table`] renders plain text and Markdown; [`Page`] puts texts, tables and
//! figures together, as Markdown or as one HTML file that opens offline, in which figures are charts to
//! be pointed at and animations play.
//!
//! No input makes the drawing functions fail: non-finite points interrupt a curve, an empty
//! panel is marked as such and a constant curve gets a range around it.
//!
//! ```
//! use upright_report::{Block, Curve, Figure, Panel, PanelRow, png, style_of};
//!
//! let decay = (0..=100).map(|k| f64::from(k) * 0.1).map(|t| [t, (-t).exp()]);
//! let figure = Figure::new("Free response")
//!     .with_columns(["Classical"])
//!     .with_x_label("t, s")
//!     .with_block(Block::new("").with_row(PanelRow::new("θ₁, rad").with_panel(
//!         Panel::new().with_curve(Curve::new("θ₁", style_of("classical"), decay)),
//!     )));
//! let svg = figure.to_svg();
//! assert!(svg.starts_with("<svg"));
//! let picture = png(&svg, upright_report::DEFAULT_DPI)?;
//! assert_eq!(&picture[1..4], b"PNG");
//! # Ok::<(), upright_report::ReportError>(())
//! ```

mod axes;
mod axis;
mod decimate;
mod describe;
mod digits;
mod document;
mod downsample;
mod draw;
mod drawing;
mod error;
mod figure;
mod flame;
mod layout;
mod legend;
mod measure;
mod page;
mod palette;
mod panel;
mod path;
#[cfg(feature = "pdf")]
mod pdf;
mod range;
mod raster;
mod scale;
mod sheet;
mod style;
mod svg;
mod target;

pub use decimate::decimate;
pub use digits::{bounds, three_digits};
pub use downsample::{downsample, downsample_in_plane};
pub use drawing::Drawing;
pub use error::ReportError;
pub use figure::{Bar, Block, Curve, Figure, Guide, Panel, PanelRow};
pub use flame::flame;
pub use page::{Actor, Animation, Chart, Item, Link, Page, Section, Signal};
pub use palette::{color_of, further_style, style_of};
#[cfg(feature = "pdf")]
pub use pdf::pdf;
pub use raster::{DEFAULT_DPI, MAX_DPI, MAX_PIXELS, MIN_DPI, png};
pub use scale::Scale;
pub use sheet::Sheet;
pub use style::{Color, Dash, Style};
pub use target::{Sizes, Target};
pub use upright_table::{Cell, Heading, Table, size};
