//! `compare`: two watches or two audits held against each other.

use crate::failure::{Failure, Result};
use crate::flags::Compare;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use upright_console::Outcome;
use upright_console::console::print;
use upright_store::{FileError, labelled, pretty};
use upright_table::{Cell, Heading, Table};

/// What grows, or not: written memory, a call site, a phase of a subject.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    name: String,
    /// Bytes a unit, and where the true rate lies.
    growth: Option<(f64, [f64; 2])>,
    /// Bytes that have no interval: paid once, or the peak.
    bytes: Option<f64>,
}

/// How an item came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    /// It grew beyond its interval, or by more than is tolerated.
    Grown,
    /// It fell beyond its interval.
    Shrunk,
    /// The difference lies within its interval.
    Same,
    /// It is shown, and nothing says how much it may vary.
    Shown,
    /// It is in the old one only.
    Gone,
}

/// An item of both.
#[derive(Debug, Serialize)]
struct ItemDifference {
    name: String,
    old: Option<f64>,
    new: Option<f64>,
    difference: f64,
    interval: Option<[f64; 2]>,
    change: Change,
}

/// What was read of a folder or a file.
struct Side {
    items: Vec<Item>,
    inconclusive: bool,
}

/// Compares two watches or two audits, and prints what became of each thing that grows.
///
/// # Errors
/// Where one cannot be read, says nothing of memory, or has nothing in common with the other.
pub fn compare(flags: &Compare) -> Result {
    let Compare { old, new, tolerance, json } = flags;
    let tolerance = *tolerance;
    if let Some(wrong) = tolerance.filter(|part| !(part.is_finite() && *part >= 0.0)) {
        return Err(Failure::Flag {
            flag: "--tolerance",
            value: wrong.to_string(),
            allowed: "allowed are per cent from 0".to_owned(),
        });
    }
    let (before, after) = (read(old)?, read(new)?);
    let found = differences(&before.items, &after.items, tolerance);
    if found.iter().all(|item| item.old.is_none() || item.new.is_none()) {
        return Err(not_comparable(new, "it has nothing in common with the old one"));
    }
    let grown = found.iter().any(|item| item.change == Change::Grown);
    let verdict = match (grown, after.inconclusive) {
        (true, _) => "grown",
        (false, true) => "inconclusive",
        (false, false) => "same",
    };
    if *json {
        let summary = json!({ "verdict": verdict, "differences": found });
        print(&pretty(&labelled("audit compare", &summary)))?;
    } else {
        print(&format!("{verdict}\n\n{}", table(&found).to_text()))?;
    }
    Ok(match verdict {
        "grown" => Outcome::Bad,
        "inconclusive" => Outcome::Inconclusive,
        _ => Outcome::Done,
    })
}

fn not_comparable(path: &Path, why: &str) -> Failure {
    Failure::Flag {
        flag: "compare",
        value: path.display().to_string(),
        allowed: format!("{why}; allowed are the results of `exec`, `attach` or an audit"),
    }
}

/// The results in a folder, or in a file of them that was kept.
fn read(path: &Path) -> Result<Side> {
    let file = if path.is_dir() {
        let audit = path.join("audit.json");
        if audit.is_file() { audit } else { path.join("summary.json") }
    } else {
        path.to_path_buf()
    };
    let text = fs::read(&file).map_err(FileError::reading(&file))?;
    let value: Value = serde_json::from_slice(&text)
        .map_err(|error| not_comparable(&file, &format!("it is no JSON ({error})")))?;
    let items = items(&value);
    if items.is_empty() {
        return Err(not_comparable(&file, "it says nothing of memory"));
    }
    Ok(Side { items, inconclusive: value["verdict"] == "inconclusive" })
}

fn items(value: &Value) -> Vec<Item> {
    match value["subjects"].as_array() {
        Some(subjects) => subjects.iter().flat_map(of_subject).collect(),
        None => of_watch(value),
    }
}

fn interval(value: &Value) -> Option<[f64; 2]> {
    Some([value[0].as_f64()?, value[1].as_f64()?])
}

fn of_watch(value: &Value) -> Vec<Item> {
    let growth = |of: &Value| {
        Some((of["growth_bytes_per_second"].as_f64()?, interval(&of["growth_interval"])?))
    };
    let Some(whole) = growth(value) else { return Vec::new() };
    let mut found =
        vec![Item { name: "growth (B/s)".to_owned(), growth: Some(whole), bytes: None }];
    for (key, name) in [("one_time_bytes", "paid once (B)"), ("peak_bytes", "peak (B)")] {
        let bytes = value[key].as_f64();
        found.extend(bytes.map(|_| Item { name: name.to_owned(), growth: None, bytes }));
    }
    // Call sites, where they were recorded: each with a growth of its own.
    for site in value["sites"].as_array().into_iter().flatten() {
        let name = ["site", "name", "location"].into_iter().find_map(|key| site[key].as_str());
        if let (Some(name), Some(growth)) = (name, growth(site)) {
            found.push(Item { name: format!("{name} (B/s)"), growth: Some(growth), bytes: None });
        }
    }
    found
}

