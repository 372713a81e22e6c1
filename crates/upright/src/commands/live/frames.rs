//! What frames show, drawn to a terminal in memory.

use super::app::{App, End};
use super::keys::{self, Action};
use super::paint::Paint;
use super::text;
use super::view::{self, LEAST};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::time::Duration;
use upright_sim::live::Session;
use upright_sim::realization::Realization;
use upright_sim::scenario::{Overrides, Scenario};

const PUSHED: &str = include_str!("../../../../../scenarios/pushed.yaml");
const FRAME: Duration = Duration::from_millis(33);

fn app(name: &str, text: &str) -> App {
    let scenario = Scenario::read(name, text, &Overrides::default()).expect("valid");
    let session = Session::new(&scenario, &Realization::nominal(&scenario)).expect("a session");
    App::new(name.to_owned(), session, 1.0)
}

/// At rest in this state, with links of 0.5 and 0.25 m.
fn at(state: &str) -> App {
    let text = format!(
        "plant: {{link1: {{length: 0.5}}, link2: {{length: 0.25, com: 0.1}}}}\n\
         simulation: {{initial_state: {state}, fall_angle: 1.8}}"
    );
    app("still", &text)
}

fn frame(app: &App, colours: bool, [columns, rows]: [u16; 2]) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("in memory");
    let drawn = terminal.draw(|frame| view::draw(frame, app, Paint { colours }));
    drawn.expect("in memory").buffer.clone()
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let row = |cells: &[ratatui::buffer::Cell]| {
        cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    };
    buffer.content.chunks(width).map(row).collect()
}

fn text(app: &App) -> String {
    lines(&frame(app, false, [80, 24])).join("\n") + "\n"
}

/// Columns and rows of the joint and the tip, and of the middle of the cart's top, in that order.
fn marks(app: &App, size: [u16; 2]) -> [[i32; 2]; 3] {
    let buffer = frame(app, false, size);
    let lines = lines(&buffer);
    let picture = &lines[3..lines.len() - 9];
    let cell = |row: usize, column: usize| [column as i32, row as i32];
    let mut found = vec![];
    for (row, line) in picture.iter().enumerate() {
        found.extend(
            line.chars()
                .enumerate()
                .filter(|(_, c)| *c == 'o')
                .map(|(column, _)| cell(row, column)),
        );
    }
    // The tip is farther from the cart, whose top is in the second row above the ground.
    let row = picture.len() - 3;
    let cart: Vec<usize> =
        picture[row].chars().enumerate().filter(|(_, c)| *c != ' ').map(|(at, _)| at).collect();
    let middle = usize::midpoint(cart[0], *cart.last().expect("a cart"));
    let cart = cell(row, middle);
    found.sort_by_key(|mark| {
        // Twice as high as wide.
        (mark[0] - cart[0]).pow(2) + 4 * (mark[1] - cart[1]).pow(2)
    });
    assert_eq!(found.len(), 2, "{lines:#?}");
    [found[0], found[1], cart]
}

fn near(one: i32, other: i32) -> bool {
    (one - other).abs() <= 1
}

#[test]
fn upright_links_stand_over_the_cart() {
    for size in [LEAST, [80, 24], [200, 60]] {
        let [joint, tip, cart] = marks(&at("[0, 0, 0, 0, 0, 0]"), size);
        assert!(near(joint[0], cart[0]) && near(tip[0], cart[0]), "{joint:?} {tip:?} {cart:?}");
        // The lower link is two thirds of both.
        let (lower, both) = (cart[1] - joint[1], cart[1] - tip[1]);
        assert!(both >= 4 && near(3 * lower / 2, both), "{lower} of {both}");
    }
}

#[test]
fn a_metre_is_as_long_across_as_up_and_right_is_positive() {
    for size in [[80, 24], [200, 60]] {
        let [.., up_tip, up_cart] = marks(&at("[0, 0, 0, 0, 0, 0]"), size);
        let height = up_cart[1] - up_tip[1];
        for (state, sign) in [
            ("[0, 1.5707963, 1.5707963, 0, 0, 0]", 1),
            ("[0, -1.5707963, -1.5707963, 0, 0, 0]", -1),
        ] {
            let buffer = frame(&at(state), false, size);
            let lines = lines(&buffer);
            let marks: Vec<(i32, i32)> = (0..)
                .zip(&lines[3..lines.len() - 9])
                .flat_map(|(row, line)| {
                    let at = (0..).zip(line.chars()).filter(|(_, c)| *c == 'o');
                    at.map(move |(column, _)| (column, row)).collect::<Vec<_>>()
                })
                .collect();
            let outer = marks.iter().max_by_key(|(column, _)| sign * column).expect("a tip");
            // Columns are half as wide as rows are high.
            let across = sign * (outer.0 - up_cart[0]);
            assert!((across - 2 * height).abs() <= 2, "{across} across, {height} up");
            assert!(near(outer.1, up_cart[1]), "as high as the pivot: {marks:?}");
        }
    }
}

