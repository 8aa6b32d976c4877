//! How near held-out pictures come back that are encoded and made again.

use std::fmt;

use kiln_core::{Address, Purpose};
use kiln_data::{Pictures, Split, open};
use serde::Serialize;

use super::EvaluateError;
use super::picture_set::{Held, PictureSet, sheet};
use crate::config::DataConfig;
use crate::recipe::{AskError, Painter, remake};

/// What was measured of an encoder with its generator.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReconstructionReport {
    /// Held-out pictures that were encoded and made again.
    pub reconstructed: usize,
    /// Mean square of the difference of a value to the picture's, with values in `[-1, 1]`.
    pub squared_error: f64,
    /// The same of the mean of these pictures, which is the best that knows nothing of a picture.
    pub squared_error_of_mean: f64,
}

impl fmt::Display for ReconstructionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reconstructed, squared_error, squared_error_of_mean } = self;
        writeln!(f, "made again           {reconstructed} held-out pictures")?;
        writeln!(f, "squared error        {squared_error:.4} (values in -1 to 1)")?;
        write!(f, "of the mean picture  {squared_error_of_mean:.4}")
    }
}

/// Encodes all pictures of the test part of `data`, or `count` of them where each is searched for, and
/// makes them again.
///
/// # Errors
///
/// When the generator came without an encoder, there is no test part or it cannot be read, or the
/// device fails.
pub(super) fn check_reconstruction(
    painter: &dyn Painter,
    data: &DataConfig,
    shape: [usize; 3],
    count: usize,
) -> Result<ReconstructionReport, EvaluateError> {
    // Before pictures are read.
    let quick = painter.encoder().ok_or(AskError::NoEncoder)?.is_quick();
    let pictures = open(&data.source, Split::Test, &data.options_like(shape))?;
    reconstruction_of(painter, &pictures, (!quick).then_some(count))
}

/// Pictures that are encoded at a time.
const PORTION: usize = 250;

fn reconstruction_of(
    painter: &dyn Painter,
    pictures: &Pictures,
    count: Option<usize>,
) -> Result<ReconstructionReport, EvaluateError> {
    let encoder = painter.encoder().ok_or(AskError::NoEncoder)?;
    let count = count.map(|count| count.min(pictures.len()));
    let all = Held::new(pictures, count, Address::new(0, Purpose::Evaluation));
    let n = all.count();
    let (mut error, mut spread) = (0.0, Spread::default());
    for start in (0..n).step_by(PORTION) {
        let portion = sheet(&all.portion(start..n.min(start + PORTION))?, None);
        error += remake(painter, encoder, &portion)?.apart.iter().map(|a| a.residual).sum::<f64>();
        portion.samples().for_each(|picture| spread.add(picture));
    }
    let values = pictures.shape().iter().product::<usize>().max(1) * n;
    Ok(ReconstructionReport {
        reconstructed: n,
        squared_error: error / n as f64,
        squared_error_of_mean: spread.about_the_mean() / values as f64,
    })
}

/// Sums and squares of each pixel over pictures.
#[derive(Default)]
struct Spread {
    n: f64,
    sums: Vec<f64>,
    squares: f64,
}

impl Spread {
    fn add(&mut self, picture: &[f32]) {
        self.n += 1.0;
        self.sums.resize(picture.len(), 0.0);
        for (sum, value) in self.sums.iter_mut().zip(picture) {
            *sum += f64::from(*value);
            self.squares += f64::from(*value).powi(2);
        }
    }

    /// The sum of the squared differences to the mean picture.
    fn about_the_mean(&self) -> f64 {
        self.squares - self.sums.iter().map(|sum| sum * sum).sum::<f64>() / self.n.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::tests::Half;

    #[test]
    fn what_is_lost_is_counted_and_the_mean_picture_beside_it() {
        // 300 pictures, more than a portion; in turns black and with a white first pixel.
        let bytes = (0..300).flat_map(|idx| [255 * (idx % 2) as u8, 0, 0, 0]).collect();
        let pictures = Pictures::new("dots", [1, 2, 2], bytes, None).unwrap();
        let report = reconstruction_of(&Half, &pictures, None).unwrap();
        // Two of four pixels are grey instead of black; the mean errs by 1 in one of four.
        assert_eq!((report.reconstructed, report.squared_error), (300, 0.5));
        assert!((report.squared_error_of_mean - 0.25).abs() < 1e-9, "{report}");
    }
}
