//! Colours and line styles.

/// An opaque colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red component, 0 to 255.
    pub red: u8,
    /// Green component, 0 to 255.
    pub green: u8,
    /// Blue component, 0 to 255.
    pub blue: u8,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self::new(0, 0, 0);

    /// A colour of the given components, 0 to 255 each.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// The colour as `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    /// CIE lightness L* under D65, 0 for black to 100 for white.
    ///
    /// This is the grey a colour turns into when printed without colour, on a scale where equal
    /// differences look equal.
    pub fn lightness(self) -> f64 {
        let luminance =
            0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue);
        // Bounds of CIE 15: below (6/29)^3 the cube root is replaced by its tangent.
        if luminance > 216.0 / 24389.0 {
            116.0 * luminance.cbrt() - 16.0
        } else {
            luminance * 24389.0 / 27.0
        }
    }
}

/// Linear intensity, 0 to 1, of an sRGB component.
pub(crate) fn linear(component: u8) -> f64 {
    let value = f64::from(component) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// How a line is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dash {
    /// An uninterrupted line.
    #[default]
    Solid,
    /// Long strokes.
    Dashed,
    /// Dots.
    Dotted,
}

impl Dash {
    /// Value of `stroke-dasharray` for a line of `width` px, or none for a solid line.
    ///
    /// The lengths follow the width, so that thick lines keep their gaps.
    pub(crate) fn array(self, width: f64) -> Option<[f64; 2]> {
        match self {
            Self::Solid => None,
            Self::Dashed => Some([4.0 * width, 2.4 * width]),
            Self::Dotted => Some([1.2 * width, 1.4 * width]),
        }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Colour of the line.
    pub color: Color,
    /// Width of the line in px at 96 dpi. Values outside 0.1 to 40 are brought to the nearest
    /// bound, and a value that is not finite to [`Style::WIDTH`].
    pub width: f64,
    /// Interruption of the line.
    pub dash: Dash,
}

impl Style {
    /// Width of a curve unless another is set, in px at 96 dpi.
    pub const WIDTH: f64 = 1.6;

    /// A solid line of the usual width.
    pub const fn solid(color: Color) -> Self {
        Self { color, width: Self::WIDTH, dash: Dash::Solid }
    }

    /// A dashed line of the usual width.
    pub const fn dashed(color: Color) -> Self {
        Self { color, width: Self::WIDTH, dash: Dash::Dashed }
    }

    /// A dotted line of the usual width.
    pub const fn dotted(color: Color) -> Self {
        Self { color, width: Self::WIDTH, dash: Dash::Dotted }
    }

    /// The thin dashed grey line of [`Guide::Horizontal`](crate::Guide::Horizontal) and
    /// [`Guide::Vertical`](crate::Guide::Vertical), for use in a legend.
    pub const fn guide() -> Self {
        Self { color: Color::new(0x50, 0x50, 0x50), width: 1.0, dash: Dash::Dashed }
    }

    /// The grey area of [`Guide::Band`](crate::Guide::Band) as a thick line, for use in a legend.
    pub const fn band() -> Self {
        Self { color: Color::new(0xe6, 0xe6, 0xe6), width: 11.0, dash: Dash::Solid }
    }

    /// The same style with another width in px at 96 dpi.
    #[must_use]
    pub const fn with_width(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// The width brought into the range that is drawn.
    pub(crate) fn drawn_width(self) -> f64 {
        if self.width.is_finite() { self.width.clamp(0.1, 40.0) } else { Self::WIDTH }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::solid(Color::BLACK)
    }
}

#[cfg(test)]
mod tests {
    use super::{Color, Dash, Style};

    #[test]
    fn lightness_spans_black_to_white() {
        assert!(Color::BLACK.lightness().abs() < 1e-9);
        assert!((Color::new(255, 255, 255).lightness() - 100.0).abs() < 1e-3);
        // Mid grey #777777 is close to L* = 50.
        assert!((Color::new(0x77, 0x77, 0x77).lightness() - 50.0).abs() < 0.2);
    }

    #[test]
    fn hex_has_two_digits_a_component() {
        assert_eq!(Color::new(0, 158, 15).hex(), "#009e0f");
    }

    #[test]
    fn width_is_brought_into_range() {
        let style = Style::default();
        assert!((style.with_width(f64::NAN).drawn_width() - Style::WIDTH).abs() < 1e-12);
        assert!((style.with_width(-3.0).drawn_width() - 0.1).abs() < 1e-12);
        assert!((style.with_width(1e9).drawn_width() - 40.0).abs() < 1e-12);
    }

    #[test]
    fn only_a_solid_line_has_no_array() {
        assert_eq!(Dash::Solid.array(2.0), None);
        assert_eq!(Dash::Dashed.array(1.0), Some([4.0, 2.4]));
        assert_eq!(Dash::Dotted.array(5.0), Some([6.0, 7.0]));
    }
}
