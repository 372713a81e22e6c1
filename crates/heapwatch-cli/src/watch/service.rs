//! A watch that others follow on its way: lines where the verdict changes, a file for the node exporter, an
//! endpoint to be scraped, a command to be run on a leak, and a state to go on from.

use super::metrics::metrics;
use super::state::State;
use super::statement::statement;
use crate::failure::{Failure, Result};
use crate::flags::Watch;
use heapwatch::process::{Options, Reading, Watched, identity};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use upright_console::console::say;
use upright_store::{FileError, replace_whole};

/// How long the command of a leak may take; watching waits for it.
const LONGEST_COMMAND: Duration = Duration::from_secs(30);

pub(super) struct Service<'a> {
    name: &'a str,
    watch: &'a Watch,
    /// The process and when its watch began, where a state is kept.
    state: Option<(&'a Path, String, f64)>,
    #[cfg(feature = "endpoint")]
    endpoint: Option<super::endpoint::Endpoint>,
    #[cfg(feature = "live")]
    live: Option<super::live::Live>,
    /// What was said last.
    told: Option<&'static str>,
    leaks: bool,
    /// Whether a file could not be written the last time, which is said once.
    failing: bool,
}

impl<'a> Service<'a> {
    /// Makes ready; of a watch that goes on, `options` gets the readings of the earlier one.
    pub(super) fn begin(
        name: &'a str,
        watch: &'a Watch,
        pid: Option<u32>,
        options: &mut Options,
    ) -> Result<Self> {
        let mut state = None;
        if let Some(path) = &watch.state {
            let Some(pid) = pid else {
                return Err(refused(
                    "--state",
                    path,
                    "a command is started anew; allowed with attach",
                ));
            };
            let of = identity(pid).unwrap_or_default();
            let mut began = now();
            if let Some(kept) = kept(path)? {
                if kept.of == of {
                    began = kept.began;
                    let passed = (now() - began).max(0.0);
                    options.before = Some((kept.readings(), passed));
                    say!("note: goes on from {}, {passed:.0} s after it began", path.display());
                } else {
                    say!("note: {} is of another process; it begins anew", path.display());
                }
            }
            state = Some((path.as_path(), of, began));
        }
        Ok(Self {
            name,
            watch,
            state,
            #[cfg(feature = "endpoint")]
            endpoint: watch.listen.map(super::endpoint::Endpoint::open).transpose()?,
            #[cfg(feature = "live")]
            live: watch.live.then(super::live::Live::begin).transpose()?,
            told: None,
            leaks: false,
            failing: false,
        })
    }

    /// Tells all who follow. What cannot be written is said, and the watch goes on.
    pub(super) fn report(&mut self, watched: &Watched) {
        let verdict = watched.judgement.verdict.name();
        #[cfg(feature = "live")]
        if let Some(live) = &mut self.live {
            live.show(self.name, watched, self.watch.limit);
        }
        if self.watch.forever && self.speaks() && self.told != Some(verdict) {
            say!("{}: {verdict}: {}", self.name, statement(watched));
        }
        self.told = Some(verdict);
        let text = metrics(self.name, watched, self.watch.limit, now());
        let mut failed = None;
        if let Some(path) = &self.watch.textfile {
            failed = replace_whole(path, text.as_bytes()).err().map(|error| (path.clone(), error));
        }
        #[cfg(feature = "endpoint")]
        if let Some(endpoint) = &self.endpoint {
            endpoint.show(text);
        }
        if let Some((path, of, began)) = &self.state {
            let state = State::of(of, *began, &watched.readings);
            let text = serde_json::to_vec(&state).unwrap_or_default();
            if let Err(error) = replace_whole(path, &text) {
                failed = Some((path.to_path_buf(), error));
            }
        }
        if let (Some((path, error)), false) = (&failed, self.failing) {
            #[cfg(feature = "live")]
            if let Some(live) = &mut self.live {
                live.warn(format!("{} could not be written: {error}", path.display()));
            }
            say!("warning: {} could not be written: {error}; watching goes on", path.display());
        }
        self.failing = failed.is_some();
        let leaks = watched.judgement.verdict.is_leak();
        if let (true, false, Some(command)) = (leaks, self.leaks, &self.watch.on_leak) {
            run(command, self.name, watched);
        }
        self.leaks = leaks;
    }

    /// Whether lines may be said on the way: not beside JSON, and not into a view.
    fn speaks(&self) -> bool {
        #[cfg(feature = "live")]
        if self.live.is_some() {
            return false;
        }
        !self.watch.json
    }
}

fn refused(flag: &'static str, path: &Path, allowed: &str) -> Failure {
    Failure::Flag { flag, value: path.display().to_string(), allowed: allowed.to_owned() }
}

fn kept(path: &PathBuf) -> Result<Option<State>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::reading(path)(error).into()),
    };
    let state: State = serde_json::from_slice(&text).map_err(|error| {
        refused(
            "--state",
            path,
            &format!("{error}; allowed is the state of a watch, or no file yet"),
        )
    })?;
    // Of a file that was changed, nothing is taken.
    let readings: Vec<Reading> = state.readings();
    let in_order = readings.windows(2).all(|pair| pair[0].at <= pair[1].at);
    if !in_order {
        return Err(refused("--state", path, "its readings are not in order of time"));
    }
    Ok(Some(state))
}

/// Runs the command of a leak in a shell and waits for it.
fn run(command: &str, name: &str, watched: &Watched) {
    let growth = watched.judgement.growth;
    let started = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::from(std::io::stderr()))
        .env("HEAPWATCH_WATCHED", name)
        .env("HEAPWATCH_VERDICT", watched.judgement.verdict.name())
        .env("HEAPWATCH_STATEMENT", statement(watched))
        .env("HEAPWATCH_GROWTH", growth.rate.to_string())
        .env("HEAPWATCH_GROWTH_LOW", growth.interval.low.to_string())
        .env("HEAPWATCH_GROWTH_HIGH", growth.interval.high.to_string())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return say!("warning: --on-leak: `sh` did not start: {error}"),
    };
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return,
            Ok(Some(status)) => return say!("warning: --on-leak: it ended with {status}"),
            Ok(None) if began.elapsed() < LONGEST_COMMAND => {
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return say!("warning: --on-leak: it took longer than 30 s and was ended");
            }
        }
    }
}

/// Unix time in s.
fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
