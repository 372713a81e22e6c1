//! The page of the sites that keep memory, and the flame graph of what leaks beside it.

use crate::failure::Result;
use crate::sites::{LISTED, held, line};
use heapwatch_sites::Found;
use upright_report::{Cell, Heading, Item, Page, Section, Table, flame};
use upright_store::Results;

/// Writes `report.html`, and `flame.svg` where anything leaks.
pub(crate) fn write(output: &Results, name: &str, statement: &str, found: &Found) -> Result<()> {
    let leaks = || found.sites.iter().filter(|site| site.judgement.verdict.is_leak());
    let mut page = Page::new(format!("Memory of {name}")).with_lead(statement);
    for site in leaks() {
        page = page.with_lead(line(site));
    }
    for note in &found.notes {
        page = page.with_lead(note);
    }
    let stacks: Vec<(Vec<String>, f64)> = leaks().flat_map(|site| site.stacks.clone()).collect();
    if !stacks.is_empty() {
        let svg = flame("what leaks", &stacks);
        output.write_bytes("flame.svg", svg.as_bytes())?;
        let section = Section::new("What leaks, by call stack").with(Item::Picture {
            svg,
            description:
                "Growth in the steady state by call stack, the outermost function at the bottom"
                    .to_owned(),
            file: "flame.svg".to_owned(),
        });
        page = page.with_section(section);
    }
    let mut section = Section::new("Call sites").with_table(table(found));
    for site in leaks() {
        let frames = site.frames.iter().map(ToString::to_string).collect();
        section = section.with(Item::Folded(format!("Stack to {}", site.place), frames));
    }
    output.write_bytes("report.html", page.with_section(section).to_html().as_bytes())?;
    Ok(())
}

fn table(found: &Found) -> Table {
    let mut table = Table::new([
        Heading::new("place", ""),
        Heading::new("verdict", ""),
        Heading::new("rate", "B/s"),
        Heading::new("from", "B/s"),
        Heading::new("to", "B/s"),
        Heading::new("held", "B"),
        Heading::new("process", ""),
    ]);
    for site in found.sites.iter().take(LISTED) {
        let growth = &site.judgement.growth;
        table.push([
            Cell::text(site.place.to_string()),
            Cell::text(site.judgement.verdict.name()),
            Cell::number(growth.rate, 0),
            Cell::number(growth.interval.low, 0),
            Cell::number(growth.interval.high, 0),
            Cell::number(held(site), 0),
            Cell::number(f64::from(site.pid), 0),
        ]);
    }
    table
}
