//! The figures that commands leave, as a reader of a paper meets them.

use resvg::usvg::{self, Node, Rect};
use std::fs;
use std::path::Path;
use std::process::Command;

fn upright(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(arguments)
        .arg("--quiet")
        .current_dir(folder)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
}

fn scenarios() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios").to_owned()
}

/// What is asked for with `--columns`, and the width that it promises in px at 96 dpi.
const COLUMNS: [(&[&str], Option<f64>); 3] =
    [(&[], None), (&["--columns", "one"], Some(336.0)), (&["--columns", "two"], Some(687.36))];

fn tree(svg: &str) -> usvg::Tree {
    let mut options = usvg::Options::default();
    for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
        options.fontdb_mut().load_font_data(font.to_vec());
    }
    usvg::Tree::from_str(svg, &options).expect("a drawing")
}

/// Every text and where it is.
fn texts(group: &usvg::Group, found: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => texts(group, found),
            Node::Text(text) => {
                let words = text.chunks().iter().map(usvg::TextChunk::text).collect();
                found.push((words, text.abs_bounding_box()));
            }
            _ => {}
        }
    }
}

/// Checks that all texts of a figure are whole and none lies over another.
fn legible(name: &str, svg: &str) {
    let tree = tree(svg);
    let mut found = Vec::new();
    texts(tree.root(), &mut found);
    assert!(found.len() > 3, "{name}");
    let (width, height) = (tree.size().width(), tree.size().height());
    for (index, (text, place)) in found.iter().enumerate() {
        assert!(!text.contains('…'), "{name}: {text} is cut");
        assert!(place.left() >= 0.0 && place.right() <= width, "{name}: {text} at {place:?}");
        assert!(place.top() >= 0.0 && place.bottom() <= height, "{name}: {text} at {place:?}");
        for (other, beside) in &found[index + 1..] {
            // Boxes of letters may touch by a hair.
            let apart = place.right() < beside.left() + 0.5
                || beside.right() < place.left() + 0.5
                || place.bottom() < beside.top() + 0.5
                || beside.bottom() < place.top() + 0.5;
            assert!(apart, "{name}: {text} lies over {other}");
        }
    }
}

/// Checks the figures of these names in a folder.
fn check(folder: &Path, names: &[&str], width: Option<f64>) {
    for name in names {
        let svg = fs::read_to_string(folder.join(format!("{name}.svg"))).expect("a figure");
        legible(&folder.join(name).to_string_lossy(), &svg);
        if let Some(width) = width {
            let drawn = f64::from(tree(&svg).size().width());
            assert!((drawn - width).abs() < 0.01, "{name}: {drawn}");
        }
    }
    let entries = fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    let paths = entries.map(|entry| entry.path());
    let drawn = paths.filter(|path| path.extension().is_some_and(|end| end == "svg")).count();
    assert_eq!(drawn, names.len());
}

#[test]
fn every_figure_of_a_run_is_legible_on_screen_and_paper() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = format!("{}/pushed.yaml", scenarios());
    for kind in ["classical", "super_twisting", "adaptive", "hybrid", "lqr", "none"] {
        for (columns, width) in COLUMNS {
            let run = ["simulate", &scenario, "--controller", kind, "--figures", "svg"];
            let out = format!("{kind}{}", columns.last().unwrap_or(&""));
            upright(folder.path(), &[&run[..], columns, &["--out", &out]].concat());
            let names = ["run", "phase", "sliding", "spectrum", "regimes"];
            let names = if kind == "hybrid" { &names[..] } else { &names[..4] };
            check(&folder.path().join(out), names, width);
        }
    }
}

#[test]
fn short_early_and_thinned_runs_are_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases: [(&str, &[&str]); 4] = [
        ("one period", &["simulation.duration=0.001"]),
        ("few rows", &["simulation.record_every=400"]),
        ("the last rows", &["simulation.record_last=3"]),
        ("a fall", &["simulation.initial_state=[0, 0.9, 0, 0, 0, 0]"]),
    ];
    let scenario = format!("{}/nominal.yaml", scenarios());
    for (name, set) in cases {
        let run =
            ["simulate", &scenario, "--controller", "hybrid", "--figures", "svg", "--out", name];
        let set: Vec<&str> = set.iter().flat_map(|value| ["--set", value]).collect();
        upright(folder.path(), &[&run[..], &set].concat());
        let names = ["run", "phase", "sliding", "spectrum", "regimes"];
        check(&folder.path().join(name), &names, None);
    }
}

