//! The state of a watch without end, so that one that was killed goes on: which process it is of, when it
//! began, and its readings.

use heapwatch::process::{Counters, Group, Reading};
use serde::{Deserialize, Serialize};

type KeptReading = (f64, [u64; 6], Option<(u64, u64, u64, Option<u64>, bool)>);

/// A state as it is written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// Which process, told from a later one of its number.
    pub(super) of: String,
    /// When the watch began, in Unix time.
    pub(super) began: f64,
    readings: Vec<KeptReading>,
}

impl State {
    pub(super) fn of(of: &str, began: f64, readings: &[Reading]) -> Self {
        let kept = |reading: &Reading| {
            let of = &reading.counters;
            let counters = [
                of.written,
                of.resident,
                of.address_space,
                of.threads,
                of.descriptors,
                of.processes as u64,
            ];
            let group = reading
                .group
                .map(|group| (group.used, group.shared, group.kernel, group.limit, group.alone));
            (reading.at, counters, group)
        };
        Self { of: of.to_owned(), began, readings: readings.iter().map(kept).collect() }
    }

    /// Its readings. Walks are not kept: a watch that was interrupted is judged by the counters.
    pub(super) fn readings(&self) -> Vec<Reading> {
        let reading = |&(at, counters, group): &KeptReading| {
            let [written, resident, address_space, threads, descriptors, processes] = counters;
            let processes = processes as usize;
            let counters =
                Counters { written, resident, address_space, threads, descriptors, processes };
            let group = group.map(|(used, shared, kernel, limit, alone)| Group {
                used,
                shared,
                kernel,
                limit,
                alone,
            });
            Reading { at, counters, walk: None, group }
        };
        self.readings.iter().map(reading).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_come_back_as_they_were() {
        let counters = Counters { written: 7, descriptors: 3, processes: 2, ..Counters::default() };
        let group = Some(Group { used: 9, limit: Some(10), alone: true, ..Group::default() });
        let readings = [
            Reading { at: 0.1, counters, walk: None, group },
            Reading { at: 0.2, counters, walk: None, group: None },
        ];
        let text = serde_json::to_string(&State::of("1-2-3", 4.0, &readings)).expect("text");
        let state: State = serde_json::from_str(&text).expect("a state");
        assert_eq!((state.of.as_str(), state.began), ("1-2-3", 4.0));
        assert_eq!(state.readings(), readings);
    }
}
