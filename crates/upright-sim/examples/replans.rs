//! Memory of a swing-up that is knocked down again and again: bytes asked for after the first control period.
//!
//! `cargo run --release -p upright-sim --example replans -- [KNOCKS]`: one every ten seconds, 1000 unless said, which is ten
//! million control periods.

use heapwatch::{CountingAllocator, thread_counts};
use std::fmt::Write as _;
use upright_sim::RunOptions;
use upright_sim::closed_loop::Tick;
use upright_sim::scenario::{Overrides, Scenario};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let knocks: u32 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1000);
    let mut text = format!(
        "plant: {{track: 1.0}}\n\
         simulation: {{initial_state: [0, 0, 0, 0, 0, 0], duration: {}, record_last: 1000}}\n\
         controller: {{kind: swing_up}}\ndisturbances:\n",
        10 * knocks
    );
    for knock in 0..knocks {
        let amplitude = if knock % 2 == 0 { 120 } else { -120 };
        let start = 10 * knock + 1;
        writeln!(
            text,
            "  - {{kind: pulse, target: cart, amplitude: {amplitude}, start: {start}, duration: 0.1}}"
        )?;
    }
    let scenario = Scenario::read("replans", &text, &Overrides::default())?;
    let (mut first, mut last) = (None, 0);
    let mut watch = |_: &Tick| {
        last = thread_counts().requests();
        first.get_or_insert(last);
        true
    };
    let options = RunOptions { record: true, hook: Some(&mut watch) };
    let run = upright_sim::run(&scenario, options)?;
    let own = run.metrics.swing_up.ok_or("no swing-up")?;
    println!(
        "{} periods, {} plans, {} tries: {} requests for memory after the first period; {}",
        run.periods,
        own.plans,
        own.tries,
        last - first.unwrap_or(last),
        run.verdict.word()
    );
    Ok(())
}
