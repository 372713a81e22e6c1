//! Logs: what was commanded and what the encoders said, over time.

use crate::error::LogError;
use std::f64::consts::{PI, TAU};

/// Where the angles of a log are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zero {
    /// Both links upright.
    #[default]
    Upright,
    /// Both links hanging at rest.
    Hanging,
}

/// What drives the rig of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drive {
    /// A force on the cart in N.
    Force,
    /// A voltage in V, of which a motor makes a force on the cart.
    Volts,
    /// The cart is clamped.
    Clamped,
}

/// How a log is to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogUnits {
    /// Counts of the cart's encoder a metre, where known.
    pub cart_counts: Option<f64>,
    /// Counts of the two angle encoders a turn, where known.
    pub angle_counts: Option<[f64; 2]>,
    /// Where the angles are zero.
    pub zero: Zero,
    /// Whether a motor drives the rig: of a log that says both, its voltage counts, else its force.
    pub motor: bool,
}

/// One sample of a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogSample {
    /// Time in s from the start of the log.
    pub time: f64,
    /// What is held until the next sample: a force in N, or a voltage in V.
    pub input: f64,
    /// What motors in the joints give until the next sample, in N m: on link 1 from the cart, on link 2 from link 1.
    pub torques: [f64; 2],
    /// Cart in m, angle of link 1 from upright and the second encoder's angle in rad.
    pub output: [f64; 3],
}

/// A log that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// What it is called.
    pub name: String,
    /// Its samples, times growing.
    pub samples: Vec<LogSample>,
    /// Whether the second angle is the one between the links.
    pub relative: bool,
    /// Whether the input is a voltage.
    pub volts: bool,
    /// Whether the cart is clamped: the log says nothing of it.
    pub clamped: bool,
}

/// The shortest log in s.
const SHORTEST: f64 = 5.0;
/// The longest period in s: beyond, a piece of a log is no motion, and the time is not in seconds.
const LONGEST_PERIOD: f64 = 0.1;
/// Longer than so many periods nothing is held.
const LONGEST_GAP: f64 = 3.0;
/// Faster than this, in rad/s and m/s, no rig of this kind moves.
const FASTEST: [f64; 3] = [30.0, 150.0, 150.0];
/// Beyond this, in m and rad, the unit is another.
const FURTHEST: [f64; 3] = [20.0, 100.0, 100.0];

/// What a column may be called: its name, the quantity (0 cart, 1 and 2 angles, 3 input), whether in counts, whether
/// relative, whether volts.
const NAMES: [(&str, usize, bool, bool, bool); 11] = [
    ("u", 3, false, false, false),
    ("u_applied", 3, false, false, false),
    ("volts", 3, false, false, true),
    ("x", 0, false, false, false),
    ("x_counts", 0, true, false, false),
    ("theta1", 1, false, false, false),
    ("theta1_counts", 1, true, false, false),
    ("theta2", 2, false, false, false),
    ("theta2_counts", 2, true, false, false),
    ("theta2_relative", 2, false, true, false),
    ("theta2_relative_counts", 2, true, true, false),
];
/// Torques in the joints, in N m.
const TORQUES: [&str; 2] = ["tau1", "tau2"];
/// Columns of the input of which the later ones say more of what moved the rig: a command is late and limited before it is
/// a force. What a motor's voltage makes is what is sought, so it comes last where there is a motor, and first where not.
const INPUTS: [[&str; 3]; 2] = [["volts", "u", "u_applied"], ["u", "u_applied", "volts"]];
const QUANTITIES: [&str; 4] = ["x", "theta1", "theta2", "u"];

/// A column that was found.
#[derive(Debug, Clone, Copy)]
struct Column {
    place: usize,
    name: &'static str,
    counts: bool,
    relative: bool,
    volts: bool,
}

