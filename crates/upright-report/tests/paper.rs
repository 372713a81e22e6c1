//! Figures for papers: the size on the page, the texts, and what is in the PDF and the PNG.

use lopdf::{Document, Object};
use resvg::usvg::roxmltree;
use upright_report::{
    Bar, Block, Color, Curve, DEFAULT_DPI, Figure, Panel, PanelRow, Sheet, Style, Target, pdf, png,
};

const WIDTHS: [(Target, f64); 2] = [(Target::OneColumn, 3.5), (Target::TwoColumns, 7.16)];

/// A figure with every kind of text.
fn figure() -> Figure {
    let curve =
        Curve::new("θ₁", Style::default(), (1..500).map(|k| [f64::from(k), 1e-7 * f64::from(k)]));
    let panel = Panel::new().with_curve(curve);
    Figure::new("Title")
        .with_columns(["classical", "hybrid"])
        .with_x_label("t (s)")
        .with_legend_entry("angles", Style::default())
        .with_block(
            Block::new("nominal")
                .with_row(PanelRow::new("θ₁ (rad)").with_panel(panel.clone()).with_panel(panel)),
        )
}

fn bars() -> Figure {
    let panel = Panel::new()
        .with_bar(Bar::new(40.0, Color::new(0, 114, 178)).with_interval([30.0, 50.0]))
        .with_bar(Bar::new(f64::NAN, Color::BLACK).with_note("none"))
        .with_bar(Bar::new(20.0, Color::new(213, 94, 0)));
    let names = ["classical", "LQR", "super-twisting"];
    Figure::new("Bars").with_size(330.0, 60.0).with_block(
        Block::new("settling time (s)")
            .with_row(PanelRow::new("").with_names(names).with_panel(panel)),
    )
}

fn sheet(target: Target) -> String {
    let sheet = Sheet::new("Sheet", 2, 330.0).on(target).with_legend_entry("all", Style::default());
    [figure(), bars(), bars()].into_iter().fold(sheet, Sheet::with_part).to_svg()
}

fn number(node: roxmltree::Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|value| value.parse().ok()).expect("a number")
}

#[test]
fn figures_are_as_wide_as_their_columns_and_their_texts_have_eight_points() {
    for (target, inches) in WIDTHS {
        for svg in [figure().on(target).to_svg(), sheet(target)] {
            let document = roxmltree::Document::parse(&svg).expect("valid XML");
            assert!((number(document.root_element(), "width") - 96.0 * inches).abs() < 0.005);
            for node in document.descendants().filter(|node| node.has_attribute("font-size")) {
                // 8 pt, as written with two decimals.
                assert!((number(node, "font-size") - 10.67).abs() < 1e-9);
            }
            // The caption says the title, which stays in the metadata.
            let drawn = |name| {
                document.descendants().any(|n| {
                    n.has_tag_name(("http://www.w3.org/2000/svg", "text")) && n.text() == Some(name)
                })
            };
            assert!(!drawn("Title") && !drawn("Sheet") && drawn("classical"));
        }
    }
}

#[test]
fn nothing_leaves_the_paper() {
    let screen = [figure().to_svg(), bars().to_svg(), sheet(Target::Screen)];
    let paper =
        WIDTHS.into_iter().flat_map(|(target, _)| [figure().on(target).to_svg(), sheet(target)]);
    for svg in screen.into_iter().chain(paper) {
        let mut options = resvg::usvg::Options::default();
        for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
            options.fontdb_mut().load_font_data(font.to_vec());
        }
        let tree = resvg::usvg::Tree::from_str(&svg, &options).expect("a drawing");
        let (size, bounds) = (tree.size(), tree.root().abs_bounding_box());
        assert!(bounds.left() >= 0.0 && bounds.top() >= 0.0, "{bounds:?}");
        assert!(bounds.right() <= size.width() + 0.01, "{bounds:?} {size:?}");
        assert!(bounds.bottom() <= size.height() + 0.01, "{bounds:?} {size:?}");
    }
}

