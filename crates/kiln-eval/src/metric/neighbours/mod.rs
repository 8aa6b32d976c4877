//! Values made of distances between points: who lies in whose neighbourhood.

mod density;
mod distances;
mod nearest;
mod precision;
mod radii;

pub use density::{DensityCoverage, MANIFOLD_NEIGHBOUR, density_coverage};
pub(super) use distances::{Near, fold};
pub use nearest::{Memorisation, MemorySets, Neighbour, memorisation, nearest};
pub use precision::{PRECISION_NEIGHBOUR, PrecisionRecall, precision_recall};
