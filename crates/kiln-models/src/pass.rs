//! What a forward pass needs to know.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Stream};
use kiln_ops::Dual;

/// How one forward pass treats batch statistics, dropout and spectral normalisation, and what its
/// samples are asked to be.
///
/// The mode is explicit: neither the device nor a flag of a layer changes it. Dropout masks come
/// from the pass's stream, call by call in the order of the layers, so an equal pass gives equal
/// masks. Each forward pass takes its own `Pass`; [`again`](Self::again) makes the next one.
#[derive(Debug)]
pub struct Pass {
    statistics: Statistics,
    masks: Option<Rc<Masks>>,
    draws: Option<Draws>,
    power: bool,
    condition: Option<Dual<2>>,
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

/// What a generator draws beside its latents, each from numbers of its own, so that a part of the
/// network alone draws what it draws within the whole.
#[derive(Debug, Clone)]
struct Draws {
    /// Second styles, and where they begin.
    styles: Rc<Masks>,
    /// Of the layers.
    noise: Rc<Masks>,
}

impl Draws {
    fn new(address: Address) -> Self {
        let [styles, noise] = ["styles", "noise"].map(|name| Masks::new(address.named(name)));
        Self { styles, noise }
    }

    /// The same from the first on.
    fn again(&self) -> Self {
        let [styles, noise] = [&self.styles, &self.noise].map(|masks| Masks::new(masks.address));
        Self { styles, noise }
    }
}

impl Masks {
    fn new(address: Address) -> Rc<Self> {
        let stream = RefCell::new(Stream::new(address));
        Rc::new(Self { address, stream })
    }
}

impl Pass {
    /// A training pass: normalises by the statistics of the batch, moves the running ones, and
    /// drops units by masks drawn at `masks`. Without an address nothing is dropped.
    pub fn train(masks: Option<Address>) -> Self {
        let (power, draws, condition) = (false, None, None);
        let (statistics, masks) = (Statistics::Moving, masks.map(Masks::new));
        Self { statistics, masks, draws, power, condition }
    }

    /// A pass for use: normalises by the running statistics, drops nothing, moves nothing.
    pub fn eval() -> Self {
        let (masks, draws, power, condition) = (None, None, false, None);
        Self { statistics: Statistics::Running, masks, draws, power, condition }
    }

