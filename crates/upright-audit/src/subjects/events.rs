//! What must have happened for a run to mean anything, counted as it happens.

use heapwatch::Event;
use upright_core::Controller;

/// The columns by which a law shows that it adapts or switches, and what their changes are called.
const MOVING: [(&str, &str); 6] = [
    ("sliding", "regime switches"),
    ("gain", "gain adaptations"),
    ("slope", "slope adaptations"),
    ("phase", "changes of phase"),
    ("plan", "plans made"),
    ("predicted_cost", "predictions"),
];

/// Counts of what happened to a controller.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Happened {
    saturated: u64,
    crossed: u64,
    /// On which side of the surface the state was last; nowhere before the first period of a life.
    side: Option<bool>,
    /// For each of the moving columns how often it changed, and its last value.
    moved: [(u64, Option<f64>); MOVING.len()],
}

impl Happened {
    /// Takes in a control period.
    pub(super) fn note<C: Controller<f64>>(&mut self, controller: &C, at_limit: bool, sigma: f64) {
        self.saturated += u64::from(at_limit);
        if sigma != 0.0 {
            let side = sigma > 0.0;
            self.crossed += u64::from(self.side.is_some_and(|last| last != side));
            self.side = Some(side);
        }
        let mut names = controller.column_names().iter();
        controller.columns(|value| {
            let name = names.next();
            let place = MOVING.iter().position(|(column, _)| Some(column) == name);
            if let Some((count, last)) = place.and_then(|place| self.moved.get_mut(place)) {
                *count += u64::from(last.is_some_and(|last| last != value));
                *last = Some(value);
            }
        });
    }

    /// Between two lives: what differs from the end of an earlier life is no change.
    pub(super) fn begin(&mut self) {
        self.side = None;
        self.moved.iter_mut().for_each(|(_, last)| *last = None);
    }

    /// What happened, of what can happen to a controller with these columns.
    pub(super) fn events(&self, columns: &[&str]) -> Vec<Event> {
        let mut events = Vec::new();
        // A plan keeps some force in reserve, and no surface is followed while one is.
        if !columns.contains(&"plan") {
            events.push(Event { name: "saturated periods", count: self.saturated });
            events.push(Event { name: "surface crossings", count: self.crossed });
        }
        for ((column, name), (count, _)) in MOVING.iter().zip(&self.moved) {
            if columns.contains(column) {
                events.push(Event { name, count: *count });
            }
        }
        events
    }
}
