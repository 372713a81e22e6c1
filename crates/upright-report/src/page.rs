//! The model of a report: what stands in it, without any markup.

use crate::table::Table;

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

    /// The page in the Markdown of GitHub. Pictures stand as links to their files.
    pub fn to_markdown(&self) -> String {
        crate::page_markdown::render(self)
    }

    /// The page as one HTML file that needs no other: pictures stand in it, nothing is fetched and no
    /// script runs.
    pub fn to_html(&self) -> String {
        crate::page_html::render(self)
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
    /// A picture.
    Picture(Picture),
}

/// A picture in a page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// The drawing, which an HTML page holds.
    pub svg: String,
    /// Name of its file beside the page, to which Markdown links.
    pub file: String,
    /// What it shows, for those who do not see it.
    pub alternative: String,
}
