//! A page as one HTML file.

use super::animation::Animation;
use super::content::{Chart, Item, Page};
use super::interactive;
use crate::describe::describe;
use crate::figure::Figure;
use crate::style::Style;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use upright_table::Column;
use upright_table::Table;

const STYLE: &str = include_str!("../../assets/page.css");
/// The parts of the script, in the order in which they need each other.
const SCRIPTS: [&str; 5] = [
    include_str!("../../assets/clock.js"),
    include_str!("../../assets/player.js"),
    include_str!("../../assets/axis.js"),
    include_str!("../../assets/charts.js"),
    include_str!("../../assets/start.js"),
];
/// Charts of a page at most that stand in it as pictures too: a page of very many is to stay small enough
/// to be sent around.
const PICTURES: usize = 30;

impl Page {
    /// The page as one HTML file that needs no other: pictures stand in it and nothing is fetched. A page
    /// with charts or animations carries the script that shows them; without scripts it
    /// shows pictures in their place. No other page has any.
    pub fn to_html(&self) -> String {
        render(self)
    }
}

fn render(page: &Page) -> String {
    let items = || page.sections.iter().flat_map(|section| &section.items);
    let count = items().filter(|item| matches!(item, Item::Chart(_))).count();
    let (charts, pictured) = (count > 0, count <= PICTURES);
    let moves = items().any(|item| matches!(item, Item::Animation(_)));
    // A page that is sent around must not call anywhere.
    let policy = if charts || moves {
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src 'unsafe-inline'"
    } else {
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (page.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (page.title) }
                    @if !page.lead.is_empty() {
                        ul.lead { @for statement in &page.lead { li { (statement) } } }
                    }
                    @if charts || moves {
                        noscript { p {
                            "Scripts are off: "
                            @if pictured { "pictures stand in the place of the charts, and nothing moves." }
                            @else { "charts are not shown; the tables are whole." }
                        } }
                    }
                    @for section in &page.sections {
                        section {
                            h2 { (section.heading) }
                            @for item in &section.items { (of_item(item, &section.heading, pictured)) }
                        }
                    }
                }
                @if charts || moves {
                    script { @for script in SCRIPTS { (PreEscaped(script)) "\n" } }
                }
            }
        }
    };
    markup.into_string() + "\n"
}

fn of_item(item: &Item, heading: &str, pictured: bool) -> Markup {
    match item {
        Item::Text(text) => html! { p { (text) } },
        Item::Lines(lines) => of_lines(lines, heading),
        Item::Folded(summary, lines) => html! {
            details { summary { (summary) } (of_lines(lines, summary)) }
        },
        Item::Table(table) => of_table(table, heading),
        Item::Chart(chart) => of_chart(chart, pictured),
        Item::Animation(animation) => of_animation(animation),
        Item::Picture { svg, description, .. } => html! {
            figure { (PreEscaped(svg)) figcaption { (description) } }
        },
    }
}

/// Lines that may have to be scrolled, and so can be reached by keyboard.
fn of_lines(lines: &[String], label: &str) -> Markup {
    html! { pre tabindex="0" role="region" aria-label=(label) { (lines.join("\n")) } }
}

/// JSON as the text of a script element, which any `<` could end.
fn data(value: &Value) -> Markup {
    let text = value.to_string().replace('<', "\\u003c");
    html! { script type="application/json" { (PreEscaped(text)) } }
}

/// A part of a sheet with what the common legend says of its curves: each chart stands by itself.
fn with_legend(part: &Figure, common: &[(String, Style)]) -> Figure {
    let rows = part.blocks.iter().flat_map(|block| &block.rows);
    let curves = rows.flat_map(|row| &row.panels).flat_map(|panel| &panel.curves);
    let drawn: Vec<&str> = curves.map(|curve| curve.name.as_str()).collect();
    let own = common.iter().filter(|(name, _)| drawn.contains(&name.as_str()));
    own.fold(part.clone(), |part, (name, style)| part.with_legend_entry(name.as_str(), *style))
}

fn of_chart(chart: &Chart, pictured: bool) -> Markup {
    let drawing = &chart.drawing;
    let (parts, across) = drawing.parts();
    let parts = parts.iter().map(|part| with_legend(part, drawing.common_legend()));
    html! {
        figure.chart data-clock=[&chart.clock] {
            figcaption { (drawing.title()) }
            @if pictured { noscript { (PreEscaped(drawing.to_svg())) } }
            div.parts style={ "--across:" (across) } {
                @for part in parts {
                    div.part {
                        div.plot role="group" aria-label=(describe(&part)) {}
                        (data(&interactive::chart(&part, chart.clock.is_some())))
                    }
                }
            }
        }
    }
}

fn of_animation(animation: &Animation) -> Markup {
    html! {
        figure.player {
            figcaption { (animation.description) }
            div.stage role="img" aria-label=(animation.description) {}
            div.controls {
                button.play type="button" { "Play" }
                button.start type="button" { "To the start" }
                label { "Speed "
                    select.speed {
                        @for (speed, name) in [("0.1", "1/10"), ("0.25", "1/4"), ("0.5", "1/2"), ("1", "1"),
                            ("2", "2"), ("5", "5")] {
                            option value=(speed) selected[speed == "1"] { (name) }
                        }
                    }
                }
                label.scrub { "Time "
                    input.time type="range" min="0" max="1" value="0" step="any";
                }
                output.now aria-live="off" { "0.00 s" }
            }
            @if animation.actors.len() > 1 {
                fieldset.shown { legend { "Shown" }
                    @for (index, actor) in animation.actors.iter().enumerate() {
                        label { input type="checkbox" value=(index) checked; " "
                            span.swatch style={ "background:" (actor.style.color.hex()) } {}
                            (actor.name)
                        }
                    }
                }
            }
            div.wide tabindex="0" role="region" aria-label="Numbers at the time that is shown" {
                table.readings {}
            }
            (data(&animation.data()))
        }
    }
}

/// Columns that fit side by side on a telephone.
const FEW: usize = 3;

fn of_table(table: &Table, heading: &str) -> Markup {
    let columns = table.columns();
    let many = columns.len() > FEW;
    // On a narrow page a row of many columns becomes a list, and each cell says what it is of.
    let label = |column: &Column| {
        let unit =
            if column.unit.is_empty() { String::new() } else { format!(" ({})", column.unit) };
        many.then(|| format!("{}{unit}", column.text))
    };
    let class = |numeric: bool| numeric.then_some("number");
    html! {
        // A region that can be reached by keyboard, since it may have to be scrolled.
        div.wide tabindex="0" role="region" aria-label=(heading) {
            table.many[many] {
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
                            td class=[class(column.numeric)] data-label=[label(column)] { (column.cells[row]) }
                        }
                    }
                } } }
            }
        }
    }
}
