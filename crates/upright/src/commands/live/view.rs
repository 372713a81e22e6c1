//! A frame of a live run: a function of the stage alone.

use super::app::{App, PUSH_DURATION};
use super::keys;
use super::paint::{Paint, size};
use super::picture;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::canvas::{self, Canvas};
use ratatui::widgets::{Paragraph, Widget, Wrap};
use upright_sim::metrics::Verdict;

/// The smallest terminal that is drawn to, in columns and rows.
pub(super) const LEAST: [u16; 2] = [80, 20];

/// Whether a terminal of this size can show it.
pub(super) fn fits(area: Rect) -> bool {
    area.width >= LEAST[0] && area.height >= LEAST[1]
}

/// Draws a frame.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, paint: Paint) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if !fits(area) {
        return too_small(area, buffer);
    }
    let rows = [1, 1, 1].into_iter().map(Constraint::Length);
    let rows = rows.chain([Constraint::Min(0)]);
    let rows = rows.chain([1, 1, keys::ALL.len() as u16, 1, 1].map(Constraint::Length));
    let rows = Layout::vertical(rows).split(area);
    let mut pair = |row: usize, left: Line<'_>, right: Line<'_>| {
        left.render(rows[row], buffer);
        right.right_aligned().render(rows[row], buffer);
    };
    let bold = Style::default().add_modifier(Modifier::BOLD);
    let moves = moves(app);
    let room = usize::from(area.width).saturating_sub(Span::raw(&moves).width() + 2);
    pair(0, Line::styled(shortened(&app.name, room), bold), moves.into());
    pair(1, controller(app).into(), clock(app).into());
    pair(2, so_far(app, paint), Line::default());
    pair(4, state(app).into(), Line::default());
    pair(7, pushes(app, paint), Line::default());
    pair(8, keys::LINE.into(), Line::default());
    picture::draw(app, paint, rows[3], buffer);
    force(app, paint, rows[5], buffer);
    if app.help {
        for (row, line) in rows[6].rows().zip(keys::ALL) {
            line.render(row, buffer);
        }
    } else {
        trace(app, paint, rows[6], buffer);
    }
}

/// The beginning of a text that does not fit into so many columns, and a mark that it is not all.
fn shortened(text: &str, columns: usize) -> String {
    if Span::raw(text).width() <= columns {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while Span::raw(&short).width() >= columns.max(1) && short.pop().is_some() {}
    short + "…"
}

fn too_small(area: Rect, buffer: &mut Buffer) {
    let [columns, rows] = LEAST;
    let text = format!(
        "This terminal is too small, {} x {}; the live view needs {columns} x {rows}. \
         The run waits. Enlarge it, or q quits.",
        area.width, area.height
    );
    Paragraph::new(text).wrap(Wrap { trim: true }).render(area, buffer);
}

/// Whether it moves, and how fast.
fn moves(app: &App) -> String {
    let speed = app.speed;
    match app.pace.behind() {
        _ if app.session.is_over() => "over".to_owned(),
        _ if app.paused => format!("PAUSED at {speed}x"),
        Some(share) => format!("too slow here for {speed}x: {:.2}x", share * speed),
        None => format!("running at {speed}x"),
    }
}

fn controller(app: &App) -> String {
    let (kind, key) = app.kind();
    let key = key.map_or_else(String::new, |key| format!("{key} "));
    let regime = match app.session.column("sliding") {
        None => "",
        Some(0.0) => ", reaching",
        Some(_) => ", sliding",
    };
    format!("controller {key}{kind}{regime}")
}

fn clock(app: &App) -> String {
    let duration = app.session.scenario().simulation.duration;
    format!("t {:.3} of {duration} s", app.session.time())
}

/// The verdict so far, or how it ended.
fn so_far(app: &App, paint: Paint) -> Line<'static> {
    let session = &app.session;
    let verdict = session.verdict();
    if !session.is_over() {
        let [x, theta1, theta2, ..] = *session.world().state();
        let settled = session.scenario().simulation.settled;
        let angle = theta1.abs().max(theta2.abs());
        let inside = angle <= settled.angle && x.abs() <= settled.position;
        let band = if inside { "within" } else { "outside" };
        let word = verdict.word();
        return Line::from(format!("so far {word}, {band} the settling band"));
    }
    let end = session.early_end();
    let time = end.map_or(session.time(), |end| end.time);
    let link = end.and_then(|end| end.link);
    let how = match (verdict, link) {
        (Verdict::Fell, Some(link)) => format!("link {link} fell at {time:.3} s"),
        (Verdict::OffTrack, _) => format!("the cart left the track at {time:.3} s"),
        (Verdict::Diverged, _) => format!("the state diverged at {time:.3} s"),
        (verdict, _) => format!("{} after {time:.3} s", verdict.word()),
    };
    let colour = match verdict {
        Verdict::Chattering => Color::Yellow,
        Verdict::Down => Color::Red,
        _ if end.is_some() => Color::Red,
        _ => Color::Green,
    };
    let style = paint.colour(colour).add_modifier(Modifier::REVERSED);
    Line::from(vec![Span::styled(format!(" {how} "), style), "  r restarts, q quits".into()])
}

