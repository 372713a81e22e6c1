//! How a run ended.

use serde::Serialize;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Inside the settling band to the end, for as long as `simulation.settled` asks: by default a second.
    Settled,
    /// Upright throughout, not settled: both links within 90 degrees of upright at every period, whole
    /// turns left aside.
    Balanced,
    /// Upright, settled or not, under a force that shakes in the last second: its increments change their sign at
    /// least 20 times a second and sum to more than 20 limits of the actuator a second, or it is at its limit for
    /// more than a fifth of it.
    Chattering,
    /// Neither settled nor upright throughout, though nothing ended the run.
    Down,
    /// A link passed the fall angle.
    Fell,
    /// The cart left the track.
    OffTrack,
    /// The state was no longer finite, or no step of `rk45` was small enough.
    Diverged,
    /// Not controlled, and so not judged.
    Free,
}

impl Verdict {
    /// Every verdict, from the best on.
    pub const ALL: [Self; 8] = [
        Self::Settled,
        Self::Balanced,
        Self::Chattering,
        Self::Down,
        Self::Fell,
        Self::OffTrack,
        Self::Diverged,
        Self::Free,
    ];

    /// The verdict of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// The word that results use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Balanced => "balanced",
            Self::Chattering => "chattering",
            Self::Down => "down",
            Self::Fell => "fell",
            Self::OffTrack => "off_track",
            Self::Diverged => "diverged",
            Self::Free => "free",
        }
    }

    /// Whether both links stayed up and the cart on its track.
    pub fn upright(self) -> bool {
        matches!(self, Self::Settled | Self::Balanced | Self::Chattering)
    }

    /// Whether they did so under a force that does not chatter.
    pub fn calm(self) -> bool {
        matches!(self, Self::Settled | Self::Balanced)
    }
}

/// When and how a run ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EarlyEnd {
    /// When, in s.
    pub time: f64,
    /// The link that fell, 1 or 2; absent where none did.
    pub link: Option<u8>,
}
