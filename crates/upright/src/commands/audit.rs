//! `upright audit`: the memory audit of the toolkit's own subjects, or of an animal of the zoo.

use crate::console::say;
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::{Audit, Format};
use crate::input::{LoadedScenario, parse, read};
use crate::progress::{self, Progress as Lines};
use crate::report::{self, Recorded};
use crate::results;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::time::Instant;
use upright_audit::report::{lead, page, picture_name, subjects};
use upright_audit::{Evidence, Plan, Progress, SubjectName, VerdictName, memory_stress};
use upright_report::{Section, Table, style_of};
use upright_sim::realization::Realization;
use upright_sim::scenario::kinds::sliding;
use upright_store::{FileError, Results, pretty};

const COMMAND: &str = "audit";

/// The scenario of the memory audit.
const AUDITED: (&str, &str) =
    ("memory-audit", include_str!("../../../../scenarios/memory-audit.yaml"));

/// Processes at a time unless --threads says otherwise: more would wait for each other.
const PARALLEL: usize = 2;

pub(crate) fn run(audit: &Audit) -> Result {
    let shared = &audit.shared;
    if let Some(required) = shared.require {
        return Err(Failure::Flag {
            flag: "--require",
            value: format!("{required:?}").to_lowercase(),
            allowed: "an audit judges memory, not runs; allowed is to leave it out".to_owned(),
        });
    }
    if audit.demo.is_some() && (!shared.set.is_empty() || shared.controller.is_some()) {
        return Err(Failure::Flag {
            flag: "--demo",
            value: audit.demo.clone().unwrap_or_default(),
            allowed: "an animal runs no scenario; allowed is to leave out --set and --controller"
                .to_owned(),
        });
    }
    let loaded = match &audit.scenario {
        Some(path) => read(path, shared)?,
        None => parse(AUDITED.0, AUDITED.1, shared, false)?,
    };
    crate::interrupt::watch_patiently();
    let output = results::prepare(shared, COMMAND)?;
    let program = std::env::current_exe().map_err(FileError::reading(Path::new("this program")))?;
    let plan = Plan {
        program,
        arguments: vec![COMMAND.into(), "subject".into()],
        scenario: loaded.scenario.to_value(),
        subjects: asked(audit),
        quick: audit.quick,
        parallel: shared.threads.map_or(PARALLEL, usize::from),
        stop: crate::interrupt::flag(),
    };
    let lines = Lines::lines(shared, "steps", 0, None);
    let bar = Bar::new(shared.quiet || shared.json || progress::asked(shared));
    let evidence = upright_audit::orchestrate(&plan, env!("CARGO_PKG_VERSION"), &mut |progress| {
        bar.show(progress);
        lines.at(progress.done, progress.all);
    })?;
    bar.0.finish_and_clear();
    lines.end();
    if let Some(output) = &output {
        write(output, audit, &loaded, &evidence)?;
    }
    let summary = summary(&evidence);
    results::conclude(shared, COMMAND, output, &summary, || text(&evidence))?;
    Ok(outcome(&evidence))
}

/// An animal of the zoo, or what is audited of the toolkit, in the order of the reports.
fn asked(audit: &Audit) -> Vec<SubjectName> {
    if let Some(name) = &audit.demo {
        return vec![SubjectName::Animal(name.clone())];
    }
    let asked = |name: &&str| audit.only.is_empty() || audit.only.iter().any(|one| one == name);
    let names = upright_audit::subjects().into_iter().filter(asked);
    names.map(|name| SubjectName::Own(name.into())).collect()
}

/// The process of one subject.
pub(crate) fn subject(began: Instant) -> Result {
    end_with_parent();
    let mut job = String::new();
    std::io::stdin()
        .read_to_string(&mut job)
        .map_err(FileError::reading(Path::new("standard input")))?;
    let mut answers = std::io::stdout().lock();
    upright_audit::work(&job, began, &mut answers)
        .map_err(FileError::writing(Path::new("standard output")))?;
    Ok(Outcome::Done)
}

/// Lets the system end this process where the one that started it ends, however that ends.
fn end_with_parent() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        // Where it is refused, the process ends when its answers are no longer read.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
    }
}

/// What does not hold comes before what is not known.
fn outcome(evidence: &Evidence) -> Outcome {
    let leaks = evidence.subjects.iter().any(|s| s.verdict == VerdictName::Leak);
    if !evidence.complete {
        Outcome::Interrupted
    } else if leaks || evidence.worst_outcome() == upright_audit::PhaseOutcome::Failed {
        Outcome::Bad
    } else if evidence.subjects.iter().any(|s| s.verdict == VerdictName::Inconclusive) {
        Outcome::Inconclusive
    } else {
        Outcome::Done
    }
}

