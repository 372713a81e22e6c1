//! Audits the desk, once as it is meant and once with a record that never drops anything.

use heapwatch::{Component, CountingAllocator, Event, Plan, Subject, steady};
use heapwatch_stranger::Desk;

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

/// Orders as they come in.
struct Orders {
    keep: usize,
}

impl Subject for Orders {
    type Instance = Desk;

    fn create(&mut self) -> Desk {
        Desk::keeping(self.keep)
    }

    fn step(&mut self, desk: &mut Desk, step: u64) {
        desk.order(step);
    }

    fn components(&self, desk: &Desk) -> Vec<Component> {
        vec![Component {
            name: "recent orders",
            inline_bytes: size_of::<Desk>() as u64,
            capacity: Some(self.keep as u64),
            length: Some(desk.kept() as u64),
            ..Component::default()
        }]
    }

    fn events(&self, desk: &Desk) -> Vec<Event> {
        vec![Event { name: "order dropped", count: desk.dropped }]
    }
}

fn main() -> Result<(), heapwatch::AuditError> {
    for (name, keep) in [("keeps 500 orders", 500), ("keeps every order", usize::MAX)] {
        let run = steady(&mut Orders { keep }, &Plan::of(10_000).with_sites())?;
        println!("{name}: {}", run.judgement.verdict);
        for event in run.missing_events() {
            println!("  never happened: {event}");
        }
    }
    Ok(())
}
