//! Where a figure is shown, and the sizes that follow.

/// Gap between the values at the ticks and the panel.
pub(crate) const TICK_GAP: f64 = 5.0;

/// px of 1/96 inch to a typographic point of 1/72 inch.
const PX_PER_POINT: f64 = 96.0 / 72.0;
/// px to an inch.
const PX_PER_INCH: f64 = 96.0;

/// Where a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// On a screen, as wide as it needs.
    #[default]
    Screen,
    /// In one column of a paper: 3.5 in (88.9 mm).
    OneColumn,
    /// Over both columns of a paper: 7.16 in (181.9 mm).
    TwoColumns,
}

impl Target {
    /// Width of a figure on paper in px at 96 dpi; none on a screen.
    pub const fn width(self) -> Option<f64> {
        match self {
            Self::Screen => None,
            Self::OneColumn => Some(3.5 * PX_PER_INCH),
            Self::TwoColumns => Some(7.16 * PX_PER_INCH),
        }
    }
}

/// Sizes of the texts of a figure and the free space around it, in px at 96 dpi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Font size of the title.
    pub title: f64,
    /// Font size of the heading of a block.
    pub heading: f64,
    /// Font size of labels, column headings and the legend.
    pub label: f64,
    /// Font size of the values at the ticks.
    pub tick: f64,
    /// Free space around the figure.
    pub margin: f64,
}

impl Sizes {
    /// For the screen.
    pub const SCREEN: Self =
        Self { title: 16.0, heading: 13.0, label: 12.0, tick: 11.0, margin: 12.0 };
    /// For paper: 8 pt throughout, the smallest that journals commonly take.
    pub const PAPER: Self = {
        let size = 8.0 * PX_PER_POINT;
        Self { title: size, heading: size, label: size, tick: size, margin: 3.0 }
    };

    /// Distance of the baseline of the values at the horizontal ticks from the panel above.
    pub(crate) fn tick_drop(self) -> f64 {
        TICK_GAP + 0.8 * self.tick
    }
}
