//! Walking an instance: what it says it is made of, beside what the allocator counted.

use super::audited::{Component, Subject};
use super::plan::{AuditError, Scope};
use crate::allocator::{Counts, Site, SiteLimits, SiteRecorder, installed};

/// How many call sites are named.
const SITES: usize = 10;

/// What an instance is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// Its components, by its own account.
    pub components: Vec<Component>,
    /// What the allocator counted of it, from before its creation on.
    pub counted: Counts,
    /// The ten call sites that hold most of it.
    pub sites: Vec<Site>,
}

impl Footprint {
    /// Heap bytes by the instance's own account.
    pub fn declared_heap_bytes(&self) -> u64 {
        self.components.iter().map(|component| component.heap_bytes).sum()
    }

    /// Whether its own account is what was counted, to the byte.
    pub fn accounts_match(&self) -> bool {
        i64::try_from(self.declared_heap_bytes()) == Ok(self.counted.live_bytes())
    }
}

/// Creates an instance, lets it do `steps` steps, and walks it. A first instance is created and
/// dropped beforehand, so that what is paid once a process is not taken for a part of it.
///
/// # Errors
/// Where nothing can be counted, or call sites not recorded.
pub fn footprint<S: Subject>(
    subject: &mut S,
    steps: u64,
    scope: Scope,
) -> Result<Footprint, AuditError> {
    if !installed() {
        return Err(AuditError::NotInstalled);
    }
    drop(subject.create());
    let this_thread = scope == Scope::Thread;
    let recorder = SiteRecorder::with_limits(SiteLimits { this_thread, ..Default::default() })?;
    let before = scope.counts();
    let mut instance = subject.create();
    (0..steps).for_each(|step| subject.step(&mut instance, step));
    let counted = scope.counts().since(&before);
    let sites = recorder.holding_most(SITES);
    drop(recorder);
    let components = subject.components(&instance);
    Ok(Footprint { components, counted, sites })
}