#[test]
fn figures_of_many_runs_are_legible_on_screen_and_paper() {
    let folder = tempfile::tempdir().expect("a folder");
    let [nominal, pushed, rough] =
        ["nominal", "pushed", "rough-starts"].map(|name| format!("{}/{name}.yaml", scenarios()));
    let grid = ["--x", "theta1:-0.6:0.6:9", "--y", "theta2:-0.6:0.6:9"];
    let short = ["--set", "simulation.duration=2"];
    let [delay, lag] = ["actuator.delay=0:3:4", "actuator.lag=0:0.002:3"];
    let layer = "controller.boundary_layer=0.01:0.3:4:log";
    let map = ["--metric", "settling_time", "--over", delay];
    let commands: [(&str, Vec<&str>, &[&str]); 10] = [
        ("compare", vec![&nominal, &pushed], &["comparison", "bars"]),
        ("compare", vec![&nominal], &["comparison", "bars"]),
        ("batch", vec![&rough, "--runs", "60"], &["batch", "bars"]),
        ("roa", [&[nominal.as_str()], &grid[..], &short[..]].concat(), &["roa", "roa-time"]),
        ("tune", vec![&nominal, "--particles", "4", "--iterations", "3"], &["history"]),
        ("compare", vec![&nominal, "--controller", "classical,lqr"], &["comparison", "bars"]),
        ("compare", vec![&rough, &pushed, "--controller", "lqr"], &["comparison", "bars"]),
        ("sweep", vec![&nominal, "--over", delay], &["sweep"]),
        ("sweep", [&[nominal.as_str()], &map[..], &["--over", lag]].concat(), &["sweep"]),
        ("sweep", [&[nominal.as_str()], &map[..], &["--over", layer]].concat(), &["sweep"]),
    ];
    for (index, (command, arguments, names)) in commands.iter().enumerate() {
        for (columns, width) in COLUMNS {
            let out = format!("{index}{}", columns.last().unwrap_or(&""));
            let rest = ["--figures", "svg", "--out", &out];
            upright(folder.path(), &[&[*command], &arguments[..], columns, &rest].concat());
            check(&folder.path().join(out), names, width);
        }
    }
}

#[test]
fn a_pdf_holds_the_symbols_as_text_in_an_embedded_font() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = format!("{}/pushed.yaml", scenarios());
    let run =
        ["simulate", &scenario, "--controller", "hybrid", "--figures", "pdf", "--columns", "one"];
    upright(folder.path(), &[&run[..], &["--out", "out"]].concat());
    let words: [(&str, &[&str]); 5] = [
        ("run", &["θ₁", "x(m)", "u(N)", "σ", "t(s)"]),
        ("phase", &["θ₂(rad)", "dθ₁/dt(rad/s)", "dx/dt(m/s)"]),
        ("sliding", &["σ", "s(Ns)", "boundarylayer"]),
        ("spectrum", &["f(Hz)", "(N²/Hz)", "10²"]),
        ("regimes", &["|s|(Ns)", "K(N)", "L(N/s)", "d,est.(N)", "ρ,est."]),
    ];
    for (name, words) in words {
        let path = folder.path().join(format!("out/{name}.pdf"));
        let document = lopdf::Document::load(&path).expect("a readable PDF");
        let text = document.extract_text(&[1]).expect("text").replace(char::is_whitespace, "");
        for word in words {
            assert!(text.contains(word), "{name}: {word} in {text}");
        }
        let fonts = document.objects.values().filter_map(|object| object.as_dict().ok());
        let mut fonts = fonts.filter(|font| font.has_type(b"FontDescriptor"));
        assert!(fonts.all(|font| font.has(b"FontFile2") || font.has(b"FontFile3")));
    }
}
