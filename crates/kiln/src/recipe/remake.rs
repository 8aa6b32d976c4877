//! Pictures encoded and made again, and how far what comes back is from them.

use burn::tensor::Tensor;
use kiln_core::{Medium, Sheet};
use kiln_train::{StateError, read_tensors};

use super::conditions::rows;
use super::painter::{Encoder, Painter};

/// What came back of pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Remade {
    /// The pictures made again, in their order.
    pub sheet: Sheet,
    /// How far each is from its picture.
    pub apart: Vec<Apart>,
}

/// How far a picture is from what came back of it: small for one like those that were learned from,
/// so that it is a score of anomalies (Schlegl et al. 2019, f-AnoGAN, section 2.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apart {
    /// Mean squared difference of a value, with values in `[-1, 1]`.
    pub residual: f64,
    /// Mean squared difference of a feature of the critic, and what it counts beside the residual;
    /// nothing where no critic was kept.
    pub features: Option<(f64, f64)>,
    /// The picture's own contrast: the variance of its values.
    pub contrast: f64,
}

/// The least contrast that is divided by: that of a step of one byte.
const STEP: f64 = 4.0 / (255.0 * 255.0);

impl Apart {
    /// Both differences together.
    pub fn score(&self) -> f64 {
        self.residual + self.features.map_or(0.0, |(difference, weight)| difference * weight)
    }

    /// Both for the picture's contrast: what has little in it cannot differ by much, so that by the
    /// score alone a thin stroke is never strange. Not the paper's.
    pub fn relative(&self) -> f64 {
        self.score() / self.contrast.max(STEP)
    }
}

/// Pictures that are made again at a time.
const BATCH: usize = 100;

/// Encodes pictures `[channels, height, width]` with values in `[-1, 1]` and makes them again.
///
/// # Errors
///
/// When the device failed.
pub fn remake(
    painter: &dyn Painter,
    encoder: &dyn Encoder,
    pictures: &Sheet,
) -> Result<Remade, StateError> {
    let shape = pictures.shape.clone();
    let (medium, values, columns) = (Medium::Image, Vec::new(), None);
    let mut remade = Remade {
        sheet: Sheet { medium, shape: shape.clone(), values, columns },
        apart: Vec::new(),
    };
    let &[channels, height, width] = &shape[..] else { return Ok(remade) };
    let (size, device) = (channels * height * width, painter.device());
    for chunk in pictures.values.chunks((BATCH * size).max(1)) {
        let batch = rows(chunk.to_vec(), size, &device);
        let [n, _] = batch.dims();
        let contrasts = chunk.chunks(size.max(1)).map(variance).collect::<Vec<_>>();
        let batch = batch.reshape([n, channels, height, width]);
        let again = remade.add(painter, encoder, batch, &contrasts)?;
        remade.sheet.values.extend(again);
    }
    Ok(remade)
}

impl Remade {
    /// Adds how far a batch is from what comes back; gives this, one value after another.
    fn add(
        &mut self,
        painter: &dyn Painter,
        encoder: &dyn Encoder,
        batch: Tensor<4>,
        contrasts: &[f64],
    ) -> Result<Vec<f32>, StateError> {
        let again = encoder.again(painter, batch.clone());
        let seen = encoder.see(batch.clone()).zip(encoder.see(again.clone()));
        let weight = seen.as_ref().map(|(of_picture, _)| of_picture.weight);
        let features = seen.map(|(a, b)| (a.features - b.features).square().mean_dim(1));
        let residual: Tensor<2> = (batch - again.clone()).square().flatten::<2>(1, 3).mean_dim(1);
        let [n, _] = residual.dims();
        let wanted = [Some(residual.reshape([n])), features.map(|f| f.reshape([n]))];
        let pixels = again.dims().iter().product::<usize>();
        let wanted = wanted.into_iter().flatten().chain([again.reshape([pixels])]);
        let mut read = read_tensors(wanted.collect())?.into_iter();
        let residuals = read.next().unwrap_or_default();
        let features = weight.and_then(|_| read.next());
        let both = residuals.iter().zip(contrasts).enumerate();
        self.apart.extend(both.map(|(idx, (residual, contrast))| {
            let of_one = features.as_ref().map(|features| f64::from(features[idx])).zip(weight);
            Apart { residual: f64::from(*residual), features: of_one, contrast: *contrast }
        }));
        Ok(read.next().unwrap_or_default())
    }
}

/// The variance of values around their mean.
fn variance(values: &[f32]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / n;
    values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / n
}

#[cfg(test)]
pub(crate) mod tests {
    use burn::tensor::Device;
    use kiln_train::State;

    use super::*;
    use crate::recipe::{LatentSpace, Prior, Seen};

    /// Keeps the first two pixels of four and sees the last; its features count twice.
    pub(crate) struct Half;

    impl Painter for Half {
        fn latents(&self) -> LatentSpace {
            LatentSpace::new(2, Prior::Normal)
        }
        fn paint(&self, latents: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
            let rest = latents.zeros_like();
            Tensor::cat(vec![latents, rest], 1).reshape([-1, 1, 2, 2])
        }
        fn encoder(&self) -> Option<&dyn Encoder> {
            Some(self)
        }
        fn load(&mut self, _state: &mut State) -> Result<(), StateError> {
            Ok(())
        }
        fn device(&self) -> Device {
            Device::flex()
        }
    }

    impl Encoder for Half {
        fn encode(&self, pictures: Tensor<4>) -> Tensor<2> {
            pictures.reshape([-1, 4]).narrow(1, 0, 2)
        }
        fn see(&self, pictures: Tensor<4>) -> Option<Seen> {
            let features = pictures.reshape([-1, 4]).narrow(1, 3, 1);
            Some(Seen { features, weight: 2.0 })
        }
    }

    #[test]
    fn what_is_lost_is_far_apart_whatever_the_batches() {
        // 150 pictures, more than a batch: every other one has lost pixels of -1 and 0.5, or nothing.
        let picture = |idx: usize| {
            if idx.is_multiple_of(2) { [0.25, 1.0, -1.0, 0.5] } else { [0.5, 0.0, 0.0, 0.0] }
        };
        let values: Vec<f32> = (0..150).flat_map(picture).collect();
        let shape = vec![1, 2, 2];
        let pictures = Sheet { medium: Medium::Image, shape, values, columns: None };
        let remade = remake(&Half, &Half, &pictures).unwrap();
        assert_eq!((remade.sheet.len(), remade.apart.len()), (150, 150));
        assert_eq!(remade.sheet.values[596..], [0.5, 0.0, 0.0, 0.0]);
        let Apart { residual, features, contrast } = remade.apart[148];
        assert_eq!((residual, features), (1.25 / 4.0, Some((0.25, 2.0))));
        assert_eq!(remade.apart[148].score(), 0.3125 + 0.5);
        // Of 0.25, 1, -1 and 0.5 around 0.1875.
        assert_eq!(contrast, (2.3125 - 4.0 * 0.1875 * 0.1875) / 4.0);
        assert_eq!(remade.apart[148].relative(), 0.8125 / contrast);
        assert_eq!(remade.apart[149].score(), 0.0);
    }
}
