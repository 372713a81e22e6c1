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

/// How often it is drawn.
pub(super) const EVERY: Duration = Duration::from_secs(1);

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
        let terminal = ratatui::try_init().map_err(Failure::writing("the terminal".as_ref()))?;
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
        while poll(Duration::ZERO).unwrap_or(false) {
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
