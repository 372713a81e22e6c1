//! Groups of threads whose memory is counted together, and their accounts.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

/// How many groups can be counted at a time.
pub(crate) const GROUPS: usize = 64;

/// A group by its account and which of its users it is. The default is that of everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Group {
    slot: u8,
    turn: u16,
}

/// An account of bytes.
struct Account {
    turn: AtomicU32,
    live: AtomicI64,
    requests: AtomicU64,
    several: AtomicBool,
}

static ACCOUNTS: [Account; GROUPS + 1] = [const {
    Account {
        turn: AtomicU32::new(0),
        live: AtomicI64::new(0),
        requests: AtomicU64::new(0),
        several: AtomicBool::new(false),
    }
}; GROUPS + 1];

impl Group {
    pub(super) fn bits(self) -> u32 {
        u32::from(self.slot) << 16 | u32::from(self.turn)
    }

    pub(super) fn from_bits(bits: u32) -> Self {
        Self { slot: (bits >> 16) as u8, turn: bits as u16 }
    }

    /// A new user of an account, from 1 to [`GROUPS`].
    pub(super) fn renewed(slot: usize) -> Self {
        let account = &ACCOUNTS[slot.min(GROUPS)];
        account.live.store(0, Relaxed);
        account.requests.store(0, Relaxed);
        account.several.store(false, Relaxed);
        let turn = account.turn.fetch_add(1, Relaxed).wrapping_add(1);
        Self { slot: slot as u8, turn: turn as u16 }
    }

    pub(super) fn slot(self) -> usize {
        usize::from(self.slot)
    }

    /// Its account, unless it is everybody's or has another user by now.
    fn account(self) -> Option<&'static Account> {
        let account = ACCOUNTS.get(self.slot()).filter(|_| self.slot > 0)?;
        (account.turn.load(Relaxed) as u16 == self.turn).then_some(account)
    }

    pub(super) fn add(self, bytes: i64, requests: u64) {
        if let Some(account) = self.account() {
            account.live.fetch_add(bytes, Relaxed);
            account.requests.fetch_add(requests, Relaxed);
        }
    }

    /// Notes that a thread other than the one that counts took part.
    pub(super) fn note_other(self) {
        if let Some(account) = self.account() {
            account.several.store(true, Relaxed);
        }
    }

    /// Whether other threads than the one that counts took part.
    pub(super) fn has_others(self) -> bool {
        self.account().is_some_and(|account| account.several.load(Relaxed))
    }

    /// Live bytes of what its threads allocated, and how often they asked for memory.
    pub(super) fn read(self) -> (i64, u64) {
        self.account()
            .map_or((0, 0), |account| (account.live.load(Relaxed), account.requests.load(Relaxed)))
    }
}