impl Log {
    /// Reads a log from CSV text with a header line. Columns, others are ignored: `t` in s; `u` in N or `volts` in V, held
    /// until the next line, of a log that says more than one of them `u_applied` before `u`, and `volts` before both or
    /// neither, as [`LogUnits::motor`] says; `x` in m or `x_counts`; `theta1` in rad or `theta1_counts`; `theta2` or, between the links,
    /// `theta2_relative`, in rad, or either with `_counts`. Angles may be wrapped. Where there is no column of the cart
    /// and none of its force, it is clamped. `tau1` and `tau2` are torques in the joints, in N m.
    ///
    /// # Errors
    /// What cannot be the motion of a rig, with its line, column and value.
    pub fn read(name: &str, text: &str, units: &LogUnits) -> Result<Self, LogError> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let table = |error: &csv::Error| LogError::Table {
            name: name.to_owned(),
            message: no_table(error),
        };
        let header = reader.headers().map_err(|error| table(&error))?.clone();
        let (time, columns) = columns(name, &header, units)?;
        let scale = scales(name, &columns, units)?;
        let torques = TORQUES.map(|name| header.iter().position(|column| column == name));
        let is = |quantity: usize, what: fn(&Column) -> bool| {
            columns[quantity].is_some_and(|c| what(&c))
        };
        let mut log = Self {
            name: name.to_owned(),
            samples: Vec::new(),
            relative: is(2, |column| column.relative),
            volts: is(3, |column| column.volts),
            clamped: columns[0].is_none(),
        };
        let mut lines = Vec::new();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|error| table(&error))?;
            let line = record.position().map_or(index as u64 + 2, csv::Position::line);
            let number = |place: usize, column: &str| {
                let cell = record.get(place).unwrap_or_default();
                cell.parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(|| LogError::Value {
                    name: name.to_owned(),
                    line,
                    column: column.to_owned(),
                    value: if cell.is_empty() { "nothing".to_owned() } else { cell.to_owned() },
                    problem: "must be a number".to_owned(),
                })
            };
            let time = number(time, "t")?;
            let mut values = [0.0; 4];
            for (value, (column, scale)) in values.iter_mut().zip(columns.iter().zip(scale)) {
                if let Some(column) = column {
                    *value = scale * number(column.place, column.name)?;
                }
            }
            let [x, theta1, theta2, input] = values;
            let mut sample =
                LogSample { time, input, torques: [0.0; 2], output: [x, theta1, theta2] };
            for ((torque, place), name) in sample.torques.iter_mut().zip(torques).zip(TORQUES) {
                if let Some(place) = place {
                    *torque = number(place, name)?;
                }
            }
            log.samples.push(sample);
            lines.push(line);
        }
        log.check_times(&lines)?;
        log.check_input(&columns, &lines)?;
        log.unwrap(&columns, &lines)?;
        if units.zero == Zero::Hanging {
            let second = if log.relative { 0.0 } else { PI };
            for sample in &mut log.samples {
                sample.output[1] += PI;
                sample.output[2] += second;
            }
        }
        Ok(log)
    }

    /// How long it is in s.
    pub fn duration(&self) -> f64 {
        self.samples.last().map_or(0.0, |last| last.time)
    }

    /// Whether something drives it: its input, or a torque, is not always the same.
    pub fn is_driven(&self) -> bool {
        let driven = |sample: &LogSample| (sample.input, sample.torques);
        self.samples.windows(2).any(|pair| driven(&pair[0]) != driven(&pair[1]))
    }

    /// What drives it.
    pub(crate) fn drive(&self) -> Drive {
        if self.clamped {
            Drive::Clamped
        } else if self.volts {
            Drive::Volts
        } else {
            Drive::Force
        }
    }

    fn value(&self, line: u64, column: &str, value: f64, problem: String) -> LogError {
        let (name, column) = (self.name.clone(), column.to_owned());
        LogError::Value { name, line, column, value: value.to_string(), problem }
    }

    /// Times grow, evenly enough, and for long enough; they begin at zero afterwards.
    fn check_times(&mut self, lines: &[u64]) -> Result<(), LogError> {
        let whole = |problem: String| LogError::Whole { name: self.name.clone(), problem };
        if self.samples.len() < 100 {
            let problem = format!("{} samples: allowed is from 100", self.samples.len());
            return Err(whole(problem));
        }
        let mut steps: Vec<f64> =
            self.samples.windows(2).map(|pair| pair[1].time - pair[0].time).collect();
        for (i, &step) in steps.iter().enumerate() {
            if step <= 0.0 {
                let (before, time) = (self.samples[i].time, self.samples[i + 1].time);
                let problem = format!("the clock goes back: allowed is above {before} s");
                return Err(self.value(lines[i + 1], "t", time, problem));
            }
        }
        let given = steps.clone();
        steps.sort_by(f64::total_cmp);
        let period = steps[steps.len() / 2];
        if period > LONGEST_PERIOD {
            let problem = format!(
                "periods of {period} s: allowed is up to {LONGEST_PERIOD} s (t in milliseconds?)"
            );
            return Err(self.value(lines[1], "t", self.samples[1].time, problem));
        }
        for (i, &step) in given.iter().enumerate() {
            if step > LONGEST_GAP * period {
                let problem = format!(
                    "a gap of {step:.4} s: allowed is up to {LONGEST_GAP} periods of {period:.4} s; cut the log there"
                );
                return Err(self.value(lines[i + 1], "t", self.samples[i + 1].time, problem));
            }
        }
        let start = self.samples[0].time;
        for sample in &mut self.samples {
            sample.time -= start;
        }
        if self.duration() < SHORTEST {
            let problem = format!("{:.2} s long: allowed is from {SHORTEST} s", self.duration());
            return Err(LogError::Whole { name: self.name.clone(), problem });
        }
        Ok(())
    }

    /// A force that is always the same and not zero is no chirp and no free swing.
    fn check_input(&self, columns: &[Option<Column>; 4], lines: &[u64]) -> Result<(), LogError> {
        let Some(column) = columns[3] else { return Ok(()) };
        let input = self.samples[0].input;
        if input == 0.0 || self.samples.iter().any(|sample| sample.input != input) {
            return Ok(());
        }
        let problem =
            "it never changes: allowed is one that varies, or 0 throughout for a free swing"
                .to_owned();
        Err(self.value(lines[0], column.name, input, problem))
    }

    /// Takes whole turns off the jumps of the angles, and refuses the jumps that are left.
    fn unwrap(&mut self, columns: &[Option<Column>; 4], lines: &[u64]) -> Result<(), LogError> {
        for quantity in 0..3 {
            let Some(column) = columns[quantity] else { continue };
            for (i, &line) in lines.iter().enumerate().skip(1) {
                let (before, now) = (self.samples[i - 1], self.samples[i]);
                let mut value = now.output[quantity];
                if quantity > 0 {
                    let turns = ((value - before.output[quantity]) / TAU).round();
                    value -= TAU * turns;
                    self.samples[i].output[quantity] = value;
                }
                let jump = (value - before.output[quantity]).abs();
                let fastest = FASTEST[quantity] * (now.time - before.time);
                // A slow clock must not forbid what a quick one allows.
                let allowed = fastest.min(0.5 * PI);
                if jump > allowed {
                    let (unit, other) =
                        if quantity == 0 { ("m", "millimetres") } else { ("rad", "degrees") };
                    let problem = format!(
                        "it jumps by {jump:.3} {unit} within a sample (an encoder that was reset, lost counts, or \
                         {other}?): allowed is up to {allowed:.3} {unit}"
                    );
                    return Err(self.value(line, column.name, now.output[quantity], problem));
                }
            }
            let middle = self.samples[0].output[quantity];
            let far = |sample: &LogSample| (sample.output[quantity] - middle).abs();
            if let Some(i) = self.samples.iter().position(|sample| far(sample) > FURTHEST[quantity])
            {
                let hint = if quantity == 0 { "millimetres?" } else { "degrees?" };
                let unit = if quantity == 0 { "m" } else { "rad" };
                let problem =
                    format!("more than {} {unit} from where it began ({hint})", FURTHEST[quantity]);
                return Err(self.value(
                    lines[i],
                    column.name,
                    self.samples[i].output[quantity],
                    problem,
                ));
            }
            if self.samples.iter().all(|sample| sample.output[quantity] == middle) {
                let problem = format!("{} never changes: is its encoder connected?", column.name);
                return Err(LogError::Whole { name: self.name.clone(), problem });
            }
        }
        Ok(())
    }
}

