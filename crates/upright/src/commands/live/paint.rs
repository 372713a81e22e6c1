//! What the parts of a frame share: colours, where there are any, and how a force is written.

use ratatui::style::{Color, Style};

/// Whether there are colours. Nothing is said by colour alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colours: bool,
}

impl Paint {
    /// As the environment asks for (`NO_COLOR`).
    pub(super) fn of_environment() -> Self {
        Self { colours: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    /// A style of this colour, where there are any.
    pub(super) fn colour(self, colour: Color) -> Style {
        Style::default().fg(self.dots(colour))
    }

    /// The colour, where there are any.
    pub(super) fn dots(self, colour: Color) -> Color {
        if self.colours { colour } else { Color::Reset }
    }
}

/// The size of a force in N, short, with three digits where it is small.
pub(super) fn size(force: f64) -> String {
    let size = force.abs();
    match size {
        0.0 | 9.995..1e5 => format!("{size:.1}"),
        0.1..9.995 => format!("{size:.2}"),
        _ => format!("{size:.1e}"),
    }
}