fn of_subject(subject: &Value) -> Vec<Item> {
    let name = subject["subject"].as_str().unwrap_or_default();
    let mut found = Vec::new();
    for phase in subject["phases"].as_array().into_iter().flatten() {
        let finding = &phase["finding"];
        let (Some(rate), Some(interval)) =
            (finding["rate"].as_f64(), interval(&finding["interval"]))
        else {
            continue;
        };
        let (phase, unit) = (
            phase["phase"].as_str().unwrap_or_default(),
            finding["unit"].as_str().unwrap_or_default(),
        );
        let name = format!("{name} {phase} (B/{unit})");
        found.push(Item { name, growth: Some((rate, interval)), bytes: None });
    }
    let once = subject["one_time_bytes"].as_f64();
    found.extend(once.map(|_| Item {
        name: format!("{name} paid once (B)"),
        growth: None,
        bytes: once,
    }));
    found
}

fn differences(old: &[Item], new: &[Item], tolerance: Option<f64>) -> Vec<ItemDifference> {
    let mut found: Vec<ItemDifference> = new
        .iter()
        .map(|item| {
            let before = old.iter().find(|before| before.name == item.name);
            difference(before, item, tolerance)
        })
        .collect();
    for item in old.iter().filter(|item| !new.iter().any(|after| after.name == item.name)) {
        let value = item.growth.map(|(rate, _)| rate).or(item.bytes).unwrap_or(0.0);
        found.push(ItemDifference {
            name: item.name.clone(),
            old: Some(value),
            new: None,
            difference: -value,
            interval: None,
            change: Change::Gone,
        });
    }
    found
}

/// The difference of two rates that were found apart from each other: their errors add up in squares.
fn difference(old: Option<&Item>, new: &Item, tolerance: Option<f64>) -> ItemDifference {
    let name = new.name.clone();
    if let Some((rate, of_new)) = new.growth {
        // What was not there grew by nothing, exactly.
        let before = old.and_then(|old| old.growth);
        let (was, of_old) = before.unwrap_or((0.0, [0.0, 0.0]));
        let difference = rate - was;
        let low = difference - (rate - of_new[0]).hypot(of_old[1] - was);
        let high = difference + (of_new[1] - rate).hypot(was - of_old[0]);
        let change = if low > 0.0 {
            Change::Grown
        } else if high < 0.0 {
            Change::Shrunk
        } else {
            Change::Same
        };
        let old = before.map(|(rate, _)| rate);
        return ItemDifference {
            name,
            old,
            new: Some(rate),
            difference,
            interval: Some([low, high]),
            change,
        };
    }
    let before = old.and_then(|old| old.bytes);
    let bytes = new.bytes.unwrap_or(0.0);
    let change = match (tolerance, before) {
        (Some(percent), Some(before)) if bytes > before * (1.0 + percent / 100.0) => Change::Grown,
        (Some(_), Some(_)) => Change::Same,
        _ => Change::Shown,
    };
    let difference = bytes - before.unwrap_or(0.0);
    ItemDifference { name, old: before, new: Some(bytes), difference, interval: None, change }
}

fn table(found: &[ItemDifference]) -> Table {
    let headings = ["", "old", "new", "difference", "at least", "at most", ""];
    let mut table = Table::new(headings.map(|text| Heading::new(text, "")));
    for item in found {
        let digits = |value: f64| if value.abs() < 10.0 { 3 } else { 0 };
        let number = |value: Option<f64>| Cell::optional(value, value.map_or(0, digits));
        let word = serde_json::to_value(item.change).unwrap_or_default();
        table.push([
            Cell::text(&*item.name),
            number(item.old),
            number(item.new),
            number(Some(item.difference)),
            number(item.interval.map(|interval| interval[0])),
            number(item.interval.map(|interval| interval[1])),
            Cell::text(word.as_str().unwrap_or_default()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(rate: f64, half: f64) -> Item {
        let growth = Some((rate, [rate - half, rate + half]));
        Item { name: "a".to_owned(), growth, bytes: None }
    }

    #[test]
    fn three_per_cent_are_seen_where_the_intervals_are_narrower() {
        let change = |old, new| difference(Some(&old), &new, None).change;
        assert_eq!(change(growth(50e3, 500.0), growth(51.5e3, 500.0)), Change::Grown);
        assert_eq!(change(growth(50e3, 500.0), growth(50.5e3, 500.0)), Change::Same);
        assert_eq!(change(growth(51.5e3, 500.0), growth(50e3, 500.0)), Change::Shrunk);
        assert_eq!(change(growth(50e3, 2000.0), growth(51.5e3, 500.0)), Change::Same);
        // Exact counts.
        assert_eq!(change(growth(8.0, 0.0), growth(8.0, 0.0)), Change::Same);
        assert_eq!(change(growth(8.0, 0.0), growth(8.25, 0.0)), Change::Grown);
        let found = difference(Some(&growth(50e3, 300.0)), &growth(51.5e3, 400.0), None);
        assert_eq!(found.interval, Some([1000.0, 2000.0]));
    }

    #[test]
    fn what_is_new_grew_from_nothing_and_what_is_gone_is_said() {
        let found = differences(&[growth(1.0, 0.0)], &[], None);
        assert_eq!(found[0].change, Change::Gone);
        assert_eq!(differences(&[], &[growth(1.0, 0.1)], None)[0].change, Change::Grown);
        assert_eq!(differences(&[], &[growth(1.0, 2.0)], None)[0].change, Change::Same);
    }

    #[test]
    fn bytes_are_judged_by_the_tolerance_alone() {
        let of = |bytes| Item { name: "b".to_owned(), growth: None, bytes: Some(bytes) };
        let change = |new, tolerance| difference(Some(&of(100.0)), &of(new), tolerance).change;
        assert_eq!(change(900.0, None), Change::Shown);
        assert_eq!(change(104.0, Some(5.0)), Change::Same);
        assert_eq!(change(106.0, Some(5.0)), Change::Grown);
    }
}
