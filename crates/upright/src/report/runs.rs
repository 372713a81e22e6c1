//! Runs in a report: the pendulum moving, and its signals over time.

use crate::failure::Result;
use crate::figures::phase::{self, Planes};
use crate::figures::spectrum::{self, Density};
use crate::results;
use upright_report::{
    Actor, Animation, Block, Chart, Curve, Figure, Guide, Item, Link, Panel, PanelRow, Section,
    Signal, Style, Target, downsample, downsample_in_plane, further_style, style_of,
};
use upright_sim::Run;
use upright_sim::realization::Realization;
use upright_sim::scenario::Scenario;
use upright_sim::study::StudyError;

/// Points of all curves of a report at most: it is to be sent around. The more runs it has, the coarser each is
/// shown.
const POINTS: usize = 80_000;
/// Points of a curve, at most and at least.
const OF_A_CURVE: [usize; 2] = [200, 4000];
/// Rows that are recorded of a run for its report alone, about.
const ROWS: u64 = 100_000;

/// The signals that all controllers have: column, name with unit.
const SIGNALS: [(&str, &str); 6] = [
    ("theta1", "θ₁ (rad)"),
    ("theta2", "θ₂ (rad)"),
    ("x", "x (m)"),
    ("u", "u (N)"),
    ("sigma", "σ"),
    ("s", "s (N s)"),
];
/// Those of the laws.
const OWN: [(&str, &str); 14] = [
    ("sliding", "sliding regime"),
    ("gain", "gain K (N)"),
    ("offset", "offset (N)"),
    ("slope", "slope (N/s)"),
    ("z", "z (N)"),
    ("d_hat", "d̂ (N)"),
    ("rho", "ρ"),
    ("rho_variance", "variance of ρ"),
    ("integral", "integral (m s)"),
    ("energy", "energy (J)"),
    ("phase", "phase"),
    ("plan", "plans made"),
    ("predicted_travel", "predicted |x| (m)"),
    ("correction", "correction (N)"),
];

/// What a report keeps of a run, thinned so that a comparison of many does not fill the memory.
pub(crate) struct Recorded {
    name: String,
    style: Style,
    signals: Vec<(&'static str, Vec<[f64; 2]>)>,
    planes: Planes,
    density: Density,
    /// Lengths of both links, in m.
    lengths: [f64; 2],
    /// Control periods from one row to the next.
    every: u32,
}

impl Recorded {
    /// Report of a run of a scenario, one of `runs` in its report, which calls it `name`.
    pub(crate) fn new(
        name: &str,
        style: Style,
        scenario: &Scenario,
        run: &Run,
        runs: usize,
    ) -> Self {
        let [least, most] = OF_A_CURVE;
        let most = (POINTS / runs / SIGNALS.len()).clamp(least, most);
        let columns = SIGNALS.into_iter().chain(OWN);
        let signals = columns
            .map(|(column, _)| (column, downsample(&run.trajectory.picture(column), most)))
            .filter(|(_, points)| !points.is_empty());
        Self {
            name: name.to_owned(),
            style,
            signals: signals.collect(),
            planes: phase::planes(&run.trajectory).map(|plane| downsample_in_plane(&plane, most)),
            density: spectrum::density(scenario, &run.trajectory).downsampled(most),
            lengths: [scenario.plant.link1.length, scenario.plant.link2.length],
            every: scenario.simulation.record_every,
        }
    }

    /// The style among so many runs: dashes tell several apart, and one is easier to see without.
    fn drawn(&self, runs: usize) -> Style {
        if runs > 1 { self.style } else { Style::solid(self.style.color) }
    }

    /// The run as an actor of an animation, among so many.
    fn actor(&self, runs: usize) -> Actor {
        let signal = |name: &str, unit: &str, column: &str| Signal {
            name: name.to_owned(),
            unit: unit.to_owned(),
            points: self.signal(column).unwrap_or_default().to_vec(),
        };
        let [length1, length2] = self.lengths;
        let angles = [("θ₁", "theta1", length1), ("θ₂", "theta2", length2)];
        let links = angles
            .map(|(name, column, length)| Link { length, angle: signal(name, "rad", column) });
        Actor {
            name: self.name.clone(),
            style: self.drawn(runs),
            cart: signal("x", "m", "x"),
            links: links.into(),
            force: signal("u", "N", "u"),
        }
    }

