//! `upright identify`: a rig's parameters from logged runs.

use crate::console::one_line;
use crate::failure::{Failure, Outcome, Result};
use crate::figures;
use crate::flags::{Shared, ZeroAt};
use crate::input::{self, LoadedScenario};
use crate::progress::Progress;
use crate::report;
use crate::results;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;
use upright_identify::{
    EXPLAINED, Fit, FitOptions, Log, LogUnits, Parameter, Parameters, Residuals, Zero, fit_telling,
    validate,
};
use upright_report::{Cell, Chart, Heading, Item, Page, Section, Table, Target};
use upright_sim::scenario::{Scenario, ScenarioError};

const COMMAND: &str = "identify";
/// The scenario that results.
const IDENTIFIED: &str = "identified.yaml";
/// Correlations above this are told.
const CORRELATED: f64 = 0.95;
/// Bytes of a log, unless the user allows more.
const MAX_LOG: u64 = 200_000_000;
/// Resolutions of cart in m and angles in rad where the scenario has none: those of usual encoders.
const USUAL: [f64; 3] = [2e-5, std::f64::consts::TAU / 4096.0, std::f64::consts::TAU / 4096.0];

/// What was typed of an identification.
pub(crate) struct Asked<'a> {
    pub(crate) logs: &'a [PathBuf],
    pub(crate) validate: &'a [PathBuf],
    pub(crate) loaded: LoadedScenario,
    pub(crate) zero: ZeroAt,
    pub(crate) segment: Option<f64>,
}

pub(crate) fn run(asked: &Asked<'_>, shared: &Shared) -> Result {
    let scenario = &asked.loaded.scenario;
    let sensors = &scenario.sensors;
    let units = LogUnits {
        cart_counts: sensors.cart_counts_per_metre,
        angle_counts: sensors.encoder_counts.map(|counts| counts.0),
        zero: match asked.zero {
            ZeroAt::Upright => Zero::Upright,
            ZeroAt::Hanging => Zero::Hanging,
        },
        motor: scenario.actuator.motor().is_some(),
    };
    let most = shared.max_input.unwrap_or(MAX_LOG);
    let read = |path: &PathBuf| -> Result<Log> {
        let text = input::bounded_text(path, most)?;
        Ok(Log::read(&one_line(&path.to_string_lossy()), &text, &units)?)
    };
    let logs: Vec<Log> = asked.logs.iter().map(read).collect::<Result<_>>()?;
    let held_out: Vec<Log> = asked.validate.iter().map(read).collect::<Result<_>>()?;
    let motor = scenario.actuator.motor();
    if let Some(log) = logs.iter().chain(&held_out).find(|log| log.volts)
        && motor.is_none()
    {
        let allowed = format!(
            "{} has volts: the scenario must have a motor (actuator.kind: motor)",
            log.name
        );
        let value = asked.loaded.name.clone();
        return Err(Failure::Flag { flag: "--model", value, allowed });
    }
    let output = results::prepare(shared, COMMAND)?;
    let quanta = sensors.quanta();
    let quanta = std::array::from_fn(|i| if quanta[i] > 0.0 { quanta[i] } else { USUAL[i] });
    let options = FitOptions { quanta, segment: asked.segment };
    let start =
        Parameters::of(&scenario.driven(scenario.plant), motor.map(|motor| motor.force_per_volt));
    let progress = Progress::lines(shared, "steps", 0, None);
    let found = fit_telling(&logs, &start, &options, &mut || progress.one());
    progress.end();
    let validated = validate(&held_out, &found.parameters, &options);
    let identified = identified(scenario, &found);
    let summary = summary(asked, &found, &validated, identified.as_ref().err());
    let text = text(asked, &found, &validated, identified.as_ref().err());
    if let Some(output) = &output {
        if let Ok(identified) = &identified {
            let yaml = format!(
                "# {} with the parameters that {} told.\n{}",
                asked.loaded.name,
                logs.iter().map(|log| log.name.as_str()).collect::<Vec<_>>().join(", "),
                identified.to_yaml()
            );
            output.write_bytes(IDENTIFIED, yaml.as_bytes())?;
        }
        output.write("residuals.csv", |writer| csv(&found.residuals, &validated, writer))?;
        let drawn = figures::residuals::figure(&found.residuals, &validated, shared.target());
        figures::write(output, "residuals", &drawn, &shared.figures)?;
        let page = page(asked, &found, &validated, &text);
        report::write(output, page, &[(&asked.loaded.name, scenario)])?;
    }
    results::conclude(shared, COMMAND, output, &summary, || text)?;
    Ok(if found.explains() && identified.is_ok() { Outcome::Done } else { Outcome::Bad })
}

