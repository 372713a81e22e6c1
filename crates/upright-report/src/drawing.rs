//! What can be drawn: one figure, or several on a sheet.

use crate::figure::Figure;
use crate::sheet::Sheet;
use crate::style::Style;

/// A figure or a sheet, for whoever treats them alike.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    /// One figure.
    Figure(Figure),
    /// Several, each with axes of its own.
    Sheet(Sheet),
}

impl Drawing {
    /// Its title.
    pub fn title(&self) -> &str {
        match self {
            Self::Figure(figure) => &figure.title,
            Self::Sheet(sheet) => sheet.title(),
        }
    }

    /// Its figures from left to right, then from top to bottom, and how many stand side by side.
    pub fn parts(&self) -> (&[Figure], usize) {
        match self {
            Self::Figure(figure) => (std::slice::from_ref(figure), 1),
            Self::Sheet(sheet) => sheet.parts(),
        }
    }

    /// The entries of the legend that its figures have in common.
    pub fn common_legend(&self) -> &[(String, Style)] {
        match self {
            Self::Figure(_) => &[],
            Self::Sheet(sheet) => sheet.legend(),
        }
    }

    /// Draws it as an SVG document, as [`Figure::to_svg`] does.
    pub fn to_svg(&self) -> String {
        match self {
            Self::Figure(figure) => figure.to_svg(),
            Self::Sheet(sheet) => sheet.to_svg(),
        }
    }
}

impl From<Figure> for Drawing {
    fn from(figure: Figure) -> Self {
        Self::Figure(figure)
    }
}

impl From<Sheet> for Drawing {
    fn from(sheet: Sheet) -> Self {
        Self::Sheet(sheet)
    }
}
