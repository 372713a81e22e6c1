//! What a watch leaves as data: the summary, the rows of `series.csv`, and the schema of both.

use super::statement::statement;
use heapwatch::process::{Account, End, Reading, Watched};
use heapwatch::verdict::Judgement;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

/// The summary of a watch, as `summary.json` has it and `--json` prints it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub(super) struct Summary {
    /// What was watched.
    watched: String,
    /// `clean`, `one_time`, `bounded`, `leak` or `inconclusive`.
    verdict: String,
    /// The verdict in words.
    statement: String,
    /// Growth in the steady state, in bytes a second.
    growth_bytes_per_second: f64,
    /// Where the true growth lies (99.9 %), in bytes a second.
    growth_interval: [f64; 2],
    /// Level at the beginning of the steady state above the first sample, in bytes.
    one_time_bytes: f64,
    /// Most written memory, in bytes.
    peak_bytes: f64,
    /// Teeth by whose valleys and peaks it was judged; zero where it was not a saw-tooth.
    teeth: usize,
    /// Samples that were judged.
    samples: usize,
    /// What was judged: `counters` or `walks`.
    account: String,
    /// Whether the heap is collected (Java, Node, Go and the like).
    collected: bool,
    /// What watching cost.
    cost: Cost,
    /// Time that was judged, in s.
    duration: f64,
    /// When the steady state begins, in s since the watch began.
    steady_from: Option<f64>,
    /// What else was looked at.
    second_opinions: Vec<SecondOpinion>,
    /// Processes, threads and file descriptors at the end.
    processes: usize,
    threads: u64,
    descriptors: u64,
    /// The control group at the end, where the system shows one.
    group: Option<Group>,
    /// The limit that was given, in bytes of written memory.
    limit_bytes: Option<u64>,
    /// Until that limit, or the control group's, is reached at the upper end of the interval, in s; absent where
    /// there is none, or nothing grows.
    full_in_seconds: Option<f64>,
    /// How the watch ended.
    end: EndName,
    /// Version of the program.
    version: String,
    /// False where it was interrupted, or goes on.
    complete: bool,
}

/// What watching cost.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
struct Cost {
    /// Time spent reading, as a part of the time of what was watched.
    share: f64,
    /// How often counters were read.
    reads: u64,
    /// How often maps were walked.
    walks: u64,
    /// The longest walk, in s.
    longest_walk_seconds: f64,
    /// Whether walks were left out.
    spared: bool,
}

/// How something beside written memory grows.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
struct SecondOpinion {
    /// `descriptors`, `address_space`, `group_shared` or `group_kernel`.
    of: String,
    /// What its series says.
    verdict: String,
    /// Bytes (or descriptors) a second.
    growth_per_second: f64,
    /// Where the true growth lies.
    growth_interval: [f64; 2],
}

/// A control group, in bytes.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
struct Group {
    /// All that is charged to it.
    used: u64,
    /// Shared memory and files in memory.
    shared: u64,
    /// Memory of the kernel.
    kernel: u64,
    /// Its limit, where it has one.
    limit: Option<u64>,
    /// Whether all in it were watched.
    alone: bool,
}

/// How a watch ended.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
enum EndName {
    /// It goes on.
    Running,
    /// Its time was over.
    Duration,
    /// The process ended, with this code unless a signal ended it or it was no child.
    Exited(Option<i32>),
    /// The watch was interrupted.
    Interrupted,
}

/// A row of `series.csv`: a reading. Bytes, but for counts. What was not read is empty.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
struct Row {
    /// Seconds since the watch began.
    t: f64,
    /// The account that was judged.
    written: Option<u64>,
    /// Written memory by the kernel's counters.
    counted: u64,
    /// Pages in memory, those of files included.
    resident: u64,
    /// Written memory by a walk of the maps.
    walked: Option<u64>,
    /// Pages of one process alone, by a walk.
    private: Option<u64>,
    /// Private pages and shares of common ones, by a walk.
    proportional: Option<u64>,
    /// Processes.
    processes: usize,
    /// Threads.
    threads: u64,
    /// Open file descriptors.
    descriptors: u64,
    /// Address space.
    address_space: u64,
    /// Pages given back lazily (`MADV_FREE`), by a walk.
    given_back: Option<u64>,
    /// All that is charged to the control group.
    group_used: Option<u64>,
    /// Its shared memory.
    group_shared: Option<u64>,
    /// The kernel's memory for it.
    group_kernel: Option<u64>,
}

