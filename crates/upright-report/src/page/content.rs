//! What stands in a report, without any markup.

use super::animation::Animation;
use crate::drawing::Drawing;
use upright_table::Table;

/// A report: a title, what is to be known first, and sections.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Title of the whole page.
    pub title: String,
    /// What is to be known first, a statement a line.
    pub lead: Vec<String>,
    /// Sections from top to bottom.
    pub sections: Vec<Section>,
}

impl Page {
    /// A page without sections.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Appends a statement to what is to be known first.
    #[must_use]
    pub fn with_lead(mut self, statement: impl Into<String>) -> Self {
        self.lead.push(statement.into());
        self
    }

    /// Appends a section.
    #[must_use]
    pub fn with_section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }
}

/// A part of a page under a heading.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What stands in it, from top to bottom.
    pub items: Vec<Item>,
}

impl Section {
    /// A section without content.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), items: Vec::new() }
    }

    /// Appends a paragraph.
    #[must_use]
    pub fn with_text(self, text: impl Into<String>) -> Self {
        self.with(Item::Text(text.into()))
    }

    /// Appends a table.
    #[must_use]
    pub fn with_table(self, table: Table) -> Self {
        self.with(Item::Table(table))
    }

    /// Appends anything.
    #[must_use]
    pub fn with(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }
}

/// What stands in a section. Texts are plain: what looks like markup is shown as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A paragraph.
    Text(String),
    /// Lines whose breaks and spaces count, such as a call stack or a command.
    Lines(Vec<String>),
    /// A table.
    Table(Table),
    /// Lines that are shown when asked for, under the given summary.
    Folded(String, Vec<String>),
    /// A figure to be pointed at and zoomed into.
    Chart(Chart),
    /// Something that moves.
    Animation(Animation),
    /// A picture as it is.
    Picture {
        /// As SVG text.
        svg: String,
        /// What it shows, under it.
        description: String,
        /// Name of its file beside the page, to which Markdown links; empty where there is none.
        file: String,
    },
}

/// A figure in a page. Curves with rising `x` are thinned as by [`downsample`](crate::downsample()), to 6000 points.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What is drawn. Its title is the caption.
    pub drawing: Drawing,
    /// The clock of an [`Animation`] whose time in s is this figure's horizontal axis, if it is one's.
    pub clock: Option<String>,
    /// Name of the picture's file beside the page, to which Markdown links; empty where there is none.
    pub file: String,
}

impl Chart {
    /// A chart of a figure or a sheet that has no file of its own.
    pub fn new(drawing: impl Into<Drawing>) -> Self {
        Self { drawing: drawing.into(), clock: None, file: String::new() }
    }

    /// Lets the chart show the time of a clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Into<String>) -> Self {
        self.clock = Some(clock.into());
        self
    }

    /// Names the file of its picture.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }
}
