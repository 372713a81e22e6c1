//! `upright batch`: many runs over a scenario's uncertainty.

use super::{Named, results};
use crate::Result;
use crate::failure::Outcome;
use crate::figures;
use crate::flags::{Requirement, Shared};
use crate::output::Output;
use crate::report::{self, Examples, Recorded};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::num::NonZero;
use std::ops::ControlFlow;
use upright_lanes::Unit;
use upright_report::{Cell, Chart, Heading, Item, Medium, Page, Section, Table};
use upright_sim::batch::{
    BatchError, Parquet, Rate, Record, Row, Shard, Source, Statistics, Study, Summary,
    Table as Rows, Tally, batch,
};
use upright_sim::draw::Draw;
use upright_sim::metrics::Metrics;
use upright_sim::scenario::Scenario;

pub(super) const COMMAND: &str = "batch";

/// What a study came to.
pub(super) struct Findings<'a> {
    /// What results call its scenario.
    pub(super) name: String,
    pub(super) scenario: &'a Scenario,
    pub(super) told: Summary,
    /// Control periods simulated.
    pub(super) steps: u64,
    /// Wall time of the simulation in s; of merged shards the sum.
    pub(super) seconds: f64,
    pub(super) complete: bool,
    /// Runs that the report shows.
    pub(super) examples: Examples,
}

pub(crate) fn run(
    named: &Named,
    runs: u64,
    shard: Shard,
    parquet: bool,
    shared: &Shared,
) -> Result {
    let unit = Unit::of_environment().map_err(upright_sim::batch::BatchError::from)?;
    crate::interrupt::watch();
    let output = results::prepare(shared, COMMAND)?;
    let scenario = &named.scenario;
    results::warn(&named.name, scenario)?;
    let threads = threads(shared);
    let study =
        Study { scenario, runs: shard.of(runs), threads, unit, source: Source::Uncertainty };

    let mut examples = Examples::default();
    let (statistics, tally) = match &output {
        Some(output) => rows(&study, shared, parquet, output, &mut examples)?,
        None => simulate(&study, shared, &mut |_| true)?,
    };
    let findings = Findings {
        name: named.name.clone(),
        scenario,
        told: statistics.finish(),
        steps: tally.steps,
        seconds: tally.seconds,
        complete: tally.complete,
        examples,
    };
    let mut summary = findings.summary();
    summary["threads"] = threads.get().into();
    summary["vector_unit"] = unit.name().into();
    // What `merge` has to know of a part.
    summary["study"] = runs.into();
    if shard != Shard::WHOLE {
        summary["shard"] = shard.to_string().into();
    }
    if let Some(output) = &output {
        findings.write(output, shared)?;
    }
    results::conclude(shared, COMMAND, output, &summary, || findings.words())?;
    Ok(findings.outcome(shared))
}

/// The threads that were asked for, or one a core.
pub(super) fn threads(shared: &Shared) -> NonZero<usize> {
    let asked = shared.threads.and_then(|threads| NonZero::new(usize::from(threads)));
    asked.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN)
}

/// Runs the study and writes its rows as they come.
fn rows(
    study: &Study<'_>,
    shared: &Shared,
    parquet: bool,
    output: &Output,
    examples: &mut Examples,
) -> Result<(Statistics, Tally)> {
    let mut done = None;
    write_rows(output, parquet, |add| {
        let mut written = Ok(());
        done = Some(simulate(study, shared, &mut |row| {
            examples.note(row.draw.run, row.verdict, row.metrics.settling_time);
            written = add(&Record::from(row));
            written.is_ok()
        }));
        written
    })?;
    // Without an error, the files were filled, and what fills them sets this.
    done.expect("the study was run")
}

