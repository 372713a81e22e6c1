//! The record of a run: rows of numbers, at most as many as were asked for; and, where those are not all of
//! them, what there is to see of the others.

#[cfg(feature = "csv")]
use crate::cells::Cells;
use crate::overview::Overview;
#[cfg(feature = "spectrum")]
use crate::spectrum::BoundedSignal;
use upright_core::{Command, Controller, State};
use upright_scenario::record::{
    COMMON_COLUMNS, KNOWN_FORCE_COLUMNS, SURROUNDING_COLUMNS, special_columns,
};
use upright_scenario::{Scenario, ScenarioError, VelocitySource, record};

/// What surrounded a controller in a period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// What the sensors said.
    pub(crate) measured: State<f64>,
    /// What the controller was given.
    pub(crate) estimated: State<f64>,
    /// The force on the cart in N.
    pub(crate) applied: f64,
    /// On the cart in N, on the joints in N m.
    pub(crate) disturbance: [f64; 3],
    /// The force on the cart in N that the controller acts against.
    pub(crate) known_force: f64,
    /// The motion that is followed: its state, and its force in N.
    pub(crate) reference: Option<(State<f64>, f64)>,
}

impl Seen {
    pub(crate) const NOTHING: Self = Self {
        measured: [f64::NAN; 6],
        estimated: [f64::NAN; 6],
        applied: f64::NAN,
        disturbance: [f64::NAN; 3],
        known_force: f64::NAN,
        reference: None,
    };
}

/// Rows of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    columns: Vec<&'static str>,
    /// Row after row; once full, a ring.
    numbers: Vec<f64>,
    capacity: usize,
    /// The row that is the oldest once the ring is full.
    oldest: usize,
    every: u64,
    /// Whether the sensors measure velocities; if not, nothing was measured of them.
    rates_measured: bool,
    /// The force in N of a volt, where a motor drives the cart.
    force_per_volt: Option<f64>,
    /// Whether the force that the controller acts against is recorded.
    force_known: bool,
    /// The row in the making.
    row: Vec<f64>,
    /// The whole run, where the rows are not.
    overview: Option<Overview>,
    #[cfg(feature = "spectrum")]
    force: Option<BoundedSignal>,
}

/// Bytes of the samples of a spectrum at most.
#[cfg(feature = "spectrum")]
const SIGNAL_BOUND: usize = crate::spectrum::KEPT * size_of::<f64>();
#[cfg(not(feature = "spectrum"))]
const SIGNAL_BOUND: usize = 0;

