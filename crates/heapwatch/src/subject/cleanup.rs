//! What an instance leaves behind when it is dropped, and whether it can be put back to its beginning.

use super::audited::Subject;
use super::plan::{AuditError, Scope};
use crate::allocator::installed;

/// What an instance left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleanup {
    /// Live bytes after it was dropped, above those before it was created.
    pub after_drop: i64,
    /// Live bytes after it was put back to its beginning, above those just after its creation;
    /// nothing where it cannot be put back.
    pub after_reset: Option<i64>,
    /// How many of its answers after that were compared with those of a fresh instance.
    pub compared: u64,
    /// How many of them were not the same, to the bit.
    pub different: u64,
}

impl Cleanup {
    /// Whether nothing stays, and what was put back behaves as what is fresh.
    pub fn is_clean(&self) -> bool {
        self.after_drop == 0
            && self.after_reset.is_none_or(|bytes| bytes == 0)
            && self.different == 0
    }
}

/// Creates an instance, lets it do `steps` steps, puts it back to its beginning, compares the answers
/// of its next `compared` steps with those of a fresh instance, and drops both. What a process pays
/// once is paid before, by an instance that does as much.
///
/// # Errors
/// Where nothing can be counted.
pub fn cleanup<S: Subject>(
    subject: &mut S,
    steps: u64,
    compared: u64,
    scope: Scope,
) -> Result<Cleanup, AuditError> {
    if !installed() {
        return Err(AuditError::NotInstalled);
    }
    let mut answers =
        Vec::with_capacity(usize::try_from(compared).unwrap_or(usize::MAX).min(1 << 24));
    let mut fresh = subject.create();
    for step in 0..compared {
        subject.step(&mut fresh, step);
        answers.push(subject.answer(&fresh));
    }
    (compared..steps.max(compared)).for_each(|step| subject.step(&mut fresh, step));
    drop(fresh);

    let before = scope.counts();
    let mut instance = subject.create();
    let created = scope.counts();
    (0..steps).for_each(|step| subject.step(&mut instance, step));
    let mut found = Cleanup { after_drop: 0, after_reset: None, compared: 0, different: 0 };
    if subject.reset(&mut instance) {
        found.after_reset = Some(scope.counts().since(&created).live_bytes());
        for (step, answer) in (0..).zip(&answers) {
            subject.step(&mut instance, step);
            found.compared += u64::from(answer.is_some());
            found.different += u64::from(subject.answer(&instance) != *answer);
        }
    }
    drop(instance);
    found.after_drop = scope.counts().since(&before).live_bytes();
    Ok(found)
}
