//! Every report opened in a real browser: nothing fails, nothing is fetched, the pendulum moves, charts
//! have their data, and people who use a keyboard or a screen reader can use it.

mod browser;

use browser::Browser;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of a report at most.
const MAX_BYTES: u64 = 2_600_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the program at the project's root; `folder` is for its results. It ends with `code`.
fn upright(arguments: &[&str], folder: &Path, code: i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(arguments)
        .arg("--quiet")
        .arg("--out")
        .arg(folder)
        .current_dir(root())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
}

/// Opens the report of a command in two widths, and looks at everything that all reports have.
fn look(browser: &mut Browser, name: &str, report: &Path) {
    let size = fs::metadata(report).expect("a report").len();
    assert!(size < MAX_BYTES, "{name}: {size} bytes");
    let text = fs::read_to_string(report).expect("text");
    let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    fs::create_dir_all(&seen).expect("a folder");
    for width in [1280, 400] {
        browser.open(report, width);
        browser.until("document.documentElement.dataset.ready");
        let opened = browser.value("Math.round(performance.now())");
        println!("{name}, {width} px wide: {size} bytes, charts drawn after {opened} ms");
        assert!(browser.complaints().is_empty(), "{name}: {:?}", browser.complaints());
        assert_eq!(browser.requests().len(), 1, "{name}: {:?}", browser.requests());
        let wide = browser.value("document.documentElement.scrollWidth");
        assert!(wide.as_f64().expect("a width") <= f64::from(width), "{name} is {wide} wide");
        charts(browser, name);
        moves(browser, name);
        loaded(browser, name);
        contrast(browser, name);
        let picture = browser.picture();
        fs::write(seen.join(format!("{name}-{width}.png")), picture).expect("written");
    }
    // Without scripts the tables are there, and pictures stand where charts would.
    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.open(report, 1280);
    let roles = roles(browser);
    let count = |role: &str| roles.iter().filter(|(found, _)| found == role).count();
    let tables = text.matches("<table").count() - text.matches("<table class=\"readings\"").count();
    assert!(
        tables > 0 && count("table") >= tables,
        "{name}: {} of {tables} tables",
        count("table")
    );
    assert_eq!(text.matches("<noscript><svg").count(), text.matches("class=\"chart\"").count());
    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": false}));
}

/// Every chart has curves with numbers.
fn charts(browser: &mut Browser, name: &str) {
    let drawn = browser.value(
        "[...document.querySelectorAll('.plot')].map(plot => plot.chart.traces.reduce((sum, trace) => \
         sum + trace.y.filter(Number.isFinite).length, 0))",
    );
    let drawn = drawn.as_array().expect("a list");
    assert!(!drawn.is_empty(), "{name} has no chart");
    assert!(drawn.iter().all(|points| points.as_f64() > Some(0.0)), "{name}: {drawn:?}");
    // All of its panels are to be seen, none is cut off, and each has something in it.
    let cut = browser.value(
        "[...document.querySelectorAll('.plot')].filter(plot => {
            const svg = plot.querySelector(':scope > svg');
            const { width, height } = svg.getBoundingClientRect();
            return Math.abs(height - plot.chart.layout.height) > 1 || height < 50 || plot.chart.panels.some((panel) => {
                const { left, right, top, bottom } = plot.chart.frame(panel);
                return left < 0 || top < 0 || right > width || bottom > height || right - left < 40;
            }) || !svg.querySelector('g[clip-path] > *, g.chart-ticks > text');
        }).map(plot => plot.getAttribute('aria-label'))",
    );
    assert_eq!(cut, json!([]), "{name}");
}

/// Where `x` of the horizontal axis lies in the first chart, and the middle of its first panel, in px of the
/// window.
fn place_of(browser: &mut Browser, x: f64) -> [f64; 2] {
    // After the page has changed its width the chart follows a frame later.
    browser.until(
        "(() => { const { chart } = document.querySelector('.plot'); \
         return chart.width === chart.root.clientWidth; })()",
    );
    let place = browser.value(&format!(
        "(() => {{
            const {{ chart }} = document.querySelector('.plot');
            const [panel] = chart.panels;
            const at = chart.frame(panel);
            const middle = (at.top + at.bottom) / 2;
            window.scrollBy(0, chart.svg.getBoundingClientRect().top + middle - window.innerHeight / 2);
            const {{ left, top }} = chart.svg.getBoundingClientRect();
            return [left + chart.axes[panel.x].pixel({x}, at.left, at.right), top + middle];
        }})()"
    ));
    [0, 1].map(|index| place[index].as_f64().expect("a place"))
}

