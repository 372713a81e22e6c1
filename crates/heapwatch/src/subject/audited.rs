//! What is audited: something that is created, stepped and dropped, and what it is made of.

/// Something whose memory is to be audited. The implementor is the surroundings (settings, a plant,
/// test data); the instance is what is measured. What the surroundings allocate is counted too, so
/// they are to be made beforehand.
pub trait Subject {
    /// What is created, stepped and dropped.
    type Instance;

    /// Creates one.
    fn create(&mut self) -> Self::Instance;

    /// Lets it do one step of its work; `step` counts from 0 in each instance's life.
    fn step(&mut self, instance: &mut Self::Instance, step: u64);

    /// Puts it back to its beginning. Returns whether it can be.
    fn reset(&mut self, _instance: &mut Self::Instance) -> bool {
        false
    }

    /// The bits of what it answered last, so that an instance put back to its beginning can be
    /// compared with a fresh one, step by step.
    fn answer(&self, _instance: &Self::Instance) -> Option<u64> {
        None
    }

    /// What it is made of.
    fn components(&self, _instance: &Self::Instance) -> Vec<Component> {
        Vec::new()
    }

    /// Events that must have happened for a run to mean anything (a limit reached, a mode switched),
    /// with how often they did so far: in this instance's life, or in all lives together where the
    /// subject counts those.
    fn events(&self, _instance: &Self::Instance) -> Vec<Event> {
        Vec::new()
    }
}

/// A part of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Component {
    /// Its name.
    pub name: &'static str,
    /// Its size in place, in bytes.
    pub inline_bytes: u64,
    /// What it holds on the heap now, in bytes.
    pub heap_bytes: u64,
    /// What it promises never to exceed, in bytes, in place and on the heap together.
    pub bound_bytes: Option<u64>,
    /// If it is a history: how many entries it can hold.
    pub capacity: Option<u64>,
    /// If it is a history: how many entries it holds.
    pub length: Option<u64>,
}

impl Component {
    /// Whether it declares a bound and keeps it.
    pub fn keeps_its_bound(&self) -> bool {
        self.bound_bytes
            .is_some_and(|bound| self.inline_bytes.saturating_add(self.heap_bytes) <= bound)
    }
}

/// Something that happened in an instance's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub name: &'static str,
    /// How often.
    pub count: u64,
}
