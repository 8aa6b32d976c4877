//! What the critic says, and how often it is right.

use burn::tensor::Tensor;

/// Logits of one turn, each `[batch, 1]`; a higher one means "more real". Named, because swapping
/// the two is *the* GAN bug.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Of real samples.
    pub real: Tensor<2>,
    /// Of generated ones.
    pub fake: Tensor<2>,
}

/// Meters of a verdict, each `[1]` and still on the device, without autodiff.
#[derive(Debug, Clone)]
pub struct Meters {
    /// Share of real samples with a positive logit, in `[0, 1]`.
    pub accuracy_real: Tensor<1>,
    /// Share of generated samples with a negative logit, in `[0, 1]`.
    pub accuracy_fake: Tensor<1>,
    /// Mean logit of real samples.
    pub logit_real: Tensor<1>,
    /// Mean logit of generated samples.
    pub logit_fake: Tensor<1>,
}

/// How often the critic is right, and how far it leans. At equilibrium both shares are near 1/2; a
/// logit of exactly zero, "cannot say", counts as wrong.
pub fn accuracy(verdict: &Verdict) -> Meters {
    let real = verdict.real.clone().without_autodiff();
    let fake = verdict.fake.clone().without_autodiff();
    Meters {
        accuracy_real: real.clone().greater_elem(0.0).float().mean(),
        accuracy_fake: fake.clone().lower_elem(0.0).float().mean(),
        logit_real: real.mean(),
        logit_fake: fake.mean(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn each_side_is_counted_on_its_own() {
        let device = Device::flex().autodiff();
        let verdict = Verdict {
            real: Tensor::from_floats([[1.0], [3.0], [-1.0], [0.0]], &device),
            fake: Tensor::from_floats([[-1.0], [1.0]], &device),
        };
        let meters = accuracy(&verdict);
        assert!(!meters.accuracy_real.is_autodiff());
        assert_eq!(meters.accuracy_real.into_scalar::<f32>(), 0.5); // 1 and 3 of four
        assert_eq!(meters.accuracy_fake.into_scalar::<f32>(), 0.5);
        assert_eq!(meters.logit_real.into_scalar::<f32>(), 0.75);
        assert_eq!(meters.logit_fake.into_scalar::<f32>(), 0.0);
    }
}
