//! Conversion of SVG to PDF.

mod content;
mod font;
mod stream;

use self::content::{Content, POINTS_PER_PX};
use self::stream::compressed;
use crate::document::SvgDocument;
use crate::error::ReportError;
use pdf_writer::{Filter, Finish as _, Pdf, Rect, Ref, TextStr};

/// Converts an SVG document to a PDF document of one page of the same size.
///
/// Lines stay lines and texts stay texts that can be searched and copied; the part of the
/// built-in font that they use is embedded. Title and language of the SVG document are carried
/// over. The result holds no date, so that the same document always gives the same bytes.
///
/// What figures are made of is converted: lines, areas, dashes, clips, text, plain colors and their
/// opacity.
///
/// # Errors
///
/// [`ReportError::Svg`] if the text is not an SVG document and [`ReportError::Pdf`] if it holds
/// something else, such as a gradient or an embedded picture.
pub fn pdf(svg: &str) -> Result<Vec<u8>, ReportError> {
    let SvgDocument { tree, title, language } = SvgDocument::parse(svg)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let content = Content::of(&tree)?;

    let mut next = Ref::new(1);
    let [catalog, pages, page, stream, info] = [(); 5].map(|()| next.bump());
    let mut pdf = Pdf::new();
    let mut written = pdf.catalog(catalog);
    written.pages(pages);
    if let Some(language) = &language {
        written.lang(TextStr(language));
    }
    written.finish();
    pdf.pages(pages).kids([page]).count(1);
    let mut written = pdf.document_info(info);
    written.creator(TextStr("upright"));
    if let Some(title) = &title {
        written.title(TextStr(title));
    }
    written.finish();

    let fonts: Vec<Ref> = content.fonts.iter().map(|_| next.bump()).collect();
    let states: Vec<Ref> = content.opacities.iter().map(|_| next.bump()).collect();
    let mut written = pdf.page(page);
    written.parent(pages).contents(stream);
    written.media_box(Rect::new(0.0, 0.0, width * POINTS_PER_PX, height * POINTS_PER_PX));
    let mut resources = written.resources();
    let mut names = resources.fonts();
    for (index, id) in fonts.iter().enumerate() {
        names.pair(pdf_writer::Name(content::font_name(index).as_bytes()), id);
    }
    names.finish();
    let mut names = resources.ext_g_states();
    for (index, id) in states.iter().enumerate() {
        names.pair(pdf_writer::Name(content::opacity_name(index).as_bytes()), id);
    }
    names.finish();
    resources.finish();
    written.finish();

    for (id, opacity) in states.into_iter().zip(&content.opacities) {
        let opacity = f32::from(*opacity) / 255.0;
        pdf.ext_graphics(id).non_stroking_alpha(opacity).stroking_alpha(opacity);
    }
    for (id, font) in fonts.into_iter().zip(content.fonts) {
        font.embed(tree.fontdb(), id, &mut next, &mut pdf)?;
    }
    let drawn = compressed(&content.operators)?;
    pdf.stream(stream, &drawn).filter(Filter::FlateDecode);
    Ok(pdf.finish())
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

    /// An SVG document of these elements.
    fn document(elements: &str) -> String {
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xml:lang='de' width='96' height='48'>\
             <title>Drei α</title>{elements}</svg>"
        )
    }

    /// The drawing operators of a document's page.
    fn operators(elements: &str) -> Vec<(String, Vec<lopdf::Object>)> {
        let data = pdf(&document(elements)).expect("a PDF");
        let read = lopdf::Document::load_mem(&data).expect("a readable PDF");
        let content = read.get_page_content(read.get_pages()[&1]);
        let content = lopdf::content::Content::decode(&content).expect("operators");
        content.operations.into_iter().map(|one| (one.operator, one.operands)).collect()
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

    #[test]
    fn what_figures_do_not_have_is_refused_by_its_name() {
        let gradient = "<defs><linearGradient id='g'><stop stop-color='red'/>\
                        <stop offset='1' stop-color='blue'/></linearGradient></defs>\
                        <rect width='9' height='9' fill='url(#g)'/>";
        let group = "<g opacity='0.5'><rect width='9' height='9'/></g>";
        for (elements, name) in [(gradient, "gradient"), (group, "group")] {
            let refused = pdf(&document(elements));
            let named =
                matches!(&refused, Err(ReportError::Pdf { reason }) if reason.contains(name));
            assert!(named, "{refused:?}");
        }
    }

    #[test]
    fn title_and_language_are_carried_over() {
        let data = pdf(&document("")).expect("a PDF");
        let read = lopdf::Document::load_mem(&data).expect("a readable PDF");
        let text = |object: &lopdf::Object| lopdf::decode_text_string(object).expect("a text");
        let info = read.trailer.get(b"Info").and_then(|id| read.dereference(id)).expect("facts").1;
        let info = info.as_dict().expect("facts");
        assert_eq!(text(info.get(b"Title").expect("a title")), "Drei α");
        assert_eq!(text(read.catalog().and_then(|c| c.get(b"Lang")).expect("a language")), "de");
    }

    #[test]
    fn lines_keep_width_dashes_color_and_opacity() {
        let line = "<path d='M1 2L3 4' fill='none' stroke='#ff0000' stroke-width='2' \
                    stroke-dasharray='3 1' stroke-opacity='0.5' stroke-linecap='round'/>";
        let operators = operators(line);
        let numbers = |name: &str| -> Vec<f32> {
            let operands =
                operators.iter().find(|(operator, _)| operator == name).map(|one| &one.1);
            let numbers = operands.into_iter().flatten();
            numbers
                .flat_map(|one| match one {
                    lopdf::Object::Array(all) => {
                        all.iter().filter_map(|one| one.as_float().ok()).collect()
                    }
                    one => one.as_float().into_iter().collect::<Vec<f32>>(),
                })
                .collect()
        };
        assert_eq!(numbers("w"), [2.0]);
        assert_eq!(numbers("d"), [3.0, 1.0, 0.0]);
        assert_eq!(numbers("RG"), [1.0, 0.0, 0.0]);
        assert_eq!(numbers("J"), [1.0]);
        assert_eq!((numbers("m"), numbers("l")), (vec![1.0, 2.0], vec![3.0, 4.0]));
        assert!(operators.iter().any(|(operator, _)| operator == "gs"));
    }

    #[test]
    fn a_word_is_one_string_of_glyphs() {
        let operators = operators("<text x='9' y='30'>settled</text>");
        assert_eq!(operators.iter().filter(|(operator, _)| operator == "Tm").count(), 1);
        assert_eq!(operators.iter().filter(|(operator, _)| operator == "TJ").count(), 1);
    }
}