/// Writes `batch.csv`, and `batch.parquet` where it is wanted, of the rows that `fill` adds.
pub(super) fn write_rows(
    output: &Output,
    parquet: bool,
    fill: impl FnOnce(&mut dyn FnMut(&Record) -> std::io::Result<()>) -> std::io::Result<()>,
) -> Result<()> {
    output.write("batch.csv", |writer| {
        let mut table = Rows::new(writer)?;
        if !parquet {
            fill(&mut |row| table.add(row))?;
            return table.finish();
        }
        // Both files are filled at once, since rows are not kept.
        let filled = output.write("batch.parquet", |writer| {
            let mut columns = Parquet::new(writer)?;
            fill(&mut |row| {
                table.add(row)?;
                columns.add(*row)
            })?;
            columns.finish()
        });
        filled.map_err(|failure| std::io::Error::other(failure.to_string()))?;
        table.finish()
    })
}

/// Runs the study; shows how far it is where someone looks. Ends early where `keep` answers false.
fn simulate(
    study: &Study<'_>,
    shared: &Shared,
    keep: &mut dyn FnMut(&Row) -> bool,
) -> Result<(Statistics, Tally)> {
    let progress =
        if shared.quiet { ProgressBar::hidden() } else { bar(study.runs.end - study.runs.start) };
    let mut statistics = Statistics::default();
    let tally = batch(study, &crate::interrupt::interrupted, &mut |row| {
        statistics.add(&row);
        progress.inc(1);
        if keep(&row) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    progress.finish_and_clear();
    Ok((statistics, tally?))
}

/// A bar on standard error, with an estimate of the time that is left; nothing where that is no
/// terminal.
fn bar(runs: u64) -> ProgressBar {
    let style = "{bar:30} {human_pos} of {human_len} runs, {eta} left";
    // The template is one that indicatif understands; without it the bar is plain.
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(runs).with_style(style)
}

impl Findings<'_> {
    /// As `summary.json` has it.
    pub(super) fn summary(&self) -> Value {
        let told = &self.told;
        json!({
            "name": self.name,
            "runs": told.runs(),
            "upright": told.upright(),
            "settled": told.settled(),
            "verdicts": told.verdicts(),
            "metrics": told.metrics(),
            "steps": self.steps,
            "seconds": self.seconds,
            "steps_per_second": self.steps as f64 / self.seconds,
            "scenario": self.scenario,
            "seed": self.scenario.seed,
            "version": env!("CARGO_PKG_VERSION"),
            "complete": self.complete,
        })
    }

    /// Writes scenario and figures; the rows are written as they come.
    pub(super) fn write(&self, output: &Output, shared: &Shared) -> Result<()> {
        let yaml = format!(
            "# The scenario as resolved. Row i of batch.csv once more, to the same bits:\n\
             # upright simulate scenario.yaml --run i\n{}",
            self.scenario.to_yaml()
        );
        output.write_bytes("scenario.yaml", yaml.as_bytes())?;
        let (kind, medium) = (self.scenario.controller.settings.kind(), shared.medium());
        let spread = figures::distribution::figure(&self.name, kind, &self.told, medium);
        figures::write(output, "batch", &spread, &shared.figures)?;
        let bars = figures::bars::study(&self.name, kind, &self.told, medium);
        figures::write(output, "bars", &bars, &shared.figures)?;
        report::write(output, self.page()?, &[(&self.name, self.scenario)])
    }

    pub(super) fn outcome(&self, shared: &Shared) -> Outcome {
        let told = &self.told;
        let good = match shared.require {
            None => true,
            Some(Requirement::Settled) => told.settled().count == told.runs(),
            Some(Requirement::Balanced) => told.upright().count == told.runs(),
        };
        match (self.complete, good) {
            (false, _) => Outcome::Interrupted,
            (true, true) => Outcome::Done,
            (true, false) => Outcome::Bad,
        }
    }

    fn headline(&self) -> String {
        let kind = self.scenario.controller.settings.kind();
        let state = if self.complete { "" } else { ", interrupted" };
        format!("{} under {kind}: {} runs{state}", self.name, self.told.runs())
    }

    /// How long it took and how fast it was.
    fn speed(&self) -> String {
        format!(
            "{} control periods in {:.2} s, {:.1} million a second",
            self.steps,
            self.seconds,
            self.steps as f64 / self.seconds / 1e6
        )
    }

    /// Rates, verdicts, and how the metrics are spread, as tables of 80 columns.
    pub(super) fn words(&self) -> String {
        let [rates, spreads] = self.tables();
        let (headline, speed) = (self.headline(), self.speed());
        format!("{headline}\n\n{}\n{}\n{speed}\n", rates.to_text(), spreads.to_text())
    }

    /// Rates of the verdicts, and the spread of the metrics.
    fn tables(&self) -> [Table; 2] {
        let mut rates = Table::new([
            Heading::new("outcome", ""),
            Heading::new("runs", ""),
            Heading::new("share", "%"),
            Heading::new("95 % interval", "%"),
        ]);
        let mut rate = |name: &str, count: u64| {
            let rate = upright_sim::batch::Rate::new(count, self.told.runs());
            let [low, high] = rate.interval.map(|bound| 100.0 * bound);
            rates.push([
                Cell::text(name),
                Cell::number(count as f64, 0),
                Cell::number(100.0 * rate.rate, 2),
                Cell::text(format!("{low:.2} to {high:.2}")),
            ]);
        };
        rate("upright", self.told.upright().count);
        for (verdict, &count) in self.told.verdicts() {
            rate(verdict, count);
        }
        let mut spreads = Table::new([
            Heading::new("metric", ""),
            Heading::new("unit", ""),
            Heading::new("runs", ""),
            Heading::new("5 %", ""),
            Heading::new("median", ""),
            Heading::new("95 %", ""),
            Heading::new("largest", ""),
        ]);
        for (key, unit) in Metrics::KEYS {
            let at = |share| {
                self.told
                    .quantile(key, share)
                    .map_or(Cell::Missing, |value| Cell::text(super::simulate::readable(value)))
            };
            spreads.push([
                Cell::text(key),
                Cell::text(unit),
                Cell::number(self.told.count(key) as f64, 0),
                at(0.05),
                at(0.5),
                at(0.95),
                at(1.0),
            ]);
        }
        [rates, spreads]
    }

    /// The rates first; then a few of the runs, moving, and how the metrics are spread.
    fn page(&self) -> Result<Page> {
        let kind = self.scenario.controller.settings.kind();
        let told = &self.told;
        let [rates, spreads] = self.tables();
        let share = |rate: &Rate, what: &str| {
            let [low, high] = rate.interval.map(|bound| 100.0 * bound);
            format!(
                "{what} in {} of {} runs: {:.1} % (95 % interval {low:.1} to {high:.1} %)",
                rate.count,
                told.runs(),
                100.0 * rate.rate
            )
        };
        let drawings = [
            ("batch", figures::distribution::figure(&self.name, kind, told, Medium::Screen)),
            ("bars", figures::bars::study(&self.name, kind, told, Medium::Screen)),
        ];
        let spread = drawings.into_iter().fold(
            Section::new("How the metrics are spread").with_table(spreads),
            |section, (name, drawing)| {
                section.with(Item::Chart(Chart::new(drawing).with_file(format!("{name}.svg"))))
            },
        );
        let mut page = Page::new(self.headline())
            .with_lead(share(&told.settled(), "settled"))
            .with_lead(share(&told.upright(), "upright throughout"))
            .with_lead(self.speed())
            .with_section(Section::new("Rates").with_table(rates));
        let chosen = self.examples.chosen();
        let mut runs = Vec::new();
        for (index, (run, name)) in chosen.iter().enumerate() {
            let draw = Draw::new(self.scenario, *run).map_err(BatchError::from)?;
            let style = report::style_of_run(index, kind);
            runs.extend(report::again(name, style, self.scenario, &draw, chosen.len())?);
        }
        if !runs.is_empty() {
            let runs: Vec<&Recorded> = runs.iter().collect();
            let section = report::section("Some of the runs", &self.name, self.scenario, &runs)
                .with_text(
                    "Any run again, to the same bits: upright simulate scenario.yaml --run N",
                );
            page = page.with_section(section);
        }
        Ok(page.with_section(spread))
    }
}
