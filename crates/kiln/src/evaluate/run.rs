//! What the classifier of digits says of a set of samples, as `kiln eval` shows it.

use std::fmt;

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Medium, Sheet};
use kiln_eval::{CLASSES, CONFIDENT, Digits, Verdicts};
use serde::Serialize;

use super::EvaluateError;

/// What the classifier of digits says of a set of samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DigitsReport {
    /// Samples judged.
    pub n: usize,
    /// Probability from which on the classifier counts as sure.
    pub threshold: f64,
    /// Share of the samples that it is sure of.
    pub confident_share: f64,
    /// Share of the samples in each class, sure or not.
    pub class_shares: Vec<f64>,
    /// The least of them.
    pub smallest_class_share: f64,
    /// Classes with a sample that it is sure of.
    pub modes: usize,
    /// Entropy of the class shares in nats; 2.303 when they are even.
    pub class_entropy: f64,
    /// Mean entropy of a verdict in nats.
    pub doubt: f64,
    /// The formula of the Inception score with this classifier, in `[1, 10]`.
    pub score: f64,
    /// Root mean square distance, a value, of a sample from the mean sample.
    pub spread: f64,
}

/// Judges samples, pictures with values in `[-1, 1]`, by the classifier that comes with Kiln, on
/// `device`.
///
/// # Errors
///
/// When there is no sample, the samples are no pictures or hold numbers that are not finite, or
/// the device fails.
pub fn evaluate_samples(samples: &Sheet, device: &Device) -> Result<DigitsReport, EvaluateError> {
    let verdicts = Digits::embedded(device)?.judge(pictures(samples, device)?)?;
    Ok(DigitsReport::new(&verdicts, samples.spread()))
}

/// `[n, channels, height, width]`
pub(super) fn pictures(samples: &Sheet, device: &Device) -> Result<Tensor<4>, EvaluateError> {
    match (samples.medium, samples.shape.as_slice()) {
        (Medium::Image, [channels, height, width]) => {
            let shape = [samples.len(), *channels, *height, *width];
            let data = TensorData::new(samples.values.clone(), shape);
            Ok(Tensor::from_data(data, &device.clone().without_autodiff()))
        }
        _ => Err(EvaluateError::NoPictures { shape: samples.shape.clone() }),
    }
}

impl DigitsReport {
    /// From verdicts, and the spread of the samples that they are on.
    pub fn new(verdicts: &Verdicts, spread: f64) -> Self {
        Self {
            n: verdicts.len(),
            threshold: CONFIDENT,
            confident_share: verdicts.confident_share(CONFIDENT),
            class_shares: verdicts.class_shares(),
            smallest_class_share: verdicts.smallest_share(),
            modes: verdicts.mode_count(CONFIDENT),
            class_entropy: verdicts.class_entropy(),
            doubt: verdicts.doubt(),
            score: verdicts.score(),
            spread,
        }
    }
}

impl fmt::Display for DigitsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        writeln!(f, "samples         {}", self.n)?;
        let (share, threshold) = (percent(self.confident_share), self.threshold);
        writeln!(f, "confident       {share} at {threshold}")?;
        write!(f, "classes        ")?;
        for (class, share) in self.class_shares.iter().enumerate() {
            write!(f, " {class}: {:.1}", 100.0 * share)?;
        }
        writeln!(f, " (%)")?;
        writeln!(f, "smallest class  {}", percent(self.smallest_class_share))?;
        writeln!(f, "modes           {} of {CLASSES}", self.modes)?;
        let even = (CLASSES as f64).ln();
        writeln!(f, "class entropy   {:.3} of {even:.3} nats", self.class_entropy)?;
        writeln!(f, "doubt           {:.3} nats", self.doubt)?;
        writeln!(f, "score           {:.2} of {CLASSES}", self.score)?;
        write!(f, "spread          {:.3}", self.spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_data::{OpenOptions, PixelRange, Source, Split};

    fn sheet(medium: Medium, shape: Vec<usize>, values: Vec<f32>) -> Sheet {
        Sheet { medium, shape, values, columns: None }
    }

    fn real_digits(n: usize) -> Sheet {
        let options = OpenOptions { size: Some(32), ..OpenOptions::default() };
        let pictures = kiln_data::open(&Source::Mnist, Split::Test, &options).unwrap();
        let batch = kiln_data::PictureBatch {
            bytes: pictures.bytes().unwrap()[..n * 1024].to_vec(),
            shape: [n, 1, 32, 32],
            labels: None,
        };
        sheet(Medium::Image, vec![1, 32, 32], batch.values(PixelRange::Symmetric))
    }

    #[test]
    fn real_digits_pass_and_one_digit_many_times_does_not() {
        let real = evaluate_samples(&real_digits(300), &Device::flex()).unwrap();
        assert_eq!((real.n, real.modes), (300, 10));
        assert!(real.confident_share > 0.95 && real.smallest_class_share > 0.05, "{real}");
        assert!(real.score > 9.0 && real.spread > 0.3, "{real}");

        let one = real_digits(1).values.repeat(50);
        let one = sheet(Medium::Image, vec![1, 32, 32], one);
        let collapsed = evaluate_samples(&one, &Device::flex()).unwrap();
        assert_eq!((collapsed.n, collapsed.modes), (50, 1));
        assert_eq!((collapsed.smallest_class_share, collapsed.class_entropy), (0.0, 0.0));
        assert!(collapsed.score < 1.001 && collapsed.spread < 1e-5, "{collapsed}");
    }

    #[test]
    fn points_are_not_judged() {
        let points = sheet(Medium::Point, vec![2], vec![0.0, 1.0]);
        let refusal = evaluate_samples(&points, &Device::flex()).unwrap_err();
        assert!(matches!(refusal, EvaluateError::NoPictures { .. }), "{refusal}");
    }

    #[test]
    fn the_report_reads_as_a_table_and_as_json() {
        let mut rows = vec![vec![0.0; CLASSES]; 4];
        (0..4).for_each(|idx| rows[idx][idx / 2] = 1.0);
        let report = DigitsReport::new(&Verdicts::new(rows).unwrap(), 0.5);
        let expected = "\
samples         4
confident       100.0 % at 0.9
classes         0: 50.0 1: 50.0 2: 0.0 3: 0.0 4: 0.0 5: 0.0 6: 0.0 7: 0.0 8: 0.0 9: 0.0 (%)
smallest class  0.0 %
modes           2 of 10
class entropy   0.693 of 2.303 nats
doubt           0.000 nats
score           2.00 of 10
spread          0.500";
        assert_eq!(report.to_string(), expected);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["confident-share"], 1.0);
        assert_eq!(json["smallest-class-share"], 0.0);
        assert_eq!(json["class-shares"].as_array().unwrap().len(), 10);
    }
}
