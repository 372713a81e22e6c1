//! The published figures of the reference audit beside what the program gives.

use crate::{audited, current, metrics, root, upright, with_block};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use upright_audit::reference::REFERENCE;

const PAGE: &str = "docs/claims.md";

/// The published settling times, in seconds.
const SETTLING: [(&str, f64); 4] =
    [("classical", 2.15), ("super_twisting", 1.82), ("adaptive", 2.35), ("hybrid", 1.95)];

/// Poles of the sliding motion at which every law settles sooner than published.
const FASTER: &str = "controller.surface.poles=[-3, -4, -6, [-3, 2]]";

fn number(metrics: &Value, key: &str) -> f64 {
    metrics[key].as_f64().unwrap_or_else(|| panic!("no {key}: the run is not whole or not settled"))
}

/// The areas of the controllers' regions of attraction, in rad², of the nominal scenario with some
/// settings.
fn regions(settings: &[&str]) -> Value {
    let scenario = root().join("scenarios/nominal.yaml");
    let scenario = scenario.to_str().expect("a path in UTF-8");
    let said = upright(&root(), &[&["roa", scenario, "--json"], settings].concat());
    let summary: Value = serde_json::from_str(&said).expect("JSON");
    summary["runs"].clone()
}

fn region(regions: &Value, kind: &str) -> f64 {
    let mut runs = regions.as_array().expect("runs").iter();
    let run = runs.find(|run| run["controller"] == kind).expect("every controller");
    run["settled_area"].as_f64().expect("an area")
}

fn settling() -> String {
    let mut table = "| controller | published, s | ours, s | region, rad² | ours, faster poles, s \
                     | region, rad² |\n|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let all = [&[][..], &["--set", FASTER]].map(|settings| (settings, regions(settings)));
    for (kind, published) in SETTLING {
        write!(table, "| `{kind}` | {published:.2} |").expect("a string");
        for (settings, regions) in &all {
            let metrics = metrics("nominal.yaml", &[&["--controller", kind], *settings].concat());
            let settling = number(&metrics, "settling_time");
            write!(table, " {settling:.2} | {:.2} |", region(regions, kind)).expect("a string");
        }
        table.push('\n');
    }
    table
}

/// A setup: its name, its scenario, and what is added for the classical and the super-twisting law.
type Setup = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const SETUPS: [Setup; 4] = [
    ("nominal", "nominal.yaml", &[], &[]),
    ("noisy sensors", "noisy-sensors.yaml", &[], &[]),
    (
        "period of 10 ms",
        "nominal.yaml",
        &["--set", "simulation.control_period=0.01"],
        &["--set", "simulation.control_period=0.01"],
    ),
    (
        "switching as in textbooks",
        "nominal.yaml",
        &["--set", "controller.boundary_layer=1e-6"],
        &["--set", "controller.discretization=explicit"],
    ),
];

/// A figure, or what it is below, where it is rounding.
fn figure(value: f64, places: usize) -> String {
    if value < 1e-9 { "below 1e-9".to_owned() } else { format!("{value:.places$}") }
}

/// By how much the second is lower than the first, where both are more than rounding.
fn lower(first: f64, second: f64) -> String {
    if first < 1e-9 {
        return "–".to_owned();
    }
    match 100.0 * (1.0 - second / first) {
        lower if lower < 0.0 => format!("{:.0} % higher", -lower),
        lower if lower < 99.0 => format!("{lower:.0} % lower"),
        lower if lower < 99.95 => format!("{lower:.1} % lower"),
        _ => "over 99.9 % lower".to_owned(),
    }
}

fn chattering() -> String {
    let mut table = "| setup | metric | `classical` | `super_twisting` | published: 74 % lower |\n\
                     |---|---|---:|---:|---|\n"
        .to_owned();
    for (setup, scenario, classical, twisting) in SETUPS {
        let with = |kind: &str, more: &[&str]| {
            metrics(scenario, &[&["--controller", kind], more].concat())
        };
        let [first, second] = [with("classical", classical), with("super_twisting", twisting)];
        for (key, title, places) in [
            ("total_variation", "total variation, N", 0),
            ("chatter_power", "chatter power, N²", 2),
        ] {
            let [first, second] = [&first, &second].map(|metrics| number(metrics, key));
            writeln!(
                table,
                "| {setup} | {title} | {} | {} | {} |",
                figure(first, places),
                figure(second, places),
                lower(first, second)
            )
            .expect("a string");
        }
    }
    table
}

/// Growth over 1000 periods, in KB of 1024 bytes, from the short form of the audit.
fn memory() -> String {
    let path = audited::short_form().results().join("audit.json");
    let audit: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("the evidence")).expect("JSON");
    let mut table = "| controller | published, of 1000 steps, KB | published, of 10 000 steps, KB \
                     | ours, KB | its verdict | ours |\n|---|---:|---:|---:|---|---|\n"
        .to_owned();
    for reference in REFERENCE {
        let subjects = audit["subjects"].as_array().expect("subjects");
        let subject = subjects.iter().find(|subject| subject["subject"] == reference.kind);
        let subject = subject.expect("every controller is a subject");
        let phases = subject["phases"].as_array().expect("phases");
        let stress = phases.iter().find(|phase| phase["phase"] == "stress").expect("its phase");
        let figures = stress["figures"].as_array().expect("figures");
        let named = |name: &str| figures.iter().find(|figure| figure["name"] == name);
        let grown = named("growth over 1000000").expect("the whole of the run");
        assert_eq!(grown["unit"], "B");
        let ours = grown["value"].as_f64().expect("a number") / 1000.0 / 1024.0;
        writeln!(
            table,
            "| `{}` | {:.0} | {:.0} | {ours} | {} | {} |",
            reference.kind,
            reference.a_step_of_1000 * 1000.0,
            reference.a_step_of_10_000 * 1000.0,
            reference.verdict,
            subject["verdict"].as_str().expect("a word")
        )
        .expect("a string");
    }
    table
}

#[test]
fn the_claims_stand_beside_what_the_program_gives() {
    for (name, table) in
        [("settling times", settling()), ("chattering", chattering()), ("memory", memory())]
    {
        let begin = format!("<!-- begin: {name}, published and ours -->\n");
        current(PAGE, &with_block(PAGE, &begin, "<!-- end -->", &table));
    }
}

#[test]
fn a_share_is_told_in_words() {
    assert_eq!(lower(100.0, 26.0), "74 % lower");
    assert_eq!(lower(100.0, 101.0), "1 % higher");
    assert_eq!(lower(100.0, 0.2), "99.8 % lower");
    assert_eq!(lower(100.0, 1e-12), "over 99.9 % lower");
    assert_eq!(lower(1e-15, 1e-14), "–");
}
