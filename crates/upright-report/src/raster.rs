//! Conversion of SVG to PNG.
//!
//! The picture is drawn and encoded strip by strip. A whole page at print resolution takes
//! 27 MB as pixels, and the encoder of the drawing library would copy it once more. The shade of
//! an edge can depend on the strips by a rounding error, which cannot be seen; the strips are the
//! same on every machine.

use std::io::Write as _;

use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::Tree;

use crate::document::SvgDocument;
use crate::error::ReportError;

/// Usual resolution of a picture in dots per inch, good for print.
pub const DEFAULT_DPI: f64 = 200.0;
/// Lowest resolution of a picture in dots per inch.
pub const MIN_DPI: f64 = 10.0;
/// Highest resolution of a picture in dots per inch.
pub const MAX_DPI: f64 = 1200.0;
/// Largest width or height of a picture in pixels.
pub const MAX_PIXELS: u32 = 30_000;

/// Number of pixels drawn at once.
const STRIP_PIXELS: u32 = 1 << 20;
/// Pixels to the inch in the coordinates of an SVG document.
const CSS_DPI: f64 = 96.0;
const METRES_PER_INCH: f64 = 0.0254;

/// Draws an SVG document as a PNG picture without transparency, on white.
///
/// `dpi` is the resolution in dots per inch, [`MIN_DPI`] to [`MAX_DPI`]; a document of 960 px has
/// 2000 pixels at 200 dpi. The resolution is noted in the file, so that it prints at its size.
/// Texts are drawn with the built-in font only and images inside the document are left out.
///
/// # Errors
///
/// [`ReportError::Resolution`] if `dpi` is out of range, [`ReportError::Svg`] if the text is not
/// an SVG document, [`ReportError::Size`] if a side would exceed [`MAX_PIXELS`] and
/// [`ReportError::Png`] if encoding fails.
pub fn png(svg: &str, dpi: f64) -> Result<Vec<u8>, ReportError> {
    if !(MIN_DPI..=MAX_DPI).contains(&dpi) {
        return Err(ReportError::Resolution { dpi, min: MIN_DPI, max: MAX_DPI });
    }
    let tree = SvgDocument::parse(svg)?.tree;
    let scale = dpi / CSS_DPI;
    let pixels = |length: f32| (f64::from(length) * scale).round().max(1.0);
    let (width, height) = (pixels(tree.size().width()), pixels(tree.size().height()));
    if width.max(height) > f64::from(MAX_PIXELS) {
        let limit = u64::from(MAX_PIXELS);
        return Err(ReportError::Size { width: width as u64, height: height as u64, limit });
    }
    let picture = Picture { tree: &tree, scale, width: width as u32, height: height as u32 };
    picture.encode(STRIP_PIXELS)
}

/// A picture to be drawn.
struct Picture<'a> {
    tree: &'a Tree,
    /// Pixels to a px of the document.
    scale: f64,
    width: u32,
    height: u32,
}

impl Picture<'_> {
    /// Draws and encodes the picture in strips of about so many pixels.
    fn encode(&self, strip_pixels: u32) -> Result<Vec<u8>, ReportError> {
        let error = |reason: String| ReportError::Png { reason };
        let mut data = Vec::new();
        let mut encoder = Encoder::new(&mut data, self.width, self.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let density = (self.scale * CSS_DPI / METRES_PER_INCH).round() as u32;
        let unit = Unit::Meter;
        encoder.set_pixel_dims(Some(PixelDimensions { xppu: density, yppu: density, unit }));
        let mut writer = encoder.write_header().map_err(|e| error(e.to_string()))?;
        let mut stream = writer.stream_writer().map_err(|e| error(e.to_string()))?;

        let rows = (strip_pixels / self.width).clamp(1, self.height);
        let mut strip = Pixmap::new(self.width, rows)
            .ok_or_else(|| error("no memory for the pixels".to_owned()))?;
        let mut line = Vec::with_capacity(3 * self.width as usize);
        for top in (0..self.height).step_by(rows as usize) {
            self.draw(&mut strip, top);
            let lines = strip.data().chunks_exact(4 * self.width as usize);
            for pixels in lines.take((self.height - top) as usize) {
                line.clear();
                // On white everything is opaque, so the alpha channel tells nothing.
                line.extend(
                    pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]),
                );
                stream.write_all(&line).map_err(|e| error(e.to_string()))?;
            }
        }
        stream.finish().map_err(|e| error(e.to_string()))?;
        drop(writer);
        Ok(data)
    }

    /// Draws the part of the picture that starts at pixel line `top`.
    fn draw(&self, strip: &mut Pixmap, top: u32) {
        strip.fill(Color::WHITE);
        let scale = self.scale as f32;
        let transform = Transform::from_row(scale, 0.0, 0.0, scale, 0.0, -(top as f32));
        resvg::render(self.tree, transform, &mut strip.as_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_DPI, Picture, png};
    use crate::document::SvgDocument;
    use crate::error::ReportError;

    const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='96' height='48'>\
        <path d='M0 0L96 48M0 40L96 3' stroke='#036' stroke-width='1.5' stroke-dasharray='4 3'/>\
        <text x='9' y='30' font-size='20'>θ₁ σ</text></svg>";

    /// Width, height and pixels of a PNG picture.
    fn decode(data: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(data)).read_info().ok()?;
        let mut pixels = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut pixels).ok()?;
        Some((info.width, info.height, pixels))
    }

    #[test]
    fn the_size_follows_the_resolution() {
        for (dpi, size) in [(96.0, (96, 48)), (DEFAULT_DPI, (200, 100)), (10.0, (10, 5))] {
            let picture = png(SVG, dpi).ok().and_then(|data| decode(&data));
            assert_eq!(picture.map(|(width, height, _)| (width, height)), Some(size));
        }
    }

    #[test]
    fn strips_leave_no_seams() {
        let document = SvgDocument::parse(SVG).ok();
        let tree = document.as_ref().map(|document| &document.tree);
        let picture = tree.map(|tree| Picture { tree, scale: 2.0, width: 192, height: 96 });
        let encode = |pixels| picture.as_ref().and_then(|picture| picture.encode(pixels).ok());
        let pixels = |strip| {
            let decoded = encode(strip).and_then(|data| decode(&data));
            decoded.map(|(.., pixels)| pixels).unwrap_or_default()
        };
        let whole = pixels(1 << 20);
        assert!(whole.iter().any(|value| *value < 128));
        for rows in [1, 7, 50] {
            let strips = pixels(192 * rows);
            assert_eq!(whole.len(), strips.len());
            let differences = whole.iter().zip(&strips).map(|(a, b)| f64::from(a.abs_diff(*b)));
            // Edges are sampled on four lines to a pixel; rounding may move one of them.
            assert!(differences.clone().fold(0.0, f64::max) <= 64.0);
            assert!(differences.sum::<f64>() / whole.len() as f64 <= 0.2);
        }
    }

    #[test]
    fn a_bad_resolution_is_refused() {
        for dpi in [0.0, -200.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(matches!(png(SVG, dpi), Err(ReportError::Resolution { .. })), "{dpi}");
        }
    }

    #[test]
    fn a_huge_picture_is_refused() {
        let svg = SVG.replace("'96'", "'9600'");
        let error = png(&svg, 600.0);
        let (width, height, limit) = (60_000, 300, 30_000);
        assert_eq!(error, Err(ReportError::Size { width, height, limit }));
    }
}
