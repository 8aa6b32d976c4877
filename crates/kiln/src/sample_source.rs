//! Batches of what a run learns from, on a device.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, SamplesSeen};
use kiln_data::{Mixture, Sampler, Sounds};
use kiln_train::{Source, SourceError};

use crate::recipe::{Images, PictureSource};

/// Batches of what a run learns from.
#[derive(Debug)]
pub enum SampleSource {
    /// From a loader.
    Pictures(PictureSource),
    /// From memory.
    Sounds(SoundSource),
    /// Drawn.
    Points(PointSource),
}

impl Source for SampleSource {
    type Batch = Images;

    fn seek(&mut self, samples: SamplesSeen) -> Result<(), SourceError> {
        match self {
            Self::Pictures(source) => source.seek(samples),
            Self::Sounds(source) => {
                source.position = samples;
                Ok(())
            }
            Self::Points(source) => {
                source.position = samples;
                Ok(())
            }
        }
    }

    fn draw(&mut self) -> Result<Images, SourceError> {
        match self {
            Self::Pictures(source) => source.draw(),
            Self::Sounds(source) => Ok(source.draw()),
            Self::Points(source) => Ok(source.draw()),
        }
    }
}

/// Draws sounds in the order of a sampler.
#[derive(Debug)]
pub struct SoundSource {
    pub(crate) sounds: Arc<Sounds>,
    pub(crate) sampler: Sampler,
    pub(crate) batch: usize,
    pub(crate) position: SamplesSeen,
    pub(crate) device: Device,
}

impl SoundSource {
    fn draw(&mut self) -> Images {
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for index in self.sampler.indices(self.position.0, self.batch) {
            labels.extend(self.sounds.append(index, &mut values));
        }
        self.position += self.batch as u64;
        let data = TensorData::new(values, [self.batch, 1, 1, self.sounds.length()]);
        let labels = self.sounds.labels().map(|_| labels);
        Images { pixels: Tensor::from_data(data, &self.device), labels }
    }
}

/// Draws points; which ones follows from the seed and the position alone.
#[derive(Debug)]
pub struct PointSource {
    pub(crate) mixture: Mixture,
    pub(crate) address: Address,
    pub(crate) batch: usize,
    pub(crate) position: SamplesSeen,
    pub(crate) device: Device,
}

impl PointSource {
    fn draw(&mut self) -> Images {
        let values = self.mixture.draw(self.batch, self.address.at(self.position));
        self.position += self.batch as u64;
        let data = TensorData::new(values, [self.batch, 2, 1, 1]);
        Images { pixels: Tensor::from_data(data, &self.device), labels: None }
    }
}
