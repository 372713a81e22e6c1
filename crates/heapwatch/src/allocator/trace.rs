//! A call stack, captured as addresses.

/// How many addresses a trace keeps: enough to pass through the collections of the standard library
/// and still show who called.
pub(super) const DEPTH: usize = 32;

/// The addresses of a call stack, innermost first. Of fixed size, so that taking one needs no heap.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Trace {
    pub(super) addresses: [usize; DEPTH],
    pub(super) length: usize,
}

impl Trace {
    pub(crate) const EMPTY: Self = Self { addresses: [0; DEPTH], length: 0 };

    /// The stack of the caller. To be called with counting off: the unwinder may allocate.
    #[cfg(feature = "call-sites")]
    #[inline(never)]
    pub(crate) fn capture() -> Self {
        let mut trace = Self::EMPTY;
        backtrace::trace(|frame| {
            if let Some(place) = trace.addresses.get_mut(trace.length) {
                *place = frame.ip() as usize;
                trace.length += 1;
            }
            trace.length < DEPTH
        });
        trace
    }

    /// Without the feature `call-sites` nothing is known of the caller.
    #[cfg(not(feature = "call-sites"))]
    pub(crate) fn capture() -> Self {
        Self::EMPTY
    }
}
