//! Convolutions by Winograd's minimal filtering (Lavin and Gray 2016, "Fast Algorithms for
//! Convolutional Neural Networks").
//!
//! Where a kernel is up to `r` strides wide, `r` being 2 or 3, the pictures' remainders by the stride
//! are channels of their own, over which the kernel moves by steps of one with `r` taps a direction.
//! Two outputs beside each other then need `P = r + 1` products instead of `2 r`, so a tile of 2 x 2
//! needs 9 instead of 16 (`r = 2`: the 4 x 4 kernel of stride 2 that DCGANs are made of), or 16
//! instead of 36 (`r = 3`: the 3 x 3 kernel). For each of the `P * P` points, all tiles together are
//! one [matrix product](crate::matrix) of channels by channels.
//!
//! The [transforms](transform) only add, subtract and halve, so the results are as exact as those of
//! a plain sum, but for a few units in the last place.
//!
//! Inside, channels lie last and in blocks of a vector's lanes. The work is split by shape alone,
//! and every sum is made in one order: any number of threads gives the same bits.

mod apply;
mod correlate;
mod frame;
mod layer;
mod transform;
mod weights;

pub(super) use layer::Layer;
