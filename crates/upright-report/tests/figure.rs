//! Figures as a whole: any input gives a valid document.

use proptest::prelude::{any, prop};
use proptest::{prop_assert, proptest};
use resvg::usvg::roxmltree::{self, Document};
use resvg::usvg::{Options, Tree};
use upright_report::{Block, Color, Curve, Dash, Figure, Guide, Panel, PanelRow, Style, pdf, png};

/// A figure of one panel with one curve.
fn single(points: impl IntoIterator<Item = [f64; 2]>) -> Figure {
    let curve = Curve::new("curve", Style::default(), points);
    let panel = Panel::new().with_curve(curve);
    Figure::new("Title").with_block(Block::new("").with_row(PanelRow::new("y").with_panel(panel)))
}

/// Reads an SVG document with the font it is made for.
fn parse(svg: &str) -> Result<Tree, String> {
    let mut options = Options::default();
    options.fontdb_mut().load_font_data(dejavu::sans::regular().to_vec());
    options.fontdb_mut().load_font_data(dejavu::sans::bold().to_vec());
    Tree::from_str(svg, &options).map_err(|error| format!("{error}: {svg}"))
}

/// Checks that a figure can be drawn, has a finite size and keeps all it draws inside of it.
fn check(figure: &Figure) -> Result<(), String> {
    let svg = figure.to_svg();
    for word in ["NaN", "inf"] {
        if svg.contains(&format!("\"{word}")) || svg.contains(&format!(" {word}")) {
            return Err(format!("{word} in {svg}"));
        }
    }
    let tree = parse(&svg)?;
    let (size, bounds) = (tree.size(), tree.root().abs_bounding_box());
    let inside = bounds.left() >= 0.0
        && bounds.top() >= 0.0
        && bounds.right() <= size.width() + 0.01
        && bounds.bottom() <= size.height() + 0.01;
    if inside { Ok(()) } else { Err(format!("{bounds:?} outside {size:?}")) }
}

/// Values of `d` of all paths drawn with the given colour.
fn paths(svg: &str, color: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("valid XML");
    let paths = document.descendants().filter(|node| node.attribute("stroke") == Some(color));
    paths.filter_map(|node| node.attribute("d").map(str::to_owned)).collect()
}

#[test]
fn empty_figures_are_valid() {
    check(&Figure::new("")).unwrap();
    check(&Figure::new("Title").with_columns(["A", "B"]).with_x_label("t, s")).unwrap();
    check(&Figure::new("").with_block(Block::new(""))).unwrap();
    check(&Figure::new("").with_block(Block::new("").with_row(PanelRow::new("y, m")))).unwrap();
    let panel = PanelRow::new("").with_panel(Panel::new());
    let figure = Figure::new("").with_block(Block::new("").with_row(panel));
    check(&figure).unwrap();
    assert!(figure.to_svg().contains("no data"));
    let svg = Figure::new("").to_svg();
    assert!(png(&svg, 96.0).is_ok() && pdf(&svg).is_ok());
}

#[test]
fn curves_without_finite_points_are_marked() {
    for points in [vec![], vec![[f64::NAN, 1.0]], vec![[0.0, f64::INFINITY]; 5]] {
        let figure = single(points);
        check(&figure).unwrap();
        assert!(figure.to_svg().contains("no data"));
    }
}

#[test]
fn unusual_values_are_drawn() {
    let values = [0.0, -0.0, 1e-320, 1e-300, 1e300, f64::MAX, f64::MIN, f64::MIN_POSITIVE];
    for a in values {
        for b in values {
            let figure = single([[0.0, a], [1.0, b], [2.0, a]]);
            check(&figure).unwrap();
            assert!(!figure.to_svg().contains("no data"));
            check(&single([[a, 0.0], [b, 1.0]])).unwrap();
        }
    }
}

#[test]
fn unusual_sizes_and_styles_are_drawn() {
    for size in [0.0, -5.0, f64::NAN, f64::INFINITY, 1e300, 333.3] {
        check(&single([[0.0, 1.0], [1.0, 2.0]]).with_size(size, size)).unwrap();
        let style = Style { dash: Dash::Dashed, ..Style::default().with_width(size) };
        let panel = Panel::new().with_curve(Curve::new("", style, [[0.0, 1.0], [1.0, 2.0]]));
        let figure = Figure::new("").with_legend_entry("name", style);
        let row = PanelRow::new("").with_panel(panel);
        parse(&figure.with_block(Block::new("").with_row(row)).to_svg()).unwrap();
    }
}

