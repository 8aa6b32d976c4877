//! How alike samples are to each other.

mod diversity;
mod scales;

pub use diversity::{Diversity, diversity, random_pairs};
