//! Truncation: fewer kinds of samples, each more typical.
//!
//! Latents far from the middle of their distribution were rare in training, and what they give is
//! the worst of a generator. Numbers beyond a threshold are drawn again (Brock, Donahue and Simonyan
//! 2019, section 3.1): precision rises with a smaller threshold, and recall falls.

use burn::tensor::{Device, Tensor};
use kiln_core::{Medium, Stream};
use kiln_train::{State, StateError};

use super::conditions::{AskError, Conditions};
use super::painter::{Encoder, LatentSpace, Painter, Prior};

/// No latent number is beyond this, on either side of zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truncation(f32);

/// Below it a number would have to be drawn too often.
const LEAST: f32 = 0.01;

impl Truncation {
    /// At `threshold`: in deviations for normal latents, above 0.01; up to 1 for uniform ones, which
    /// are never beyond that.
    ///
    /// # Errors
    ///
    /// When it is less, or no number.
    pub fn at(threshold: f32) -> Result<Self, AskError> {
        let fits = threshold.is_finite() && threshold > LEAST;
        fits.then_some(Self(threshold)).ok_or(AskError::Truncation { threshold, least: LEAST })
    }

    /// `n` numbers of `prior`, none beyond the threshold.
    pub(super) fn draw(self, prior: Prior, n: usize, stream: &mut Stream) -> Vec<f32> {
        let Self(most) = self;
        let mut values = match prior {
            Prior::Normal => stream.normals(n),
            Prior::Uniform => stream.uniforms(n, -most.min(1.0), most.min(1.0)),
        };
        let far = |value: &&mut f32| value.abs() > most;
        loop {
            let again: Vec<&mut f32> = values.iter_mut().filter(far).collect();
            if again.is_empty() {
                return values;
            }
            let drawn = stream.normals(again.len());
            again.into_iter().zip(drawn).for_each(|(value, drawn)| *value = drawn);
        }
    }
}

/// A painter of truncated latents.
pub struct Truncated {
    painter: Box<dyn Painter>,
    truncation: Truncation,
}

impl Truncated {
    /// What `painter` paints, of latents that are not beyond `truncation`.
    pub fn new(painter: Box<dyn Painter>, truncation: Truncation) -> Self {
        Self { painter, truncation }
    }

    /// `painter` with its latents cut at this threshold, or its styles at this share of the way from
    /// their mean (Karras et al. 2019, appendix B) where it has some, if there is one.
    ///
    /// # Errors
    ///
    /// As [`Truncation::at`].
    pub fn at(
        threshold: Option<f32>,
        mut painter: Box<dyn Painter>,
    ) -> Result<Box<dyn Painter>, AskError> {
        let Some(threshold) = threshold else { return Ok(painter) };
        if painter.truncate(threshold) {
            return Ok(painter);
        }
        Ok(Box::new(Self::new(painter, Truncation::at(threshold)?)))
    }
}

impl Painter for Truncated {
    fn latents(&self) -> LatentSpace {
        self.painter.latents().truncated(self.truncation)
    }

    fn medium(&self) -> Medium {
        self.painter.medium()
    }

    fn conditions(&self) -> Conditions {
        self.painter.conditions()
    }

    fn paint(&self, latents: Tensor<2>, condition: Option<Tensor<2>>) -> Tensor<4> {
        self.painter.paint(latents, condition)
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        self.painter.encoder()
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.painter.load(state)
    }

    fn device(&self) -> Device {
        self.painter.device()
    }
}

#[cfg(test)]
mod tests {
    use kiln_core::{Address, Purpose};

    use super::*;

    fn drawn(prior: Prior, threshold: f32) -> Vec<f32> {
        let space = LatentSpace::new(100, prior).truncated(Truncation::at(threshold).unwrap());
        space.draw(200, Address::new(1, Purpose::Sample))
    }

    #[test]
    fn no_number_is_beyond_and_the_others_stay_as_they_were() {
        let all = LatentSpace::new(100, Prior::Normal).draw(200, Address::new(1, Purpose::Sample));
        let cut = drawn(Prior::Normal, 0.5);
        assert!(cut.iter().all(|value| value.abs() <= 0.5));
        let kept = all.iter().zip(&cut).filter(|(before, after)| before == after).count();
        // 38.3 % of a normal distribution are within half a deviation: 7,659 of 20,000, give or take 69.
        assert!((7300..8000).contains(&kept), "{kept}");
    }

    #[test]
    fn what_is_drawn_again_has_the_distribution_within() {
        let cut = drawn(Prior::Normal, 1.0);
        // Variance of a normal distribution cut at 1: 1 - 2 phi(1) / (2 Phi(1) - 1) = 0.2911.
        let variance = cut.iter().map(|value| f64::from(value * value)).sum::<f64>() / 20_000.0;
        assert!((variance - 0.2911).abs() < 0.01, "{variance}");
    }

    #[test]
    fn uniform_latents_fill_what_is_left() {
        let cut = drawn(Prior::Uniform, 0.25);
        let most = cut.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!((0.24..=0.25).contains(&most), "{most}");
        assert!(drawn(Prior::Uniform, 7.0).iter().all(|value| value.abs() <= 1.0));
    }

    #[test]
    fn thresholds_that_cut_everything_are_refused() {
        for threshold in [0.0, -1.0, 0.005, f32::NAN, f32::INFINITY] {
            let refusal = Truncation::at(threshold).unwrap_err().to_string();
            assert!(refusal.contains("0.01"), "{refusal}");
        }
    }
}
