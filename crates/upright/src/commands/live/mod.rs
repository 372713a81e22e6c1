//! `upright simulate --live`: a run in the terminal, to be pushed and put under other controllers.
//!
//! `app` is what there is to see and what keys do to it, `view` and `picture` make a frame of it,
//! `pace` says how much of the run is due, `terminal` gives the terminal back, `suspend` for a while only.

mod app;
#[cfg(test)]
mod frames;
mod keys;
mod pace;
mod paint;
mod picture;
mod suspend;
mod terminal;
mod text;
mod trace;
mod view;

use super::simulate;
use crate::console::{print, say};
use crate::failure::{Failure, Outcome, Result};
use crate::flags::{LiveFlags, MemoryFlags, Shared};
use crate::input::LoadedScenario;
use crate::results;
use app::{App, End};
use crossterm::event::{self, Event, KeyEventKind};
use keys::Action;
use paint::Paint;
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};
use suspend::Suspend;
use terminal::TerminalGuard;
use upright_sim::live::Session;
use upright_sim::realization::Realization;
use upright_store::FileError;

/// From one frame to the next.
const FRAME: Duration = Duration::from_millis(33);
/// The same while nothing moves: only keys and signals are waited for.
const STILL: Duration = Duration::from_millis(100);
/// How much of a frame may go into computing.
const COMPUTING: Duration = Duration::from_millis(25);
/// The shortest wait for a key: without any, those that came during a slow frame would not be seen.
const GLANCE: Duration = Duration::from_millis(4);
/// The most events that are taken in a frame, so that a flood of them does not hold it up.
const MAX_EVENTS: usize = 64;

/// Refuses what makes no sense beside a live view, before anything is read.
pub(super) fn check(monitor: &MemoryFlags, shared: &Shared) -> Result<()> {
    let refuse = |value: &str, allowed: &str| {
        Err(Failure::Flag { flag: "--live", value: value.to_owned(), allowed: allowed.to_owned() })
    };
    let memory = [
        ("--monitor", monitor.monitor),
        ("--recreate-every", monitor.recreate_every.is_some()),
        ("--reset-every", monitor.reset_every.is_some()),
    ];
    if shared.json {
        return refuse("--json", "a live view prints no summary; give one of the two");
    }
    if shared.out.is_some() {
        let allowed = "a run that can be pushed leaves no results; give one of the two";
        return refuse("--out", allowed);
    }
    if shared.progress.is_some() {
        return refuse("--progress", "a live view shows how far it is; give one of the two");
    }
    if let Some((flag, _)) = memory.into_iter().find(|(_, given)| *given) {
        return refuse(flag, "the memory of a live run is not watched; give one of the two");
    }
    if !std::io::stdout().is_terminal() {
        return Err(Failure::NoTerminal);
    }
    Ok(())
}

/// Shows the run until the user has seen enough, and then says what came of it.
pub(super) fn run(
    loaded: &LoadedScenario,
    index: Option<u64>,
    flags: &LiveFlags,
    shared: &Shared,
) -> Result {
    let drawn = simulate::drawn(&loaded.scenario, index)?;
    // A second signal must not end the program at once: the terminal would stay as it is.
    crate::interrupt::watch_with_terminal();
    results::warn(&loaded.name, &loaded.scenario)?;
    if loaded.scenario.monitor.is_some() {
        say!("warning: {}: monitor: the memory of a live run is not watched", loaded.name);
    }
    let nominal = Realization::nominal(&loaded.scenario);
    let session = Session::new(&loaded.scenario, drawn.as_ref().unwrap_or(&nominal))?;
    let run =
        drawn.as_ref().map_or_else(String::new, |realization| format!(", run {}", realization.run));
    let mut app = App::new(format!("{}{run}", loaded.name), session, flags.speed);
    let end = show(&mut app).or_else(|error| {
        // A terminal that hangs up fails before or after its signal arrives.
        if crate::interrupt::interrupted() { Ok(End::Interrupted) } else { Err(error) }
    });
    let end = end.map_err(FileError::writing(Path::new("the terminal")))?;

    let (left, done) = (text::left(&app, end), text::done(&app));
    let scenario = app.session.scenario().clone();
    let run = app.session.finish()?;
    results::warn_after(&loaded.name, scenario.controller.settings.kind(), &scenario, &run.metrics);
    if !shared.quiet {
        let loaded = LoadedScenario { name: loaded.name.clone(), scenario };
        let ended = || simulate::headline(&loaded, drawn.as_ref(), &run);
        let headline = if run.complete { ended() } else { left };
        let metrics = simulate::table(&run).to_text();
        let done = done.map_or_else(String::new, |done| format!("{done}\n"));
        print(&format!("{headline}\n{done}\n{metrics}"))?;
    }
    Ok(match end {
        End::Interrupted => Outcome::Interrupted,
        End::Quit if run.complete => results::outcome(shared, [(run.verdict, true)]),
        // Who leaves before the end has no verdict, which matters only if one was asked for.
        End::Quit if shared.require.is_some() => Outcome::Inconclusive,
        End::Quit => Outcome::Done,
    })
}

/// Draws frames, takes keys and lets time pass, until the user or a signal ends it.
fn show(app: &mut App) -> std::io::Result<End> {
    let paint = Paint::of_environment();
    let suspend = Suspend::watch()?;
    let mut terminal = TerminalGuard::new()?;
    let mut before = Instant::now();
    loop {
        app.seen = view::fits(terminal.draw(|frame| view::draw(frame, app, paint))?.area);
        let frame = if app.is_still() { STILL } else { FRAME };
        for _ in 0..MAX_EVENTS {
            if !event::poll(frame.saturating_sub(before.elapsed()).max(GLANCE))? {
                break;
            }
            // A resize is taken in by the next frame.
            let Event::Key(key) = event::read()? else { continue };
            match keys::action(key) {
                Some(_) if key.kind == KeyEventKind::Release => {}
                None => {}
                Some(Action::Suspend) => Suspend::ask(),
                Some(action) => {
                    if let Some(end) = app.act(action) {
                        return Ok(end);
                    }
                }
            }
        }
        if crate::interrupt::interrupted() {
            return Ok(End::Interrupted);
        }
        if suspend.obey(&mut terminal)? {
            // The time stopped does not count.
            before = Instant::now();
        }
        let now = Instant::now();
        app.pass(now - before, || now.elapsed() < COMPUTING);
        before = now;
    }
}
