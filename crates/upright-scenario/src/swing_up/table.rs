//! A plan as a table: a row a step with its time, state and force, and the gains about it; the last row repeats the
//! last force.

use super::stored::Planned;
use std::io::{Result as Written, Write};
use upright_core::plant::{STATES, State};
use upright_core::swing_up::settings::MAX_STEPS;

/// Columns besides the gains: time, state and force.
const COLUMNS: usize = 8;

fn motion_columns() -> String {
    format!("t,{},u", STATES.join(","))
}

fn gain_columns() -> String {
    STATES.map(|state| format!("k_{state}")).join(",")
}

/// Writes the plan of these forces and states, one more than there are forces, each held for `step` s. `gains` are
/// those at the states, as far as there are any.
///
/// # Errors
/// What the writer says.
pub fn write_plan(
    writer: &mut dyn Write,
    step: f64,
    (forces, states): (&[f64], &[State<f64>]),
    gains: &[State<f64>],
) -> Written<()> {
    writeln!(writer, "{},{}", motion_columns(), gain_columns())?;
    for (k, state) in states.iter().enumerate() {
        let u = forces.get(k).or(forces.last()).copied().unwrap_or_default();
        let time = [k as f64 * step];
        let gains = gains.get(k).into_iter().flatten();
        let numbers = time.iter().chain(state).chain([&u]).chain(gains);
        let cells: Vec<String> = numbers.map(ToString::to_string).collect();
        writeln!(writer, "{}", cells.join(","))?;
    }
    Ok(())
}

/// The plan of a table, but for what it was made for.
///
/// # Errors
/// What is wrong, with its row.
pub(super) fn plan_of_table(text: &str) -> Result<Planned, String> {
    let mut lines = text.lines();
    let (motion, gains) = (motion_columns(), gain_columns());
    let header = lines.next().unwrap_or_default();
    if header != motion && header != format!("{motion},{gains}") {
        return Err(format!("its first line must be {motion}, with or without {gains} behind"));
    }
    let width = header.split(',').count();
    let (mut times, mut forces, mut states) = (vec![], vec![], vec![]);
    for (row, line) in lines.enumerate() {
        if row > MAX_STEPS {
            return Err(format!("it has more than {MAX_STEPS} steps"));
        }
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != width {
            let count = cells.len();
            return Err(format!("its row {row} has {count} cells, and {width} are needed"));
        }
        let mut numbers = Vec::with_capacity(width);
        for (name, cell) in header.split(',').zip(&cells) {
            match cell.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => {
                    return Err(format!(
                        "its row {row} has {name} = {cell}, allowed are finite numbers"
                    ));
                }
            }
        }
        let mut state: State<f64> = [0.0; 6];
        state.copy_from_slice(&numbers[1..COLUMNS - 1]);
        times.push(numbers[0]);
        states.push(state);
        forces.push(numbers[COLUMNS - 1]);
    }
    if !text.ends_with('\n') {
        return Err("its last line has no end: the file was cut off".to_owned());
    }
    let step = match times[..] {
        [first, second, ..] => second - first,
        _ => return Err(format!("it has {} rows, at least 2 are needed", times.len())),
    };
    for (row, time) in times.iter().enumerate() {
        let due = row as f64 * step;
        if !((time - due).abs() <= 1e-9 * due.max(1.0) && step > 0.0) {
            return Err(format!(
                "its row {row} has t = {time}, and steps of {step} s get to {due}"
            ));
        }
    }
    let (last, before) = (forces.pop(), forces.last().copied());
    if last != before {
        let (last, before) = (last.unwrap_or_default(), before.unwrap_or_default());
        return Err(format!(
            "its last row must repeat the force of the row before, {before}, and has {last}: the file was cut off"
        ));
    }
    Ok(Planned { made_for: None, step, forces, states })
}