    /// A pass of a network whose turn it is not: normalises by the statistics of the batch, drops
    /// nothing, moves nothing.
    pub fn keeping() -> Self {
        Self::train(None).keeping_statistics()
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

    /// The same with noise within the network, drawn at this address; without, layers that add noise
    /// have some of their own, the same in every sample.
    pub fn drawing(self, address: Address) -> Self {
        Self { draws: Some(Draws::new(address)), ..self }
    }

    /// The same for samples that are asked to be something, `[batch, width]`: the one-hot class of each
    /// sample, or other numbers that conditional layers follow. `None` asks for nothing.
    pub fn of(self, condition: Option<Tensor<2>>) -> Self {
        Self { condition: condition.map(Dual::from), ..self }
    }

    /// The same for a part of a network whose conditional layers follow `condition`, `[batch, width]`,
    /// which may move with the network's input: what the network makes of a slice of the latent and of
    /// what is asked. Masks go on where the pass is, in both.
    pub fn within(&self, condition: Dual<2>) -> Self {
        let (masks, draws, condition) = (self.masks.clone(), self.draws.clone(), Some(condition));
        Self { statistics: self.statistics, masks, draws, power: self.power, condition }
    }

    /// A pass of the same samples with the same masks from the first on, in which no running
    /// statistic and no power vector moves: what the further passes of a penalty take.
    pub fn again(&self) -> Self {
        let anew = |masks: &Rc<Masks>| Masks::new(masks.address);
        let (masks, draws) = (self.masks.as_ref().map(anew), self.draws.as_ref().map(Draws::again));
        let (statistics, condition) = (self.statistics, self.condition.clone());
        Self { statistics, masks, draws, power: false, condition }.keeping_statistics()
    }

    /// What each sample is asked to be, `[batch, width]`; zeros, which ask for nothing, unless it was
    /// said.
    pub fn condition(&self, shape: [usize; 2], device: &Device) -> Dual<2> {
        self.condition.clone().unwrap_or_else(|| Tensor::zeros(shape, device).into())
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

    /// The noise of a layer: standard normal numbers, new ones at each call; `None` unless the pass
    /// [draws](Self::drawing).
    pub fn noise<const D: usize>(&self, shape: [usize; D], device: &Device) -> Option<Tensor<D>> {
        Some(normals(&self.draws.as_ref()?.noise, shape, device))
    }

    /// Second latents, to be mixed with the first: standard normal numbers; `None` unless the pass draws.
    pub fn second_latents(&self, shape: [usize; 2], device: &Device) -> Option<Tensor<2>> {
        Some(normals(&self.draws.as_ref()?.styles, shape, device))
    }

    /// Where each of `batch` samples, with the probability `share`, is cut among `n` layers: ones from a
    /// layer on that is not the first, zeros before, `[batch, n, 1]`; of the others zeros. `None` unless
    /// the pass draws.
    pub fn cuts(&self, share: f64, [batch, n]: [usize; 2], device: &Device) -> Option<Tensor<3>> {
        let draws = self.draws.as_ref()?;
        let mut stream = draws.styles.stream.borrow_mut();
        let mut values = vec![0.0_f32; batch * n];
        for row in values.chunks_mut(n.max(1)) {
            let (cut, chosen) = (1 + stream.below(n.max(2) as u64 - 1), stream.uniform());
            let from = if f64::from(chosen) < share { cut as usize } else { n };
            row.iter_mut().skip(from).for_each(|layer| *layer = 1.0);
        }
        Some(Tensor::from_data(TensorData::new(values, [batch, n, 1]), device))
    }
}

/// The next standard normal numbers.
fn normals<const D: usize>(from: &Masks, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = from.stream.borrow_mut().normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
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
        let asked = |pass: &Pass| crate::layer::values(&pass.condition([1, 2], &device).value);
        let pass = train().of(Some(Tensor::from_floats([[0.0, 1.0]], &device)));
        assert_eq!(asked(&pass.again()), [0.0f32, 1.0]);
        assert_eq!(asked(&pass.keeping_statistics().iterating_power()), [0.0f32, 1.0]);
        assert_eq!(asked(&train()), [0.0f32, 0.0]);
    }

    #[test]
    fn a_part_is_asked_for_its_own_and_goes_on_with_the_masks() {
        let device = Device::flex();
        let whole = masks(&train());
        let pass = train();
        let part = pass.within(Tensor::<2>::from_floats([[0.25]], &device).into());
        assert_eq!(crate::layer::values(&part.condition([1, 1], &device).value), [0.25f32]);
        let mask = |pass: &Pass| crate::layer::values(&pass.mask(0.5, [8, 8], &device).unwrap());
        assert_eq!([mask(&part), mask(&pass)].concat(), whole);
    }

    #[test]
    fn a_pass_that_draws_gives_equal_numbers_again_and_others_none() {
        let device = Device::flex();
        let pass = train().drawing(Address::new(1, Purpose::Noise));
        let normals = |pass: &Pass| crate::layer::values(&pass.noise([4], &device).unwrap());
        let (first, second) = (normals(&pass), normals(&pass));
        assert_ne!(first, second);
        assert_eq!(
            [normals(&pass.again()), first],
            [normals(&pass.again()), normals(&pass.again())]
        );
        assert!(
            train().noise([4], &device).is_none() && train().cuts(1.0, [1, 2], &device).is_none()
        );
        let cuts = crate::layer::values(&pass.cuts(0.5, [400, 3], &device).unwrap());
        let rows: Vec<_> = cuts.chunks(3).collect();
        let count = |row: [f32; 3]| rows.iter().filter(|other| ***other == row).count();
        let counts = [count([0.0, 0.0, 0.0]), count([0.0, 0.0, 1.0]), count([0.0, 1.0, 1.0])];
        // A half are whole, and every other cut is as frequent as the other: within four deviations.
        assert_eq!(counts.iter().sum::<usize>(), 400);
        assert!(counts[0].abs_diff(200) < 40 && counts[1].abs_diff(100) < 35, "{counts:?}");
    }

    #[test]
    fn without_an_address_nothing_is_dropped() {
        assert!(Pass::train(None).mask(0.5, [2], &Device::flex()).is_none());
        assert!(Pass::eval().mask(0.5, [2], &Device::flex()).is_none());
    }
}
