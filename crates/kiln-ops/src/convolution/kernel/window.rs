//! The geometry of a convolution.

/// Sizes of the pictures on both sides, and how the weights move over them.
#[derive(Debug, Clone, Copy)]
pub(in crate::convolution) struct Window {
    pub(in crate::convolution) batch: usize,
    pub(in crate::convolution) small_channels: usize,
    pub(in crate::convolution) large_channels: usize,
    /// Height and width.
    pub(in crate::convolution) small: [usize; 2],
    /// Height and width.
    pub(in crate::convolution) large: [usize; 2],
    /// Height and width.
    pub(in crate::convolution) kernel: [usize; 2],
    pub(in crate::convolution) stride: [usize; 2],
    /// Zeros above and to the left of the large picture; below and to the right as many as needed.
    pub(in crate::convolution) padding: [usize; 2],
}

impl Window {
    /// Whether every side has something in it.
    pub(in crate::convolution) fn has_elements(&self) -> bool {
        let channels = [self.batch, self.small_channels, self.large_channels];
        let sides = [self.small, self.large, self.kernel].concat();
        channels.iter().chain(&sides).all(|size| *size > 0)
    }

    /// Numbers in one channel of a small picture.
    pub(super) fn small_area(&self) -> usize {
        self.small[0] * self.small[1]
    }

    /// Numbers in one channel of a large picture.
    pub(super) fn large_area(&self) -> usize {
        self.large[0] * self.large[1]
    }

    /// Numbers in a small picture.
    pub(super) fn small_image(&self) -> usize {
        self.small_channels * self.small_area()
    }

    /// Numbers in a large picture.
    pub(super) fn large_image(&self) -> usize {
        self.large_channels * self.large_area()
    }

    /// Weights between two channels.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Rows or columns between a position and the farthest that a tap reads, in a plane.
    pub(super) fn reach(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) / self.stride[axis]
    }
}