#[test]
fn long_texts_stay_inside_the_figure() {
    let long = "Response of the double inverted pendulum to a push ".repeat(9);
    for word in [long.replace(' ', "_"), long] {
        let panel = Panel::new().with_curve(Curve::new("", Style::default(), [[0.0, 1e5]]));
        let row = PanelRow::new(word.as_str()).with_panel(panel);
        let figure = Figure::new(word.as_str())
            .with_columns([word.as_str(), word.as_str()])
            .with_legend_entry(word.as_str(), Style::default())
            .with_block(Block::new(word.as_str()).with_row(row));
        for width in [300.0, 700.0, 1400.0] {
            check(&figure.clone().with_size(width, 90.0)).unwrap();
        }
    }
}

#[test]
fn non_finite_points_break_the_line() {
    let gap = single([[0.0, 0.0], [1.0, 1.0], [2.0, f64::NAN], [3.0, 1.0], [4.0, 0.0]]);
    let drawn = paths(&gap.to_svg(), "#000000");
    assert_eq!(drawn.len(), 1);
    assert_eq!(drawn[0].matches('M').count(), 2);
}

#[test]
fn a_single_point_becomes_a_dot() {
    let svg = single([[1.0, 1.0], [2.0, f64::NAN]]).to_svg();
    assert!(svg.contains("<circle"));
    assert!(paths(&svg, "#000000").is_empty());
}

#[test]
fn long_curves_are_reduced_and_keep_their_peak() {
    let peak = |k: u32| if k == 54_321 { 1.0 } else { 0.0 };
    let figure = single((0..100_000).map(|k| [f64::from(k), peak(k)]));
    let drawn = paths(&figure.to_svg(), "#000000");
    assert!(drawn[0].len() < 40_000);
    // The height of a panel without its margins is 110 / 1.12 px, and the line goes up and down.
    let numbers = drawn[0].replace('-', " -").replace(['M', 'l'], " ");
    let heights: Vec<f64> = numbers.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let heights = || heights.iter().copied().skip(3).step_by(2);
    for height in [heights().fold(0.0, f64::max), -heights().fold(0.0, f64::min)] {
        assert!((height - 110.0 / 1.12).abs() < 0.02, "{height}");
    }
}

#[test]
fn with_equal_units_a_circle_is_round() {
    let color = Color::new(18, 52, 86);
    for (radius, reach, width, height) in
        [(1.0, 0.0, 1000.0, 110.0), (1.0, 5.0, 300.0, 500.0), (1e4, -3e4, 500.0, 220.0)]
    {
        let circle = (0..=360).map(|degree| {
            let (sin, cos) = f64::from(degree).to_radians().sin_cos();
            [radius * cos, radius * sin]
        });
        let panel = Panel::new()
            .with_curve(Curve::new("circle", Style::solid(color), circle))
            .with_curve(Curve::new("far", Style::default(), [[0.0, 0.0], [reach, 0.0]]));
        let block = Block::new("").with_row(PanelRow::new("y").with_panel(panel));
        let figure = Figure::new("").with_size(width, height).with_equal_units().with_block(block);
        check(&figure).unwrap();
        // A path goes on by differences from where it begins.
        let path = paths(&figure.to_svg(), "#123456").concat();
        let numbers = path.replace('-', " -").replace(['M', 'l'], " ");
        let steps: Vec<f64> = numbers.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let span = |axis: usize| {
            let mut at = 0.0;
            let places = steps.iter().skip(axis).step_by(2).map(|step| {
                at += step;
                at
            });
            let places: Vec<f64> = places.collect();
            places.iter().fold(f64::MIN, |a, b| a.max(*b))
                - places.iter().fold(f64::MAX, |a, b| a.min(*b))
        };
        // Places are written to a hundredth, and points that a thinner line goes without are within half a px.
        assert!((span(0) - span(1)).abs() < 1.02, "{} by {}", span(0), span(1));
        assert!(span(0) > 20.0, "{}", span(0));
    }
}

