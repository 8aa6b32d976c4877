//! How many modes of a known distribution the samples find, as `kiln eval` shows it.

use std::fmt;

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Medium, Purpose, Sheet};
use kiln_data::{Mixture, Source};
use kiln_eval::{Coverage, Digits, StackCoverage};
use serde::Serialize;

use super::EvaluateError;

/// What samples find of the modes of their data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModesReport {
    /// Of a mixture of Gaussians.
    Points(PointModes),
    /// Of stacked MNIST.
    Stacks(StackModes),
}

/// What points find of a mixture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PointModes {
    /// Samples judged.
    pub n: usize,
    /// Modes found.
    pub modes: usize,
    /// Modes that there are.
    pub of: usize,
    /// Share of the samples within three deviations of a mode.
    pub high_quality_share: f64,
    /// The same of as many real ones.
    pub high_quality_share_reals: f64,
}

/// What stacks of digits find of the thousand triples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackModes {
    /// Samples judged.
    pub n: usize,
    /// Triples found, of 1000.
    pub modes: usize,
    /// Divergence from the data's triples, in nats.
    pub kl: f64,
    /// Divergence from even shares, in nats.
    pub kl_uniform: f64,
}

/// Counts the modes that `samples` find of `data`; classifies on `device`, draws reals by `seed`.
///
/// # Errors
///
/// When the modes of the data are not known, the samples do not fit it, or the device fails.
pub fn count_modes(
    samples: &Sheet,
    data: &Source,
    seed: u64,
    device: &Device,
) -> Result<ModesReport, EvaluateError> {
    match data {
        Source::Points(mixture) => points(samples, *mixture, seed).map(ModesReport::Points),
        Source::StackedMnist => stacks(samples, device).map(ModesReport::Stacks),
        other => Err(EvaluateError::NoModes { data: other.to_string() }),
    }
}

fn points(samples: &Sheet, mixture: Mixture, seed: u64) -> Result<PointModes, EvaluateError> {
    if (samples.medium, samples.sample_len()) != (Medium::Point, 2) {
        return Err(EvaluateError::NoPictures { shape: samples.shape.clone() });
    }
    let (centres, deviation) = (mixture.centres(), mixture.deviation());
    let address = Address::new(seed, Purpose::Evaluation).named("reals");
    let reals = mixture.draw(samples.len(), address);
    let found = Coverage::of(&samples.values, &centres, deviation)?;
    Ok(PointModes {
        n: samples.len(),
        modes: found.modes,
        of: centres.len(),
        high_quality_share: found.high_quality_share,
        high_quality_share_reals: Coverage::of(&reals, &centres, deviation)?.high_quality_share,
    })
}

fn stacks(samples: &Sheet, device: &Device) -> Result<StackModes, EvaluateError> {
    let [3, height, width] = samples.shape[..] else {
        return Err(EvaluateError::NoPictures { shape: samples.shape.clone() });
    };
    let (digits, plane) = (Digits::embedded(device)?, height * width);
    let judge = |channel: usize| {
        let planes = samples.samples().flat_map(|s| &s[channel * plane..][..plane]).copied();
        let data = TensorData::new(planes.collect(), [samples.len(), 1, height, width]);
        let plain = device.clone().without_autodiff();
        digits.judge(Tensor::from_data(data, &plain))
    };
    let found = StackCoverage::of(&[judge(0)?, judge(1)?, judge(2)?])?;
    let StackCoverage { modes, kl, kl_uniform } = found;
    Ok(StackModes { n: samples.len(), modes, kl, kl_uniform })
}

impl fmt::Display for ModesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(report) => report.fmt(f),
            Self::Stacks(report) => report.fmt(f),
        }
    }
}

impl fmt::Display for PointModes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "samples         {}", self.n)?;
        writeln!(f, "modes           {} of {}", self.modes, self.of)?;
        let [fakes, reals] =
            [self.high_quality_share, self.high_quality_share_reals].map(|share| 100.0 * share);
        write!(f, "high quality    {fakes:.1} % within 3 deviations of a mode; reals {reals:.1} %")
    }
}

impl fmt::Display for StackModes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "samples         {}", self.n)?;
        writeln!(f, "modes           {} of 1000", self.modes)?;
        writeln!(f, "KL to the data  {:.3} nats", self.kl)?;
        write!(f, "KL to even      {:.3} nats", self.kl_uniform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_counted_beside_real_ones() {
        let values = Mixture::Ring8.centres().into_iter().flatten().collect();
        let samples = Sheet { medium: Medium::Point, shape: vec![2], values, columns: None };
        let ring = Source::Points(Mixture::Ring8);
        let report = count_modes(&samples, &ring, 1, &Device::flex()).unwrap();
        let text = report.to_string();
        assert!(text.contains("8 of 8") && text.contains("100.0 % within"), "{text}");
        assert_eq!(serde_json::to_value(&report).unwrap()["high-quality-share"], 1.0);
        let refusal = count_modes(&samples, &Source::Mnist, 1, &Device::flex()).unwrap_err();
        assert!(refusal.to_string().contains("`mnist`"), "{refusal}");
    }

    #[test]
    fn real_stacks_find_many_modes() {
        let options = kiln_data::OpenOptions::default();
        let stacks = kiln_data::open(&Source::StackedMnist, kiln_data::Split::Train, &options);
        let stacks = stacks.unwrap();
        let values = (0..300).flat_map(|idx| stacks.picture(idx).unwrap().pixels);
        let values = values.map(|byte| f32::from(byte) / 127.5 - 1.0).collect();
        let samples =
            Sheet { medium: Medium::Image, shape: vec![3, 28, 28], values, columns: None };
        let report = count_modes(&samples, &Source::StackedMnist, 1, &Device::flex()).unwrap();
        let ModesReport::Stacks(StackModes { n, modes, kl, .. }) = report else { panic!() };
        // 300 draws of 1000 even triples find 1000 (1 - 0.999^300) = 259 of them.
        assert!(n == 300 && (240..280).contains(&modes) && kl > 0.5, "{modes}, {kl}");
    }
}
