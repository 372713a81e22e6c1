//! `exec` and `attach`: a process and its children, watched from outside.

#[cfg(feature = "endpoint")]
mod endpoint;
#[cfg(feature = "junit")]
mod junit;
#[cfg(feature = "live")]
mod live;
mod metrics;
#[cfg(feature = "pages")]
mod picture;
mod service;
mod state;
mod statement;
mod summary;

#[cfg(feature = "schema")]
pub use summary::schema;

use crate::failure::{Failure, Result};
use crate::flags::{Attach, Exec, Watch};
#[cfg(feature = "sites")]
use crate::sites;
use heapwatch::Verdict;
use heapwatch::process::{self, End, Options, Watched};
#[cfg(feature = "sites")]
use heapwatch_sites::{Found, Sites};
use service::Service;
use std::process::{Command, Stdio};
use std::time::Duration;
use upright_console::console::print;
use upright_console::{Outcome, folder, interrupt};
#[cfg(feature = "junit")]
use upright_store::FileError;
use upright_store::{Results, labelled, pretty};

/// What watches, and tells on its way.
type Look<'a> = Box<
    dyn FnOnce(
            &Options,
            &mut dyn FnMut(&Watched),
        ) -> std::result::Result<Watched, process::WatchError>
        + 'a,
>;

/// Without call sites there is nothing to count, and nothing is found.
#[cfg(not(feature = "sites"))]
type Sites = std::convert::Infallible;
#[cfg(not(feature = "sites"))]
type Found = std::convert::Infallible;

/// Runs a command, watches it, and ends it when the time is over.
///
/// # Errors
/// Where a flag is not allowed, the command does not start, or a file cannot be written.
pub fn exec(flags: &Exec) -> Result {
    let Exec { watch, command } = flags;
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
    #[cfg(feature = "live")]
    if watch.live {
        started.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    // A script among the arguments may have lines of its own.
    let words = command.iter().flat_map(|word| word.split_whitespace());
    let name = if watch.redact {
        format!("{program} (arguments redacted)")
    } else {
        words.collect::<Vec<_>>().join(" ")
    };
    #[cfg(feature = "sites")]
    let counted = sites::begin(&mut started, watch, seconds("--duration", watch.duration)?)?;
    #[cfg(not(feature = "sites"))]
    let counted = None;
    let look = move |options: &Options, report: &mut dyn FnMut(&Watched)| {
        process::exec_with(&mut started, options, report)
    };
    conclude(&name, watch, None, counted, Box::new(look))
}

/// Watches a running process and leaves it running.
///
/// # Errors
/// Where a flag is not allowed, the process is not there or has no memory, or a file cannot be written.
pub fn attach(flags: &Attach) -> Result {
    let &Attach { ref watch, pid } = flags;
    #[cfg(feature = "sites")]
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
    #[cfg(feature = "sites")]
    {
        options.own = counted.as_ref().map(Sites::own);
    }
    let output = watch.out.as_deref().map(|out| folder::begin(out, COMMAND)).transpose()?;
    // A command line can hold secrets, and is written.
    let output = output.map(Results::private);
    interrupt::watch_patiently();
    let mut service = Service::begin(name, watch, pid, &mut options)?;
    let watched = look(&options, &mut |watched| service.report(watched))?;
    service.report(&watched);
    // Gives the terminal back before anything is printed.
    drop(service);
    #[cfg(feature = "sites")]
    let found: Option<Found> = counted.map(|counted| counted.end(&options.noise));
    #[cfg(not(feature = "sites"))]
    let found: Option<Found> = counted;
    #[cfg_attr(not(feature = "sites"), expect(unused_mut, reason = "nothing is added to it"))]
    let mut summary = summary::summary(name, &watched, watch.limit);
    #[cfg(feature = "sites")]
    if let Some(found) = &found {
        sites::add(&mut summary, found);
    }
    let summary = match output {
        Some(output) => {
            write(&output, name, &watched, found.as_ref())?;
            folder::finish(output, &summary)?
        }
        None => labelled(COMMAND, &summary),
    };
    if watch.json {
        print(&pretty(&summary))?;
    } else {
        #[cfg(feature = "sites")]
        let found = found.as_ref().map_or_else(String::new, sites::words);
        #[cfg(not(feature = "sites"))]
        let found = "";
        print(&format!("{}{found}", statement::text(name, &watched, watch.limit)))?;
    }
    Ok(match (watched.end, &watched.judgement.verdict) {
        (End::Stopped, _) => Outcome::Interrupted,
        (_, Verdict::Leak { .. }) => Outcome::Bad,
        (_, Verdict::Inconclusive { .. }) => Outcome::Inconclusive,
        _ => Outcome::Done,
    })
}

/// Writes the series, and what the features of the program add.
#[cfg_attr(
    not(all(feature = "sites", feature = "pages")),
    expect(unused_variables, reason = "nobody draws what was found")
)]
fn write(output: &Results, name: &str, watched: &Watched, found: Option<&Found>) -> Result<()> {
    output.write("series.csv", |writer| summary::series(watched, writer))?;
    #[cfg(feature = "junit")]
    {
        let junit = junit::junit(name, watched);
        let junit = junit.map_err(FileError::writing("junit.xml".as_ref()))?;
        output.write_bytes("junit.xml", junit.as_bytes())?;
    }
    #[cfg(feature = "pages")]
    {
        let svg = picture::figure(name, watched);
        output.write_bytes("memory.svg", svg.as_bytes())?;
        let png = upright_report::png(&svg, upright_report::DEFAULT_DPI)?;
        output.write_bytes("memory.png", &png)?;
    }
    #[cfg(all(feature = "sites", feature = "pages"))]
    if let Some(found) = found {
        let verdict = watched.judgement.verdict.name();
        let statement = format!("{verdict}: {}", statement::statement(watched));
        crate::sites_page::write(output, name, &statement, found)?;
    }
    Ok(())
}

fn options(watch: &Watch) -> Result<Options> {
    if !watch.floor.is_finite() || watch.floor < 0.0 {
        return Err(Failure::Flag {
            flag: "--floor",
            value: watch.floor.to_string(),
            allowed: "allowed is a rate from 0 bytes a second".to_owned(),
        });
    }
    #[cfg_attr(not(feature = "live"), expect(unused_mut, reason = "nothing is shown more often"))]
    let mut report_every = seconds("--report-every", watch.report_every)?;
    if report_every < Duration::from_millis(100) {
        return Err(Failure::Flag {
            flag: "--report-every",
            value: watch.report_every.to_string(),
            allowed: "allowed is a time from 0.1 s".to_owned(),
        });
    }
    #[cfg(feature = "live")]
    if watch.live {
        report_every = report_every.min(live::EVERY);
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
        stop: Some(interrupt::flag()),
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
