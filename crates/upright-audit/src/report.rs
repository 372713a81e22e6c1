//! The audit as a page: the answers first, then the score, then every figure beside the reference
//! audit's.

use crate::evidence::{
    Evidence, Figure, PeriodLimit, PhaseEvidence, PhaseName, PhaseOutcome, SubjectEvidence,
    VerdictName,
};
use crate::phases::REQUESTS;
use crate::phases::studies::REQUESTS_A_PERIOD;
use crate::picture::memory_stress;
use crate::reference::reference;
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, size};

/// The page, which becomes `report.md` and `report.html`. `command` is what the user typed.
pub fn page(evidence: &Evidence, command: &str, format: &str) -> Page {
    let mut page = Page::new("Memory audit");
    page.lead = lead(evidence);
    page = page.with_section(
        Section::new("Subjects")
            .with_table(subjects(evidence))
            .with_text(format!(
                "Made by upright {} in {:.1} s:",
                evidence.version, evidence.seconds
            ))
            .with(Item::Lines(vec![command.to_owned()])),
    );
    if let Some(beside) = beside_reference(evidence) {
        page = page.with_section(
            Section::new("Beside the reference audit")
                .with_text(
                    "The reference audit (CA-02) sampled resident memory of a Python framework whose \
                     plant stood still. Its kilobytes have 1024 bytes.",
                )
                .with_table(beside),
        );
    }
    if evidence.is_whole() {
        page = page.with_section(score(evidence));
    }
    for subject in &evidence.subjects {
        page = page.with_section(of_subject(subject, format));
    }
    if evidence.demo.is_none() {
        page = page.with_section(
            Section::new("Histories that the reference audit worried about")
                .with_table(histories(evidence)),
        );
    }
    page
}

/// The key table, as the terminal shows it.
pub fn subjects(evidence: &Evidence) -> Table {
    let mut table = Table::new([
        Heading::new("subject", ""),
        Heading::new("verdict", ""),
        Heading::new("paid once", "B"),
        Heading::new("bound", "B"),
        Heading::new("requests a step", ""),
        Heading::new("max periods", ""),
    ]);
    for subject in &evidence.subjects {
        let requests = subject.phase(PhaseName::SteadyStep).and_then(|phase| {
            // Where a step is more than a control period, its own figure counts.
            let named = |name| phase.figures.iter().find(move |figure| figure.name == name);
            named(REQUESTS_A_PERIOD).or_else(|| named(REQUESTS)).map(|figure| figure.value)
        });
        table.push([
            Cell::text(&*subject.subject),
            Cell::text(subject.verdict.word()),
            Cell::number(subject.one_time_bytes, 0),
            Cell::optional(bound(subject).map(|bytes| bytes as f64), 0),
            Cell::optional(requests, if requests == Some(0.0) { 0 } else { 3 }),
            Cell::text(limit(subject)),
        ]);
    }
    table
}

/// The most that a subject takes by what its components declare, in bytes.
fn bound(subject: &SubjectEvidence) -> Option<u64> {
    let bounds = subject.components.iter().map(|part| part.bound_bytes);
    bounds.sum::<Option<u64>>().filter(|_| !subject.components.is_empty())
}

/// For how long a subject may run, with the unit where it is not the usual one.
fn limit(subject: &SubjectEvidence) -> String {
    let unit = match subject.max_recommended_unit.as_str() {
        "period" | "step" => "",
        "life" => " lives",
        other => &format!(" {other}s"),
    };
    match subject.max_recommended_periods {
        PeriodLimit::Periods(count) => format!("{count}{unit}"),
        limit @ PeriodLimit::Word(_) => limit.to_string(),
    }
}

