//! Tables of numbers and texts, as plain text of 80 columns and as Markdown; and sizes in words.
//!
//! They are a crate of their own because who prints a table draws no pictures: below [`Table`] there is no
//! font and no renderer.

mod bytes;
mod table;
mod table_column;
mod table_text;

pub use bytes::size;
pub use table::{Cell, Heading, Table};
pub use table_column::Column;