/// What the report shows of the scenario's runs, in s.
const SHOWN: f64 = 10.0;

/// The plant under each of the audited controllers: that it moves is what the audit rests on.
fn moving(loaded: &LoadedScenario) -> Result<Option<Section>> {
    let mut shown = loaded.scenario.clone();
    shown.simulation.duration = shown.simulation.duration.min(SHOWN);
    let mut runs = Vec::new();
    for &kind in sliding() {
        let scenario =
            shown.under(kind).map_err(|error| Failure::Scenario { error, text: String::new() })?;
        let realization = Realization::nominal(&scenario);
        runs.extend(report::again(kind, style_of(kind), &scenario, &realization, sliding().len())?);
    }
    let runs: Vec<&Recorded> = runs.iter().collect();
    let heading = "The plant that the controllers were audited on";
    Ok((!runs.is_empty()).then(|| report::section(heading, &loaded.name, &shown, &runs)))
}

/// `audit.json`, the report in two forms, the results for continuous integration, and the pictures.
fn write(
    output: &Results,
    audit: &Audit,
    loaded: &LoadedScenario,
    evidence: &Evidence,
) -> Result<()> {
    let whole = serde_json::to_value(evidence).unwrap_or(Value::Null);
    output.write_bytes("audit.json", pretty(&whole).as_bytes())?;
    // Markdown shows a picture of the formats that there are; PDF it could only link to.
    let figures = &audit.shared.figures;
    let shown = [Format::Png, Format::Svg].into_iter().find(|format| figures.contains(format));
    let shown = shown.or(figures.first().copied()).unwrap_or(Format::Png).to_string();
    let mut page = page(evidence, &report::command_line(), &shown);
    output.write_bytes("report.md", page.to_markdown().as_bytes())?;
    if evidence.demo.is_none() {
        page.sections.extend(moving(loaded)?);
    }
    output.write_bytes("report.html", page.to_html().as_bytes())?;
    let junit = upright_audit::junit(evidence).map_err(std::io::Error::other);
    output.write_bytes(
        "junit.xml",
        junit.map_err(FileError::writing(Path::new("junit.xml")))?.as_bytes(),
    )?;
    for subject in &evidence.subjects {
        if let Some(figure) = memory_stress(subject) {
            let name = picture_name(subject, "");
            let drawing = figure.on(audit.shared.target()).into();
            figures::write(output, name.trim_end_matches('.'), &drawing, figures)?;
        }
    }
    Ok(())
}

/// What an audit came to, as `summary.json` has it; `audit.json` has the rest.
fn summary(evidence: &Evidence) -> Value {
    let subjects: Vec<Value> = evidence
        .subjects
        .iter()
        .map(|subject| {
            json!({
                "subject": subject.subject,
                "verdict": subject.verdict,
                "statement": subject.statement,
                "one_time_bytes": subject.one_time_bytes,
                "max_recommended_periods": subject.max_recommended_periods,
            })
        })
        .collect();
    // Of some subjects alone it would be a lower one for what was not looked at.
    let scored = evidence.demo.is_some() || evidence.is_whole();
    json!({
        "verdict": evidence.verdict,
        "score": scored.then_some(evidence.score.total),
        "subjects": subjects,
        "quick": evidence.quick,
        "demo": evidence.demo,
        "seconds": evidence.seconds,
        "version": evidence.version,
        "complete": evidence.complete,
    })
}

fn text(evidence: &Evidence) -> String {
    let options = textwrap::Options::new(Table::WIDTH).subsequent_indent("  ");
    let lead: Vec<String> =
        lead(evidence).iter().map(|statement| textwrap::fill(statement, &options)).collect();
    format!("{}\n\n{}", lead.join("\n"), subjects(evidence).to_text())
}

/// The progress on standard error: a bar at a terminal, else a line a subject.
struct Bar(ProgressBar, bool);

impl Bar {
    fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden(), !quiet);
        }
        let bar = ProgressBar::new(0);
        // The template is a constant that the crate accepts; its own style would do as well.
        if let Ok(style) = ProgressStyle::with_template(
            "{bar:24} {percent:>3} % {elapsed_precise} (about {eta_precise} left) {wide_msg}",
        ) {
            bar.set_style(style);
        }
        Self(bar, false)
    }

    fn show(&self, progress: &Progress) {
        self.0.set_length(progress.all);
        self.0.set_position(progress.done);
        self.0.set_message(progress.last.clone());
        if self.1 && progress.subject_over {
            say!("audited {}", progress.last);
        }
    }
}
