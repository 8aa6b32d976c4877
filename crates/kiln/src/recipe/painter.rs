//! A generator ready for use: latents in, pictures out.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Medium, Sheet, Stream};
use kiln_eval::metric::Path;
use kiln_train::{State, StateError, read_tensors};
use serde::{Deserialize, Serialize};

use super::conditions::{Conditions, Origins, rows};
use super::truncation::Truncation;

/// The distribution of one latent number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Standard normal.
    Normal,
    /// Uniform in `[-1, 1)`.
    Uniform,
}

/// Where latents come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatentSpace {
    /// Numbers in a latent.
    pub width: usize,
    /// How each is distributed.
    pub prior: Prior,
    /// What cuts off the ends of the distribution, if anything.
    pub truncation: Option<Truncation>,
}

impl LatentSpace {
    /// Latents of `width` numbers, each distributed as `prior`.
    pub fn new(width: usize, prior: Prior) -> Self {
        Self { width, prior, truncation: None }
    }

    /// The same without the ends of the distribution.
    #[must_use]
    pub fn truncated(self, truncation: Truncation) -> Self {
        Self { truncation: Some(truncation), ..self }
    }

    /// `n` latents drawn at `address`, one after another.
    pub fn draw(&self, n: usize, address: Address) -> Vec<f32> {
        let (n, mut stream) = (n * self.width, Stream::new(address));
        match (self.truncation, self.prior) {
            (Some(truncation), prior) => truncation.draw(prior, n, &mut stream),
            (None, Prior::Normal) => stream.normals(n),
            (None, Prior::Uniform) => stream.uniforms(n, -1.0, 1.0),
        }
    }

    /// The same on a device, `[n, width]`.
    pub fn tensor(&self, n: usize, address: Address, device: &Device) -> Tensor<2> {
        rows(self.draw(n, address), self.width, device)
    }

    /// The way between two latents: along the great circle for normal latents (Shoemake 1985), whose
    /// length hardly varies, and straight for uniform ones.
    pub fn path(&self) -> Path {
        match self.prior {
            Prior::Normal => Path::Spherical,
            Prior::Uniform => Path::Straight,
        }
    }

    /// The latent at `share` of the [way](Self::path) from one to another, of the same length.
    pub fn between(&self, from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
        let (a, b) = self.path().shares(from, to, share.into());
        let both = from.iter().zip(to);
        both.map(|(from, to)| (a * f64::from(*from) + b * f64::from(*to)) as f32).collect()
    }
}

/// A generator in evaluation mode.
pub trait Painter {
    /// Where its latents come from.
    fn latents(&self) -> LatentSpace;

    /// What its samples are, where their shape does not say: points have one pixel.
    fn medium(&self) -> Medium {
        Medium::Image
    }

    /// What a sample may be asked to be; nothing, unless it is conditional.
    fn conditions(&self) -> Conditions {
        Conditions::None
    }

    /// `[batch, latents]` to `[batch, channels, height, width]`, of a volume its slices, in `[-1,
    /// 1]`, of what is asked by [conditions](Self::conditions) `[batch, width]`, if any.
    fn paint(&self, latents: Tensor<2>, condition: Option<Tensor<2>>) -> Tensor<4>;

    /// Paints with styles at `share` of the way from their mean from now on, if it has styles, and says
    /// whether it has.
    fn truncate(&mut self, _share: f32) -> bool {
        false
    }

    /// What undoes the translation, if it is one that was learned both ways.
    fn back(&self) -> Option<Box<dyn Painter>> {
        None
    }

    /// What finds the latents of pictures, if that was learned, too.
    fn encoder(&self) -> Option<&dyn Encoder> {
        None
    }

    /// Takes weights saved under `generator`.
    ///
    /// # Errors
    ///
    /// When one is missing or has another shape.
    fn load(&mut self, state: &mut State) -> Result<(), StateError>;

    /// Where it runs.
    fn device(&self) -> Device;
}

/// The way back: from pictures to what a generator makes them of.
pub trait Encoder {
    /// `[batch, channels, height, width]`, in `[-1, 1]`, to `[batch, latents]`.
    fn encode(&self, pictures: Tensor<4>) -> Tensor<2>;

    /// What comes back of pictures, which `painter` paints.
    fn again(&self, painter: &dyn Painter, pictures: Tensor<4>) -> Tensor<4> {
        painter.paint(self.encode(pictures), None)
    }

    /// Whether it finds latents at a glance, and not by a search.
    fn is_quick(&self) -> bool {
        true
    }

    /// What tells pictures of the same shape apart beside their pixels, if anything does.
    fn see(&self, _pictures: Tensor<4>) -> Option<Seen> {
        None
    }
}

/// What a critic sees in pictures.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `[batch, features]`
    pub features: Tensor<2>,
    /// What the mean squared difference of features counts beside that of pixels.
    pub weight: f64,
}

/// `n` samples' latents, drawn at `address`, and what they are asked to be, as frequent as in the data
/// that the painter learned from.
pub fn draw_origins(painter: &dyn Painter, n: usize, address: Address) -> Origins {
    painter.conditions().origins(n, &painter.latents(), address)
}

/// Paints samples in batches, and reads the pictures back.
///
/// # Errors
///
/// When the device failed.
pub fn paint_sheet(painter: &dyn Painter, origins: &Origins) -> Result<Sheet, StateError> {
    const BATCH: usize = 100;
    let (width, asked) = (painter.latents().width, painter.conditions().width());
    let (device, columns) = (painter.device(), origins.columns);
    let (medium, shape, values) = (Medium::Image, Vec::new(), Vec::new());
    let mut sheet = Sheet { medium, shape, values, columns };
    let mut conditions = origins.conditions.chunks((BATCH * asked).max(1));
    for latents in origins.latents.chunks(BATCH * width) {
        let condition = conditions.next().map(|chunk| rows(chunk.to_vec(), asked, &device));
        let pictures = painter.paint(rows(latents.to_vec(), width, &device), condition);
        let dims = pictures.dims();
        (sheet.medium, sheet.shape) = match dims {
            [_, coordinates, 1, 1] => (Medium::Point, vec![coordinates]),
            [_, channels, height, width] => (painter.medium(), vec![channels, height, width]),
        };
        let flat = pictures.reshape([dims.iter().product::<usize>()]);
        sheet.values.extend(read_tensors(vec![flat])?.into_iter().flatten());
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: LatentSpace = LatentSpace { width: 2, prior: Prior::Normal, truncation: None };

    #[test]
    fn the_way_between_two_latents_keeps_their_length() {
        let middle = SPACE.between(&[1.0, 0.0], &[0.0, 1.0], 0.5);
        let root = 0.5_f32.sqrt();
        assert!((middle[0] - root).abs() < 1e-6 && (middle[1] - root).abs() < 1e-6, "{middle:?}");
    }

    #[test]
    fn the_way_begins_and_ends_at_the_latents() {
        assert_eq!(SPACE.between(&[1.0, 2.0], &[0.0, 1.0], 0.0), [1.0, 2.0]);
        let end = SPACE.between(&[1.0, 2.0], &[0.0, 1.0], 1.0);
        assert!(end[0].abs() < 1e-6 && (end[1] - 1.0).abs() < 1e-6, "{end:?}");
    }

    #[test]
    fn equal_latents_have_no_great_circle_and_no_nan() {
        assert_eq!(SPACE.between(&[1.0, 1.0], &[1.0, 1.0], 0.5), [1.0, 1.0]);
    }
}
