//! Values of flags: what they may be, and what is said of others.

use clap::ValueEnum;
use std::f64::consts::PI;
use std::time::Duration;
use upright_sim::grid::{Axis, STATES};

/// An equilibrium of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Equilibrium {
    /// Both links up.
    Upright,
    /// Both links down.
    Hanging,
    /// Link 1 up, link 2 down.
    #[value(name = "up_down")]
    UpDown,
    /// Link 1 down, link 2 up.
    #[value(name = "down_up")]
    DownUp,
}

impl Equilibrium {
    /// Its angles in rad.
    pub(crate) fn angles(self) -> [f64; 2] {
        use std::f64::consts::PI;
        match self {
            Self::Upright => [0.0, 0.0],
            Self::Hanging => [PI, PI],
            Self::UpDown => [0.0, PI],
            Self::DownUp => [PI, 0.0],
        }
    }

    /// Its name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Upright => "upright",
            Self::Hanging => "hanging",
            Self::UpDown => "up_down",
            Self::DownUp => "down_up",
        }
    }
}

/// Where the angles of a log are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ZeroAt {
    /// Both links upright.
    Upright,
    /// Both links hanging at rest.
    Hanging,
}

/// A rig to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rig {
    /// A cart on a straight track, driven by a force.
    LinearForce,
    /// The same behind a motor that is driven by a voltage.
    LinearVoltage,
}

pub(super) fn deadline(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "allowed is a time in s from 0".to_owned())
}

/// Runs, or steps of a search, at most.
pub(super) const MAX_RUNS: u64 = 100_000_000;

/// A whole number between two, also with an exponent.
pub(super) fn whole<T: TryFrom<u64>, const LEAST: u64, const LARGEST: u64>(
    text: &str,
) -> Result<T, String> {
    let whole =
        |number: f64| (number.fract() == 0.0 && number.abs() <= 1e15).then_some(number as u64);
    let number = text.parse::<u64>().ok().or_else(|| text.parse().ok().and_then(whole));
    number
        .filter(|number| (LEAST..=LARGEST).contains(number) && !text.starts_with('-'))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("allowed is a whole number from {LEAST} to {LARGEST}"))
}

pub(super) fn axis(text: &str) -> Result<Axis, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [state, from, to, points] = parts[..] else {
        return Err("must be STATE:FROM:TO:POINTS, as in theta1:-0.5:0.5:41".to_owned());
    };
    let known = STATES.iter().position(|name| *name == state);
    let state = known.ok_or_else(|| format!("{state}: allowed is one of {}", STATES.join(", ")))?;
    let number = |text: &str| match text {
        "pi" => Some(PI),
        "-pi" => Some(-PI),
        _ => text.parse::<f64>().ok().filter(|x| x.abs() <= 1e4),
    };
    let range = |text: &str| format!("{text}: allowed is from -1e4 to 1e4, or pi or -pi");
    let from = number(from).ok_or_else(|| range(from))?;
    let to = number(to).ok_or_else(|| range(to))?;
    if to <= from {
        return Err(format!("{to}: must be above {from}"));
    }
    let points = points
        .parse()
        .ok()
        .filter(|points| (2..=1001).contains(points))
        .ok_or_else(|| format!("{points}: allowed is a whole number from 2 to 1001"))?;
    Ok(Axis { state, from, to, points })
}

pub(super) fn segment(text: &str) -> Result<f64, String> {
    let length = text.parse().ok().filter(|length| (0.05..=1e4).contains(length));
    length.ok_or_else(|| "allowed is from 0.05 to 1e4".to_owned())
}

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.to_owned()))
        }
        _ => Err("must be PATH=VALUE, as in plant.link1.mass=0.25".to_owned()),
    }
}
