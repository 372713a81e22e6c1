//! What is drawn on the page, as PDF's operators.

use super::font::Font;
use super::stream::failed;
use crate::error::ReportError;
use pdf_writer::types::{LineCapStyle, LineJoinStyle, TextRenderingMode};
use pdf_writer::{Content as Operators, Finish as _, Name, Str};
use resvg::tiny_skia::{Path as Outline, PathSegment, Point, Transform};
use resvg::usvg::{
    ClipPath, Fill, FillRule, Group, LineCap, LineJoin, Node, Opacity, Paint, PaintOrder, Path,
    Stroke, Text, Tree,
    layout::{PositionedGlyph, Span},
};

/// PDF points to a px at 96 dpi.
pub(super) const POINTS_PER_PX: f32 = 0.75;

/// The page's operators, with the resources that they name.
pub(super) struct Content {
    pub(super) operators: Vec<u8>,
    /// The fonts, in the order of [`font_name`].
    pub(super) fonts: Vec<Font>,
    /// The opacities, in 255ths, in the order of [`opacity_name`].
    pub(super) opacities: Vec<u8>,
}

/// The name of the font of this index.
pub(super) fn font_name(index: usize) -> String {
    format!("F{index}")
}

/// The name of the graphics state of this index, which sets an opacity.
pub(super) fn opacity_name(index: usize) -> String {
    format!("G{index}")
}

impl Content {
    /// What draws this.
    pub(super) fn of(tree: &Tree) -> Result<Self, ReportError> {
        let mut drawing =
            Drawing { operators: Operators::new(), tree, fonts: Vec::new(), opacities: Vec::new() };
        // PDF's y axis goes up from the lower edge.
        let (scale, height) = (POINTS_PER_PX, tree.size().height());
        drawing.operators.transform([scale, 0.0, 0.0, -scale, 0.0, scale * height]);
        drawing.group(tree.root())?;
        let Drawing { operators, fonts, opacities, .. } = drawing;
        Ok(Self { operators: operators.finish().into_vec(), fonts, opacities })
    }
}

/// A page under construction.
struct Drawing<'a> {
    operators: Operators,
    tree: &'a Tree,
    fonts: Vec<Font>,
    opacities: Vec<u8>,
}

/// The refusal of what no figure holds.
fn foreign<T>(what: &str) -> Result<T, ReportError> {
    Err(failed(format!("the drawing holds a {what}, and only lines, areas and text are converted")))
}

fn matrix(transform: Transform) -> [f32; 6] {
    let Transform { sx, ky, kx, sy, tx, ty } = transform;
    [sx, ky, kx, sy, tx, ty]
}

