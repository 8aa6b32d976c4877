//! Convolutions in groups on Flex: the outputs of each group see its own inputs alone, so a convolution
//! in `n` groups is `n` convolutions side by side.

use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::ops::FloatTensorOps;
use burn::tensor::ops::ConvOptions;

use super::operation::Way;

/// The axis of a picture that counts its channels.
pub(super) const CHANNELS: usize = 1;
/// The axis of a convolution's weight, and of its bias, that counts the outputs.
pub(super) const OUTPUTS: usize = 0;

/// The groups of a convolution.
#[derive(Debug)]
pub(super) struct Groups {
    n: usize,
    /// What each of them is.
    way: Way,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    idx: usize,
    of: usize,
}

impl Groups {
    /// None where every output sees every input.
    pub(super) fn of(way: &Way) -> Option<Self> {
        let Way::Onto(options) = way else { return None };
        let way = Way::Onto(ConvOptions { groups: 1, ..options.clone() });
        (options.groups > 1).then_some(Self { n: options.groups, way })
    }

    /// What `one` makes of each group, one after another along `axis`.
    pub(super) fn joined(self, axis: usize, one: impl Fn(Group, Way) -> FlexTensor) -> FlexTensor {
        let groups = (0..self.n).map(|idx| one(Group { idx, of: self.n }, self.way.clone()));
        Flex::float_cat(groups.collect(), axis)
    }
}

impl Group {
    /// Its part of a tensor of all groups, which lie one after another along `axis`.
    pub(super) fn part(self, tensor: &FlexTensor, axis: usize) -> FlexTensor {
        let length = tensor.layout().shape()[axis] / self.of;
        tensor.narrow(axis, self.idx * length, length)
    }
}
