//! What a forward pass needs to know.

use std::cell::RefCell;

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Stream};

/// How one forward pass treats batch statistics, dropout and spectral normalisation, and what its
/// samples are asked to be.
///
/// The mode is explicit: neither the device nor a flag of a layer changes it. Dropout masks come
/// from the pass's stream, call by call in the order of the layers, so an equal pass gives equal
/// masks. Each forward pass takes its own `Pass`; [`again`](Self::again) makes the next one.
#[derive(Debug)]
pub struct Pass {
    statistics: Statistics,
    masks: Option<Masks>,
    power: bool,
    condition: Option<Tensor<2>>,
}

/// Which statistics normalise, and whether the running ones move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statistics {
    /// The batch's, which also move the running ones.
    Moving,
    /// The batch's; nothing moves.
    Batch,
    /// The running ones.
    Running,
}

#[derive(Debug)]
struct Masks {
    address: Address,
    stream: RefCell<Stream>,
}

impl Masks {
    fn new(address: Address) -> Self {
        let stream = RefCell::new(Stream::new(address));
        Self { address, stream }
    }
}

impl Pass {
    /// A training pass: normalises by the statistics of the batch, moves the running ones, and
    /// drops units by masks drawn at `masks`. Without an address nothing is dropped.
    pub fn train(masks: Option<Address>) -> Self {
        let (power, condition) = (false, None);
        let (statistics, masks) = (Statistics::Moving, masks.map(Masks::new));
        Self { statistics, masks, power, condition }
    }

    /// A pass for use: normalises by the running statistics, drops nothing, moves nothing.
    pub fn eval() -> Self {
        let (masks, power, condition) = (None, false, None);
        Self { statistics: Statistics::Running, masks, power, condition }
    }

    /// The same, but no running statistic moves.
    pub fn keeping_statistics(self) -> Self {
        let statistics = match self.statistics {
            Statistics::Moving | Statistics::Batch => Statistics::Batch,
            Statistics::Running => Statistics::Running,
        };
        Self { statistics, ..self }
    }

    /// The same, but the vectors of spectral normalisation take one power iteration first: what the
    /// first pass of a critic's turn takes, so that all its passes share them.
    pub fn iterating_power(self) -> Self {
        Self { power: true, ..self }
    }

    /// The same for samples that are asked to be something, `[batch, width]`: the one-hot class of each
    /// sample, or other numbers that conditional layers follow. `None` asks for nothing.
    pub fn of(self, condition: Option<Tensor<2>>) -> Self {
        Self { condition, ..self }
    }

    /// A pass of the same samples with the same masks from the first on, in which no running
    /// statistic and no power vector moves: what the further passes of a penalty take.
    pub fn again(&self) -> Self {
        let masks = self.masks.as_ref().map(|masks| Masks::new(masks.address));
        let (statistics, condition) = (self.statistics, self.condition.clone());
        Self { statistics, masks, power: false, condition }.keeping_statistics()
    }

    /// What each sample is asked to be, `[batch, width]`; zeros, which ask for nothing, unless it was
    /// said.
    pub fn condition(&self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        self.condition.clone().unwrap_or_else(|| Tensor::zeros(shape, device))
    }

    /// Whether layers normalise by the running statistics.
    pub fn uses_running_statistics(&self) -> bool {
        self.statistics == Statistics::Running
    }

    /// Whether running statistics move.
    pub fn moves_statistics(&self) -> bool {
        self.statistics == Statistics::Moving
    }

    /// Whether the vectors of spectral normalisation take a power iteration.
    pub fn iterates_power(&self) -> bool {
        self.power
    }

    /// The next shift in time, a whole number from `-reach` to `reach`; 0 when the pass draws nothing.
    pub fn shift(&self, reach: usize) -> isize {
        let Some(masks) = self.masks.as_ref().filter(|_| reach > 0) else { return 0 };
        let drawn = masks.stream.borrow_mut().below(2 * reach as u64 + 1);
        drawn as isize - reach as isize
    }

    /// The next dropout mask: each element `1 / keep` with probability `keep`, else 0. `None` when
    /// the pass drops nothing.
    pub fn mask<const D: usize>(
        &self,
        keep: f64,
        shape: [usize; D],
        device: &Device,
    ) -> Option<Tensor<D>> {
        let masks = self.masks.as_ref()?;
        let n_elements = shape.iter().product();
        let mut values = masks.stream.borrow_mut().bernoullis(n_elements, keep as f32);
        let scale = (1.0 / keep) as f32;
        values.iter_mut().for_each(|value| *value *= scale);
        Some(Tensor::from_data(TensorData::new(values, shape), device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_core::Purpose;

    fn masks(pass: &Pass) -> Vec<f32> {
        let mask = || pass.mask(0.5, [8, 8], &Device::flex()).unwrap();
        [mask(), mask()]
            .into_iter()
            .flat_map(|mask| mask.into_data().iter::<f32>().collect::<Vec<_>>())
            .collect()
    }

    fn train() -> Pass {
        Pass::train(Some(Address::new(1, Purpose::Dropout)))
    }

    #[test]
    fn an_equal_pass_gives_equal_masks_and_the_next_call_another() {
        let pass = train();
        let first = masks(&pass);
        assert_eq!(first, masks(&pass.again()));
        assert_eq!(first, masks(&train()));
        assert_ne!(first[..64], first[64..]);
    }

    #[test]
    fn a_kept_element_is_scaled_up() {
        let values = masks(&train());
        assert!(values.iter().all(|value| *value == 0.0 || *value == 2.0));
        assert!(values.contains(&0.0) && values.contains(&2.0));
    }

    #[test]
    fn only_a_first_training_pass_moves_statistics() {
        assert!(train().moves_statistics());
        assert!(!train().again().moves_statistics());
        assert!(!train().keeping_statistics().moves_statistics());
        assert!(!train().keeping_statistics().uses_running_statistics());
        assert!(Pass::eval().again().uses_running_statistics());
    }

    #[test]
    fn only_a_pass_that_is_told_to_iterates_and_not_again() {
        assert!(train().iterating_power().iterates_power());
        assert!(train().keeping_statistics().iterating_power().iterates_power());
        assert!(!train().iterates_power() && !Pass::eval().iterates_power());
        assert!(!train().iterating_power().again().iterates_power());
    }

    #[test]
    fn what_is_asked_stays_and_nothing_asked_is_zeros() {
        let device = Device::flex();
        let asked = |pass: &Pass| crate::layer::values(&pass.condition([1, 2], &device));
        let pass = train().of(Some(Tensor::from_floats([[0.0, 1.0]], &device)));
        assert_eq!(asked(&pass.again()), [0.0f32, 1.0]);
        assert_eq!(asked(&pass.keeping_statistics().iterating_power()), [0.0f32, 1.0]);
        assert_eq!(asked(&train()), [0.0f32, 0.0]);
    }

    #[test]
    fn without_an_address_nothing_is_dropped() {
        assert!(Pass::train(None).mask(0.5, [2], &Device::flex()).is_none());
        assert!(Pass::eval().mask(0.5, [2], &Device::flex()).is_none());
    }
}
