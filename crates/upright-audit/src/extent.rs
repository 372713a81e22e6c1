//! How much of everything an audit does.

/// Lives, steps and sessions of one subject's audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Lives of the lifecycle phase.
    pub lives: u64,
    /// Steps of each life.
    pub life_steps: u64,
    /// Steps of the long run of the steady step phase.
    pub steady: u64,
    /// Steps of the short stress run, with its marks.
    pub stress_short: u64,
    /// Steps of the long stress run.
    pub stress_long: u64,
    /// Steps of the cleanup phase before a reset.
    pub cleanup: u64,
    /// Steps of one session of the scenarios phase.
    pub session: u64,
    /// Simulations of its tuning run.
    pub simulations: u64,
    /// Fresh processes, each with one simulation.
    pub fresh_starts: u64,
    /// Whether steps must not ask for memory at all.
    pub allocation_free: bool,
}

impl Extent {
    /// Extent for the toolkit's own subjects.
    pub fn of_subjects(quick: bool) -> Self {
        Self {
            lives: 1000,
            life_steps: 500,
            steady: 1_000_000,
            stress_short: 100_000,
            stress_long: if quick { 1_000_000 } else { 10_000_000 },
            cleanup: 5000,
            session: 101_000,
            simulations: 1000,
            fresh_starts: if quick { 5 } else { 20 },
            allocation_free: true,
        }
    }

    /// Extent for the prediction, a period of which is as much work as twenty of another law.
    pub fn of_predictions(quick: bool) -> Self {
        let usual = Self::of_subjects(quick);
        if !quick {
            return usual;
        }
        Self {
            lives: 50,
            simulations: 20,
            steady: 100_000,
            session: 20_000,
            stress_short: 20_000,
            stress_long: 100_000,
            ..usual
        }
    }

    /// Extent for the swing-up: a plan a life, and one every ten thousand periods.
    pub fn of_swing_ups(quick: bool) -> Self {
        let usual = Self::of_subjects(quick);
        if !quick {
            return Self { lives: 100, simulations: 100, ..usual };
        }
        Self {
            lives: 20,
            simulations: 20,
            steady: 100_000,
            session: 20_000,
            stress_short: 20_000,
            stress_long: 200_000,
            ..usual
        }
    }

    /// Extent for the batch engine, a step of which is a whole study on threads.
    pub fn of_studies(quick: bool) -> Self {
        let long = if quick { 1000 } else { 5000 };
        Self {
            lives: 1000,
            life_steps: 1,
            steady: 1000,
            stress_short: 1000,
            stress_long: long,
            cleanup: 100,
            session: 0,
            simulations: 0,
            fresh_starts: 0,
            allocation_free: false,
        }
    }

    /// Extent for the tuner, a step of which is an iteration of its swarm.
    pub fn of_searches(quick: bool) -> Self {
        Self {
            lives: 1000,
            life_steps: 1,
            steady: 500,
            stress_short: 500,
            stress_long: if quick { 1000 } else { 10_000 },
            cleanup: 100,
            session: 0,
            simulations: 0,
            fresh_starts: 0,
            allocation_free: false,
        }
    }

    /// Extent for an animal of the zoo whose nature shows after `steps` steps.
    pub fn of_animal(steps: u64) -> Self {
        Self {
            lives: 1000,
            life_steps: 10,
            steady: steps,
            stress_short: steps.min(10_000),
            stress_long: steps,
            cleanup: 1000,
            session: 0,
            simulations: 0,
            fresh_starts: 0,
            allocation_free: false,
        }
    }

    /// Steps of all phases together, by which progress is measured.
    pub(crate) fn work(&self) -> u64 {
        let lives = self.lives * self.life_steps;
        let sessions = self.session + self.simulations * self.life_steps;
        lives
            + self.steady
            + self.stress_short
            + self.stress_long
            + self.cleanup
            + sessions
            + self.fresh_starts * START
    }
}

/// What a fresh process costs, in steps.
pub(crate) const START: u64 = 50_000;
