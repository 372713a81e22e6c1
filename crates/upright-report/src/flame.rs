//! Flame graphs: what call stacks add up to, the outermost function at the bottom.

use crate::measure::{Measure, Weight};
use crate::svg::{Element, Writer};
use upright_table::size;

const WIDTH: f64 = 1000.0;
const ROW: f64 = 18.0;
const TEXT: f64 = 11.0;
/// Narrower boxes are not drawn, in px.
const NARROWEST: f64 = 0.5;
/// Deeper frames are not drawn.
const DEEPEST: usize = 120;

struct Node<'a> {
    name: &'a str,
    bytes: f64,
    inner: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    fn add(&mut self, stack: &'a [String], bytes: f64) {
        let mut node = self;
        node.bytes += bytes;
        for name in &stack[..stack.len().min(DEEPEST)] {
            let known = node.inner.iter().position(|inner| inner.name == name);
            let index = known.unwrap_or_else(|| {
                node.inner.push(Self { name, bytes: 0.0, inner: Vec::new() });
                node.inner.len() - 1
            });
            node = &mut node.inner[index];
            node.bytes += bytes;
        }
    }

    fn depth(&self) -> usize {
        1 + self.inner.iter().map(Node::depth).max().unwrap_or(0)
    }
}

/// A flame graph as SVG: a box a function, as wide as the bytes of all stacks through it, above the function that
/// called it. Stacks are outermost first, bytes positive; others are left out. Pointed at, a box shows its name and
/// bytes.
pub fn flame(title: &str, stacks: &[(Vec<String>, f64)]) -> String {
    let mut root = Node { name: title, bytes: 0.0, inner: Vec::new() };
    for (stack, bytes) in stacks {
        if bytes.is_finite() && *bytes > 0.0 {
            root.add(stack, *bytes);
        }
    }
    let height = ROW * root.depth() as f64 + 4.0;
    let mut writer = Writer::default();
    let svg = Element::new("svg")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("viewBox", &format!("0 0 {WIDTH} {height}"))
        .attr("width", "100%")
        .attr("font-family", "DejaVu Sans, sans-serif")
        .attr("role", "img");
    writer.open(&svg);
    writer.text(&Element::new("title"), title);
    let scale = if root.bytes > 0.0 { WIDTH / root.bytes } else { 0.0 };
    draw(&mut writer, &Measure::new(), &root, 0.0, height - ROW - 2.0, scale);
    writer.finish()
}

fn draw(writer: &mut Writer, measure: &Measure, node: &Node<'_>, x: f64, y: f64, scale: f64) {
    let width = node.bytes * scale;
    if width < NARROWEST {
        return;
    }
    writer.open(&Element::new("g"));
    writer.text(&Element::new("title"), &format!("{}: {}", node.name, size(node.bytes)));
    let boxed = Element::new("rect")
        .num("x", x)
        .num("y", y)
        .num("width", (width - 0.5).max(0.5))
        .num("height", ROW - 1.0)
        .attr("fill", &color(node.name));
    writer.leaf(&boxed);
    let room = width - 8.0;
    if room > 20.0 {
        let name = measure.wrap(node.name, (TEXT, Weight::Regular), room, 1).concat();
        let label =
            Element::new("text").num("x", x + 4.0).num("y", y + 13.0).num("font-size", TEXT);
        writer.text(&label, &name);
    }
    writer.close();
    let mut inner: Vec<&Node<'_>> = node.inner.iter().collect();
    inner.sort_by(|a, b| a.name.cmp(b.name));
    let mut from = x;
    for node in inner {
        draw(writer, measure, node, from, y - ROW, scale);
        from += node.bytes * scale;
    }
}

/// A warm colour, the same for the same name, light enough for black text.
fn color(name: &str) -> String {
    let hash = name.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
    format!("hsl({} 85% {}%)", 15 + hash % 35, 68 + (hash >> 8) % 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(names: &str) -> Vec<String> {
        names.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn boxes_are_as_wide_as_what_goes_through_them() {
        let stacks = [
            (stack("main a x"), 300.0),
            (stack("main a y"), 100.0),
            (stack("main <b>"), 400.0),
            (stack("main gone"), -5.0),
        ];
        let svg = flame("what leaks", &stacks);
        for part in ["<title>main: 800 B</title>", "<title>a: 400 B</title>", "&lt;b&gt;: 400 B"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(!svg.contains("gone"));
        assert_eq!(svg.matches("width=\"499.5\"").count(), 2);
        assert!(flame("nothing", &[]).starts_with("<svg"));
    }
}