const COLUMNS: [&str; 15] = [
    "t",
    "written",
    "counted",
    "resident",
    "walked",
    "private",
    "proportional",
    "processes",
    "threads",
    "descriptors",
    "address_space",
    "given_back",
    "group_used",
    "group_shared",
    "group_kernel",
];

/// The summary as JSON.
pub(super) fn summary(name: &str, watched: &Watched, limit: Option<u64>) -> Value {
    let judgement = &watched.judgement;
    let last = watched.readings.last().map(|reading| reading.counters).unwrap_or_default();
    let group = watched.readings.iter().rev().find_map(|reading| reading.group);
    let summary = Summary {
        watched: name.to_owned(),
        verdict: judgement.verdict.name().to_owned(),
        statement: statement(watched),
        growth_bytes_per_second: judgement.growth.rate,
        growth_interval: interval(judgement),
        one_time_bytes: judgement.one_time_bytes,
        peak_bytes: judgement.peak_bytes,
        teeth: judgement.teeth,
        samples: watched.written.len(),
        account: watched.account.name().to_owned(),
        collected: watched.collected,
        cost: Cost {
            share: watched.cost.share,
            reads: watched.cost.reads,
            walks: watched.cost.walks,
            longest_walk_seconds: watched.cost.longest_walk.as_secs_f64(),
            spared: watched.cost.spared,
        },
        duration: watched.written.span(),
        steady_from: watched.written.at().get(judgement.steady_from).copied(),
        second_opinions: watched
            .opinions
            .iter()
            .map(|opinion| SecondOpinion {
                of: opinion.of.name().to_owned(),
                verdict: opinion.judgement.verdict.name().to_owned(),
                growth_per_second: opinion.judgement.growth.rate,
                growth_interval: interval(&opinion.judgement),
            })
            .collect(),
        processes: last.processes,
        threads: last.threads,
        descriptors: last.descriptors,
        group: group.map(|group| Group {
            used: group.used,
            shared: group.shared,
            kernel: group.kernel,
            limit: group.limit,
            alone: group.alone,
        }),
        limit_bytes: limit,
        full_in_seconds: watched.full_in(limit),
        end: match watched.end {
            End::Running => EndName::Running,
            End::Duration => EndName::Duration,
            End::Exited(code) => EndName::Exited(code),
            End::Stopped => EndName::Interrupted,
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        complete: !matches!(watched.end, End::Stopped | End::Running),
    };
    serde_json::to_value(summary).unwrap_or_default()
}

fn interval(judgement: &Judgement) -> [f64; 2] {
    let interval = judgement.growth.interval;
    [interval.low, interval.high]
}

/// Writes `series.csv`, a row a reading; `written` is the account that was judged.
pub(super) fn series(watched: &Watched, writer: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(writer);
    writer.write_record(COLUMNS)?;
    for reading in &watched.readings {
        writer.serialize(row(reading, watched.account))?;
    }
    writer.flush()
}

fn row(reading: &Reading, account: Account) -> Row {
    let (counters, walk, group) = (&reading.counters, &reading.walk, &reading.group);
    let walked = walk.map(|walk| walk.written);
    Row {
        t: reading.at,
        written: match account {
            Account::Counters => Some(counters.written),
            Account::Walks => walked,
        },
        counted: counters.written,
        resident: counters.resident,
        walked,
        private: walk.map(|walk| walk.private),
        proportional: walk.map(|walk| walk.proportional),
        processes: counters.processes,
        threads: counters.threads,
        descriptors: counters.descriptors,
        address_space: counters.address_space,
        given_back: walk.map(|walk| walk.given_back),
        group_used: group.map(|group| group.used),
        group_shared: group.map(|group| group.shared),
        group_kernel: group.map(|group| group.kernel),
    }
}

/// The JSON Schema of the summary; that of a row of `series.csv` is among its definitions, as `Row`.
#[cfg(feature = "schema")]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Summary).to_value();
    let mut row = schemars::schema_for!(Row).to_value();
    if let (Some(row), Some(schema)) = (row.as_object_mut(), schema.as_object_mut()) {
        row.remove("$schema");
        let definitions = schema.entry("$defs").or_insert_with(|| json!({}));
        if let Some(definitions) = definitions.as_object_mut() {
            definitions.insert("Row".to_owned(), json!(row));
        }
    }
    schema
}

#[cfg(all(test, feature = "schema"))]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_schema() {
        let schema = schema();
        let row = schema["$defs"]["Row"]["properties"].as_object().expect("properties");
        assert_eq!(row.keys().collect::<Vec<_>>(), COLUMNS.iter().collect::<Vec<_>>());
        assert!(schema["properties"]["growth_interval"].is_object());
    }
}
