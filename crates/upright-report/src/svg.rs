//! A small writer of SVG text.
//!
//! The drawing is made of few kinds of elements, so writing them out is little code. The plotting
//! library `plotters` was not used because it rounds coordinates to whole pixels, which turns
//! smooth curves into steps as soon as the picture is enlarged or printed.

use std::fmt::Write as _;

/// An SVG element with its attributes.
pub(crate) struct Element {
    name: &'static str,
    text: String,
}

impl Element {
    /// An element without attributes.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, text: format!("<{name}") }
    }

    /// Appends a number with at most two decimals.
    pub(crate) fn num(mut self, key: &str, value: f64) -> Self {
        self.text.push(' ');
        self.text.push_str(key);
        self.text.push_str("=\"");
        push_hundredths(&mut self.text, hundredths(value));
        self.text.push('"');
        self
    }

    /// Appends an attribute of any text.
    pub(crate) fn attr(mut self, key: &str, value: &str) -> Self {
        self.text.push(' ');
        self.text.push_str(key);
        self.text.push_str("=\"");
        push_escaped(&mut self.text, value);
        self.text.push('"');
        self
    }
}

/// An SVG document under construction.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// Writes an element without content.
    pub(crate) fn leaf(&mut self, element: &Element) {
        self.indent();
        self.text.push_str(&element.text);
        self.text.push_str("/>\n");
    }

    /// Writes an element around a text.
    pub(crate) fn text(&mut self, element: &Element, content: &str) {
        self.indent();
        self.text.push_str(&element.text);
        self.text.push('>');
        push_escaped(&mut self.text, content);
        self.text.push_str("</");
        self.text.push_str(element.name);
        self.text.push_str(">\n");
    }

    /// Starts an element with content, up to the matching [`Writer::close`].
    pub(crate) fn open(&mut self, element: &Element) {
        self.indent();
        self.text.push_str(&element.text);
        self.text.push_str(">\n");
        self.open.push(element.name);
    }

    /// Ends the element opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push_str(">\n");
        }
    }

    /// The document, with all open elements closed.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn indent(&mut self) {
        self.text.extend(self.open.iter().map(|_| ' '));
    }
}

/// Attribute value of a rotation by a quarter turn to the left about a point.
pub(crate) fn quarter_turn(x: f64, y: f64) -> String {
    let mut text = "rotate(-90 ".to_owned();
    push_hundredths(&mut text, hundredths(x));
    text.push(' ');
    push_hundredths(&mut text, hundredths(y));
    text.push(')');
    text
}

/// A coordinate in hundredths of a px. Not a number becomes zero.
pub(crate) fn hundredths(value: f64) -> i64 {
    // Coordinates are far below this bound; it keeps sums of two from overflowing.
    (value * 100.0).round().clamp(-1e15, 1e15) as i64
}

/// Appends a coordinate given in hundredths, without needless zeros.
pub(crate) fn push_hundredths(text: &mut String, value: i64) {
    if value < 0 {
        text.push('-');
    }
    let (whole, part) = (value.unsigned_abs() / 100, value.unsigned_abs() % 100);
    if whole > 0 || part == 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, "{whole}");
    }
    if part > 0 {
        text.push('.');
        text.push(char::from(b'0' + (part / 10) as u8));
        if part % 10 > 0 {
            text.push(char::from(b'0' + (part % 10) as u8));
        }
    }
}

/// Appends text in a form that is safe as content and in attributes.
///
/// Line breaks and tabs become spaces; characters that XML 1.0 forbids become U+FFFD.
fn push_escaped(text: &mut String, raw: &str) {
    for character in raw.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '\t' | '\n' | '\r' => text.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            _ => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Element, Writer, hundredths, push_escaped, push_hundredths};
    use proptest::prelude::any;
    use proptest::{prop_assert, prop_assert_eq, proptest};
    use resvg::usvg::roxmltree::Document;

    fn number(value: f64) -> String {
        let mut text = String::new();
        push_hundredths(&mut text, hundredths(value));
        text
    }

    #[test]
    fn numbers_have_at_most_two_decimals() {
        let cases = [
            (0.0, "0"),
            (-0.001, "0"),
            (12.0, "12"),
            (0.5, ".5"),
            (-0.25, "-.25"),
            (3.05, "3.05"),
            (1.239, "1.24"),
            (100.0, "100"),
            (f64::NAN, "0"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn elements_are_nested() {
        let mut writer = Writer::default();
        writer.open(&Element::new("g").attr("fill", "a\"b"));
        writer.leaf(&Element::new("rect").num("x", 1.5));
        writer.text(&Element::new("text"), "1 < 2");
        assert_eq!(
            writer.finish(),
            "<g fill=\"a&quot;b\">\n <rect x=\"1.5\"/>\n <text>1 &lt; 2</text>\n</g>\n"
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_escaping(raw in any::<String>()) {
            let mut text = "<t a=\"".to_owned();
            push_escaped(&mut text, &raw);
            text.push_str("\">");
            push_escaped(&mut text, &raw);
            text.push_str("</t>");
            let document = Document::parse(&text);
            prop_assert!(document.is_ok(), "{:?}", text);
            if let Ok(document) = document {
                let root = document.root_element();
                let length = raw.chars().count();
                prop_assert_eq!(root.text().unwrap_or("").chars().count(), length);
                prop_assert_eq!(root.attribute("a").map(|a| a.chars().count()), Some(length));
            }
        }

        #[test]
        fn numbers_read_back(value in -1e6..1e6) {
            let read: f64 = number(value).parse().unwrap_or(f64::NAN);
            prop_assert!((read - value).abs() < 0.00501);
        }
    }
}
