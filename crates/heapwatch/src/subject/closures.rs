//! A subject of two closures, where a type of its own would say no more.

use super::audited::Subject;

/// A subject made by [`from_closures`].
#[derive(Debug, Clone)]
pub struct Closures<C, F> {
    create: C,
    step: F,
}

/// A subject whose instances are what `create` returns and whose steps are `step`, which is told the
/// number of the step in the instance's life.
///
/// ```
/// # #[global_allocator]
/// # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
/// use heapwatch::{Plan, from_closures, steady};
///
/// let mut log = from_closures(Vec::new, |log: &mut Vec<u64>, step| log.push(step));
/// let run = steady(&mut log, &Plan::of(10_000))?;
/// assert!(run.judgement.verdict.is_leak());
/// # Ok::<(), heapwatch::AuditError>(())
/// ```
pub fn from_closures<T, C: FnMut() -> T, F: FnMut(&mut T, u64)>(
    create: C,
    step: F,
) -> Closures<C, F> {
    Closures { create, step }
}

impl<T, C: FnMut() -> T, F> Subject for Closures<C, F>
where
    F: FnMut(&mut T, u64),
{
    type Instance = T;

    fn create(&mut self) -> T {
        (self.create)()
    }

    fn step(&mut self, instance: &mut T, step: u64) {
        (self.step)(instance, step);
    }
}
