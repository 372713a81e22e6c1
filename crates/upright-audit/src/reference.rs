//! The figures of the reference audit (report CA-02 on a Python framework), to stand beside ours.

/// What the reference audit measured of one controller. Its kilobytes have 1024 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reference {
    /// The kind of the controller.
    pub kind: &'static str,
    /// Growth of resident memory over 1000 cycles of create, run and drop, in KB a cycle.
    pub a_cycle: f64,
    /// Growth over 1000 steps, in KB a step.
    pub a_step_of_1000: f64,
    /// Growth over 10 000 steps, in KB a step.
    pub a_step_of_10_000: f64,
    /// Growth over 10 000 steps, in MB.
    pub over_10_000: f64,
    /// What it called it.
    pub verdict: &'static str,
}

/// All that it measured.
pub const REFERENCE: [Reference; 4] = [
    Reference {
        kind: "classical",
        a_cycle: 0.04,
        a_step_of_1000: 0.21,
        a_step_of_10_000: 0.25,
        over_10_000: 2.40,
        verdict: "OK",
    },
    Reference {
        kind: "super_twisting",
        a_cycle: 13.94,
        a_step_of_1000: 14.04,
        a_step_of_10_000: 2.42,
        over_10_000: 23.64,
        verdict: "leak, then \"one-time JIT\"",
    },
    Reference {
        kind: "adaptive",
        a_cycle: 0.01,
        a_step_of_1000: 0.14,
        a_step_of_10_000: 0.00,
        over_10_000: 0.05,
        verdict: "OK",
    },
    Reference {
        kind: "hybrid",
        a_cycle: 0.01,
        a_step_of_1000: 0.13,
        a_step_of_10_000: 0.00,
        over_10_000: 0.01,
        verdict: "OK",
    },
];

/// The figures of a kind.
pub fn reference(kind: &str) -> Option<&'static Reference> {
    REFERENCE.iter().find(|reference| reference.kind == kind)
}