#[test]
fn a_folded_link_points_where_its_angle_says() {
    // The lower one leans by 30 degrees to the right, the upper one by 60 to the left.
    let [joint, tip, cart] = marks(&at("[0, 0.5235988, -1.0471976, 0, 0, 0]"), [200, 60]);
    let rows = f64::from(cart[1] - joint[1]) / 30_f64.to_radians().cos();
    let expected = [
        f64::from(joint[0]) - rows * 60_f64.to_radians().sin(),
        f64::from(joint[1]) - rows / 2.0 * 60_f64.to_radians().cos(),
    ];
    for (found, expected) in tip.into_iter().zip(expected) {
        assert!((f64::from(found) - expected).abs() <= 1.5, "{tip:?} is not {expected}");
    }
    let lean = f64::from(joint[0] - cart[0]) / 2.0 / f64::from(cart[1] - joint[1]);
    assert!((lean - 30_f64.to_radians().tan()).abs() < 0.06, "{lean}");
}

#[test]
fn links_that_may_hang_are_seen_hanging() {
    let text =
        "controller: {kind: none}\nsimulation: {initial_state: [0, 3.1415927, 3.1415927, 0, 0, 0]}";
    for size in [LEAST, [80, 24], [200, 60]] {
        let lines = lines(&frame(&app("hangs", text), false, size));
        let rows = |c: &str| -> Vec<usize> {
            (3..lines.len() - 9).filter(|row| lines[*row].contains(c)).collect()
        };
        let (ground, links) = (rows("⣀⣀⣀⣀"), rows("o"));
        assert_eq!((ground.len(), links.len()), (1, 2), "{}", lines.join("\n"));
        assert!(links.iter().all(|row| *row > ground[0]), "{}", lines.join("\n"));
    }
}

#[test]
fn the_cart_is_where_its_position_is_written() {
    for (x, label) in
        [("0", "0.0"), ("0.5", "0.5"), ("-0.5", "-0.5"), ("40", "40.0"), ("-1000", "-1000.0")]
    {
        let app = at(&format!("[{x}, 0, 0, 0, 0, 0]"));
        let [.., cart] = marks(&app, [80, 24]);
        let lines = lines(&frame(&app, false, [80, 24]));
        let ground = &lines[lines.len() - 10];
        let middle = ground
            .match_indices(label)
            .filter(|(at, _)| *at == 0 || ground.as_bytes()[at - 1] == b' ')
            .map(|(at, _)| at + label.len() / 2)
            .next();
        let middle = middle.unwrap_or_else(|| panic!("no {label} in {ground}"));
        assert!(near(middle as i32, cart[0]), "{label}\n{}", lines.join("\n"));
    }
}

#[test]
fn a_track_has_ends_only_where_it_ends() {
    let ends = |text: &str| {
        let app = app("track", text);
        let lines = lines(&frame(&app, false, [80, 24]));
        let ground: Vec<char> = lines[13].chars().collect();
        let blank = |c: &char| *c == ' ';
        let first = ground.iter().position(|c| !blank(c)).expect("a ground");
        (first, ground.len())
    };
    assert_eq!(ends("plant: {}"), (0, 80));
    let (left, right) = ends("plant: {track: 0.6}");
    assert!(left > 10 && right < 70, "{left} to {right}");
    assert!(near(left as i32, 80 - right as i32), "{left} to {right}");
}

#[test]
fn colours_say_nothing_that_the_text_does_not() {
    let mut app = app("pushed", PUSHED);
    app.pass(FRAME, || true);
    app.act(Action::Push(-1.0));
    app.pass(FRAME, || true);
    let (with, without) = (frame(&app, true, [80, 24]), frame(&app, false, [80, 24]));
    assert_eq!(lines(&with), lines(&without));
    let coloured = |buffer: &Buffer| {
        let plain = |colour| colour == Color::Reset;
        buffer.content.iter().any(|cell| !plain(cell.fg) || !plain(cell.bg))
    };
    assert_eq!((coloured(&with), coloured(&without)), (true, false));
}

