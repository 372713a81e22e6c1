//! How far a long command is, on standard error: a bar where someone looks, or lines of JSON on request.

use crate::console::note;
use crate::flags::{ProgressForm, Shared};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// From one line of JSON to the next, at least.
const EVERY: Duration = Duration::from_millis(200);

/// So many pieces of work out of so many; several threads may tell it of them.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// What is counted; nothing where no lines were asked for.
    lines: Option<&'static str>,
    count: Mutex<Count>,
}

struct Count {
    /// Done before this process began.
    before: u64,
    done: u64,
    /// Nothing where nobody knows.
    all: Option<u64>,
    began: Instant,
    last: Option<Instant>,
}

impl Progress {
    /// Progress of `all` runs or whatever `unit` says in the plural, of which `before` were there; with a bar.
    pub(crate) fn new(shared: &Shared, unit: &'static str, before: u64, all: u64) -> Self {
        let bar = if shared.quiet || asked(shared) {
            ProgressBar::hidden()
        } else {
            // An estimate of the time that is left; nothing where standard error is no terminal.
            let style = format!("{{bar:30}} {{human_pos}} of {{human_len}} {unit}, {{eta}} left");
            // The template is one that indicatif understands; without it the bar is plain.
            let style = ProgressStyle::with_template(&style)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(all).with_style(style).with_position(before);
            bar.reset_eta();
            bar
        };
        Self::with_bar(bar, shared, unit, before, Some(all))
    }

    /// The same without a bar, of a command that is mostly done before anybody looks, or has one of its own. Where
    /// nobody knows how much there is to do, `all` is nothing.
    pub(crate) fn lines(
        shared: &Shared,
        unit: &'static str,
        before: u64,
        all: Option<u64>,
    ) -> Self {
        Self::with_bar(ProgressBar::hidden(), shared, unit, before, all)
    }

    fn with_bar(
        bar: ProgressBar,
        shared: &Shared,
        unit: &'static str,
        before: u64,
        all: Option<u64>,
    ) -> Self {
        let count = Count { before, done: before, all, began: Instant::now(), last: None };
        let lines = asked(shared).then_some(unit);
        let progress = Self { bar, lines, count: Mutex::new(count) };
        progress.update(|_| true);
        progress
    }

    /// One more is done.
    pub(crate) fn one(&self) {
        self.bar.inc(1);
        self.update(|count| {
            count.done += 1;
            count.is_due()
        });
    }

    /// So many more are to be done than was known.
    pub(crate) fn more(&self, more: u64) {
        self.update(|count| {
            count.all = Some(count.all.unwrap_or(0) + more);
            false
        });
    }

    /// So many are done, of so many.
    pub(crate) fn at(&self, done: u64, all: u64) {
        self.update(|count| {
            (count.done, count.all) = (done, Some(all));
            count.is_due()
        });
    }

    /// It has ended, done or not.
    pub(crate) fn end(self) {
        self.bar.finish_and_clear();
        self.update(|_| true);
    }

    /// Changes the count, and writes a line where `change` returns true.
    fn update(&self, change: impl FnOnce(&mut Count) -> bool) {
        let Some(unit) = self.lines else { return };
        // A line is written while the count is held, so that none overtakes another.
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        if change(&mut count) {
            count.last = Some(Instant::now());
            note(&count.value(unit, count.began.elapsed().as_secs_f64()).to_string());
        }
    }
}

/// Whether lines of JSON were asked for.
pub(crate) fn asked(shared: &Shared) -> bool {
    shared.progress == Some(ProgressForm::Json)
}

impl Count {
    fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= EVERY)
    }

    /// What a line says after so many seconds. Rate and time left are not known before the first is done.
    fn value(&self, unit: &str, seconds: f64) -> Value {
        let rate = self.done.saturating_sub(self.before) as f64 / seconds;
        let rate = Some(rate).filter(|rate| rate.is_finite() && *rate > 0.0);
        let left = self.all.map(|all| all.saturating_sub(self.done) as f64);
        json!({
            "progress": {
                "done": self.done,
                "of": self.all,
                "unit": unit,
                "rate": rate,
                "seconds_left": left.zip(rate).map(|(left, rate)| left / rate),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_is_done_how_fast_and_how_long_it_will_take() {
        let began = Instant::now();
        let mut count = Count { before: 100, done: 100, all: Some(400), began, last: None };
        assert_eq!(count.value("runs", 0.0)["progress"]["rate"], Value::Null);
        count.done = 200;
        let said = &count.value("runs", 10.0)["progress"];
        assert_eq!(
            (&said["done"], &said["of"], &said["unit"]),
            (&200.into(), &400.into(), &"runs".into())
        );
        assert_eq!((&said["rate"], &said["seconds_left"]), (&10.0.into(), &20.0.into()));
        count.all = None;
        let said = &count.value("steps", 10.0)["progress"];
        assert_eq!((&said["of"], &said["seconds_left"]), (&Value::Null, &Value::Null));
    }
}
