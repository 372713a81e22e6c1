//! Returns that were given before: a plan is made once, however often a controller is built from it.

use crate::answer::Answer;
use crate::error::NoPlan;
use crate::question::Question;
use crate::work::Stop;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

/// Questions that are remembered, the last ones.
const REMEMBERED: usize = 8;
/// How often who waits for another's plan asks whether to stop.
const ASKED_EVERY: Duration = Duration::from_millis(5);

type Known = (Question, Result<Arc<Answer>, NoPlan>);

static KNOWN: Mutex<VecDeque<Known>> = Mutex::new(VecDeque::new());

/// The answer to a question, made once; the last few questions are remembered. Who asks while another is planning
/// waits, since it is mostly the same question.
///
/// # Errors
/// As [`Question::answer`].
pub fn answer(question: &Question) -> Result<Arc<Answer>, NoPlan> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    remembered(&mut known, question, &|| false)
}

/// The same, unless `stop` returns true on the way, while another is planning too. What was stopped is not remembered.
///
/// # Errors
/// As [`Question::answer`], and [`NoPlan::Stopped`].
pub fn answer_unless(question: &Question, stop: Stop<'_>) -> Result<Arc<Answer>, NoPlan> {
    let mut known = loop {
        match KNOWN.try_lock() {
            Ok(known) => break known,
            Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
            Err(TryLockError::WouldBlock) if stop() => return Err(NoPlan::Stopped),
            Err(TryLockError::WouldBlock) => thread::sleep(ASKED_EVERY),
        }
    };
    remembered(&mut known, question, stop)
}

fn remembered(
    known: &mut VecDeque<Known>,
    question: &Question,
    stop: Stop<'_>,
) -> Result<Arc<Answer>, NoPlan> {
    if let Some((_, answer)) = known.iter().find(|(asked, _)| asked == question) {
        return answer.clone();
    }
    let answer = question.answer_unless(stop).map(Arc::new);
    if !matches!(answer, Err(NoPlan::Stopped)) {
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        known.push_back((*question, answer.clone()));
    }
    answer
}