#[test]
fn every_size_is_drawn_or_told_to_be_too_small() {
    let mut app = app("pushed", PUSHED);
    app.pass(FRAME, || true);
    for columns in [1, 2, 30, 79, 80, 81, 500] {
        for rows in [1, 2, 19, 20, 24, 200] {
            let said = lines(&frame(&app, true, [columns, rows])).join(" ");
            let small = columns < LEAST[0] || rows < LEAST[1];
            if columns >= 30 && rows >= 19 {
                assert_eq!(said.contains("too small"), small, "{columns} x {rows}");
                assert_eq!(said.contains(keys::LINE), !small, "{columns} x {rows}");
            }
        }
    }
}

#[test]
fn a_run_waits_while_it_cannot_be_seen() {
    let mut app = app("pushed", PUSHED);
    app.seen = false;
    app.pass(FRAME, || true);
    assert_eq!(app.session.periods(), 0);
    app.seen = true;
    app.pass(FRAME, || true);
    assert_eq!(app.session.periods(), 33);
}

#[test]
fn a_long_name_leaves_room_for_the_speed() {
    for name in ["x".repeat(300), "倒".repeat(300)] {
        let mut app = app("long", PUSHED);
        app.name = name;
        let said = text(&app);
        let first: Vec<&str> = said.lines().next().expect("a line").split('…').collect();
        assert_eq!(first.len(), 2, "{said}");
        assert_eq!(first[1].trim(), "running at 1x", "{said}");
        assert!(first[1].starts_with("  "), "{said}");
    }
}

#[test]
fn marks_take_no_digits_from_a_force() {
    // Links that lie beside the cart, where the force is written.
    for direction in [-1.0, 1.0] {
        let mut app = at(&format!("[0, {0}, {0}, 0, 0, 0]", -1.79 * direction));
        for _ in 0..12 {
            app.act(Action::Size(2.0));
        }
        app.act(Action::Push(direction));
        app.pass(FRAME, || true);
        assert!(text(&app).contains("1200.0 N"), "{}", text(&app));
    }
}

#[test]
fn what_was_done_to_a_run_is_said_after_it() {
    let mut app = app("pushed", PUSHED);
    assert_eq!(text::done(&app), None);
    app.pass(FRAME, || true);
    app.act(Action::Push(1.0));
    app.act(Action::Controller(3));
    // Replaced at once.
    app.act(Action::Controller(4));
    app.pass(FRAME, || true);
    let done = text::done(&app).expect("something");
    assert_eq!(
        done,
        "1 push; classical from 0.000 s, lqr from 0.033 s\n\
         metrics of the whole run, whoever was in charge"
    );
    assert_eq!(text::left(&app, End::Quit), "pushed under lqr: ended by the user at 0.066 s");
    for _ in 0..9 {
        app.act(Action::NextController);
        app.pass(FRAME, || true);
    }
    let done = text::done(&app).expect("something");
    assert!(done.starts_with("1 push; classical from 0.000 s, 6 more, classical from "), "{done}");
    app.act(Action::Restart);
    assert_eq!(text::done(&app), None);
}

#[test]
fn the_lines_of_keys_fit() {
    for line in keys::ALL.into_iter().chain([keys::LINE]) {
        assert!(line.chars().count() <= usize::from(LEAST[0]), "{line}");
    }
}

#[test]
fn states_without_a_picture_are_drawn_all_the_same() {
    for state in ["[1e4, 1e4, -1e4, 1e4, 1e4, 1e4]", "[-1e4, 0, 0, 0, 0, 0]"] {
        let mut app = app("far", &format!("simulation: {{initial_state: {state}}}"));
        for _ in 0..3 {
            let said = text(&app);
            assert!(said.contains("theta1"), "{said}");
            app.pass(FRAME, || true);
        }
    }
    // Euler's method with long steps: the rates grow as their squares, and are soon no numbers.
    let mut app = app(
        "wild",
        "simulation: {integrator: euler, control_period: 0.5, initial_state: [0, 1, -1, 0, 1e4, -1e4]}\n\
         controller: {kind: none}",
    );
    for _ in 0..500 {
        app.pass(FRAME, || true);
        text(&app);
    }
    let said = text(&app);
    assert!(said.contains(" the state diverged at "), "{said}");
}

