//! Reading of SVG text with the built-in font.

use std::sync::{Arc, OnceLock};

use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::roxmltree;
use resvg::usvg::{ImageHrefResolver, Options, Tree};

use crate::error::ReportError;

/// Family of the built-in font.
const FAMILY: &str = "DejaVu Sans";

/// Namespace of SVG elements.
const SVG: &str = "http://www.w3.org/2000/svg";
/// Namespace of the attribute `xml:lang`.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// An SVG document ready to be drawn.
#[cfg_attr(not(feature = "pdf"), expect(dead_code, reason = "title and language are for PDF"))]
pub(crate) struct SvgDocument {
    /// What is drawn.
    pub(crate) tree: Tree,
    /// Title of the document, if it has one.
    pub(crate) title: Option<String>,
    /// Language of the document, if it is given.
    pub(crate) language: Option<String>,
}

impl SvgDocument {
    /// Reads SVG text.
    ///
    /// Only the built-in font is used, and neither files nor embedded images are read.
    pub(crate) fn parse(svg: &str) -> Result<Self, ReportError> {
        let error = |reason: String| ReportError::Svg { reason };
        let document = roxmltree::Document::parse(svg).map_err(|e| error(e.to_string()))?;
        let options = Options {
            font_family: FAMILY.to_owned(),
            fontdb: fonts(),
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(|_, _, _| None),
                resolve_string: Box::new(|_, _| None),
            },
            ..Options::default()
        };
        let tree = Tree::from_xmltree(&document, &options).map_err(|e| error(e.to_string()))?;
        let root = document.root_element();
        let title = root.children().find(|node| node.has_tag_name((SVG, "title")));
        Ok(Self {
            tree,
            title: title.and_then(|node| node.text()).map(str::to_owned),
            language: root.attribute((XML, "lang")).map(str::to_owned),
        })
    }
}

/// The built-in font in both weights, shared by all conversions.
fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut database = Database::new();
        for data in [dejavu::sans::regular(), dejavu::sans::bold()] {
            database.load_font_source(Source::Binary(Arc::new(data)));
        }
        database.set_sans_serif_family(FAMILY);
        database.set_serif_family(FAMILY);
        database.set_monospace_family(FAMILY);
        Arc::new(database)
    };
    Arc::clone(FONTS.get_or_init(load))
}

#[cfg(test)]
mod tests {
    use super::{SvgDocument, fonts};
    use crate::error::ReportError;

    #[test]
    fn both_weights_are_loaded() {
        let fonts = fonts();
        let weights: Vec<u16> = fonts.faces().map(|face| face.weight.0).collect();
        assert_eq!(weights, [400, 700]);
        assert!(fonts.faces().all(|face| face.families.iter().any(|f| f.0 == super::FAMILY)));
    }

    #[test]
    fn title_and_language_are_read() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' xml:lang='de' width='9' height='9'>\
                   <title>Titel</title></svg>";
        let document = SvgDocument::parse(svg).ok();
        assert_eq!(document.as_ref().and_then(|d| d.title.as_deref()), Some("Titel"));
        assert_eq!(document.as_ref().and_then(|d| d.language.as_deref()), Some("de"));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "picture", "<svg", "<html/>"] {
            assert!(matches!(SvgDocument::parse(text), Err(ReportError::Svg { .. })), "{text}");
        }
    }
}
