//! A watch in the terminal as it goes: what is said now, and written memory over time.

use super::statement::{cost, full, statement};
use crate::failure::{Failure, Result};
use crossterm::event::{Event, KeyCode, KeyModifiers, poll, read};
use heapwatch::process::Watched;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph, Wrap};
use ratatui::{DefaultTerminal, Frame, symbols};
use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::time::Duration;
use upright_console::console::escaped;
use upright_console::interrupt;
use upright_store::FileError;

/// How often it is drawn.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// How long a key is waited for: asked not to wait at all, `poll` says that there is none without looking.
const GLANCE: Duration = Duration::from_millis(4);

/// The terminal, given back when this is dropped.
pub(super) struct Live {
    terminal: DefaultTerminal,
    warning: Option<String>,
}

impl Live {
    /// Takes the terminal.
    pub(super) fn begin() -> Result<Self> {
        if !std::io::stdout().is_terminal() {
            return Err(Failure::NoTerminal);
        }
        let terminal = ratatui::try_init().map_err(FileError::writing("the terminal".as_ref()))?;
        Ok(Self { terminal, warning: None })
    }

    /// What cannot be said in lines is shown below.
    pub(super) fn warn(&mut self, warning: String) {
        self.warning = Some(warning);
    }

    /// Draws what is known now, and ends the watch where a key asks for it.
    pub(super) fn show(&mut self, name: &str, watched: &Watched, limit: Option<u64>) {
        let screen = Screen { name, watched, limit, warning: self.warning.as_deref() };
        // A terminal that takes no more is no reason to stop watching.
        let _ = self.terminal.draw(|frame| screen.draw(frame));
        while poll(GLANCE).unwrap_or(false) {
            let Ok(event) = read() else { return };
            if ends(&event) {
                interrupt::flag().store(true, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// `q`, Escape and Ctrl-C, which raw terminals hand on as a key.
fn ends(event: &Event) -> bool {
    event.as_key_press_event().is_some_and(|key| match key.code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    })
}

/// What is drawn.
struct Screen<'a> {
    name: &'a str,
    watched: &'a Watched,
    limit: Option<u64>,
    warning: Option<&'a str>,
}

impl Screen<'_> {
    fn draw(&self, frame: &mut Frame) {
        let [words, chart, foot] =
            Layout::vertical([Constraint::Length(6), Constraint::Min(5), Constraint::Length(1)])
                .areas(frame.area());
        frame.render_widget(Paragraph::new(self.words()).wrap(Wrap { trim: false }), words);
        self.chart(frame, chart);
        frame.render_widget(Line::from(self.warning.unwrap_or("q ends the watch")), foot);
    }

    fn words(&self) -> Vec<Line<'static>> {
        let (judgement, bold) =
            (&self.watched.judgement, Style::new().add_modifier(Modifier::BOLD));
        let last = self.watched.readings.last().map(|reading| reading.counters).unwrap_or_default();
        let mut lines = vec![
            Line::styled(escaped(self.name), bold),
            Line::from(format!("{}: {}", judgement.verdict.name(), statement(self.watched))),
            Line::from(format!(
                "{:.0} s, {} samples; peak {:.1} MB, paid once {:.1} MB; {} processes, {} threads, \
                 {} descriptors",
                self.watched.written.span(),
                self.watched.written.len(),
                judgement.peak_bytes / 1e6,
                judgement.one_time_bytes / 1e6,
                last.processes,
                last.threads,
                last.descriptors
            )),
        ];
        lines.extend(full(self.watched, self.limit).map(Line::from));
        lines.push(Line::from(cost(self.watched)));
        lines
    }

    fn chart(&self, frame: &mut Frame, area: ratatui::layout::Rect) {
        let series = &self.watched.written;
        let points: Vec<(f64, f64)> =
            series.at().iter().zip(series.bytes()).map(|(&t, &bytes)| (t, bytes / 1e6)).collect();
        let bounds = |values: &mut dyn Iterator<Item = f64>| {
            let [low, high] = values
                .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
                    [low.min(value), high.max(value)]
                });
            // Around what does not change, and before anything was seen, there is still an axis.
            if low < high { [low, high] } else { [low.min(0.0), high.max(low + 1.0).max(1.0)] }
        };
        let x = bounds(&mut points.iter().map(|point| point.0));
        let y = bounds(&mut points.iter().map(|point| point.1));
        let axis = |[low, high]: [f64; 2], digits: usize| {
            Axis::default()
                .bounds([low, high])
                .labels([format!("{low:.digits$}"), format!("{high:.digits$}")])
        };
        let curve = Dataset::default()
            .marker(symbols::Marker::Braille)
            .graph_type(GraphType::Line)
            .data(&points);
        let chart = Chart::new(vec![curve])
            .block(Block::bordered().title("written memory (MB) over time (s)"))
            .x_axis(axis(x, 0))
            .y_axis(axis(y, 2));
        frame.render_widget(chart, area);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch::process::{Account, Cost, Counters, End, Reading};
    use heapwatch::verdict::{Noise, judge_sampled};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::crossterm::event::KeyEvent;

    fn drawn(watched: &Watched, columns: u16, rows: u16, warning: Option<&str>) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("in memory");
        let screen = Screen { name: "a\u{1b}[31mname", watched, limit: Some(1 << 30), warning };
        terminal.draw(|frame| screen.draw(frame)).expect("drawn");
        terminal.backend().to_string()
    }

    fn watched(samples: u32) -> Watched {
        let bytes = |i: u32| (f64::from(i) / 10.0, 8e6 + 5e3 * f64::from(i));
        let reading = |i: u32| Reading {
            at: bytes(i).0,
            counters: Counters { written: bytes(i).1 as u64, ..Counters::default() },
            walk: None,
            group: None,
        };
        let written: heapwatch::Series = (0..samples).map(bytes).collect();
        Watched {
            account: Account::Counters,
            readings: (0..samples).map(reading).collect(),
            cost: Cost::default(),
            judgement: judge_sampled(&written, &Noise::default()),
            opinions: Vec::new(),
            collected: false,
            end: End::Running,
            written,
        }
    }

    #[test]
    fn it_shows_the_verdict_the_curve_and_what_is_wrong_and_obeys_no_name() {
        let shown = drawn(&watched(200), 80, 24, None);
        for words in ["leak: it grows by", "written memory", "full in", "q ends", "\\u001b[31mname"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(shown.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "a curve: {shown}");
        assert!(drawn(&watched(200), 80, 24, Some("no room")).contains("no room"));
    }

    #[test]
    fn nothing_seen_yet_and_the_smallest_terminals_are_drawn() {
        for (columns, rows) in [(1, 1), (3, 7), (20, 10), (500, 200)] {
            for samples in [0, 1, 30] {
                drawn(&watched(samples), columns, rows, None);
            }
        }
    }

    #[test]
    fn keys_that_end_it() {
        let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        assert!(ends(&key(KeyCode::Char('q'), KeyModifiers::NONE)));
        assert!(ends(&key(KeyCode::Esc, KeyModifiers::NONE)));
        assert!(ends(&key(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        assert!(!ends(&key(KeyCode::Char('c'), KeyModifiers::NONE)));
    }
}
