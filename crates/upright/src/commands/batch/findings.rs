//! What a study came to: as data, as text, as figures and as a page.

use crate::failure::{Outcome, Result};
use crate::figures;
use crate::flags::{Requirement, Shared};
use crate::report::{self, Examples, Recorded};
use crate::results;
use serde_json::{Value, json};
use upright_report::{Cell as TableCell, Chart, Heading, Item, Page, Section, Table, Target};
use upright_sim::metrics::Metrics;
use upright_sim::realization::Realization;
use upright_sim::restless::RestlessRuns;
use upright_sim::scenario::Scenario;
use upright_sim::scenario::kinds::Family;
use upright_sim::study::{Rate, StudyError, Summary};
use upright_store::Results;

/// What a study came to.
pub(in crate::commands) struct Findings<'a> {
    /// What results call its scenario.
    pub(in crate::commands) name: String,
    pub(in crate::commands) scenario: &'a Scenario,
    pub(in crate::commands) told: Summary,
    /// Control periods simulated.
    pub(in crate::commands) steps: u64,
    /// Wall time of the simulation in s; of merged shards the sum.
    pub(in crate::commands) seconds: f64,
    pub(in crate::commands) complete: bool,
    /// Runs that the report shows.
    pub(in crate::commands) examples: Examples,
    /// Runs whose force no motor bears.
    pub(in crate::commands) restless: RestlessRuns,
}

impl Findings<'_> {
    /// As `summary.json` has it.
    pub(in crate::commands) fn summary(&self) -> Value {
        let told = &self.told;
        let mut summary = json!({
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
        });
        if self.swings_up() {
            // Numbers only.
            summary["first_try"] = serde_json::to_value(told.first_try()).unwrap_or_default();
        }
        summary
    }

    fn swings_up(&self) -> bool {
        self.scenario.controller.settings.info().family == Family::SwingUp
    }

    /// Writes scenario and figures; the rows are written as they come.
    pub(in crate::commands) fn write(&self, output: &Results, shared: &Shared) -> Result<()> {
        let yaml = format!(
            "# The scenario as resolved. Row i of batch.csv once more, to the same bits:\n\
             # upright simulate scenario.yaml --run i\n{}",
            self.scenario.to_yaml()
        );
        output.write_bytes("scenario.yaml", yaml.as_bytes())?;
        let (kind, target) = (self.scenario.controller.settings.kind(), shared.target());
        let spread = figures::distribution::figure(&self.name, kind, &self.told, target);
        figures::write(output, "batch", &spread, &shared.figures)?;
        let bars = figures::bars::study(&self.name, kind, &self.told, target);
        figures::write(output, "bars", &bars, &shared.figures)?;
        report::write(output, self.page()?, &[(&self.name, self.scenario)])
    }

    /// How it ended; warns of forces that no motor bears.
    pub(in crate::commands) fn outcome(&self, shared: &Shared) -> Outcome {
        let told = &self.told;
        results::warn_of_restless(&self.name, self.scenario, &self.restless, told.runs());
        let good = match shared.require {
            None => true,
            Some(Requirement::Calm) => {
                let calm = ["settled", "balanced"].map(|word| told.verdicts().get(word));
                calm.into_iter().flatten().sum::<u64>() == told.runs()
            }
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
    pub(in crate::commands) fn text(&self) -> String {
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
            let rate = upright_sim::study::Rate::new(count, self.told.runs());
            let [low, high] = rate.interval.map(|bound| 100.0 * bound);
            rates.push([
                TableCell::text(name),
                TableCell::number(count as f64, 0),
                TableCell::number(100.0 * rate.rate, 2),
                TableCell::text(format!("{low:.2} to {high:.2}")),
            ]);
        };
        rate("upright", self.told.upright().count);
        if self.swings_up() {
            rate("first try", self.told.first_try().count);
        }
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
        let follows = self.scenario.reference.is_some();
        for place in Metrics::places(self.swings_up(), follows) {
            let (key, unit) = Metrics::KEYS[place];
            let at = |share| {
                self.told.quantile(key, share).map_or(TableCell::Missing, |value| {
                    TableCell::text(crate::commands::simulate::readable(value))
                })
            };
            spreads.push([
                TableCell::text(key),
                TableCell::text(unit),
                TableCell::number(self.told.count(key) as f64, 0),
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
            ("batch", figures::distribution::figure(&self.name, kind, told, Target::Screen)),
            ("bars", figures::bars::study(&self.name, kind, told, Target::Screen)),
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
            let realization = Realization::new(self.scenario, *run).map_err(StudyError::from)?;
            let style = report::style_of_run(index, kind);
            runs.extend(report::again(name, style, self.scenario, &realization, chosen.len())?);
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