/// The scenario with what was found in the place of what was believed.
fn identified(scenario: &Scenario, found: &Fit) -> std::result::Result<Scenario, ScenarioError> {
    let mut value = scenario.to_value();
    let mut actuator = scenario.actuator;
    let told = found.fitted.iter().find(|one| one.parameter == Parameter::ForcePerVolt);
    if let (Some(told), Some(motor), Some(resistance)) =
        (told, actuator.motor(), actuator.resistance)
    {
        // What a data sheet says least well takes the difference.
        actuator.resistance = Some(resistance * motor.force_per_volt / told.value);
        value["actuator"]["resistance"] = json!(actuator.resistance);
        value["actuator"]["max_force"] = Value::Null;
    }
    let mut plant = found.parameters.plant(&scenario.plant);
    if let Some(motor) = actuator.motor() {
        plant.cart_mass -= motor.mass;
        plant.damping.cart = (plant.damping.cart - motor.damping).max(0.0);
    }
    // Numbers and words only.
    value["plant"] = serde_json::to_value(plant).unwrap_or_default();
    value["plant"]["friction"] = "set_valued".into();
    value["controller"]["model"] = json!({});
    Scenario::from_value(&value)
}

fn summary(
    asked: &Asked<'_>,
    found: &Fit,
    validated: &[Residuals],
    refused: Option<&ScenarioError>,
) -> Value {
    let logs = |residuals: &[Residuals]| -> Value {
        residuals.iter().map(|log| json!({"log": log.name, "rms_counts": log.rms})).collect()
    };
    let held =
        found.held.iter().map(|(parameter, why)| json!({"parameter": parameter, "why": why}));
    json!({
        "parameters": found.fitted,
        "held": held.collect::<Value>(),
        "correlations": found.correlations,
        "condition": found.condition,
        "worst_combination": {"weights": found.worst.0, "deviation": found.worst.1},
        "rms_counts": found.rms,
        "explains": found.explains(),
        "converged": found.converged,
        "reversed": found.reversed,
        "swapped": found.swapped,
        "logs": logs(&found.residuals),
        "validated": logs(validated),
        "scenario_refused": refused.map(ToString::to_string),
        "scenario": asked.loaded.scenario,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": true,
    })
}

fn table(found: &Fit) -> Table {
    let mut table = Table::new([
        Heading::new("parameter", ""),
        Heading::new("value", ""),
        Heading::new("unit", ""),
        Heading::new("from", ""),
        Heading::new("to", ""),
        Heading::new("model said", ""),
    ]);
    for one in &found.fitted {
        let (name, unit) = one.parameter.name();
        let number = |value: f64| Cell::text(digits(value));
        table.push([
            Cell::text(if one.determined { name.to_owned() } else { format!("{name} (?)") }),
            number(one.value),
            Cell::text(unit),
            number(one.interval[0]),
            number(one.interval[1]),
            number(one.before),
        ]);
    }
    table
}

/// A relative deviation in words; beyond tenfold it is no figure.
fn spread(deviation: f64) -> String {
    if deviation < 10.0 {
        format!("± {:.0} %", 100.0 * deviation)
    } else {
        "not at all".to_owned()
    }
}

/// Four digits that count.
fn digits(value: f64) -> String {
    let size = value.abs();
    if (1e-3..1e4).contains(&size) {
        let decimals = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    }
}

