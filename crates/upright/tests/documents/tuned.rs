//! What `docs/tuning.md` shows: what default and tuned gains come to on draws that no search has seen,
//! on a track, and from which angles they settle; and a front.

use std::fs;
use std::num::NonZero;
use std::ops::ControlFlow;
use upright_lanes::Unit;
use upright_sim::grid::{Axis, Grid};
use upright_sim::metrics::Verdict;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Rate, Row, Source, Statistics, Study, Summary, run_study};

const DOCUMENT: &str = "docs/tuning.md";
const BEGIN: &str = "<!-- begin: default and tuned -->\n";
const END: &str = "<!-- end -->";
const HEAD: &str = "\
| controller | upright | settled | settling, s | variation, N | effort, N² s | upright, 1 m track \
| settled, 1 m track | area settled, rad² | area upright, rad² |
|---|---|---|---|---|---|---|---|---|---|
";

/// Runs of a study, drawn by a seed that no search had.
const RUNS: u64 = 1000;
const SEED: u64 = 7;

/// A line of the table: a file of `scenarios/tuned`, and its gains or those that its search began with.
#[derive(Clone, Copy)]
struct Line {
    name: &'static str,
    tuned: bool,
}

/// Every line, in the order of the table.
fn lines() -> impl Iterator<Item = Line> {
    let names = ["classical", "super_twisting", "adaptive", "hybrid", "lqr", "lqr_integral"];
    names.into_iter().flat_map(|name| [false, true].map(|tuned| Line { name, tuned }))
}

impl Line {
    /// Its scenario, with more that is set over it.
    fn scenario(self, more: &[(&str, &str)]) -> Scenario {
        let (file, kind) = match self {
            Self { name, tuned: true } => (format!("tuned/{name}"), None),
            Self { name: "lqr_integral", .. } => ("rough-starts".to_owned(), Some("lqr")),
            Self { name, .. } => ("rough-starts".to_owned(), Some(name)),
        };
        let own = ("controller.integral", "1000");
        let own = (self.name == "lqr_integral" && !self.tuned).then_some(own);
        let set = own.iter().chain(more).map(|(path, value)| (path.to_string(), value.to_string()));
        let overrides = Overrides {
            controller: kind.map(str::to_owned),
            set: set.collect(),
            seed: Some(SEED),
            unrecorded: true,
            ..Overrides::default()
        };
        let path = super::root().join(format!("scenarios/{file}.yaml"));
        let text = fs::read_to_string(path).expect("a scenario");
        Scenario::read(&file, &text, &overrides).expect("valid")
    }

    /// The line as it stands in the table.
    fn text(self) -> String {
        let [free, track] = [&[][..], &[("plant.track", "1")]].map(|more| {
            let scenario = self.scenario(more);
            let mut statistics = Statistics::default();
            rows(&scenario, Source::Uncertainty, RUNS, |row| statistics.add(&row));
            statistics.finish()
        });
        let [settled, upright] = self.areas();
        let state = if self.tuned { "tuned" } else { "default" };
        let median = |summary: &Summary, key, decimals| match summary.quantile(key, 0.5) {
            Some(value) => format!("{value:.decimals$}"),
            None => "–".to_owned(),
        };
        format!(
            "| `{}`, {state} | {} | {} | {} | {} | {} | {} | {} | {settled:.3} | {upright:.3} |\n",
            self.name,
            share(free.upright()),
            share(free.settled()),
            median(&free, "settling_time", 2),
            median(&free, "total_variation", 0),
            median(&free, "effort", 0),
            track.upright().count,
            track.settled().count,
        )
    }

    /// Areas over the two angles from which it settles and from which it stays upright, as
    /// `upright roa` has them, in rad².
    fn areas(self) -> [f64; 2] {
        let scenario = self.scenario(&[]);
        let axis = |state| Axis { state, from: -0.8, to: 0.8, points: 41 };
        let grid = Grid { x: axis(1), y: axis(2) };
        let (mut settled, mut upright) = (0_u32, 0_u32);
        rows(&scenario, Source::Grid(grid), grid.len(), |row| {
            settled += u32::from(row.verdict == Verdict::Settled);
            upright += u32::from(row.verdict.upright());
        });
        [settled, upright].map(|count| f64::from(count) * grid.cell())
    }
}

fn share(rate: Rate) -> String {
    let [low, high] = rate.interval.map(|bound| 100.0 * bound);
    format!("{} ({low:.1} to {high:.1} %)", rate.count)
}

/// The rows of a study, on as many threads as there are.
fn rows(scenario: &Scenario, source: Source, runs: u64, mut each: impl FnMut(Row)) {
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let study = Study { scenario, source, runs: 0..runs, threads, unit: Unit::widest() };
    let mut take = |row| {
        each(row);
        ControlFlow::Continue(())
    };
    assert!(run_study(&study, &|| false, &mut take).expect("runs").complete);
}

#[test]
fn the_page_of_tuning_shows_what_default_and_tuned_gains_come_to() {
    let table = lines().fold(HEAD.to_owned(), |table, line| table + &line.text());
    super::current(DOCUMENT, &super::with_block(DOCUMENT, BEGIN, END, &table));
}

#[test]
fn the_page_of_tuning_shows_the_front_that_its_command_prints() {
    let document = fs::read_to_string(super::root().join(DOCUMENT)).expect("a document");
    let begin = "<!-- begin: a front -->\n```sh\nupright ";
    let command = document.split_once(begin).expect("the mark").1.lines().next().expect("a line");
    let words: Vec<&str> = command.split(' ').collect();
    let said = super::upright(&super::root(), &words);
    // The first line says how long it took.
    let (_, said) = said.split_once("\n\n").expect("a line and a table");
    let begin = format!("{begin}{command}\n```\n\n```text\n");
    super::current(DOCUMENT, &super::with_block(DOCUMENT, &begin, &format!("```\n{END}"), said));
}