fn state(app: &App) -> String {
    let [x, theta1, theta2, ..] = *app.session.world().state();
    let (degrees1, degrees2) = (theta1.to_degrees(), theta2.to_degrees());
    format!(
        "theta1 {theta1:+7.3} rad {degrees1:+6.1}°  theta2 {theta2:+7.3} rad {degrees2:+6.1}°  \
         cart {x:+7.3} m"
    )
}

fn pushes(app: &App, paint: Paint) -> Line<'static> {
    if let Some(trouble) = &app.trouble {
        let style = paint.colour(Color::Red).add_modifier(Modifier::BOLD);
        return Line::styled(trouble.clone(), style);
    }
    let times = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let session = &app.session;
    Line::from(format!(
        "a push: {} N for {PUSH_DURATION} s   so far {}, {}",
        size(app.push),
        times(session.pushes(), "push", "pushes"),
        times(session.switches(), "change of controller", "changes of controller"),
    ))
}

/// The force that acts, as a bar between its limits.
fn force(app: &App, paint: Paint, area: Rect, buffer: &mut Buffer) {
    let limit = app.session.scenario().actuator.max_force;
    let force = app.session.last().map_or(0.0, |tick| tick.applied);
    let value = if limit >= 1.0 { format!("{force:+.2}") } else { format!("{force:+.2e}") };
    let head = format!("force {value:>9} N ");
    let at_limit = if force.abs() >= limit { "AT LIMIT" } else { "limit" };
    let tail = format!(" {at_limit} {} N", size(limit));
    // A middle, and as much to either side.
    let room = usize::from(area.width).saturating_sub(head.chars().count() + tail.chars().count());
    let half = room.saturating_sub(3) / 2;
    let filled = (force.abs() / limit * half as f64).round().min(half as f64) as usize;
    let (bar, rest) = ("█".repeat(filled), "·".repeat(half - filled));
    let empty = "·".repeat(half);
    let (left, right) =
        if force < 0.0 { (format!("{rest}{bar}"), empty) } else { (empty, format!("{bar}{rest}")) };
    let bar = Span::styled(format!("[{left}|{right}]"), paint.colour(Color::Magenta));
    Line::from(vec![head.into(), bar, tail.into()]).render(area, buffer);
}

/// Columns beside the trace.
const SCALE_COLUMNS: u16 = 9;

/// The force of the last seconds, the latest at the right.
fn trace(app: &App, paint: Paint, area: Rect, buffer: &mut Buffer) {
    let [scale, plot] =
        Layout::horizontal([Constraint::Length(SCALE_COLUMNS), Constraint::Min(0)]).areas(area);
    let width = 2 * usize::from(plot.width);
    let sizes = app.trace.latest(width).flatten().map(f64::abs).filter(|size| size.is_finite());
    // Up to a round number, so that the scale rests while the force moves.
    let limit = app.session.scenario().actuator.max_force;
    let largest = sizes.fold(limit / 256.0, f64::max);
    let mut top = limit;
    while top / 2.0 >= largest {
        top /= 2.0;
    }
    let middle = area.height / 2;
    for (row, text) in [
        (0, format!("+{} N", size(top))),
        (middle, "0 N".into()),
        (area.height - 1, format!("-{} N", size(top))),
    ] {
        let place = Rect { y: scale.y + row, height: 1, width: scale.width - 1, ..scale };
        Line::from(text).right_aligned().render(place, buffer);
    }
    Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([1.0 - width as f64, 0.0])
        .y_bounds([-top, top])
        .paint(|canvas| {
            for (x, [low, high]) in (0..).map(|i| -f64::from(i)).zip(app.trace.latest(width)) {
                let color = paint.dots(Color::Magenta);
                canvas.draw(&canvas::Line { x1: x, y1: low, x2: x, y2: high, color });
            }
        })
        .render(plot, buffer);
}