impl Trajectory {
    /// An empty record of a scenario's run under a controller whose own columns are `own`, with room for all
    /// that it records. Where that is not every period, it has room for what [`Trajectory::picture`] and the
    /// spectrum need of the others too: at most 66 kB a column, and 2 MB.
    ///
    /// # Errors
    /// Where it would keep too much.
    pub fn new(scenario: &Scenario, own: &[&'static str]) -> Result<Self, ScenarioError> {
        let special = special_columns(scenario);
        let around = SURROUNDING_COLUMNS.iter().chain(&special);
        let columns: Vec<&'static str> =
            COMMON_COLUMNS.iter().chain(own).chain(around).copied().collect();
        scenario.check_record(columns.len())?;
        let capacity = record::rows(scenario) as usize;
        let periods = scenario.periods();
        let partial = (capacity as u64) <= periods;
        Ok(Self {
            numbers: Vec::with_capacity(capacity * columns.len()),
            row: Vec::with_capacity(columns.len()),
            overview: partial.then(|| Overview::new(periods, columns.len())),
            #[cfg(feature = "spectrum")]
            force: partial
                .then(|| BoundedSignal::new(periods, 1.0 / scenario.simulation.control_period)),
            columns,
            capacity,
            oldest: 0,
            every: u64::from(scenario.simulation.record_every),
            rates_measured: matches!(scenario.sensors.velocity, VelocitySource::Exact),
            force_per_volt: scenario.actuator.motor().map(|motor| motor.force_per_volt),
            force_known: special.ends_with(&KNOWN_FORCE_COLUMNS),
        })
    }

    /// A record that keeps nothing.
    pub fn nothing() -> Self {
        Self {
            columns: vec![],
            numbers: vec![],
            capacity: 0,
            oldest: 0,
            every: 1,
            rates_measured: true,
            force_per_volt: None,
            force_known: false,
            row: vec![],
            overview: None,
            #[cfg(feature = "spectrum")]
            force: None,
        }
    }

    /// Has the system give all the room now that it has promised: it does so page by page, as they are
    /// first written, which looks like growth.
    pub(crate) fn take_room(&mut self) {
        self.numbers.resize(self.capacity * self.columns.len(), f64::NAN);
        std::hint::black_box(&mut self.numbers).clear();
    }

    /// Whether something of period `index` is kept.
    pub(crate) fn wants(&self, index: u64) -> bool {
        self.capacity > 0 && (self.overview.is_some() || index.is_multiple_of(self.every))
    }

    /// Adds the row of period `index`, which began at `time`; `last` is whether it is the end of the run.
    pub(crate) fn push<C: Controller<f64>>(
        &mut self,
        (index, time, last): (u64, f64, bool),
        state: &State<f64>,
        command: &Command<f64>,
        controller: &C,
        seen: &Seen,
    ) {
        let width = self.columns.len();
        if self.capacity == 0 || width == 0 {
            return;
        }
        let mut measured = seen.measured;
        if !self.rates_measured {
            measured[3..].fill(f64::NAN);
        }
        let row = &mut self.row;
        row.clear();
        row.push(time);
        row.extend_from_slice(state);
        row.extend_from_slice(&[command.force, command.sigma, command.s]);
        controller.columns(|number| row.push(number));
        row.push(seen.applied);
        row.extend_from_slice(&measured);
        row.extend_from_slice(&seen.estimated);
        row.extend_from_slice(&seen.disturbance);
        if let Some(force) = self.force_per_volt {
            row.push(seen.applied / force);
        }
        if let Some((state, force)) = &seen.reference {
            row.extend_from_slice(state);
            row.push(*force);
        }
        if self.force_known {
            row.push(seen.known_force);
        }
        // A controller that has another number of columns than it says must not shift the rows.
        row.resize(width, f64::NAN);
        if let Some(overview) = &mut self.overview {
            overview.add(index, row);
        }
        #[cfg(feature = "spectrum")]
        if let Some(force) = &mut self.force
            && !last
        {
            force.add(command.force);
        }
        if !last && !index.is_multiple_of(self.every) {
            return;
        }
        if self.numbers.len() < self.capacity * width {
            self.numbers.extend_from_slice(row);
        } else {
            self.numbers[self.oldest * width..(self.oldest + 1) * width].copy_from_slice(row);
            self.oldest = (self.oldest + 1) % self.capacity;
        }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.numbers.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// How many rows it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes that a record of a run takes on the heap at most, with so many columns of the controller's own: its
    /// rows, and where these are not all periods, what figures and the spectrum need of the others.
    pub fn bound_bytes(scenario: &Scenario, own: usize) -> usize {
        let width = COMMON_COLUMNS.len()
            + own
            + SURROUNDING_COLUMNS.len()
            + special_columns(scenario).len();
        let rows = record::rows(scenario) as usize;
        // A row in the making, and the names of the columns.
        let fixed = width * (size_of::<f64>() + size_of::<&str>());
        let pictures = if (rows as u64) > scenario.periods() {
            0
        } else {
            Overview::bound_bytes(width) + SIGNAL_BOUND
        };
        rows * width * size_of::<f64>() + fixed + pictures
    }

    /// Bytes that it holds on the heap, whether filled or not.
    pub fn heap_bytes(&self) -> usize {
        #[cfg(feature = "spectrum")]
        let force = self.force.as_ref().map_or(0, BoundedSignal::heap_bytes);
        #[cfg(not(feature = "spectrum"))]
        let force = 0;
        (self.numbers.capacity() + self.row.capacity()) * size_of::<f64>()
            + self.columns.capacity() * size_of::<&str>()
            + self.overview.as_ref().map_or(0, Overview::heap_bytes)
            + force
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The rows, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        let width = self.columns.len().max(1);
        let (new, old) = self.numbers.split_at(self.oldest * width);
        old.chunks_exact(width).chain(new.chunks_exact(width))
    }

    /// The names of the columns and the rows behind each other, oldest first, without a copy.
    pub fn into_parts(mut self) -> (Vec<&'static str>, Vec<f64>) {
        self.numbers.rotate_left(self.oldest * self.columns.len());
        (self.columns, self.numbers)
    }

    /// The numbers of the column `name` over time, as `[t, value]`; empty where there is no such
    /// column.
    pub fn series(&self, name: &str) -> Vec<[f64; 2]> {
        self.column(name)
            .map_or_else(Vec::new, |column| self.iter().map(|row| [row[0], row[column]]).collect())
    }

    /// The column `name` over time as it is to be drawn, as `[t, value]`: every period, or where the rows are
    /// not all of them, the smallest and the largest value of each of at most 1025 stretches of the whole run,
    /// in the order in which they came.
    ///
    /// ```
    /// use upright_sim::{RunOptions, Scenario, run};
    ///
    /// let mut scenario = Scenario::default();
    /// scenario.simulation.record_every = 1000;
    /// let run = run(&scenario, RunOptions::default())?;
    /// assert_eq!(run.trajectory.series("u").len(), 11);
    /// let drawn = run.trajectory.picture("u_applied");
    /// let peak = drawn.iter().map(|point| point[1].abs()).fold(0.0, f64::max);
    /// assert_eq!(peak, run.metrics.peak_force);
    /// # Ok::<(), upright_sim::scenario::ScenarioError>(())
    /// ```
    pub fn picture(&self, name: &str) -> Vec<[f64; 2]> {
        match (&self.overview, self.column(name)) {
            (Some(overview), Some(column)) => overview.column(column),
            _ => self.series(name),
        }
    }

    /// The column `y` over the column `x` as it is to be drawn, as `[x, y]`: every period, or where the rows are
    /// not all of them, the points where a rate over its coordinate is smallest and largest in each stretch;
    /// of other columns, the rows. Empty where there is no such column.
    pub fn picture_in_plane(&self, x: &str, y: &str) -> Vec<[f64; 2]> {
        let (Some(x), Some(y)) = (self.column(x), self.column(y)) else { return Vec::new() };
        let drawn = self.overview.as_ref().and_then(|overview| overview.plane(x, y));
        drawn.unwrap_or_else(|| self.iter().map(|row| [row[x], row[y]]).collect())
    }

    /// Control periods from one row to the next.
    pub fn every(&self) -> u64 {
        self.every
    }

    /// The power spectral density of the commanded force of every period, as [`crate::spectrum::welch`] has it
    /// (rows `[Hz, N^2/Hz]`), and how many samples a segment has. Where the rows are not all periods, it is that of
    /// the first 262 144 periods. `control_period` is in s.
    #[cfg(feature = "spectrum")]
    pub fn force_density(&self, control_period: f64) -> (Vec<[f64; 2]>, usize) {
        if let Some(force) = &self.force {
            return force.density();
        }
        let mut force: Vec<f64> = self.series("u").iter().map(|row| row[1]).collect();
        // The last row repeats the last force, and may come early.
        force.pop();
        let segment = crate::spectrum::segment_length(force.len());
        (crate::spectrum::welch(&force, 1.0 / control_period), segment)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| *column == name)
    }

    /// Writes the record as CSV; every number reads back to the same bits. What is not finite is empty.
    ///
    /// # Errors
    /// What `writer` reports.
    #[cfg(feature = "csv")]
    pub fn write_csv(&self, writer: impl std::io::Write) -> Result<(), csv::Error> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(&self.columns)?;
        for row in self.iter() {
            writer.serialize(Cells(row))?;
        }
        writer.flush()?;
        Ok(())
    }
}
