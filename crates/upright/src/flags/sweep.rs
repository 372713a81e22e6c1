//! A field of a scenario and the values that a sweep gives it.

/// A field of a scenario and the values that it goes through.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Over {
    pub(crate) path: String,
    pub(crate) values: Vec<f64>,
}

/// Values of a sweep at most.
const MAX_VALUES: usize = 1001;

pub(super) fn over(text: &str) -> Result<Over, String> {
    let form = || "must be PATH=FROM:TO:N, as in actuator.delay=0:5:6".to_owned();
    let (path, range) = text.split_once('=').ok_or_else(form)?;
    let parts: Vec<&str> = range.split(':').collect();
    let (from, to, count, log) = match parts[..] {
        [from, to, count] => (from, to, count, false),
        [from, to, count, "log"] => (from, to, count, true),
        _ => return Err(form()),
    };
    if path.trim().is_empty() {
        return Err(form());
    }
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("{text}: allowed is a number"))
    };
    let (from, to) = (number(from)?, number(to)?);
    let count: usize = count
        .parse()
        .ok()
        .filter(|count| (2..=MAX_VALUES).contains(count))
        .ok_or_else(|| format!("{count}: allowed is a whole number from 2 to {MAX_VALUES}"))?;
    if from == to {
        return Err(format!("{to}: must differ from {from}"));
    }
    if log && (from <= 0.0 || to <= 0.0) {
        return Err("even factors need values above zero".to_owned());
    }
    let value = |i: usize| {
        let share = i as f64 / (count - 1) as f64;
        if i == 0 {
            from
        } else if i == count - 1 {
            to
        } else if log {
            from * (to / from).powf(share)
        } else {
            from + share * (to - from)
        }
    };
    Ok(Over { path: path.trim().to_owned(), values: (0..count).map(value).collect() })
}