impl Drawing<'_> {
    fn group(&mut self, group: &Group) -> Result<(), ReportError> {
        if group.opacity() != Opacity::ONE || group.mask().is_some() || !group.filters().is_empty()
        {
            return foreign("group with an opacity, a mask or a filter");
        }
        self.operators.save_state();
        if !group.transform().is_identity() {
            self.operators.transform(matrix(group.transform()));
        }
        if let Some(clip) = group.clip_path() {
            self.clip(clip)?;
        }
        for child in group.children() {
            match child {
                Node::Group(group) => self.group(group)?,
                Node::Path(path) => self.path(path)?,
                Node::Text(text) => self.text(text)?,
                Node::Image(_) => return foreign("picture"),
            }
        }
        self.operators.restore_state();
        Ok(())
    }

    /// Draws only within this from here on, up to the end of the group.
    fn clip(&mut self, clip: &ClipPath) -> Result<(), ReportError> {
        if let Some(outer) = clip.clip_path() {
            self.clip(outer)?;
        }
        self.clip_outlines(clip.root(), clip.transform())?;
        self.operators.clip_nonzero().end_path();
        Ok(())
    }

    fn clip_outlines(&mut self, group: &Group, transform: Transform) -> Result<(), ReportError> {
        let transform = transform.pre_concat(group.transform());
        for child in group.children() {
            match child {
                Node::Group(group) => self.clip_outlines(group, transform)?,
                Node::Path(path) => {
                    let moved = path.data().clone().transform(transform);
                    self.outline(&moved.ok_or_else(|| failed("a clip is out of range"))?);
                }
                Node::Text(_) | Node::Image(_) => return foreign("clip that is no area"),
            }
        }
        Ok(())
    }

    fn outline(&mut self, outline: &Outline) {
        let mut last = Point::zero();
        for segment in outline.segments() {
            last = match segment {
                PathSegment::MoveTo(to) => {
                    self.operators.move_to(to.x, to.y);
                    to
                }
                PathSegment::LineTo(to) => {
                    self.operators.line_to(to.x, to.y);
                    to
                }
                PathSegment::QuadTo(by, to) => {
                    // The same curve with two control points.
                    let near = |end: Point| (end.x + 2.0 * by.x, end.y + 2.0 * by.y);
                    let ((x1, y1), (x2, y2)) = (near(last), near(to));
                    let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|sum| sum / 3.0);
                    self.operators.cubic_to(x1, y1, x2, y2, to.x, to.y);
                    to
                }
                PathSegment::CubicTo(first, second, to) => {
                    self.operators.cubic_to(first.x, first.y, second.x, second.y, to.x, to.y);
                    to
                }
                PathSegment::Close => {
                    self.operators.close_path();
                    last
                }
            };
        }
    }

    fn path(&mut self, path: &Path) -> Result<(), ReportError> {
        if path.is_visible() {
            for stroked in order(path.paint_order()) {
                match (stroked, path.fill(), path.stroke()) {
                    (false, Some(fill), _) => {
                        self.fill(fill)?;
                        self.outline(path.data());
                        match fill.rule() {
                            FillRule::NonZero => self.operators.fill_nonzero(),
                            FillRule::EvenOdd => self.operators.fill_even_odd(),
                        };
                    }
                    (true, _, Some(stroke)) => {
                        self.stroke(stroke)?;
                        self.outline(path.data());
                        self.operators.stroke();
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// What follows is filled so.
    fn fill(&mut self, fill: &Fill) -> Result<(), ReportError> {
        let [red, green, blue] = color(fill.paint())?;
        self.operators.set_fill_rgb(red, green, blue);
        self.opacity(fill.opacity());
        Ok(())
    }

    /// What follows is stroked so.
    fn stroke(&mut self, stroke: &Stroke) -> Result<(), ReportError> {
        let [red, green, blue] = color(stroke.paint())?;
        self.operators
            .set_stroke_rgb(red, green, blue)
            .set_line_width(stroke.width().get())
            .set_line_cap(match stroke.linecap() {
                LineCap::Butt => LineCapStyle::ButtCap,
                LineCap::Round => LineCapStyle::RoundCap,
                LineCap::Square => LineCapStyle::ProjectingSquareCap,
            })
            .set_line_join(match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
                LineJoin::Round => LineJoinStyle::RoundJoin,
                LineJoin::Bevel => LineJoinStyle::BevelJoin,
            })
            .set_miter_limit(stroke.miterlimit().get())
            .set_dash_pattern(
                stroke.dasharray().unwrap_or_default().iter().copied(),
                stroke.dashoffset(),
            );
        self.opacity(stroke.opacity());
        Ok(())
    }

    /// What follows lets so much through.
    fn opacity(&mut self, opacity: Opacity) {
        let opacity = opacity.to_u8();
        // An opaque drawing names none.
        if opacity == u8::MAX && self.opacities.is_empty() {
            return;
        }
        let known = self.opacities.iter().position(|known| *known == opacity);
        let index = known.unwrap_or_else(|| {
            self.opacities.push(opacity);
            self.opacities.len() - 1
        });
        self.operators.set_parameters(Name(opacity_name(index).as_bytes()));
    }

    fn text(&mut self, text: &Text) -> Result<(), ReportError> {
        for span in text.layouted().iter().filter(|span| span.visible) {
            for line in [&span.underline, &span.overline].into_iter().flatten() {
                self.path(line)?;
            }
            for stroked in order(span.paint_order) {
                match (stroked, &span.fill, &span.stroke) {
                    (false, Some(fill), _) => {
                        self.fill(fill)?;
                        self.glyphs(span, TextRenderingMode::Fill)?;
                    }
                    (true, _, Some(stroke)) => {
                        self.stroke(stroke)?;
                        self.glyphs(span, TextRenderingMode::Stroke)?;
                    }
                    _ => {}
                }
            }
            if let Some(line) = &span.line_through {
                self.path(line)?;
            }
        }
        Ok(())
    }

    /// Shows the glyphs, as many at a time as stand in a line in one font.
    fn glyphs(&mut self, span: &Span, mode: TextRenderingMode) -> Result<(), ReportError> {
        self.operators.begin_text().set_text_rendering_mode(mode);
        let mut rest = &span.positioned_glyphs[..];
        while let [first, ..] = rest {
            let known = self.fonts.iter().position(|font| font.id == first.font);
            let index = if let Some(index) = known {
                index
            } else {
                self.fonts.push(Font::new(self.tree.fontdb(), first.font)?);
                self.fonts.len() - 1
            };
            let font = &mut self.fonts[index];
            let place = place(first, font);
            self.operators
                .set_font(Name(font_name(index).as_bytes()), 1.0)
                .set_text_matrix(matrix(place));
            // Without an inverse nothing would be seen of the line.
            let inverse = place.invert().unwrap_or_default();
            let mut shown = self.operators.show_positioned();
            let mut items = shown.items();
            // Where the next glyph would come to stand, in widths of an em.
            let mut pen = 0.0;
            let mut count = 0;
            for glyph in rest {
                let (x, y) = match inverse.pre_concat(self::place(glyph, font)) {
                    Transform { sx, ky, kx, sy, tx, ty }
                        if glyph.font == font.id
                            && [sx - 1.0, ky, kx, sy - 1.0].iter().all(|one| one.abs() < 1e-3) =>
                    {
                        (tx, ty)
                    }
                    _ => break,
                };
                if y.abs() > 1e-3 {
                    break;
                }
                // Whole thousandths of an em, backwards.
                let back = ((pen - x) * 1000.0).round();
                if back != 0.0 {
                    items.adjust(back);
                }
                items.show(Str(&font.show(glyph).to_be_bytes()));
                pen += font.advance(glyph.id.0) - back / 1000.0;
                count += 1;
            }
            items.finish();
            rest = &rest[count.max(1)..];
        }
        self.operators.end_text();
        Ok(())
    }
}

/// Where a glyph of the size of an em stands.
fn place(glyph: &PositionedGlyph, font: &Font) -> Transform {
    glyph.outline_transform().pre_scale(font.units_per_em, font.units_per_em)
}

/// Whether it is stroked, of what is drawn first and of what is drawn then.
fn order(order: PaintOrder) -> [bool; 2] {
    match order {
        PaintOrder::FillAndStroke => [false, true],
        PaintOrder::StrokeAndFill => [true, false],
    }
}

fn color(paint: &Paint) -> Result<[f32; 3], ReportError> {
    match paint {
        Paint::Color(color) => {
            Ok([color.red, color.green, color.blue].map(|share| f32::from(share) / 255.0))
        }
        Paint::LinearGradient(_) | Paint::RadialGradient(_) => foreign("gradient"),
        Paint::Pattern(_) => foreign("pattern"),
    }
}