/// What is to be said besides the table, a line each.
fn remarks(found: &Fit, validated: &[Residuals], refused: Option<&ScenarioError>) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(format!(
        "residual {:.2} counts, root mean square (perfect encoders leave 0.29); condition number {:.1e}",
        found.rms, found.condition
    ));
    if !found.explains() {
        lines.push(format!(
            "the model does not explain these logs: more than {EXPLAINED} counts are left (units other than s, N, \
             m and rad? a column that is another?)"
        ));
    }
    if !found.converged {
        lines.push("the search did not come to rest, and its intervals may miss: begin from a nearer model".to_owned());
    }
    if let Some(sign) = found.reversed {
        lines.push(format!(
            "the sign of {sign} seems turned round: with it turned the model follows the logs far better"
        ));
    }
    if found.swapped {
        lines.push(
            "theta1 and theta2 seem to stand in each other's columns: swapped, the model follows the logs far better"
                .to_owned(),
        );
    }
    for log in &found.residuals {
        lines.push(format!("  {}: {:.2} counts", log.name, log.rms));
    }
    for log in validated {
        lines.push(format!("  {}, held out: {:.2} counts", log.name, log.rms));
    }
    for one in found.fitted.iter().filter(|one| !one.determined) {
        lines.push(format!(
            "{} is not determined ({}); {} would tell",
            one.parameter.name().0,
            spread(one.deviation),
            one.parameter.run_that_tells()
        ));
    }
    for (parameter, why) in &found.held {
        let (name, _) = parameter.name();
        lines.push(format!("{name} was held: {why}; {} would tell", parameter.run_that_tells()));
    }
    let names: Vec<&str> = found.fitted.iter().map(|one| one.parameter.name().0).collect();
    for (i, row) in found.correlations.iter().enumerate() {
        for (j, correlation) in row.iter().enumerate().take(i) {
            if correlation.abs() > CORRELATED {
                lines.push(format!("{} and {} go together: {correlation:.3}", names[j], names[i]));
            }
        }
    }
    let mut weights: Vec<(f64, &str)> = found.worst.0.iter().copied().zip(names).collect();
    weights.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let mut worst = String::new();
    for (weight, name) in weights.iter().take(3) {
        let _ = write!(worst, " {weight:+.2} ln {name}");
    }
    let deviation = found.worst.1;
    let known =
        if deviation < 1.0 { format!("± {:.2} %", 100.0 * deviation) } else { spread(deviation) };
    lines.push(format!("known worst:{worst}, {known}"));
    if let Some(error) = refused {
        lines.push(format!(
            "no scenario: the masses as weighed and these parameters are no plant ({error})"
        ));
    }
    lines
}

fn text(
    asked: &Asked<'_>,
    found: &Fit,
    validated: &[Residuals],
    refused: Option<&ScenarioError>,
) -> String {
    let lines = remarks(found, validated, refused).join("\n");
    format!("{}\n{}{lines}\n", asked.loaded.name, table(found).to_text())
}

/// Log, time, and the residual of each encoder in counts.
fn csv(
    found: &[Residuals],
    validated: &[Residuals],
    writer: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    writer.write_record(["log", "t", "x", "theta1", "second"])?;
    for log in found.iter().chain(validated) {
        for [time, x, first, second] in &log.rows {
            writer.serialize((results::cell(&log.name), time, x, first, second))?;
        }
    }
    writer.flush()
}

fn page(asked: &Asked<'_>, found: &Fit, validated: &[Residuals], text: &str) -> Page {
    let lead = if found.explains() {
        format!("the model explains the logs to {:.2} counts", found.rms)
    } else {
        format!("the model does not explain the logs: {:.2} counts are left", found.rms)
    };
    let drawn = figures::residuals::figure(&found.residuals, validated, Target::Screen);
    let names = found.fitted.iter().map(|one| one.parameter.name().0);
    let headings = std::iter::once("").chain(names.clone()).map(|name| Heading::new(name, ""));
    let mut correlations = Table::new(headings.collect::<Vec<_>>());
    for (name, row) in names.zip(&found.correlations) {
        let cells = row.iter().map(|one| Cell::number(*one, 2));
        correlations.push(std::iter::once(Cell::text(name)).chain(cells).collect::<Vec<_>>());
    }
    let lines = text.lines().skip_while(|line| !line.starts_with("residual"));
    Page::new(format!("{} identified", asked.loaded.name))
        .with_lead(lead)
        .with_section(
            Section::new("Parameters")
                .with_table(table(found))
                .with(Item::Lines(lines.map(str::to_owned).collect())),
        )
        .with_section(
            Section::new("What is left")
                .with_text("White and within a count or two is what encoders leave; a wave is what the model lacks.")
                .with(Item::Chart(Chart::new(drawn).with_file("residuals.svg"))),
        )
        .with_section(Section::new("Correlations").with_table(correlations))
}
