//! The two ways between two sets of pictures.

use burn::module::Module;

/// From one set to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the first set (of the folder `A`) to the second (of `B`).
    Forth,
    /// From the second to the first.
    Back,
}

impl Way {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Forth, Self::Back];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Forth => Self::Back,
            Self::Back => Self::Forth,
        }
    }
}

/// One for each way.
#[derive(Module, Debug)]
pub struct BothWays<T> {
    /// For the way from the first set to the second.
    pub forth: T,
    /// For the way from the second to the first.
    pub back: T,
}

impl<T> BothWays<T> {
    /// As `make` makes them.
    pub(super) fn each(mut make: impl FnMut(Way) -> T) -> Self {
        Self { forth: make(Way::Forth), back: make(Way::Back) }
    }

    /// The one for this way.
    pub fn of(&self, way: Way) -> &T {
        match way {
            Way::Forth => &self.forth,
            Way::Back => &self.back,
        }
    }
}
