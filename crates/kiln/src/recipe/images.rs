//! Batches of pictures, and the loader as a source of them.

use burn::tensor::{Device, Tensor};
use kiln_core::{Medium, SamplesSeen, Sheet};
use kiln_data::{Loader, PictureBatch};
use kiln_train::{Batch, Source, SourceError};

/// A batch of real pictures.
#[derive(Debug, Clone)]
pub struct Images {
    /// `[batch, channels, height, width]`, of volumes their slices for channels, in `[-1, 1]`.
    pub pixels: Tensor<4>,
    /// Class of each picture, on the host, if the data has labels.
    pub labels: Option<Vec<u32>>,
}

impl Batch for Images {
    fn samples(&self) -> usize {
        self.pixels.dims()[0]
    }
}

impl Images {
    /// Sends a batch to `device`.
    pub fn send(batch: &PictureBatch, device: &Device) -> Self {
        Self { pixels: batch.to_tensor(device), labels: batch.labels.clone() }
    }

    /// `n` parts alike, which must divide the batch.
    pub fn parts(self, n: usize) -> Vec<Self> {
        let size = self.samples() / n.max(1);
        let labels =
            |idx: usize| self.labels.as_ref().map(|all| all[idx * size..][..size].to_vec());
        let pixels = self.pixels.clone().chunk(n, 0).into_iter().enumerate();
        pixels.map(|(idx, pixels)| Self { pixels, labels: labels(idx) }).collect()
    }
}

/// Draws pictures from a loader and sends them to a device.
#[derive(Debug)]
pub struct PictureSource {
    loader: Loader,
    device: Device,
}

impl PictureSource {
    /// Reads from `loader`, sends to `device`, which should have autodiff.
    pub fn new(loader: Loader, device: Device) -> Self {
        Self { loader, device }
    }
}

impl Source for PictureSource {
    type Batch = Images;

    fn seek(&mut self, samples: SamplesSeen) -> Result<(), SourceError> {
        self.loader.seek(samples.0);
        Ok(())
    }

    fn draw(&mut self) -> Result<Images, SourceError> {
        let batch = self.loader.next_batch().map_err(|error| SourceError(error.to_string()))?;
        Ok(Images::send(&batch, &self.device))
    }
}

/// A batch of this kind as a sheet of reals.
pub(crate) fn reals_sheet(batch: &PictureBatch, medium: Medium) -> Sheet {
    let values = batch.values(kiln_data::PixelRange::default());
    Sheet { medium, shape: batch.shape[1..].to_vec(), values, columns: None }
}