#[test]
fn how_it_ends_is_said() {
    let ended = |text: &str| {
        let mut app = app("ends", text);
        for _ in 0..400 {
            app.pass(FRAME, || true);
        }
        let said = self::text(&app);
        assert!(said.contains("over\n") && said.contains("r restarts, q quits"), "{said}");
        said
    };
    for (text, words) in [
        ("simulation: {duration: 3}", " settled after 3.000 s "),
        ("simulation: {duration: 3, initial_state: [0, 1.5, 0, 0, 3, 0]}", " link 1 fell at "),
        (
            "simulation: {initial_state: [0.5, 0, 0, 2, 0, 0]}\nplant: {track: 0.6}",
            " the cart left the track at ",
        ),
        ("controller: {kind: none}\nsimulation: {duration: 1}", " free after 1.000 s "),
    ] {
        let said = ended(text);
        assert!(said.contains(words), "{words}\n{said}");
    }
}

#[test]
fn a_push_is_seen_even_where_it_is_shorter_than_a_frame() {
    let mut app = app("fast", "simulation: {duration: 1000}");
    app.speed = 10.0;
    app.act(Action::Push(1.0));
    app.pass(FRAME, || true);
    let said = text(&app);
    assert_eq!(app.session.world().disturbance()[0], 0.0, "it is over already");
    assert!(said.contains("30.0 N ==>") && said.contains("so far 1 push,"), "{said}");
    for _ in 0..20 {
        app.pass(FRAME, || true);
    }
    assert!(!text(&app).contains("==>"));
}

#[test]
fn a_machine_that_is_too_slow_is_named() {
    let mut app = app("slow", "simulation: {duration: 1000}");
    for _ in 0..100 {
        // Time for one period a frame, where 33 are due.
        app.pass(FRAME, || false);
    }
    let said = text(&app);
    assert!(said.contains("too slow here for 1x: 0.03x"), "{said}");
    assert_eq!(app.session.periods(), 100);
    app.act(Action::Speed(0.5));
    assert!(text(&app).contains("running at 0.5x"), "it is asked anew");
}

#[test]
fn speeds_and_pushes_have_bounds() {
    let mut app = app("bounds", "actuator: {max_force: 100}");
    for (factor, speed, push) in [(2.0, 100.0, 800.0), (0.5, 0.01, 100.0 / 1024.0)] {
        for _ in 0..40 {
            app.act(Action::Speed(factor));
            app.act(Action::Size(factor));
        }
        assert_eq!((app.speed, app.push), (speed, push));
    }
}

#[test]
fn what_cannot_be_done_is_said_until_the_next_key() {
    let mut app = app("trouble", "simulation: {duration: 1000}");
    app.act(Action::Pause);
    for _ in 0..9 {
        app.act(Action::Push(1.0));
    }
    assert!(text(&app).contains("that many pushes act already"));
    app.act(Action::Help);
    assert!(text(&app).contains("so far 8 pushes"));
}

/// `UPRIGHT_UPDATE_DOCS=1 cargo test -p upright --bin upright live` writes it anew.
#[test]
fn the_page_of_the_live_view_shows_a_frame() {
    let mut app = app("pushed", PUSHED);
    let pass = |app: &mut App, frames: usize| {
        for _ in 0..frames {
            app.pass(FRAME, || true);
        }
    };
    pass(&mut app, 20);
    app.act(Action::Controller(3));
    pass(&mut app, 55);
    app.act(Action::Push(1.0));
    pass(&mut app, 4);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/live.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let (begin, end) = ("<!-- begin: a frame -->\n```text\n", "```\n<!-- end -->");
    let (before, rest) = page.split_once(begin).expect("the mark of the begin");
    let (_, after) = rest.split_once(end).expect("the mark of the end");
    let expected = format!("{before}{begin}{}{end}{after}", text(&app));
    if std::env::var_os("UPRIGHT_UPDATE_DOCS").is_some() {
        std::fs::write(path, &expected).expect("written");
    }
    let page = std::fs::read_to_string(path).expect("the page");
    assert!(page == expected, "docs/live.md is not what the view draws; see the head of this test");
}