/// Why a text is no table, with the line.
fn no_table(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            let hint = if len > expected_len { " (numbers with decimal commas?)" } else { "" };
            format!("line {line}: {len} cells, and the first line has {expected_len}{hint}")
        }
        _ => error.to_string(),
    }
}

/// Where the time and the four quantities stand; those of a cart that is clamped are absent.
fn columns(
    name: &str,
    header: &csv::StringRecord,
    units: &LogUnits,
) -> Result<(usize, [Option<Column>; 4]), LogError> {
    let refused = |problem: String| LogError::Columns {
        name: name.to_owned(),
        problem,
        there: header.iter().collect::<Vec<_>>().join(", "),
    };
    let place = |name: &str| header.iter().position(|column| column == name);
    let separated = [(';', "semicolons"), ('\t', "tabs")];
    let by = separated.iter().find(|(sign, _)| header.len() == 1 && header[0].contains(*sign));
    if let Some((_, by)) = by {
        return Err(refused(format!(
            "columns are separated by {by}: allowed is commas, with points in numbers"
        )));
    }
    let known = NAMES.iter().map(|(name, ..)| *name).chain(TORQUES).chain(["t"]);
    for name in known {
        if header.iter().filter(|column| *column == name).count() > 1 {
            return Err(refused(format!("two columns are called {name}")));
        }
    }
    let time = place("t").ok_or_else(|| refused("no column t".to_owned()))?;
    let mut found: [Option<Column>; 4] = [None; 4];
    for (name, quantity, counts, relative, volts) in NAMES {
        let Some(place) = place(name) else { continue };
        if let Some(other) = found[quantity] {
            let order = INPUTS[usize::from(units.motor)];
            let rank = |name: &str| order.iter().position(|input| *input == name);
            match (rank(other.name), rank(name)) {
                (Some(before), Some(own)) if own < before => continue,
                (Some(_), Some(_)) => {}
                _ => {
                    let problem = format!("{} and {name} say the same: leave one out", other.name);
                    return Err(refused(problem));
                }
            }
        }
        found[quantity] = Some(Column { place, name, counts, relative, volts });
    }
    let clamped = found[0].is_none() && found[3].is_none();
    for (quantity, own) in found.iter().enumerate() {
        if own.is_none() && !(clamped && [0, 3].contains(&quantity)) {
            let names = NAMES.iter().filter(|(_, own, ..)| *own == quantity);
            let names: Vec<&str> = names.map(|(name, ..)| *name).collect();
            let quantity = QUANTITIES[quantity];
            return Err(refused(format!("no column for {quantity}: one of {}", names.join(", "))));
        }
    }
    Ok((time, found))
}

/// What makes SI units of each column.
fn scales(
    name: &str,
    columns: &[Option<Column>; 4],
    units: &LogUnits,
) -> Result<[f64; 4], LogError> {
    let mut scales = [1.0; 4];
    for (quantity, (scale, column)) in scales.iter_mut().zip(columns).enumerate() {
        if let Some(column) = column.filter(|column| column.counts) {
            let of = match quantity {
                0 => units.cart_counts.map(f64::recip),
                _ => units.angle_counts.map(|counts| TAU / counts[quantity - 1]),
            };
            *scale = of.ok_or_else(|| LogError::Whole {
                name: name.to_owned(),
                problem: format!(
                    "{} is in counts, and the scenario does not say of how many",
                    column.name
                ),
            })?;
        }
    }
    Ok(scales)
}