/// What the first chart shows of its horizontal axis.
fn shown_range(browser: &mut Browser) -> [f64; 2] {
    let range = browser.value(
        "(chart => chart.axes[chart.panels[0].x].range)(document.querySelector('.plot').chart)",
    );
    [0, 1].map(|index| range[index].as_f64().expect("a number"))
}

/// Every pendulum moves when its button is pressed, and stops when it is pressed again.
fn moves(browser: &mut Browser, name: &str) {
    let players = browser.value("document.querySelectorAll('.player').length");
    for index in 0..players.as_u64().expect("a number") {
        let player = format!("document.querySelectorAll('.player')[{index}]");
        let place = format!("{player}.querySelector('circle').getAttribute('cx')");
        let time = format!("Number({player}.querySelector('.time').value)");
        let start = browser.value(&time);
        let before = browser.value(&place);
        browser.value(&format!("{player}.querySelector('.play').click()"));
        browser.until(&format!("{time} > {start} + 0.1"));
        assert_ne!(browser.value(&place), before, "{name}: player {index}");
        browser.value(&format!("{player}.querySelector('.play').click()"));
        let stopped = browser.value(&time);
        browser
            .value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        assert_eq!(browser.value(&time), stopped, "{name}: player {index}");
        browser.value(&format!("{player}.querySelector('.start').click()"));
        assert_eq!(browser.value(&place), before, "{name}: player {index}");
    }
}

/// Role and name of everything that a screen reader is told of.
fn roles(browser: &mut Browser) -> Vec<(String, String)> {
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes").iter();
    let text = |node: &Value, key: &str| node[key]["value"].as_str().unwrap_or("").to_owned();
    nodes
        .filter(|node| node["ignored"] != true)
        .map(|node| (text(node, "role"), text(node, "name")))
        .collect()
}

/// Whatever can be operated, and every picture, has a name.
fn loaded(browser: &mut Browser, name: &str) {
    for (role, label) in roles(browser) {
        let needs = ["button", "slider", "combobox", "checkbox", "img", "image", "link", "table"];
        // A table is named by the heading above it.
        if needs.contains(&role.as_str()) && role != "table" {
            assert!(!label.trim().is_empty(), "{name}: a {role} without a name");
        }
    }
}

