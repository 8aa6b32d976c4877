//! Convolution as three loops over plain slices.
//!
//! A convolution reads a *large* picture and writes a *small* one; its transpose, which is also
//! its input's gradient, goes back. With `A` the weights, `s` the stride and `p` the padding:
//!
//! - [`gather`](Window::gather): `small[m, y] = sum over c, k of A[m, c, k] large[c, s y + k - p]`;
//! - [`spread`](Window::spread): `large[c, s y + k - p] += A[m, c, k] small[m, y]`;
//! - [`correlate`](Window::correlate): `dA[m, c, k] = sum over y of small[m, y] large[c, s y + k - p]`.
//!
//! Most layers of a GAN take [fewer products](winograd) than these sums have; what follows is for the
//! others: few channels, odd kernels. Kernels of 1 x 1 are [products of matrices](pointwise).
//!
//! No matrix of patches is built. The large picture is cut into `s * s` planes, one for each
//! remainder of a coordinate by the stride, with the padding's zeros in place; a tap then reads
//! neighbours, and the whole small picture is one run of numbers whose rows are `pitch` apart. A
//! vector holds neighbouring positions of that run, a tap is a constant shift of it, and the few
//! positions between a row's end and the next row's start are computed and thrown away.
//!
//! The result is the same for any number of threads: work is split by shape alone, and every sum
//! is made in one order.

mod blocks;
mod channels;
mod correlate;
mod gather;
mod planes;
mod pointwise;
mod share;
mod spread;
mod sweep;
mod tile;
mod window;
mod winograd;

pub(in crate::convolution) use channels::channel_sums;
pub(in crate::convolution) use window::Window;

#[cfg(test)]
mod tests;
