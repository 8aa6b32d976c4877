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
    /// Share of real samples with a logit above the boundary, in `[0, 1]`.
    pub accuracy_real: Tensor<1>,
    /// Share of generated samples with one below it, in `[0, 1]`.
    pub accuracy_fake: Tensor<1>,
    /// Mean logit of real samples.
    pub logit_real: Tensor<1>,
    /// Mean logit of generated samples.
    pub logit_fake: Tensor<1>,
}

/// From which logit on a sample counts as real.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Boundary {
    /// This one.
    At(f32),
    /// Half the way between the mean logits of reals and fakes, for a critic whose logits mean
    /// something only beside each other.
    Between,
}

/// How often the critic is right, and how far it leans. At equilibrium both shares are near 1/2; a
/// logit exactly at the boundary, "cannot say", counts as wrong.
pub fn accuracy(verdict: &Verdict, boundary: Boundary) -> Meters {
    let real = verdict.real.clone().without_autodiff();
    let fake = verdict.fake.clone().without_autodiff();
    let (above, below) = match boundary {
        Boundary::At(logit) => (real.clone() - logit, fake.clone() - logit),
        Boundary::Between => {
            let middle = (real.clone().mean_dim(0) + fake.clone().mean_dim(0)) * 0.5; // [1, 1]
            (real.clone() - middle.clone(), fake.clone() - middle)
        }
    };
    Meters {
        accuracy_real: above.greater_elem(0.0).float().mean(),
        accuracy_fake: below.lower_elem(0.0).float().mean(),
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
        let meters = accuracy(&verdict, Boundary::At(0.0));
        assert!(!meters.accuracy_real.is_autodiff());
        assert_eq!(meters.accuracy_real.into_scalar::<f32>(), 0.5); // 1 and 3 of four
        assert_eq!(meters.accuracy_fake.into_scalar::<f32>(), 0.5);
        assert_eq!(meters.logit_real.into_scalar::<f32>(), 0.75);
        assert_eq!(meters.logit_fake.into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn a_boundary_moves_what_counts_as_right() {
        let device = Device::flex();
        let verdict = Verdict {
            real: Tensor::from_floats([[0.9], [0.4]], &device),
            fake: Tensor::from_floats([[0.1], [0.2]], &device),
        };
        let real = |boundary| accuracy(&verdict, boundary).accuracy_real.into_scalar::<f32>();
        assert_eq!(real(Boundary::At(0.5)), 0.5);
        // (0.65 + 0.15) / 2 = 0.4, a rounding away from the second: the first passes it for sure.
        assert!(real(Boundary::Between) >= 0.5);
        let fake = accuracy(&verdict, Boundary::Between).accuracy_fake.into_scalar::<f32>();
        assert_eq!(fake, 1.0);
    }
}