    fn signal(&self, column: &str) -> Option<&[[f64; 2]]> {
        self.signals.iter().find(|(name, _)| *name == column).map(|(_, points)| points.as_slice())
    }
}

/// Control periods of a run that is computed for its report alone, at most: a second or two.
const MAX_PERIODS: u64 = 10_000_000;

/// Runs once more, for its report, one run of a scenario's study; nothing where that would take long, or
/// was interrupted. Of a long run fewer rows are recorded than the scenario says.
pub(crate) fn again(
    name: &str,
    style: Style,
    scenario: &Scenario,
    realization: &Realization,
    runs: usize,
) -> Result<Option<Recorded>> {
    if scenario.periods() > MAX_PERIODS {
        return Ok(None);
    }
    let mut shown = scenario.clone();
    let every = scenario.periods() / ROWS + 1;
    let simulation = &mut shown.simulation;
    simulation.record_every = simulation.record_every.max(every as u32);
    simulation.record_last = None;
    shown.monitor = None;
    let run = results::replay(name, &shown, realization, true, None)?;
    Ok(run.complete.then(|| Recorded::new(name, style, &shown, &run, runs)))
}

/// How the runs of one controller are told apart: the first in its own colour, others in those that no
/// controller has.
pub(crate) fn style_of_run(index: usize, kind: &str) -> Style {
    index.checked_sub(1).map_or_else(|| style_of(kind), further_style)
}

/// Run `run` of a scenario's study under several gains, each with a name and a style; each as its scenario
/// has them.
pub(crate) fn under_gains(
    name: &str,
    scenario: &Scenario,
    run: u64,
    gains: &[(&str, Style, &Scenario)],
) -> Result<Section> {
    let mut runs = Vec::new();
    for (name, style, scenario) in gains {
        let realization = Realization::new(scenario, run).map_err(StudyError::from)?;
        runs.extend(again(name, *style, scenario, &realization, gains.len())?);
    }
    let runs: Vec<&Recorded> = runs.iter().collect();
    let heading = format!("Run {run} of {name}, which the search has not seen");
    Ok(if runs.is_empty() {
        Section::new(heading).with_text("The runs were interrupted, or are too long to be shown.")
    } else {
        section(heading, name, scenario, &runs)
    })
}

/// Runs of one scenario over each other: the pendulums moving, and their signals on the same clock. `name`
/// is what the report calls the scenario.
pub(crate) fn section(
    heading: impl Into<String>,
    name: &str,
    scenario: &Scenario,
    runs: &[&Recorded],
) -> Section {
    let section = Section::new(heading).with(Item::Animation(animation(name, scenario, runs)));
    let section = notes(scenario, runs).into_iter().fold(section, Section::with_text);
    let style = |run: &Recorded| run.drawn(runs.len());
    let planes: Vec<_> = runs.iter().map(|run| (&*run.name, style(run), &run.planes)).collect();
    let densities: Vec<_> = runs.iter().map(|run| (&*run.name, style(run), &run.density)).collect();
    let beside = [
        phase::figure("Phase portrait, from the dot", &planes, Target::Screen),
        spectrum::figure("Spectrum of the force", &densities, Target::Screen),
    ];
    over_time(name, scenario, runs)
        .into_iter()
        .chain(beside.map(Chart::new))
        .fold(section, |section, chart| section.with(Item::Chart(chart)))
}

/// How what is shown differs from the rows that were recorded.
fn notes(scenario: &Scenario, runs: &[&Recorded]) -> Vec<String> {
    let mut notes = Vec::new();
    let every = runs.iter().map(|run| run.every).max().unwrap_or(1);
    if every > 1 {
        let seconds = f64::from(every) * scenario.simulation.control_period;
        notes.push(format!(
            "Recorded is one control period of {every}, a row every {seconds} s. The curves show the smallest \
             and the largest of all periods, and spectra are of all periods."
        ));
    }
    if scenario.simulation.record_last.is_some_and(|last| u64::from(last) <= scenario.periods()) {
        notes.push(
            "Only the last rows were recorded (simulation.record_last); the curves show the whole run."
                .to_owned(),
        );
    }
    notes
}

/// The pendulums of several runs of one scenario, over each other. `clock` ties charts to it.
fn animation(clock: &str, scenario: &Scenario, runs: &[&Recorded]) -> Animation {
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    Animation {
        description: format!("The pendulum under {}", names.join(", ")),
        clock: clock.to_owned(),
        rail: scenario.plant.track.map(|half| [-half, half]),
        actors: runs.iter().map(|run| run.actor(runs.len())).collect(),
    }
}

/// The signals of several runs of one scenario over time, a row a signal, on the clock of their
/// animation: those that all have, then the laws' own.
fn over_time(clock: &str, scenario: &Scenario, runs: &[&Recorded]) -> Vec<Chart> {
    let chart = |title: &str, signals: &[(&str, &str)]| {
        let mut block = Block::new("");
        for (column, label) in signals {
            let curves = runs.iter().filter_map(|run| Some((run, run.signal(column)?)));
            let mut panel = guides(column, scenario);
            for (run, points) in curves {
                let style = run.drawn(runs.len());
                panel = panel.with_curve(Curve::new(&*run.name, style, points.iter().copied()));
            }
            if !panel.curves.is_empty() {
                block = block.with_row(PanelRow::new(*label).with_panel(panel));
            }
        }
        (!block.rows.is_empty()).then(|| {
            let figure = Figure::new(title).with_x_label("t (s)").with_block(block);
            let figure = if runs.len() > 1 { figure.with_legend_of_curves() } else { figure };
            Chart::new(figure).with_clock(clock)
        })
    };
    let common = chart(
        "Over time; bands are the settling band, dashed lines disturbances that begin",
        &SIGNALS,
    );
    common.into_iter().chain(chart("The laws' own signals", &OWN)).collect()
}

/// The settling band and where disturbances begin.
fn guides(column: &str, scenario: &Scenario) -> Panel {
    let mut panel = Panel::new();
    for disturbance in scenario.disturbances.iter().filter(|disturbance| disturbance.start > 0.0) {
        panel = panel.with_guide(Guide::Vertical { x: disturbance.start });
    }
    let settled = scenario.simulation.settled;
    let band = match column {
        "theta1" | "theta2" => settled.angle,
        "x" => settled.position,
        _ => return panel,
    };
    panel.with_guide(Guide::Band { from: -band, to: band })
}
