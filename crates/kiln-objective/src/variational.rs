//! The two terms of a variational auto-encoder's bound (Kingma and Welling 2014, equations 8 and 10),
//! each in nats a sample and with the sign of what is made small.
//!
//! An encoder makes a mean `m` and a log variance `v` of each latent number from a sample. The
//! divergence from the standard normal prior is `1/2 sum(m^2 + e^v - v - 1)` (appendix B), and the
//! latents are drawn as `m + e^(v/2) n` of standard normal `n` (section 2.4), so that gradients pass.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Where the encoder believes the latents of samples to be: independent normal distributions.
#[derive(Debug, Clone)]
pub struct Posterior {
    /// `[batch, latents]`
    pub mean: Tensor<2>,
    /// Logarithms of the variances, `[batch, latents]`.
    pub log_variance: Tensor<2>,
}

impl Posterior {
    /// From what an encoder makes of samples, `[batch, 2 latents]`: the means, then the logarithms of
    /// the variances.
    pub fn of(codes: Tensor<2>) -> Self {
        let [_, both] = codes.dims();
        let half = |from| codes.clone().narrow(1, from, both / 2);
        Self { mean: half(0), log_variance: half(both / 2) }
    }

    /// The latents at `noise`, which is standard normal; both `[batch, latents]`.
    pub fn at(&self, noise: Tensor<2>) -> Tensor<2> {
        self.mean.clone() + (self.log_variance.clone() * 0.5).exp() * noise
    }

    /// How far it is from the prior on average, `[1]`: at least 0.
    pub fn divergence(&self) -> Tensor<1> {
        let [batch, _] = self.mean.dims();
        let variance = self.log_variance.clone().exp();
        let terms = self.mean.clone().square() + variance - self.log_variance.clone() - 1.0;
        terms.sum() / (2 * batch) as f64
    }
}

/// How likely a picture is where the decoder makes another, both with values in `[-1, 1]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Each value is on or off, and the decoder says how likely on; values between count as shares
    /// (the paper's for MNIST).
    #[default]
    Bernoulli,
    /// Each value is normal around the decoder's, with a variance of one. A divergence that weighs
    /// `beta` does what a variance of `beta` would.
    Gaussian,
}

/// The probability that a value is another one than the decoder says, however sure it is.
const DOUBT: f64 = 1e-6;

impl Likelihood {
    /// The negative logarithm of how likely `pictures` are where `again` was made of them, `[1]`: a
    /// sum over a picture's values, but for the constant of the normal distribution, and a mean over
    /// the batch. Both `[batch, channels, height, width]`.
    pub fn misfit(self, pictures: Tensor<4>, again: Tensor<4>) -> Tensor<1> {
        let [batch, ..] = pictures.dims();
        let terms = match self {
            Self::Gaussian => (pictures - again).square() * 0.5,
            Self::Bernoulli => {
                let [on, likely] = [pictures, again].map(|x| x * 0.5 + 0.5);
                let likely = likely * (1.0 - 2.0 * DOUBT) + DOUBT;
                let unlikely = -likely.clone() + 1.0;
                -(on.clone() * likely.log() + (-on + 1.0) * unlikely.log())
            }
        };
        terms.sum() / batch as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn rows<const N: usize>(values: [[f32; N]; 2]) -> Tensor<2> {
        Tensor::<2>::from_floats(values, &Device::flex().autodiff()).require_grad()
    }

    fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().iter().collect()
    }

    #[track_caller]
    fn close(found: &[f32], expected: &[f32]) {
        let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5 * b.abs().max(1.0));
        assert!(found.len() == expected.len() && near, "{found:?}, not {expected:?}");
    }

    #[test]
    fn the_divergence_is_that_of_normal_distributions() {
        let four = 4f32.ln();
        let codes = rows([[0.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, four]]);
        let divergence = Posterior::of(codes.clone()).divergence();
        // Of the second sample 9/2 and (4 - ln 4 - 1) / 2; the first is the prior.
        let expected = (4.5 + (3.0 - four) / 2.0) / 2.0;
        close(&values(divergence.clone()), &[expected]);
        // m / 2 and (e^v - 1) / 4 of two samples.
        let slope = codes.grad(&divergence.backward()).unwrap();
        close(&values(slope), &[0.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 0.75]);
    }

    #[test]
    fn latents_are_deviations_away_from_the_mean() {
        let posterior = Posterior::of(rows([[1.0, 4f32.ln()], [-1.0, 0.0]]));
        let drawn = posterior.at(rows([[0.5], [-2.0]]));
        close(&values(drawn), &[1.0 + 2.0 * 0.5, -1.0 - 2.0]);
    }

    fn misfit(likelihood: Likelihood, picture: f32, again: f32) -> [f32; 2] {
        let device = Device::flex().autodiff();
        let of = |value: f32| Tensor::<4>::full([2, 1, 1, 3], value, &device);
        let again = of(again).require_grad();
        let loss = likelihood.misfit(of(picture), again.clone());
        let slope = values(again.grad(&loss.backward()).unwrap());
        [loss.into_scalar(), slope[0]]
    }

    #[test]
    fn a_gaussian_misfit_is_half_the_square_and_a_bernoulli_the_cross_entropy() {
        // Three values a picture; gradients are of one value of one of two pictures.
        close(&misfit(Likelihood::Gaussian, 1.0, -0.5), &[3.0 * 2.25 / 2.0, -1.5 / 2.0]);
        // On with probability 3/4: of what is on, of what is off, of what is half on.
        let (on, off) = (-(0.75f32.ln()), -(0.25f32.ln()));
        close(&misfit(Likelihood::Bernoulli, 1.0, 0.5), &[3.0 * on, -0.5 / 0.75 / 2.0]);
        close(&misfit(Likelihood::Bernoulli, -1.0, 0.5), &[3.0 * off, 0.5 / 0.25 / 2.0]);
        let half = (on + off) / 2.0;
        close(
            &misfit(Likelihood::Bernoulli, 0.0, 0.5),
            &[3.0 * half, 0.25 * (4.0 - 4.0 / 3.0) / 2.0],
        );
    }

    #[test]
    fn a_decoder_that_is_sure_and_wrong_still_learns() {
        let [loss, slope] = misfit(Likelihood::Bernoulli, 1.0, -1.0);
        assert!(loss.is_finite() && slope.is_finite() && slope < -1e4, "{loss} {slope}");
    }
}
