//! What is known of call stacks over time.

use heapwatch::{Frame, Series};

/// A call stack in words.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Stack {
    /// Innermost first.
    pub(crate) frames: Vec<Frame>,
    /// Index of the first that is anybody's own code.
    own: Option<usize>,
}

impl Stack {
    pub(crate) fn push(&mut self, frame: Frame, library: bool) {
        if !library && self.own.is_none() {
            self.own = Some(self.frames.len());
        }
        self.frames.push(frame);
    }

    /// Whether none of it is anybody's own code.
    pub(crate) fn is_library(&self) -> bool {
        self.own.is_none()
    }

    /// The first frame that is anybody's own code; else the innermost.
    pub(crate) fn culprit(&self) -> Option<&Frame> {
        self.frames.get(self.own.unwrap_or(0))
    }
}

/// The live bytes of one stack.
pub(crate) struct StackSeries<K> {
    pub(crate) stack: K,
    pub(crate) series: Series,
    pub(crate) blocks: u64,
    pub(crate) variance: f64,
}

impl<K> StackSeries<K> {
    /// The series of a stack that was not seen at the times before.
    pub(crate) fn new(stack: K, earlier: &[f64]) -> Self {
        let series = earlier.iter().map(|&at| (at, 0.0)).collect();
        Self { stack, series, blocks: 0, variance: 0.0 }
    }

    pub(crate) fn push(&mut self, at: f64, bytes: f64, blocks: u64, variance: f64) {
        self.series.push(at, bytes);
        (self.blocks, self.variance) = (blocks, variance);
    }
}
