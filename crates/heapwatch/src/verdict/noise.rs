//! What a sampled series is judged by.

/// What a sampled series is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Growth below this is not called a leak, in bytes a second (or a step).
    pub floor: f64,
    /// Confidence of the interval whose lower end must lie above the floor; between 0 and 1.
    pub confidence: f64,
    /// Whether the memory is a heap that a collector manages: growth without falls is then no evidence.
    pub collected: bool,
    /// Whether the bytes are known by blocks that are drawn at random, as of call sites: then steps at uneven times are
    /// the draws' own, and no sign of growth that becomes rarer.
    pub drawn: bool,
}

impl Default for Noise {
    /// 500 bytes a second, 99.9 %, no collector, nothing drawn.
    fn default() -> Self {
        Self { floor: 500.0, confidence: 0.999, collected: false, drawn: false }
    }
}