/// Every text stands out from what is behind it by 4.5 to 1, as WCAG 2.1 counts.
fn contrast(browser: &mut Browser, name: &str) {
    let poor = browser.value(
        r"(() => {
            const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
            const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
                .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const behind = (element) => {
                for (let e = element; e; e = e.parentElement) {
                    const color = parse(getComputedStyle(e).backgroundColor);
                    if (color.length === 3 || color[3] > 0.99) return color;
                }
                return [255, 255, 255];
            };
            const poor = [];
            const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (texts.nextNode()) {
                const element = texts.currentNode.parentElement;
                if (!texts.currentNode.textContent.trim() || element.closest('script, style, noscript')) continue;
                if (element.getClientRects().length === 0) continue;
                const style = getComputedStyle(element);
                const color = parse(element.closest('svg') ? style.fill : style.color);
                const [a, b] = [light(color), light(behind(element))].sort((x, y) => y - x);
                const ratio = (a + 0.05) / (b + 0.05);
                if (ratio < 4.5) poor.push(`${texts.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
            }
            return poor;
        })()",
    );
    assert_eq!(poor, json!([]), "{name}");
}

#[test]
fn simulate() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("run");
    upright(&["simulate", "scenarios/pushed.yaml", "--controller", "hybrid"], &results, 0);
    let report = results.join("report.html");
    look(&mut browser, "simulate", &report);
    browser.open(&report, 1280);
    browser.until("document.documentElement.dataset.ready");

    // The highest force and the outermost cart of the record are in the charts.
    let record = fs::read_to_string(results.join("trajectory.csv")).expect("a record");
    let column = |index: usize| {
        let numbers = record.lines().skip(1);
        numbers.map(move |line| {
            line.split(',').nth(index).expect("a cell").parse::<f64>().expect("a number")
        })
    };
    for (label, index) in [("u (N)", 7), ("x (m)", 1), ("θ₁ (rad)", 2)] {
        let most = column(index).map(f64::abs).fold(0.0, f64::max);
        let shown = browser_peak(&mut browser, label);
        assert!((shown - most).abs() <= 1e-3 * most, "{label}: {shown} of {most}");
    }
    // A click on a chart sets the time of the pendulum.
    let at = place_of(&mut browser, 1.5);
    browser.drag(at, at);
    browser.until("Math.abs(document.querySelector('.time').value - 1.5) < 0.05");
    // What is pointed at is told.
    browser.until("document.querySelector('.chart-readings:not([hidden])')");
    let told = browser.value("document.querySelector('.chart-readings').textContent");
    assert!(told.as_str().expect("text").starts_with("t (s) 1.5"), "{told}");

    // Readings that reach below the chart, as with larger fonts, bring no bar that makes it narrower.
    let overflow =
        browser.value("getComputedStyle(document.querySelector('figure.chart')).overflowY");
    assert_eq!(overflow, "visible");

    // A drag zooms into what it spans, in all panels, and a button shows all again.
    let whole = shown_range(&mut browser);
    let (from, to) = (place_of(&mut browser, 2.0), place_of(&mut browser, 4.0));
    browser.drag(from, to);
    let [low, high] = shown_range(&mut browser);
    // A pixel is a hundredth of a second.
    assert!((low - 2.0).abs() < 0.02 && (high - 4.0).abs() < 0.02, "{low} to {high}");
    browser.value("document.querySelector('.chart-reset:not([hidden])').click()");
    assert_eq!(shown_range(&mut browser), whole);
    // The same by keyboard.
    for (key, factor) in [("+", 1.0 / 1.4), ("-", 1.0)] {
        browser.value(&format!(
            "document.querySelector('.plot').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))"
        ));
        let [low, high] = shown_range(&mut browser);
        assert!(((high - low) / (whole[1] - whole[0]) - factor).abs() < 1e-9, "{key}");
    }
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
}

/// The largest size of what the panel with this label shows.
fn browser_peak(browser: &mut Browser, label: &str) -> f64 {
    let found = browser.value(&format!(
        "(() => {{ for (const {{ chart }} of document.querySelectorAll('.plot'))
            for (const panel of chart.panels)
                if (chart.axes[panel.y].title === '{label}')
                    return Math.max(...panel.traces.flatMap((trace) => trace.y).map(Math.abs));
        }})()"
    ));
    found.as_f64().unwrap_or_else(|| panic!("no panel {label}"))
}

#[test]
fn compare() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("comparison");
    upright(&["compare", "scenarios/nominal.yaml", "scenarios/noisy-sensors.yaml"], &results, 0);
    let report = results.join("report.html");
    look(&mut browser, "compare", &report);
    // What is taken off the picture is gone from it.
    browser.open(&report, 1280);
    browser.until("document.documentElement.dataset.ready");
    browser.value("document.querySelector('.shown input').click()");
    let shown =
        "[...document.querySelector('.stage svg').querySelectorAll('g')].map(g => g.style.display)";
    assert_eq!(browser.value(shown), json!(["none", "", "", "", "", ""]));
    // A curve is hidden in all panels of its chart.
    browser.value("document.querySelector('[aria-label=\"Show or hide hybrid\"]').click()");
    browser.until(
        "(({ traces }) => traces.some(t => t.name === 'hybrid') && traces.every(t => \
         t.visible === (t.name !== 'hybrid')))\
         (document.querySelector('[aria-label=\"Show or hide hybrid\"]').closest('.plot').chart)",
    );
}

/// The report of a command, looked at.
fn seen(name: &str, arguments: &[&str], code: i32) {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("results");
    upright(arguments, &results, code);
    look(&mut browser, name, &results.join("report.html"));
}

#[test]
fn batch() {
    seen("batch", &["batch", "scenarios/rough-starts.yaml", "--runs", "60"], 0);
}

#[test]
fn roa() {
    let axes = ["--x", "theta1:-0.8:0.8:17", "--y", "theta2:-0.8:0.8:17"];
    let command = ["roa", "scenarios/short-track.yaml", "--set", "simulation.duration=4"];
    seen("roa", &[&command[..], &axes].concat(), 0);
}

#[test]
fn tune() {
    let search = ["--set", "simulation.duration=5", "--iterations", "3", "--particles", "10"];
    let command = ["tune", "scenarios/rough-starts.yaml", "--set", "tuning.validation=40"];
    seen("tune", &[&command[..], &search].concat(), 0);
    let front = ["--objectives", "settling,variation"];
    seen("front", &[&command[..], &search, &front].concat(), 0);
}

#[test]
fn audit() {
    // A leak is found, which is what its exit code says.
    seen("audit", &["audit", "--demo", "eight_bytes_a_step"], 1);
}

#[test]
fn a_noisy_phase_portrait_keeps_its_peaks_and_a_long_run_its_size() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("noisy");
    let noisy = ["simulate", "scenarios/noisy-sensors.yaml", "--controller", "adaptive"];
    let only = ["--figures", "svg"];
    upright(&[&noisy[..], &only].concat(), &results, 0);
    browser.open(&results.join("report.html"), 1280);
    browser.until("document.documentElement.dataset.ready");
    let record = fs::read_to_string(results.join("trajectory.csv")).expect("a record");
    let rates = record.lines().skip(1).map(|line| line.split(',').nth(5).expect("a cell"));
    let most = rates.map(|cell| cell.parse::<f64>().expect("a number").abs()).fold(0.0, f64::max);
    let shown = browser_peak(&mut browser, "dθ₁/dt (rad/s)");
    assert!((shown - most).abs() <= 5e-3 * most, "{shown} of {most}");

    let long = folder.path().join("long");
    let duration = ["--set", "simulation.duration=200"];
    upright(&[&noisy[..], &only, &duration].concat(), &long, 0);
    for file in ["report.html", "phase.svg", "sliding.svg"] {
        let size = fs::metadata(long.join(file)).expect("a file").len();
        assert!(size < MAX_BYTES, "{file}: {size} bytes");
    }
}

#[test]
fn a_record_that_begins_late_does_not_keep_its_report_from_showing_the_whole_run() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("late");
    let late = ["simulate", "scenarios/nominal.yaml", "--set", "simulation.record_last=500"];
    upright(&late, &results, 0);
    browser.open(&results.join("report.html"), 1280);
    browser.until("document.documentElement.dataset.ready");
    assert_eq!(browser.value("document.querySelector('.now').textContent"), "0.00 s");
    let text = browser.value("document.querySelector('main').textContent");
    assert!(text.as_str().expect("text").contains("Only the last rows were recorded"));
}

#[test]
fn a_run_that_fell_at_once_or_flew_away_is_shown() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (name, set) in [
        ("fell", vec!["simulation.initial_state=[0, 1.5, -1.5, 0, 5, 0]"]),
        (
            "diverged",
            vec![
                "controller.kind=none",
                "simulation.integrator=euler",
                "simulation.control_period=10",
                "plant.damping.cart=0",
                "plant.damping.joint1=0",
                "plant.damping.joint2=0",
                "simulation.duration=1000",
                "simulation.fall_angle=10000",
            ],
        ),
        ("tiny", vec!["simulation.duration=0.001"]),
    ] {
        let results = folder.path().join(name);
        let mut command = vec!["simulate", "scenarios/nominal.yaml"];
        command.extend(set.into_iter().flat_map(|set| ["--set", set]));
        upright(&command, &results, 0);
        browser.open(&results.join("report.html"), 1280);
        browser.until("document.documentElement.dataset.ready");
        assert!(browser.complaints().is_empty(), "{name}: {:?}", browser.complaints());
    }
}
