//! What the page on theory shows of the program: its commands, and chattering against the period.

use crate::pages::runs;
use crate::{current, metrics, with_block};
use std::fmt::Write;

const PAGE: &str = "docs/theory.md";

/// Total variation and the last second's largest `|sigma|` of three ways to switch, over the period.
fn table() -> String {
    let mut table = "\
        | period, ms | sign: variation, N | sign: `steady_sigma` | explicit: variation, N | explicit: `steady_sigma` | implicit: variation, N | implicit: `steady_sigma` |\n\
        |---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for period in ["0.01", "0.005", "0.002", "0.001", "0.0005"] {
        let every = format!("simulation.control_period={period}");
        let sign = ["--set", &every, "--set", "controller.boundary_layer=1e-6"];
        let explicit = ["--set", &every];
        let implicit = ["--set", &every, "--set", "controller.discretization=implicit"];
        let milliseconds = period.parse::<f64>().expect("a period") * 1000.0;
        write!(table, "| {milliseconds} |").expect("a string");
        for (scenario, arguments) in [
            ("nominal.yaml", &sign[..]),
            ("explicit-super-twisting.yaml", &explicit),
            ("explicit-super-twisting.yaml", &implicit),
        ] {
            let metrics = metrics(scenario, arguments);
            let number = |key: &str| metrics[key].as_f64().expect("a metric of a whole run");
            let sigma = number("steady_sigma");
            let sigma =
                if sigma < 1e-12 { "below 1e-12".to_owned() } else { format!("{sigma:.1e}") };
            write!(table, " {:.0} | {sigma} |", number("total_variation")).expect("a string");
        }
        table.push('\n');
    }
    table
}

#[test]
fn the_theory_shows_what_the_program_gives() {
    runs(PAGE);
    let begin = "<!-- begin: chattering over the period -->\n";
    current(PAGE, &with_block(PAGE, begin, "<!-- end -->", &table()));
}
