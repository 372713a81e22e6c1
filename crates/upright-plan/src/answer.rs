//! What comes of a question: plans, compared.

use crate::candidates::{Candidate, candidates};
use crate::error::NoPlan;
use crate::question::Question;
use crate::ranking::rank;
use crate::shortest::{alternating, shortened};
use crate::work::{Attendance, Stop, Tell};

/// What came of a question: every start, and the plan that is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Every start, in order.
    pub candidates: Vec<Candidate>,
    /// The candidates that count, the best first; never empty.
    order: Vec<usize>,
}

impl Answer {
    /// The plan that is taken.
    pub fn best(&self) -> &Candidate {
        &self.candidates[self.order[0]]
    }

    /// The plans that count, the best first.
    pub fn ranked(&self) -> impl Iterator<Item = &Candidate> {
        self.order.iter().map(|&i| &self.candidates[i])
    }
}

/// What the weight of the force is multiplied by where time is what counts.
const LITTLE: f64 = 0.1;

impl Question {
    /// The shortest plan that shortening by bisection comes to, from the plans of an answer: the force is weighed
    /// little, so that it may be at its limit. What remains of the candidates are these, shortest first.
    ///
    /// # Errors
    /// What is asked for is not allowed.
    pub fn shortest(&self, answer: &Answer) -> Result<Answer, NoPlan> {
        self.shortest_telling(answer, &|_| {})
    }

    /// The same; `tell` hears what there is to do and what is done, from several threads.
    ///
    /// # Errors
    /// What is asked for is not allowed.
    pub fn shortest_telling(&self, answer: &Answer, tell: Tell<'_>) -> Result<Answer, NoPlan> {
        let mut free = *self;
        free.plan.weights.force *= LITTLE;
        free.plan.weights.rates = 0.0;
        free.plan.weights.cart = 0.0;
        let found: Vec<&Candidate> = answer.ranked().collect();
        let swing = free.swing();
        let attendance = &Attendance { tell, stop: &|| false };
        let mut candidates = shortened(&self.model, &swing, &self.from, &found, attendance)?;
        let known = candidates.first().map_or(swing.horizon[1], |candidate| candidate.horizon);
        let more = alternating(&self.model, &swing, &self.from, (known, self.seed), attendance)?;
        let more: Vec<&Candidate> = more.iter().collect();
        candidates.extend(shortened(&self.model, &swing, &self.from, &more, attendance)?);
        candidates.sort_by(|a, b| a.horizon.total_cmp(&b.horizon));
        let order = (0..candidates.len()).collect();
        Ok(Answer { candidates, order })
    }

    /// Makes plans and compares them.
    ///
    /// # Errors
    /// Where no start leads to a plan that counts, or what is asked for is not allowed.
    pub fn answer(&self) -> Result<Answer, NoPlan> {
        self.answer_telling(&|_| {})
    }

    /// The same; `tell` hears what there is to do and what is done, from several threads.
    ///
    /// # Errors
    /// As [`Question::answer`].
    pub fn answer_telling(&self, tell: Tell<'_>) -> Result<Answer, NoPlan> {
        self.attended(&Attendance { tell, stop: &|| false })
    }

    /// The same, unless `stop` returns true on the way.
    ///
    /// # Errors
    /// As [`Question::answer`], and [`NoPlan::Stopped`].
    pub fn answer_unless(&self, stop: Stop<'_>) -> Result<Answer, NoPlan> {
        self.attended(&Attendance { tell: &|_| {}, stop })
    }

    fn attended(&self, attendance: &Attendance<'_>) -> Result<Answer, NoPlan> {
        let swing = self.swing();
        let count = self.plan.candidates as usize;
        let mut candidates =
            candidates(&self.model, &swing, &self.from, count, self.seed, attendance)?;
        let order = rank(self, &mut candidates, attendance)?;
        if order.is_empty() {
            // What has gaps may end wherever it is to, and is nothing that the plant can follow.
            let best = candidates.iter().min_by(|a, b| {
                let gaps = |candidate: &Candidate| candidate.gap > 0.0;
                gaps(a).cmp(&gaps(b)).then(a.end_error.total_cmp(&b.end_error))
            });
            return Err(NoPlan::NotFound {
                starts: candidates.len(),
                shortest: candidates.iter().map(|c| c.horizon).fold(f64::INFINITY, f64::min),
                max_force: swing.max_force,
                end_error: best.map_or(f64::INFINITY, |best| best.end_error),
                travel: best.map_or(f64::INFINITY, |best| best.travel),
                limit: swing.travel,
            });
        }
        Ok(Answer { candidates, order })
    }
}