/// What is to be known first: what was audited, what leaks, what was paid once, what bounds the rest.
pub fn lead(evidence: &Evidence) -> Vec<String> {
    let of = |wanted: fn(&SubjectEvidence) -> bool, text: fn(&SubjectEvidence) -> String| {
        let list: Vec<String> = evidence.subjects.iter().filter(|s| wanted(s)).map(text).collect();
        list
    };
    let names = of(|_| true, |s| s.subject.clone()).join(", ");
    let what = evidence.demo.as_ref().map_or_else(String::new, |_| {
        " (an animal of the zoo, which is there to be found)".to_owned()
    });
    let form = if evidence.quick { ", the short form" } else { "" };
    let cut = if evidence.complete { "" } else { "; interrupted: what follows is not all" };
    let or_nothing = |list: Vec<String>, nothing: &str| {
        if list.is_empty() { nothing.to_owned() } else { list.join("; ") }
    };
    let leaks =
        of(|s| s.verdict == VerdictName::Leak, |s| format!("{}: {}", s.subject, s.statement));
    let once =
        of(|s| s.one_time_bytes > 0.0, |s| format!("{} {}", s.subject, size(s.one_time_bytes)));
    let bounded = of(
        |s| s.capacity_bytes > 0.0,
        |s| format!("{} fills up to {}", s.subject, size(s.capacity_bytes)),
    );
    let still = of(|s| s.verdict <= VerdictName::OneTime, |s| s.subject.clone());
    let doubtful = of(
        |s| s.verdict == VerdictName::Inconclusive,
        |s| format!("{}: {}", s.subject, s.statement),
    );
    let failed: Vec<String> = evidence
        .subjects
        .iter()
        .flat_map(|s| s.phases.iter().map(move |phase| (s, phase)))
        .filter(|(_, phase)| phase.outcome == PhaseOutcome::Failed)
        .map(|(s, phase)| format!("{}, {}: {}", s.subject, phase.phase.word(), phase.statement))
        .collect();
    let by_design = of(
        |s| bound(s).is_some(),
        |s| format!("{} {}", s.subject, size(bound(s).unwrap_or(0) as f64)),
    );
    let bounds = [
        (!still.is_empty()).then(|| format!("no growth in {}", still.join(", "))),
        (!bounded.is_empty()).then(|| bounded.join("; ")),
        (!by_design.is_empty()).then(|| format!("by design at most: {}", by_design.join(", "))),
    ];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    let mut lead = vec![
        format!("Audited: {names}{what}{form}{cut}"),
        format!("Verdict: {}", evidence.verdict.word()),
        format!("What leaks: {}", or_nothing(leaks, "nothing that was seen")),
        format!("What was paid once: {}", or_nothing(once, "nothing on the heap")),
        format!("What bounds the rest: {}", or_nothing(bounds, "not known")),
    ];
    if !doubtful.is_empty() {
        lead.push(format!("What this audit does not tell: {}", doubtful.join("; ")));
    }
    if !failed.is_empty() && evidence.demo.is_none() {
        lead.push(format!("What does not hold: {}", failed.join("; ")));
    }
    if evidence.is_whole() {
        lead.push(format!("Score: {:.1} of 100", evidence.score.total));
    }
    lead
}

