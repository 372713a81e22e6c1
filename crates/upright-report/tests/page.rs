//! A page says the same as Markdown and as HTML, and no text of it becomes markup.

use upright_report::{
    Actor, Animation, Block, Cell, Chart, Curve, Figure, Heading, Item, Link, Page, Panel,
    PanelRow, Section, Signal, Style, Table,
};

/// A text that would be markup if it were not treated as text.
const HOSTILE: &str = "</script><script>alert(1)</script>";

fn page() -> Page {
    let mut table = Table::new([Heading::new("subject", ""), Heading::new("live", "B")]);
    table.push([Cell::text("a<b>|c"), Cell::number(12.0, 0)]);
    Page::new(format!("Audit of {HOSTILE}")).with_lead("super_twisting: *clean*").with_section(
        Section::new("What it holds")
            .with_text("plain & simple")
            .with_table(table)
            .with(Item::Lines(vec!["a <- b".to_owned(), "  c".to_owned()]))
            .with(Item::Folded("The rest".to_owned(), vec![HOSTILE.to_owned()])),
    )
}

fn interactive() -> Page {
    let curve = Curve::new(HOSTILE, Style::default(), [[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0]]);
    let figure = Figure::new("Memory & more")
        .with_x_label("t (s)")
        .with_block(
            Block::new(HOSTILE)
                .with_row(PanelRow::new("B").with_panel(Panel::new().with_curve(curve))),
        )
        .with_legend_of_curves();
    let signal = |points: &[[f64; 2]]| Signal {
        name: HOSTILE.to_owned(),
        unit: "m".to_owned(),
        points: points.to_vec(),
    };
    let actor = Actor {
        name: HOSTILE.to_owned(),
        cart: signal(&[[0.5, 0.0], [0.6, 0.123_456], [0.7, f64::NAN]]),
        links: vec![Link { length: 0.4, angle: signal(&[[0.5, 0.1], [0.7, 0.2]]) }],
        force: signal(&[[0.5, 1.0], [0.7, -1.0]]),
        ..Actor::default()
    };
    let animation = Animation {
        description: "It moves".to_owned(),
        actors: vec![actor],
        ..Animation::default()
    };
    page().with_section(
        Section::new("Seen")
            .with(Item::Chart(Chart::new(figure).with_file("memory.png")))
            .with(Item::Animation(animation)),
    )
}

/// The scripts of a page: what stands in each `script` element.
fn scripts(html: &str) -> Vec<&str> {
    html.split("<script").skip(1).filter_map(|rest| rest.split("</script").next()).collect()
}

#[test]
fn html_without_charts_runs_nothing() {
    let html = page().to_html();
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert!(!html.contains("<script"), "a text became a script");
    assert!(!html.contains("script-src"), "the page lets scripts run");
    assert!(!html.contains("http://") && !html.contains("https://"));
    for part in ["plain &amp; simple", "a&lt;b&gt;|c", "a &lt;- b\n  c", "(B)", "<summary>The rest"]
    {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn charts_and_animations_are_data_and_no_text_of_them_ends_a_script() {
    let html = interactive().to_html();
    let scripts = scripts(&html);
    // Chart, animation, and the page's own script.
    assert_eq!(scripts.len(), 3);
    let data = scripts.iter().filter(|script| script.contains("application/json"));
    let data: Vec<serde_json::Value> = data
        .map(|script| {
            let text = script.split_once('>').expect("an element").1;
            serde_json::from_str(text).expect("JSON")
        })
        .collect();
    assert_eq!(data[0]["data"][0]["y"], serde_json::json!([1.0, null, 3.0]));
    // The page's script takes texts as they are.
    assert_eq!(data[0]["data"][0]["name"], HOSTILE);
    assert_eq!(data[1]["actors"][0]["name"], HOSTILE);
    assert_eq!(data[1]["actors"][0]["cart"]["t"], serde_json::json!([0.5, 0.6]));
    assert_eq!(data[1]["actors"][0]["cart"]["v"], serde_json::json!([0.0, 0.1235]));
    assert_eq!((&data[1]["start"], &data[1]["end"]), (&0.5.into(), &0.7.into()));
    // Without scripts a picture stands in place of the chart.
    assert!(html.contains("<noscript><svg"));
}

#[test]
fn markdown_links_to_the_picture_and_shows_marks_as_they_are() {
    let text = interactive().to_markdown();
    assert!(text.contains("![Memory &amp; more](memory.png)"));
    assert!(text.contains("- super_twisting: \\*clean\\*\n"));
    assert!(text.contains("# Audit of &lt;/script>&lt;script>"));
    assert!(text.contains("```text\na <- b\n  c\n```"));
}
