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
}

impl Default for Noise {
    /// 500 bytes a second, 99.9 %, no collector.
    fn default() -> Self {
        Self { floor: 500.0, confidence: 0.999, collected: false }
    }
}