fn beside_reference(evidence: &Evidence) -> Option<Table> {
    let mut table = Table::new([
        Heading::new("controller", ""),
        Heading::new("a cycle", "KB"),
        Heading::new("theirs", "KB"),
        Heading::new("a step of 1000", "KB"),
        Heading::new("theirs", "KB"),
        Heading::new("a step of 10 000", "KB"),
        Heading::new("theirs", "KB"),
        Heading::new("verdict", ""),
        Heading::new("theirs", ""),
    ]);
    let value = |phase: Option<&PhaseEvidence>, head: &str| {
        let figures = phase?.figures.iter();
        figures.filter(|f| f.unit == "KB").find(|f| f.name.starts_with(head)).map(|f| f.value)
    };
    for subject in &evidence.subjects {
        let Some(theirs) = reference(&subject.subject) else { continue };
        let phase = |name| subject.phase(name);
        table.push([
            Cell::text(&*subject.subject),
            Cell::optional(value(phase(PhaseName::Lifecycle), "growth a cycle"), 2),
            Cell::number(theirs.a_cycle, 2),
            Cell::optional(value(phase(PhaseName::SteadyStep), "growth a"), 2),
            Cell::number(theirs.a_step_of_1000, 2),
            Cell::optional(value(phase(PhaseName::Stress), "growth a"), 2),
            Cell::number(theirs.a_step_of_10_000, 2),
            Cell::text(subject.verdict.word()),
            Cell::text(theirs.verdict),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

fn score(evidence: &Evidence) -> Section {
    let mut table = Table::new([
        Heading::new("category", ""),
        Heading::new("weight", "%"),
        Heading::new("points", ""),
        Heading::new("formula", ""),
        Heading::new("computed", ""),
    ]);
    let mut missing = Vec::new();
    for category in &evidence.score.categories {
        table.push([
            Cell::text(&*category.name),
            Cell::number(category.weight, 0),
            Cell::number(category.points, 1),
            Cell::text(&*category.formula),
            Cell::text(category.sum()),
        ]);
        for row in category.rows.iter().filter(|row| !row.counts) {
            missing.push(format!("{}: {}", category.name, row.of));
        }
    }
    let sum: Vec<String> = evidence
        .score
        .categories
        .iter()
        .map(|c| format!("{:.2} x {:.1}", c.weight / 100.0, c.points))
        .collect();
    let total = format!("{} = {:.1}", sum.join(" + "), evidence.score.total);
    let section = Section::new("Score").with_table(table).with(Item::Lines(vec![total]));
    if missing.is_empty() {
        section
    } else {
        section.with_text(format!("Rows that do not count: {}.", missing.join("; ")))
    }
}

fn of_subject(subject: &SubjectEvidence, format: &str) -> Section {
    let mut section = Section::new(format!("{}: {}", subject.subject, subject.verdict.word()))
        .with_text(capitalised(&subject.statement));
    if let Some(figure) = memory_stress(subject) {
        let chart = Chart::new(figure).with_file(picture_name(subject, format));
        section = section.with(Item::Chart(chart));
    }
    section = section.with_table(phases(subject)).with_table(figures(subject));
    if !subject.components.is_empty() {
        section = section.with_table(components(subject));
    }
    if !subject.histories.is_empty() {
        let mut table = Table::new([
            Heading::new("history", ""),
            Heading::new("capacity", "entries"),
            Heading::new("held at the end", "entries"),
        ]);
        for history in &subject.histories {
            table.push([
                Cell::text(&*history.name),
                Cell::number(history.capacity as f64, 0),
                Cell::number(history.length as f64, 0),
            ]);
        }
        section = section.with_table(table);
    }
    let sites = sites(subject);
    if !sites.is_empty() {
        section =
            section.with_text("Who holds what grew, innermost first:").with(Item::Lines(sites));
    }
    section
}

/// Name of the file of a subject's picture.
pub fn picture_name(subject: &SubjectEvidence, format: &str) -> String {
    format!("memory_stress_{}.{format}", subject.subject)
}

fn phases(subject: &SubjectEvidence) -> Table {
    let mut table = Table::new([
        Heading::new("phase", ""),
        Heading::new("outcome", ""),
        Heading::new("why", ""),
        Heading::new("what happened in it", ""),
    ]);
    for phase in &subject.phases {
        let events: Vec<String> =
            phase.events.iter().map(|event| format!("{} {}", event.count, event.name)).collect();
        table.push([
            Cell::text(phase.phase.word()),
            Cell::text(phase.outcome.word()),
            Cell::text(&*phase.statement),
            Cell::text(events.join(", ")),
        ]);
    }
    table
}

fn figures(subject: &SubjectEvidence) -> Table {
    let mut table = Table::new([
        Heading::new("phase", ""),
        Heading::new("figure", ""),
        Heading::new("value", ""),
        Heading::new("reference audit", ""),
        Heading::new("unit", ""),
    ]);
    for phase in &subject.phases {
        for Figure { name, value, unit, reference } in &phase.figures {
            let decimals = if value.fract() == 0.0 { 0 } else { 3 };
            table.push([
                Cell::text(phase.phase.word()),
                Cell::text(&**name),
                Cell::number(*value, decimals),
                Cell::optional(*reference, if unit == "B" { 0 } else { 2 }),
                Cell::text(if unit == "1" { "" } else { unit }),
            ]);
        }
    }
    table
}

fn components(subject: &SubjectEvidence) -> Table {
    let mut table = Table::new([
        Heading::new("component", ""),
        Heading::new("in place", "B"),
        Heading::new("on the heap", "B"),
        Heading::new("bound", "B"),
    ]);
    for part in &subject.components {
        table.push([
            Cell::text(&*part.name),
            Cell::number(part.inline_bytes as f64, 0),
            Cell::number(part.heap_bytes as f64, 0),
            Cell::optional(part.bound_bytes.map(|bytes| bytes as f64), 0),
        ]);
    }
    table
}

/// The call stacks of what leaks, each place once.
fn sites(subject: &SubjectEvidence) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let found = subject.phases.iter().filter_map(|phase| phase.finding.as_ref());
    for site in found.filter_map(|finding| finding.site.as_ref()) {
        if lines.iter().any(|line| line.contains(&site.culprit)) {
            continue;
        }
        lines.push(format!(
            "{} in {} blocks, from {}",
            size(site.live_bytes as f64),
            site.live_blocks,
            site.culprit
        ));
        lines.extend(site.frames.iter().map(|frame| format!("  {frame}")));
    }
    lines
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).chain(['.']).collect()
    })
}

fn histories(evidence: &Evidence) -> Table {
    let mut table = Table::new([
        Heading::new("reference audit", ""),
        Heading::new("here", ""),
        Heading::new("capacity", "entries"),
    ]);
    for answer in &evidence.reference_histories {
        table.push([
            Cell::text(&*answer.history),
            Cell::text(&*answer.here),
            Cell::optional(answer.capacity.map(|entries| entries as f64), 0),
        ]);
    }
    table
}