#[test]
fn a_pdf_has_the_size_of_its_columns_and_text_in_an_embedded_font() {
    for (target, inches) in WIDTHS {
        for svg in [figure().on(target).to_svg(), sheet(target)] {
            let document = Document::load_mem(&pdf(&svg).expect("a PDF")).expect("a readable PDF");
            let pages = document.get_pages();
            assert_eq!(pages.len(), 1);
            let page = document.get_dictionary(pages[&1]).expect("a page");
            let edges = page.get(b"MediaBox").and_then(Object::as_array).expect("a size");
            let edges: Vec<f32> = edges.iter().filter_map(|edge| edge.as_float().ok()).collect();
            assert!((f64::from(edges[2] - edges[0]) - 72.0 * inches).abs() < 0.01, "{edges:?}");

            let embedded = |object: &Object| {
                object.as_dict().is_ok_and(|font| font.has(b"FontFile2") || font.has(b"FontFile3"))
            };
            assert!(document.objects.values().any(embedded));
            let fonts = document.objects.values().filter(|object| {
                object.as_dict().is_ok_and(|font| font.has_type(b"FontDescriptor"))
            });
            assert!(fonts.clone().count() > 0 && fonts.clone().all(embedded));

            let text = document.extract_text(&[1]).expect("text");
            let text = text.replace(char::is_whitespace, "");
            for word in ["classical", "hybrid", "θ₁(rad)", "×10⁻⁵", "angles"] {
                let elsewhere = word == "angles" && !svg.contains(">angles<");
                assert!(elsewhere || text.contains(word), "{word} in {text}");
            }
        }
    }
}

#[test]
fn a_png_says_that_it_has_200_dots_an_inch() {
    for (target, inches) in WIDTHS {
        let data = png(&sheet(target), DEFAULT_DPI).expect("a picture");
        let reader = png::Decoder::new(std::io::Cursor::new(data)).read_info().expect("a PNG");
        assert_eq!(f64::from(reader.info().width), (200.0 * inches).round());
        let density = reader.info().pixel_dims.expect("a resolution");
        assert_eq!((density.xppu, density.yppu, density.unit), (7874, 7874, png::Unit::Meter));
    }
}

#[test]
fn bars_are_as_long_as_their_values() {
    let svg = bars().to_svg();
    let document = roxmltree::Document::parse(&svg).expect("valid XML");
    let bar = |color| {
        let mut bars = document.descendants().filter(|node| node.attribute("fill") == Some(color));
        bars.next().expect("a bar")
    };
    let (long, short) = (bar("#0072b2"), bar("#d55e00"));
    assert!((number(long, "width") - 2.0 * number(short, "width")).abs() < 0.02);
    assert_eq!(number(long, "x"), number(short, "x"));
    // The first name is at the top, and what has no value says so.
    assert!(number(long, "y") < number(short, "y"));
    assert!(document.descendants().any(|node| node.text() == Some("none")));
}

#[test]
fn an_axis_covers_what_it_is_asked_to() {
    let curve = Curve::new("", Style::default(), [[0.0, 0.0], [1.0, 1.0]]);
    let row =
        PanelRow::new("").with_panel(Panel::new().with_curve(curve)).with_reach([-20.0, 20.0]);
    let svg = Figure::new("").with_block(Block::new("").with_row(row)).to_svg();
    assert!(svg.contains(">−20<") && svg.contains(">20<"));
}

#[test]
fn points_without_a_logarithm_interrupt_the_line() {
    let points = [[0.0, 1.0], [1.0, 1.0], [10.0, 0.1], [20.0, -1.0], [100.0, 1.0], [1000.0, 1e3]];
    let panel = Panel::new().with_curve(Curve::new("", Style::default(), points));
    let row = PanelRow::new("").with_log_y().with_panel(panel);
    let figure = Figure::new("").with_log_x().with_block(Block::new("").with_row(row));
    let svg = figure.to_svg();
    let document = roxmltree::Document::parse(&svg).expect("valid XML");
    let line = document.descendants().find(|node| node.attribute("stroke") == Some("#000000"));
    let path = line.and_then(|node| node.attribute("d")).expect("a line");
    assert_eq!(path.matches('M').count(), 2);
    for label in ["10⁰", "10¹", "10³"] {
        assert!(svg.contains(&format!(">{label}<")), "{label}");
    }
    let nothing = PanelRow::new("").with_log_y().with_panel(Panel::new().with_curve(Curve::new(
        "",
        Style::default(),
        [[1.0, 0.0], [2.0, -1.0]],
    )));
    let figure = Figure::new("").with_block(Block::new("").with_row(nothing));
    assert!(figure.to_svg().contains("no data"));
}