#[test]
fn guides_outside_the_axes_are_left_out() {
    let color = Style::guide().color.hex();
    let figure = |guide| {
        let curve = Curve::new("", Style::default(), [[0.0, 0.0], [1.0, 1.0]]);
        let panel = Panel::new().with_curve(curve).with_guide(guide);
        Figure::new("").with_block(Block::new("").with_row(PanelRow::new("").with_panel(panel)))
    };
    for (place, count) in [(0.5, 1), (7.0, 0), (f64::NAN, 0), (f64::INFINITY, 0)] {
        for guide in [Guide::Horizontal { y: place }, Guide::Vertical { x: place }] {
            assert_eq!(paths(&figure(guide).to_svg(), &color).len(), count, "{guide:?}");
        }
        let band = figure(Guide::Band { from: place, to: place });
        check(&band).unwrap();
        let fill = format!("fill=\"{}\"", Style::band().color.hex());
        assert_eq!(band.to_svg().matches(&fill).count(), count);
    }
}

#[test]
fn texts_are_escaped_and_kept_as_text() {
    let text = "a<b & \"c\" 'd' ]]> θ₁ σ";
    let figure = Figure::new(text)
        .with_columns([text])
        .with_x_label(text)
        .with_language(text)
        .with_size(1400.0, 400.0)
        .with_legend_entry(text, Style::default())
        .with_block(Block::new(text).with_row(PanelRow::new(text).with_panel(
            Panel::new().with_curve(Curve::new(text, Style::default(), [[0.0, 0.0], [1.0, 1.0]])),
        )));
    check(&figure).unwrap();
    let svg = figure.to_svg();
    let document = Document::parse(&svg).unwrap();
    let count = |tag: &str| {
        let nodes = document.descendants().filter(|node| node.has_tag_name(tag));
        nodes.filter(|node| node.text() == Some(text)).count()
    };
    // Title, heading, column heading, row label, axis label and legend.
    assert_eq!(count("text"), 6);
    assert_eq!(count("title"), 2);
}

#[test]
fn the_document_is_labelled() {
    let svg = single([[0.0, 1.0], [1.0, 2.0]]).with_language("de").to_svg();
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    let xml = "http://www.w3.org/XML/1998/namespace";
    assert_eq!(root.attribute((xml, "lang")), Some("de"));
    assert_eq!(root.attribute("role"), Some("img"));
    let names: Vec<_> = root.children().filter(roxmltree::Node::is_element).take(2).collect();
    assert_eq!(names[0].tag_name().name(), "title");
    assert_eq!(names[1].tag_name().name(), "desc");
}

#[test]
fn the_legend_can_be_taken_from_the_curves() {
    let curve = |name: &str| Curve::new(name, Style::default(), []);
    let panel = ["a", "", "b", "a"].into_iter().map(curve).fold(Panel::new(), Panel::with_curve);
    let figure = Figure::new("")
        .with_block(Block::new("").with_row(PanelRow::new("").with_panel(panel)))
        .with_legend_of_curves();
    let names: Vec<_> = figure.legend.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn all_formats_are_written() {
    let svg = single((0..500).map(|k| [f64::from(k), f64::from(k).sin()])).to_svg();
    let picture = png(&svg, 96.0).unwrap();
    // Width in the header of the PNG file.
    assert_eq!(picture[16..20], 1000_u32.to_be_bytes());
    assert!(pdf(&svg).unwrap().starts_with(b"%PDF"));
    assert_eq!(svg, single((0..500).map(|k| [f64::from(k), f64::from(k).sin()])).to_svg());
}

proptest! {
    #[test]
    fn any_points_give_a_valid_figure(
        points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..60),
        extra in prop::collection::vec((-1e3..1e3, -1e3..1e3), 0..60),
        guide in any::<f64>(),
    ) {
        let points = points.into_iter().chain(extra).map(|(x, y)| [x, y]);
        let mut figure = single(points);
        let guides = &mut figure.blocks[0].rows[0].panels[0].guides;
        guides.push(Guide::Horizontal { y: guide });
        guides.push(Guide::Vertical { x: guide });
        guides.push(Guide::Band { from: guide, to: -guide });
        let result = check(&figure);
        prop_assert!(result.is_ok(), "{:?}", result);
    }

    #[test]
    fn any_texts_give_a_valid_figure_in_all_formats(texts in prop::collection::vec(any::<String>(), 6)) {
        let figure = Figure::new(texts[0].as_str())
            .with_columns([texts[1].as_str()])
            .with_x_label(texts[2].as_str())
            .with_language(texts[3].as_str())
            .with_legend_entry(texts[4].as_str(), Style::default())
            .with_block(Block::new(texts[5].as_str()).with_row(PanelRow::new(texts[0].as_str())));
        let svg = figure.to_svg();
        prop_assert!(Document::parse(&svg).is_ok());
        prop_assert!(png(&svg, 20.0).is_ok());
        prop_assert!(pdf(&svg).is_ok());
    }
}
