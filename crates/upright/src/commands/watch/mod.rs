//! `upright audit exec` and `attach`: a process and its children, watched from outside.

#[cfg(feature = "endpoint")]
mod endpoint;
mod junit;
mod metrics;
mod picture;
mod service;
mod state;
mod statement;
mod summary;

pub(crate) use summary::schema;

use super::sites;
use crate::console::print;
use crate::failure::{Failure, Outcome, Result};
use crate::flags::{Format, Watch};
use crate::results;
use heapwatch::Verdict;
use heapwatch::process::{self, End, Options, Watched};
use heapwatch_sites::Sites;
use service::Service;
use std::process::{Command, Stdio};
use std::time::Duration;
use upright_report::DEFAULT_DPI;
use upright_store::{Results, labelled, pretty};

/// What watches, and tells on its way.
type Look<'a> = Box<
    dyn FnOnce(
            &Options,
            &mut dyn FnMut(&Watched),
        ) -> std::result::Result<Watched, process::WatchError>
        + 'a,
>;

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
    let look = move |options: &Options, report: &mut dyn FnMut(&Watched)| {
        process::exec_with(&mut started, options, report)
    };
    conclude(&name, watch, None, counted, Box::new(look))
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
    let look = move |options: &Options, report: &mut dyn FnMut(&Watched)| {
        process::attach_with(pid, options, report)
    };
    conclude(&format!("process {pid}"), watch, Some(pid), None, Box::new(look))
}

fn conclude(
    name: &str,
    watch: &Watch,
    pid: Option<u32>,
    counted: Option<Sites>,
    look: Look<'_>,
) -> Result {
    const COMMAND: &str = "audit watch";
    let mut options = options(watch)?;
    let output = watch.out.as_deref().map(|out| results::begin(out, COMMAND)).transpose()?;
    // A command line can hold secrets, and is written.
    let output = output.map(Results::private);
    crate::interrupt::watch_patiently();
    let mut service = Service::begin(name, watch, pid, &mut options)?;
    let watched = look(&options, &mut |watched| service.report(watched))?;
    service.report(&watched);
    let found = counted.map(|counted| counted.end(&options.noise));
    let mut summary = summary::summary(name, &watched, watch.limit);
    if let Some(found) = &found {
        sites::add(&mut summary, found);
    }
    let summary = match output {
        Some(output) => {
            output.write("series.csv", |writer| summary::series(&watched, writer))?;
            let svg = picture::figure(name, &watched);
            output.write_bytes("memory.svg", svg.as_bytes())?;
            let png = upright_report::png(&svg, DEFAULT_DPI)?;
            output.write_bytes(format!("memory.{}", Format::Png), &png)?;
            let junit = junit::junit(name, &watched);
            let junit = junit.map_err(Failure::writing("junit.xml".as_ref()))?;
            output.write_bytes("junit.xml", junit.as_bytes())?;
            if let Some(found) = &found {
                let verdict = watched.judgement.verdict.name();
                let statement = statement::statement(&watched);
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
        print(&(statement::text(name, &watched, watch.limit) + &found))?;
    }
    Ok(match (watched.end, &watched.judgement.verdict) {
        (End::Stopped, _) => Outcome::Interrupted,
        (_, Verdict::Leak { .. }) => Outcome::Bad,
        (_, Verdict::Inconclusive { .. }) => Outcome::Inconclusive,
        _ => Outcome::Done,
    })
}

fn options(watch: &Watch) -> Result<Options> {
    if !watch.floor.is_finite() || watch.floor < 0.0 {
        return Err(Failure::Flag {
            flag: "--floor",
            value: watch.floor.to_string(),
            allowed: "allowed is a rate from 0 bytes a second".to_owned(),
        });
    }
    let report_every = seconds("--report-every", watch.report_every)?;
    if report_every < Duration::from_millis(100) {
        return Err(Failure::Flag {
            flag: "--report-every",
            value: watch.report_every.to_string(),
            allowed: "allowed is a time from 0.1 s".to_owned(),
        });
    }
    let duration = seconds("--duration", watch.duration)?;
    let skip = seconds("--skip", watch.skip)?;
    if !watch.forever && skip >= duration {
        return Err(Failure::Flag {
            flag: "--skip",
            value: watch.skip.to_string(),
            allowed: format!("allowed is less than the {} s that are watched", watch.duration),
        });
    }
    let mut options = Options {
        duration: if watch.forever { Duration::MAX } else { duration },
        interval: seconds("--interval", watch.interval / 1e3)?,
        skip,
        window: watch.window.map(|window| seconds("--window", window)).transpose()?,
        report_every,
        // This program starts nothing beside the command while it is watched.
        adopt: true,
        stop: Some(crate::interrupt::flag()),
        ..Options::default()
    };
    options.noise.floor = watch.floor;
    Ok(options)
}

fn seconds(flag: &'static str, seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| Failure::Flag {
        flag,
        value: seconds.to_string(),
        allowed: "allowed is a positive time".to_owned(),
    })
}
