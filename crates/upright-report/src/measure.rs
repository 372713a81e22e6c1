//! Widths of texts, as needed to lay out a figure.

use ttf_parser::Face;

/// Weight of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The upright font.
    Regular,
    /// The bold font.
    Bold,
}

/// Share of the font size taken for a character whose width is not known.
const TYPICAL_WIDTH: f64 = 0.6;

/// What stands for a part of a text that has been cut off.
const ELLIPSIS: char = '…';

/// Measures texts in the built-in font.
pub(crate) struct Measure {
    regular: Option<Face<'static>>,
    bold: Option<Face<'static>>,
}

impl Measure {
    /// Reads the metrics of the built-in font.
    pub(crate) fn new() -> Self {
        Self {
            regular: Face::parse(dejavu::sans::regular(), 0).ok(),
            bold: Face::parse(dejavu::sans::bold(), 0).ok(),
        }
    }

    /// Width of a text in px for a font size in px. Kerning is left out; it is below 2 %.
    pub(crate) fn width(&self, text: &str, size: f64, weight: Weight) -> f64 {
        text.chars().map(|character| self.advance(character, size, weight)).sum()
    }

    /// Width of a character in px.
    fn advance(&self, character: char, size: f64, weight: Weight) -> f64 {
        let face = match weight {
            Weight::Regular => self.regular.as_ref(),
            Weight::Bold => self.bold.as_ref(),
        };
        let share = face.and_then(|face| {
            let units = face.glyph_hor_advance(face.glyph_index(character)?)?;
            Some(f64::from(units) / f64::from(face.units_per_em()))
        });
        size * share.unwrap_or(TYPICAL_WIDTH)
    }

    /// Breaks a text at its spaces into at most `max_lines` lines of at most `max_width` px.
    ///
    /// What does not fit is cut off and replaced by an ellipsis. An empty text gives no lines.
    pub(crate) fn wrap(
        &self,
        text: &str,
        (size, weight): (f64, Weight),
        max_width: f64,
        max_lines: usize,
    ) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let full = lines.len() == max_lines;
            match lines.last_mut() {
                Some(line) if full || self.fits(line, word, (size, weight), max_width) => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        for line in &mut lines {
            self.shorten(line, (size, weight), max_width);
        }
        lines
    }

    /// Whether a word can be appended to a line.
    fn fits(&self, line: &str, word: &str, (size, weight): (f64, Weight), max_width: f64) -> bool {
        self.width(line, size, weight)
            + self.width(" ", size, weight)
            + self.width(word, size, weight)
            <= max_width
    }

    /// Cuts a line that is wider than `max_width` px and ends it with an ellipsis.
    fn shorten(&self, line: &mut String, (size, weight): (f64, Weight), max_width: f64) {
        if self.width(line, size, weight) <= max_width {
            return;
        }
        let mut room = max_width - self.advance(ELLIPSIS, size, weight);
        let cut = line.char_indices().find(|(_, character)| {
            room -= self.advance(*character, size, weight);
            room < 0.0
        });
        line.truncate(cut.map_or(line.len(), |(index, _)| index));
        line.truncate(line.trim_end().len());
        line.push(ELLIPSIS);
    }
}

#[cfg(test)]
mod tests {
    use super::{Measure, Weight};

    const FONT: (f64, Weight) = (12.0, Weight::Regular);

    #[test]
    fn widths_come_from_the_font() {
        let measure = Measure::new();
        // A digit of DejaVu Sans is 1303 of 2048 units wide.
        let digits = measure.width("12", 10.0, Weight::Regular);
        assert!((digits - 20.0 * 1303.0 / 2048.0).abs() < 1e-9);
        let bold = measure.width("12", 10.0, Weight::Bold);
        assert!(bold > digits);
        assert!(measure.width("θ₁, σ, −×10⁻³", 12.0, Weight::Regular) > 60.0);
        assert!(measure.width("", 12.0, Weight::Regular).abs() < 1e-12);
    }

    #[test]
    fn characters_missing_in_the_font_have_a_width() {
        let width = Measure::new().width("\u{10FFFF}", 10.0, Weight::Regular);
        assert!(width > 0.0);
    }

    #[test]
    fn lines_are_broken_at_spaces() {
        let measure = Measure::new();
        assert!(measure.wrap("  ", FONT, 100.0, 2).is_empty());
        assert_eq!(measure.wrap("one two", FONT, 100.0, 2), ["one two"]);
        assert_eq!(measure.wrap("one two", FONT, 30.0, 2), ["one", "two"]);
    }

    #[test]
    fn surplus_text_is_cut() {
        let measure = Measure::new();
        let lines = measure.wrap("one two three four five", FONT, 60.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| measure.width(line, 12.0, Weight::Regular) <= 60.0));
        assert_eq!(measure.wrap("unbreakable", FONT, 0.0, 1), ["…"]);
    }
}
