//! What each key does.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What the user asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Action {
    /// A push to the right (1) or to the left (-1).
    Push(f64),
    /// Makes pushes so many times as large.
    Size(f64),
    /// Makes the run so many times as fast.
    Speed(f64),
    Pause,
    /// One control period, while the run is paused.
    Step,
    /// The controller at this place of a comparison.
    Controller(usize),
    NextController,
    Restart,
    Help,
    Quit,
    /// Ctrl-C and Ctrl-\, which a terminal in raw mode hands on as keys.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
}

/// The keys in a line.
pub(super) const LINE: &str =
    "←/→ push  space pause  1-5 controller  +/- speed  r restart  q quit  ? all keys";

/// The keys at length.
pub(super) const ALL: [&str; 5] = [
    "←/→, h/l  push the cart            ↑/↓, k/j  double, halve the push",
    "space     pause, go on             .         one control period, paused",
    "1-5       classical, super_twisting, adaptive, hybrid, lqr    c, tab  the next",
    "+/-       double, halve the speed  r         restart",
    "q, Esc    quit                     ?         the trace of the force again",
];

/// What a key asks for, if anything.
pub(super) fn action(key: KeyEvent) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            // A terminal sends the same for a backslash and for a four.
            KeyCode::Char('c' | '\\' | '4') => Some(Action::Interrupt),
            KeyCode::Char('z') => Some(Action::Suspend),
            _ => None,
        };
    }
    Some(match key.code {
        KeyCode::Right | KeyCode::Char('l') => Action::Push(1.0),
        KeyCode::Left | KeyCode::Char('h') => Action::Push(-1.0),
        KeyCode::Up | KeyCode::Char('k') => Action::Size(2.0),
        KeyCode::Down | KeyCode::Char('j') => Action::Size(0.5),
        KeyCode::Char('+' | '=') => Action::Speed(2.0),
        KeyCode::Char('-') => Action::Speed(0.5),
        KeyCode::Char(' ') => Action::Pause,
        KeyCode::Char('.') => Action::Step,
        KeyCode::Char(digit @ '1'..='5') => Action::Controller(digit as usize - '1' as usize),
        KeyCode::Char('c') | KeyCode::Tab => Action::NextController,
        KeyCode::Char('r') => Action::Restart,
        KeyCode::Char('?') => Action::Help,
        KeyCode::Char('q') | KeyCode::Esc => Action::Quit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_c_interrupts_and_c_takes_the_next_controller() {
        let key = |modifiers| action(KeyEvent::new(KeyCode::Char('c'), modifiers));
        assert_eq!(key(KeyModifiers::CONTROL), Some(Action::Interrupt));
        assert_eq!(key(KeyModifiers::NONE), Some(Action::NextController));
        let control = |key| action(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL));
        assert_eq!(control('4'), Some(Action::Interrupt));
        assert_eq!((control('z'), control('q')), (Some(Action::Suspend), None));
    }

    #[test]
    fn digits_are_places_in_the_comparison() {
        let key = |digit| action(KeyEvent::new(KeyCode::Char(digit), KeyModifiers::NONE));
        let last = upright_sim::scenario::kinds::compared().len();
        for (place, digit) in ('1'..='5').enumerate() {
            assert_eq!(key(digit), Some(Action::Controller(place)));
        }
        assert_eq!((last, key('0'), key('6')), (5, None, None));
    }
}
