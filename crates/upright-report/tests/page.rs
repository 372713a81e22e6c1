//! A page says the same as Markdown and as HTML, and no text of it becomes markup.

use upright_report::{Cell, Figure, Heading, Item, Page, Picture, Section, Table};

fn page() -> Page {
    let mut table = Table::new([Heading::new("subject", ""), Heading::new("live", "B")]);
    table.push([Cell::text("a<b>|c"), Cell::number(12.0, 0)]);
    let picture = Picture {
        svg: Figure::new("Memory").to_svg(),
        file: "memory.png".to_owned(),
        alternative: "Live bytes & more".to_owned(),
    };
    Page::new("Audit of <script>alert(1)</script>")
        .with_lead("super_twisting: *clean*")
        .with_section(
            Section::new("What it holds")
                .with_text("plain & simple")
                .with_table(table)
                .with(Item::Lines(vec!["a <- b".to_owned(), "  c".to_owned()]))
                .with(Item::Picture(picture)),
        )
}

#[test]
fn html_holds_everything_and_runs_nothing() {
    let html = page().to_html();
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert!(!html.contains("<script"), "a text became a script");
    // Names of namespaces are no addresses that are asked.
    assert!(
        !html.replace("http://www.w3.org/", "").contains("http://") && !html.contains("https://")
    );
    for part in ["plain &amp; simple", "a&lt;b&gt;|c", "<svg", "a &lt;- b\n  c", "(B)"] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn markdown_links_to_the_picture_and_shows_marks_as_they_are() {
    let text = page().to_markdown();
    assert!(text.contains("![Live bytes &amp; more](memory.png)"));
    assert!(text.contains("- super_twisting: \\*clean\\*\n"));
    assert!(text.contains("# Audit of &lt;script>"));
    assert!(text.contains("```text\na <- b\n  c\n```"));
}
