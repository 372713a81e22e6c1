//! `upright audit exec` and `attach`: a process and its children, watched from outside.

use super::sites;
use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::flags::{Format, Watch};
use crate::results;
use heapwatch::process::{self, Account, End, Options, Watched};
use heapwatch::{Series, Verdict};
use heapwatch_sites::Sites;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;
use upright_report::{Block, Color, Curve, DEFAULT_DPI, Figure, Guide, Panel, Row, Style, size};
use upright_store::{Results, labelled, pretty};

/// Runs a command and watches it.
pub(crate) fn exec(command: &[String], watch: &Watch) -> Result {
    // The parser asks for at least one word.
    let Some((program, arguments)) = command.split_first() else {
        return Ok(Outcome::Inconclusive);
    };
    let mut started = Command::new(program);
    started.args(arguments);
    if watch.json {
        // Standard output is for the summary alone.
        started.stdout(Stdio::from(std::io::stderr()));
    }
    // A script among the arguments may have lines of its own.
    let words = command.iter().flat_map(|word| word.split_whitespace());
    let name = if watch.redact {
        format!("{program} (arguments redacted)")
    } else {
        words.collect::<Vec<_>>().join(" ")
    };
    let counted = sites::begin(&mut started, watch, seconds("--duration", watch.duration)?)?;
    conclude(&name, watch, true, counted, |options| process::exec(&mut started, options))
}

/// Watches a running process and leaves it running.
pub(crate) fn attach(pid: u32, watch: &Watch) -> Result {
    if watch.sites.is_some() {
        return Err(Failure::Flag {
            flag: "--sites",
            value: "given".to_owned(),
            allowed: "a process that runs already cannot be counted from inside; allowed is exec"
                .to_owned(),
        });
    }
    conclude(&format!("process {pid}"), watch, false, None, |options| process::attach(pid, options))
}

fn conclude(
    name: &str,
    watch: &Watch,
    started: bool,
    counted: Option<Sites>,
    look: impl FnOnce(&Options) -> std::result::Result<Watched, process::WatchError>,
) -> Result {
    const COMMAND: &str = "audit watch";
    let output = watch.out.as_deref().map(|out| results::begin(out, COMMAND)).transpose()?;
    // A command line can hold secrets, and is written.
    let output = output.map(Results::private);
    let mut options = Options {
        duration: seconds("--duration", watch.duration)?,
        interval: seconds("--interval", watch.interval / 1e3)?,
        stop: Some(crate::interrupt::flag()),
        ..Options::default()
    };
    if !watch.floor.is_finite() || watch.floor < 0.0 {
        return Err(Failure::Flag {
            flag: "--floor",
            value: watch.floor.to_string(),
            allowed: "allowed is a rate from 0 bytes a second".to_owned(),
        });
    }
    options.noise.floor = watch.floor;
    crate::interrupt::watch_patiently();
    let watched = look(&options)?;
    let found = counted.map(|counted| counted.end(&options.noise));
    let mut summary = summary(name, &watched);
    if let Some(found) = &found {
        sites::add(&mut summary, found);
    }
    let summary = match output {
        Some(output) => {
            output.write("series.csv", |writer| series(&watched, writer))?;
            let svg = figure(name, &watched);
            output.write_bytes("memory.svg", svg.as_bytes())?;
            let png = upright_report::png(&svg, DEFAULT_DPI)?;
            output.write_bytes(format!("memory.{}", Format::Png), &png)?;
            if let Some(found) = &found {
                let statement = statement(&watched);
                let verdict = watched.judgement.verdict.name();
                sites::write(&output, name, &format!("{verdict}: {statement}"), found)?;
            }
            results::finish(output, &summary)?
        }
        None => labelled(COMMAND, &summary),
    };
    if watch.json {
        print(&pretty(&summary))?;
    } else {
        let found = found.as_ref().map_or_else(String::new, sites::words);
        print(&(words(name, &watched) + &found))?;
    }
    Ok(match (watched.end, &watched.judgement.verdict) {
        (End::Stopped, _) => Outcome::Interrupted,
        (_, Verdict::Leak { .. }) => Outcome::Bad,
        (_, Verdict::Inconclusive { .. }) => Outcome::Inconclusive,
        // A command that broke down is not cleared by the memory that it had until then.
        (End::Exited(code), _) if started && code != Some(0) => {
            say!("warning: the command ended with an error, which leaves its verdict open");
            Outcome::Inconclusive
        }
        _ => Outcome::Done,
    })
}

fn seconds(flag: &'static str, seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| Failure::Flag {
        flag,
        value: seconds.to_string(),
        allowed: "allowed is a positive time".to_owned(),
    })
}

