//! The memory audit of a controller of one's own: one that keeps a note of every period leaks, one that keeps the
//! last hundred does not.

use heapwatch::CountingAllocator;
use std::collections::VecDeque;
use std::error::Error;
use upright_sim::Scenario;
use upright_sim::closed_loop::ClosedLoop;
use upright_sim::custom::FnController;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// What the audit says of a controller that keeps `most` notes of its forces.
fn audited(scenario: &Scenario, most: usize) -> Result<&'static str, Box<dyn Error>> {
    let context = scenario.context()?;
    let mut notes = VecDeque::new();
    let law = move |state: &[f64; 6]| {
        let gains = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23];
        let force: f64 = gains.iter().zip(state).map(|(gain, x)| -gain * x).sum();
        notes.push_back(Box::new(force));
        notes.truncate(most);
        force
    };
    let mut controlled = ClosedLoop::new(scenario, FnController::new(&context, law), false)?;
    let answer = heapwatch::plateaus(4000, |_| {
        controlled.step();
    });
    Ok(match answer {
        Ok(_) => "bounded",
        Err(heapwatch::Failure::Grows(_)) => "grows",
        Err(_) => "not told",
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::default();
    println!("the last hundred: {}", audited(&scenario, 100)?);
    println!("every one: {}", audited(&scenario, usize::MAX)?);
    Ok(())
}
