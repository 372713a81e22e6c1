//! How far a long command is, on standard error: a bar where someone looks, or lines of JSON on request.

use crate::console::note;
use crate::flags::{ProgressForm, Shared};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// From one line of JSON to the next, at least.
const EVERY: Duration = Duration::from_millis(200);

/// Runs out of so many.
pub(crate) struct Progress {
    bar: ProgressBar,
    json: bool,
    /// Done before this process began.
    before: u64,
    done: u64,
    all: u64,
    began: Instant,
    last: Option<Instant>,
}

impl Progress {
    /// Progress of `all` runs, of which `before` were there.
    pub(crate) fn new(shared: &Shared, before: u64, all: u64) -> Self {
        let json = shared.progress == Some(ProgressForm::Json);
        let bar = if shared.quiet || json {
            ProgressBar::hidden()
        } else {
            // An estimate of the time that is left; nothing where standard error is no terminal.
            let style = "{bar:30} {human_pos} of {human_len} runs, {eta} left";
            // The template is one that indicatif understands; without it the bar is plain.
            let style = ProgressStyle::with_template(style)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(all).with_style(style).with_position(before);
            bar.reset_eta();
            bar
        };
        let mut progress =
            Self { bar, json, before, done: before, all, began: Instant::now(), last: None };
        progress.line();
        progress
    }

    /// One more is done.
    pub(crate) fn one(&mut self) {
        self.done += 1;
        self.bar.inc(1);
        if self.json && self.last.is_none_or(|last| last.elapsed() >= EVERY) {
            self.line();
        }
    }

    /// It has ended, done or not.
    pub(crate) fn end(mut self) {
        self.bar.finish_and_clear();
        self.line();
    }

    fn line(&mut self) {
        if self.json {
            self.last = Some(Instant::now());
            note(&self.value(self.began.elapsed().as_secs_f64()).to_string());
        }
    }

    /// What a line says after so many seconds. Rate and time left are not known before the first run.
    fn value(&self, seconds: f64) -> Value {
        let rate = (self.done - self.before) as f64 / seconds;
        let known = rate.is_finite() && rate > 0.0;
        json!({
            "progress": {
                "done": self.done,
                "of": self.all,
                "rate": known.then_some(rate),
                "seconds_left": known.then(|| (self.all - self.done) as f64 / rate),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_is_done_how_fast_and_how_long_it_will_take() {
        let bar = ProgressBar::hidden();
        let began = Instant::now();
        let mut progress =
            Progress { bar, json: true, before: 100, done: 100, all: 400, began, last: None };
        assert_eq!(progress.value(0.0)["progress"]["rate"], Value::Null);
        progress.done = 200;
        let said = &progress.value(10.0)["progress"];
        assert_eq!((&said["done"], &said["of"]), (&200.into(), &400.into()));
        assert_eq!((&said["rate"], &said["seconds_left"]), (&10.0.into(), &20.0.into()));
    }
}