/// What was seen, with the keys that other programs read.
fn summary(name: &str, watched: &Watched) -> Value {
    let judgement = &watched.judgement;
    let growth = &judgement.growth;
    let end = match watched.end {
        End::Duration => json!("duration"),
        End::Exited(code) => json!({ "exited": code }),
        End::Stopped => json!("interrupted"),
    };
    json!({
        "watched": name,
        "verdict": judgement.verdict.name(),
        "statement": statement(watched),
        "growth_bytes_per_second": growth.rate,
        "growth_interval": [growth.interval.low, growth.interval.high],
        "one_time_bytes": judgement.one_time_bytes,
        "peak_bytes": judgement.peak_bytes,
        "samples": watched.written.len(),
        "account": watched.account.name(),
        "cost": {
            "share": watched.cost.share,
            "reads": watched.cost.reads,
            "walks": watched.cost.walks,
            "longest_walk_seconds": watched.cost.longest_walk.as_secs_f64(),
            "spared": watched.cost.spared,
        },
        "duration": watched.written.span(),
        "steady_from": watched.written.at().get(judgement.steady_from),
        "end": end,
        "version": env!("CARGO_PKG_VERSION"),
        "complete": watched.end != End::Stopped,
    })
}

/// The verdict in words.
fn statement(watched: &Watched) -> String {
    match &watched.judgement.verdict {
        Verdict::Clean => "it does not grow".to_owned(),
        Verdict::OneTime { bytes } => format!("{} taken once, then flat", size(*bytes)),
        Verdict::Bounded { capacity } => {
            format!("it filled up to {} and has stopped growing", size(*capacity))
        }
        Verdict::Leak { rate, interval, .. } => format!(
            "it grows by {} a second ({} to {})",
            size(*rate),
            size(interval.low),
            size(interval.high)
        ),
        Verdict::Inconclusive { doubt, settled_by } => {
            // Where hardly anything was seen, nothing is known of what would settle it.
            if *settled_by < 1.0 {
                doubt.to_string()
            } else {
                format!("{doubt}; {settled_by:.0} s would settle it")
            }
        }
    }
}

fn words(name: &str, watched: &Watched) -> String {
    let judgement = &watched.judgement;
    let samples = watched.written.len();
    let how = match watched.end {
        End::Duration => "to the end of the time given".to_owned(),
        End::Exited(Some(code)) => format!("until it ended with code {code}"),
        End::Exited(None) => "until it ended".to_owned(),
        End::Stopped => "until interrupted".to_owned(),
    };
    format!(
        "{name}\n{}: {}\n{samples} samples over {:.1} s, {how}; peak {:.1} MB, paid once {:.1} MB\n{}\n",
        judgement.verdict.name(),
        statement(watched),
        watched.written.span(),
        judgement.peak_bytes / 1e6,
        judgement.one_time_bytes / 1e6,
        cost(watched),
    )
}

/// What watching cost, in words.
fn cost(watched: &Watched) -> String {
    let cost = &watched.cost;
    let walks = match (cost.walks, cost.spared) {
        (0, true) => "no walk of its maps, which would have stopped it too long".to_owned(),
        (0, false) => "no walk of its maps".to_owned(),
        (walks, _) => {
            let longest = cost.longest_walk.as_secs_f64() * 1e3;
            format!("{walks} walks of its maps, the longest {longest:.2} ms")
        }
    };
    format!("watching took {:.4} % of its time, {walks}", 100.0 * cost.share)
}

/// What was read, a row a reading; the account that was judged is `written` (empty where a walk was
/// judged and none was taken).
fn series(watched: &Watched, writer: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    writer.write_record([
        "t",
        "written",
        "counted",
        "resident",
        "walked",
        "private",
        "proportional",
        "processes",
        "threads",
    ])?;
    for reading in &watched.readings {
        let (counters, walk) = (&reading.counters, reading.walk.as_ref());
        let walked = walk.map(|walk| walk.written);
        let judged = match watched.account {
            Account::Counters => Some(counters.written),
            Account::Walks => walked,
        };
        let shares = (walk.map(|walk| walk.private), walk.map(|walk| walk.proportional));
        let who = (counters.processes, counters.threads);
        writer.serialize((
            reading.at,
            judged,
            counters.written,
            counters.resident,
            walked,
            shares,
            who,
        ))?;
    }
    writer.flush()
}

/// Written and resident memory over time, the beginning of the steady state marked.
fn figure(name: &str, watched: &Watched) -> String {
    let curve = |label: &str, style: Style, series: &Series| {
        let points = series.at().iter().zip(series.bytes()).map(|(&t, &bytes)| [t, bytes / 1e6]);
        Curve::new(label, style, points)
    };
    let (written, all) = (Style::solid(Color::BLACK), Style::dotted(Color::BLACK));
    let resident: Series = watched
        .readings
        .iter()
        .map(|reading| (reading.at, reading.counters.resident as f64))
        .collect();
    let mut panel = Panel::new()
        .with_curve(curve("written", written, &watched.written))
        .with_curve(curve("resident", all, &resident));
    if let Some(&x) = watched.written.at().get(watched.judgement.steady_from) {
        panel = panel.with_guide(Guide::Vertical { x });
    }
    Figure::new(format!("Memory of {name}"))
        .with_x_label("t (s)")
        .with_size(700.0, 260.0)
        .with_legend_entry("written", written)
        .with_legend_entry("resident", all)
        .with_legend_entry("steady state begins", Style::guide())
        .with_block(
            Block::new(format!("{}: {}", watched.judgement.verdict.name(), statement(watched)))
                .with_row(Row::new("memory (MB)").with_panel(panel)),
        )
        .to_svg()
}
