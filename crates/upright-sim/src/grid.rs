//! Initial states on a grid over two components of the state: from where a controller settles.

use crate::realization::Realization;
pub use upright_core::plant::{STATE_UNITS as UNITS, STATES};
use upright_scenario::Scenario;

/// Evenly spaced values of one component of the state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// Which component, in state order, 0 to 5.
    pub state: usize,
    /// The first value, in m, rad, m/s or rad/s.
    pub from: f64,
    /// The last value, above the first.
    pub to: f64,
    /// How many values, at least 2.
    pub points: u32,
}

impl Axis {
    /// From one value to the next.
    pub fn step(&self) -> f64 {
        (self.to - self.from) / f64::from(self.points - 1)
    }

    /// The value `index` of [`Axis::points`].
    pub fn at(&self, index: u32) -> f64 {
        // The ends are met, and a middle is where it should be.
        let (back, on) = (f64::from(self.points - 1 - index), f64::from(index));
        (self.from * back + self.to * on) / f64::from(self.points - 1)
    }
}

/// A grid of initial states; the other components are those of the scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The component that runs fastest.
    pub x: Axis,
    /// The other, of another state.
    pub y: Axis,
}

impl Grid {
    /// How many initial states it has.
    pub fn len(&self) -> u64 {
        u64::from(self.x.points) * u64::from(self.y.points)
    }

    /// Whether it has none; an axis has at least two.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The area that one initial state stands for, in the product of the axes' units.
    pub fn cell(&self) -> f64 {
        self.x.step() * self.y.step()
    }

    /// The values of `x` and `y` of point `index`, which must be below [`Grid::len`].
    pub fn point(&self, index: u64) -> [f64; 2] {
        let width = u64::from(self.x.points);
        [self.x.at((index % width) as u32), self.y.at((index / width) as u32)]
    }

    /// Point `index` as a run of the scenario's own plant.
    pub fn realization(&self, scenario: &Scenario, index: u64) -> Realization {
        let mut realization = Realization { run: index, ..Realization::nominal(scenario) };
        let [x, y] = self.point(index);
        realization.initial_state[self.x.state] = x;
        realization.initial_state[self.y.state] = y;
        realization
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_meets_its_ends_and_its_middle() {
        let axis = |state| Axis { state, from: -0.7, to: 0.7, points: 5 };
        let grid = Grid { x: axis(1), y: axis(2) };
        assert_eq!(grid.len(), 25);
        assert_eq!(grid.point(0), [-0.7, -0.7]);
        assert_eq!(grid.point(12), [0.0, 0.0]);
        assert_eq!(grid.point(24), [0.7, 0.7]);
        let realization = grid.realization(&Scenario::default(), 4);
        assert_eq!(realization.initial_state, [0.0, 0.7, -0.7, 0.0, 0.0, 0.0]);
        assert_eq!(realization.plant, Scenario::default().plant);
        assert!((grid.cell() - 0.35 * 0.35).abs() < 1e-12);
    }
}
