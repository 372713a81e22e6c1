//! A page as one HTML file.

use crate::page::{Item, Page};
use crate::table::Table;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Black on white, so that figures made for paper look as they do there; wide tables scroll by
/// themselves.
const STYLE: &str = "
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; background: #fff; color: #1a1a1a;
  font: 16px/1.5 system-ui, 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.lead { padding: 0.8rem 1.2rem 0.8rem 2.2rem; border-left: 0.3rem solid #0072b2; background: #f3f6f8; }
.wide { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.25rem 0.7rem; text-align: left; vertical-align: top; font-weight: normal; }
thead th { font-weight: 600; border-bottom: 2px solid #1a1a1a; vertical-align: bottom; }
tbody tr { border-bottom: 1px solid #d4d4d4; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
.unit { color: #505050; font-weight: normal; }
pre { overflow-x: auto; padding: 0.6rem 0.8rem; background: #f3f6f8; font-size: 0.85rem; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { max-width: 100%; min-width: 36rem; height: auto; }
";

pub(crate) fn render(page: &Page) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // A page that is sent around must not call anywhere.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (page.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (page.title) }
                    @if !page.lead.is_empty() {
                        ul.lead { @for statement in &page.lead { li { (statement) } } }
                    }
                    @for section in &page.sections {
                        section {
                            h2 { (section.heading) }
                            @for item in &section.items { (of_item(item)) }
                        }
                    }
                }
            }
        }
    };
    markup.into_string() + "\n"
}

fn of_item(item: &Item) -> Markup {
    match item {
        Item::Text(text) => html! { p { (text) } },
        Item::Lines(lines) => html! { pre tabindex="0" { (lines.join("\n")) } },
        Item::Table(table) => of_table(table),
        Item::Picture(picture) => html! {
            figure role="img" aria-label=(picture.alternative) {
                // Drawn by this crate: it holds no script and no link.
                (PreEscaped(&picture.svg))
            }
        },
    }
}

fn of_table(table: &Table) -> Markup {
    let columns = table.columns();
    let class = |numeric: bool| numeric.then_some("number");
    html! {
        // A region that can be reached by keyboard, since it may have to be scrolled.
        div.wide tabindex="0" {
            table {
                thead { tr { @for column in &columns {
                    th scope="col" class=[class(column.numeric)] {
                        (column.text)
                        @if !column.unit.is_empty() { " " span.unit { "(" (column.unit) ")" } }
                    }
                } } }
                tbody { @for row in 0..table.rows.len() { tr {
                    @for (index, column) in columns.iter().enumerate() {
                        @if index == 0 {
                            th scope="row" { (column.cells[row]) }
                        } @else {
                            td class=[class(column.numeric)] { (column.cells[row]) }
                        }
                    }
                } } }
            }
        }
    }
}
