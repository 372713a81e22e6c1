//! Conversion of SVG to PDF.

use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt as _, SvgSettings};

use crate::document::SvgDocument;
use crate::error::ReportError;

/// PDF points to a px at 96 dpi.
const POINTS_PER_PX: f32 = 0.75;

/// Converts an SVG document to a PDF document of one page of the same size.
///
/// Lines stay lines and texts stay texts that can be searched and copied; the part of the
/// built-in font that they use is embedded. Title and language of the SVG document are carried
/// over. The result holds no date, so that the same document always gives the same bytes.
///
/// # Errors
///
/// [`ReportError::Svg`] if the text is not an SVG document and [`ReportError::Pdf`] if writing
/// fails.
pub fn pdf(svg: &str) -> Result<Vec<u8>, ReportError> {
    let error = |reason: String| ReportError::Pdf { reason };
    let SvgDocument { tree, title, language } = SvgDocument::parse(svg)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let size = Size::from_wh(width * POINTS_PER_PX, height * POINTS_PER_PX)
        .ok_or_else(|| error(format!("page of {width} x {height} px")))?;

    let mut document = Document::new();
    let mut metadata = Metadata::new().creator("upright".to_owned());
    if let Some(title) = title {
        metadata = metadata.title(title);
    }
    if let Some(language) = language {
        metadata = metadata.language(language);
    }
    document.set_metadata(metadata);
    let mut page = document.start_page_with(PageSettings::new(size));
    let mut surface = page.surface();
    surface
        .draw_svg(&tree, size, SvgSettings::default())
        .ok_or_else(|| error("the drawing could not be placed".to_owned()))?;
    surface.finish();
    page.finish();
    document.finish().map_err(|e| error(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::pdf;
    use crate::error::ReportError;

    const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='96' height='48'>\
        <text x='9' y='30'>θ₁</text></svg>";

    fn contains(data: &[u8], part: &str) -> bool {
        data.windows(part.len()).any(|window| window == part.as_bytes())
    }

    #[test]
    fn the_font_is_embedded() {
        let data = pdf(SVG).unwrap_or_default();
        assert!(data.starts_with(b"%PDF"));
        assert!(contains(&data, "/FontFile2"));
        assert!(contains(&data, "DejaVuSans"));
        assert!(contains(&data, "/ToUnicode"));
    }

    #[test]
    fn the_same_text_gives_the_same_bytes() {
        assert_eq!(pdf(SVG), pdf(SVG));
    }

    #[test]
    fn other_text_is_refused() {
        assert!(matches!(pdf("x"), Err(ReportError::Svg { .. })));
    }
}
