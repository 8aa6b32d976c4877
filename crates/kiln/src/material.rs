//! What a run learns from: pictures, volumes and sounds that were read, or points that are drawn.

use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::{Address, Checksum, Medium, Purpose, SamplesSeen, Sheet};
use kiln_data::{
    Arrangement, DataError, Kind, Loader, Mixture, Pictures, Sampler, Sounds, Source as Named,
    Split, open, open_sounds,
};

use crate::config::{DataConfig, RunConfig};
use crate::recipe::images::reals_sheet;
use crate::recipe::{Classes, Examples, PictureSource};
use crate::sample_source::{PointSource, SampleSource, SoundSource};

/// What a run learns from.
#[derive(Debug, Clone)]
pub enum Material {
    /// From files, or made by the program.
    Pictures(Arc<Pictures>),
    /// From files.
    Sounds(Arc<Sounds>),
    /// Without end.
    Points(Mixture),
}

impl Material {
    /// Opens what the configuration names.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn open(config: &DataConfig) -> Result<Self, DataError> {
        match config.source {
            Named::Points(_) if config.rate.is_some() => {
                let message = "`data.rate` is of sounds, and points are none: leave it out".into();
                Err(DataError::BadOption(message))
            }
            Named::Points(mixture) => Ok(Self::Points(mixture)),
            _ => match open(&config.source, config.split, &config.options()) {
                Ok(pictures) => Ok(Self::Pictures(Arc::new(pictures))),
                Err(DataError::Sounds { .. }) => {
                    if config.mirror {
                        let message = "a sound has no mirror image: leave `data.mirror` out".into();
                        return Err(DataError::BadOption(message));
                    }
                    let sounds = open_sounds(&config.source, config.split, &config.options())?;
                    Ok(Self::Sounds(Arc::new(sounds)))
                }
                Err(error) => Err(error),
            },
        }
    }

    /// What a sample is.
    pub fn medium(&self) -> Medium {
        match self {
            Self::Pictures(pictures) => pictures.medium(),
            Self::Sounds(sounds) => sounds.medium(),
            Self::Points(_) => Medium::Point,
        }
    }

    /// `[channels, height, width]` of a sample, of a volume its slices for channels; a point is as many
    /// channels as it has coordinates, of one pixel, and a sound is one pixel high.
    pub fn shape(&self) -> [usize; 3] {
        match self {
            Self::Pictures(pictures) => pictures.shape(),
            Self::Sounds(sounds) => [1, 1, sounds.length()],
            Self::Points(_) => [2, 1, 1],
        }
    }

    /// `[channels, height, width]` of what a sample is made from, of pairs and of two sets.
    pub fn input(&self) -> Option<[usize; 3]> {
        match self {
            Self::Pictures(pictures) => pictures.input_shape(),
            Self::Sounds(_) | Self::Points(_) => None,
        }
    }

    /// How many times smaller the inputs of pairs are, if that is what they are.
    pub fn shrunk(&self) -> Option<usize> {
        match self {
            Self::Pictures(pictures) => pictures.times(),
            Self::Sounds(_) | Self::Points(_) => None,
        }
    }

    /// What its samples come with.
    pub fn arrangement(&self) -> Arrangement {
        match self {
            Self::Pictures(pictures) => pictures.arrangement(),
            Self::Sounds(_) | Self::Points(_) => Arrangement::Alone,
        }
    }

    /// Its classes, if it has labels.
    pub fn classes(&self) -> Option<Classes> {
        match self {
            Self::Pictures(pictures) => pictures.labels().and_then(Classes::of),
            Self::Sounds(sounds) => sounds.labels().and_then(Classes::of),
            Self::Points(_) => None,
        }
    }

    /// How many samples there are, where they end.
    #[expect(clippy::len_without_is_empty, reason = "opened data is never empty")]
    pub fn len(&self) -> Option<usize> {
        match self {
            Self::Pictures(pictures) => Some(pictures.len()),
            Self::Sounds(sounds) => Some(sounds.len()),
            Self::Points(_) => None,
        }
    }

    /// A short name, fit for a folder.
    pub fn name(&self) -> &str {
        match self {
            Self::Pictures(pictures) => pictures.name(),
            Self::Sounds(sounds) => sounds.name(),
            Self::Points(mixture) => mixture.name(),
        }
    }

    /// SHA-256 of the content.
    pub fn checksum(&self) -> Checksum {
        match self {
            Self::Pictures(pictures) => pictures.checksum().clone(),
            Self::Sounds(sounds) => sounds.checksum().clone(),
            Self::Points(mixture) => mixture.checksum(),
        }
    }

    /// Real samples for the sheet: of what is read, the first of the first epoch.
    ///
    /// # Errors
    ///
    /// When the data cannot be read.
    pub(crate) fn reals(&self, config: &RunConfig) -> Result<Sheet, DataError> {
        match self {
            Self::Pictures(pictures) => {
                let (n, seed) = (config.sheet, config.seed);
                if pictures.input_shape().is_some() {
                    return Ok(Examples::first(pictures.clone(), n, seed)?.targets());
                }
                let sampler = Sampler::new(seed, pictures.len())?;
                let mut loader = Loader::new(pictures.clone(), sampler, n, 0, 0)?;
                Ok(reals_sheet(&loader.next_batch()?, pictures.medium()))
            }
            Self::Sounds(sounds) => {
                let indices = Sampler::new(config.seed, sounds.len())?.indices(0, config.sheet);
                let mut values = Vec::new();
                for index in indices {
                    sounds.append(index, &mut values);
                }
                let (medium, shape) = (sounds.medium(), self.shape().to_vec());
                Ok(Sheet { medium, shape, values, columns: None })
            }
            Self::Points(mixture) => {
                let address = Address::new(config.seed, Purpose::Preview).named("reals");
                let values = mixture.draw(config.sheet, address);
                Ok(Sheet { medium: Medium::Point, shape: vec![2], values, columns: None })
            }
        }
    }

    /// The pairs on every sheet, of data in pairs: held-out ones where there is a test split, else the
    /// first of the first epoch.
    ///
    /// # Errors
    ///
    /// When the data cannot be read.
    pub(crate) fn examples(&self, config: &RunConfig) -> Result<Option<Examples>, DataError> {
        let Self::Pictures(pictures) = self else { return Ok(None) };
        if pictures.input_shape().is_none() {
            return Ok(None);
        }
        let shown = self.held_out(&config.data)?.unwrap_or_else(|| pictures.clone());
        // A sheet shows each pair as three pictures; of two sets, each picture as three.
        let of_one = if pictures.arrangement() == Arrangement::Sets { 6 } else { 3 };
        Examples::first(shown, (config.sheet / of_one).max(1), config.seed).map(Some)
    }

    /// Pictures that nothing is learned from: the test split, where there is one with pictures like
    /// the others.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn held_out(&self, config: &DataConfig) -> Result<Option<Arc<Pictures>>, DataError> {
        match self {
            Self::Pictures(pictures) => test_split(config, pictures),
            Self::Sounds(_) | Self::Points(_) => Ok(None),
        }
    }

    /// Batches of `n` samples on `device`.
    ///
    /// # Errors
    ///
    /// When there are no samples or the batch is empty.
    pub(crate) fn source(
        &self,
        n: usize,
        config: &RunConfig,
        device: &Device,
    ) -> Result<SampleSource, DataError> {
        match self {
            Self::Pictures(pictures) => {
                let sampler = Sampler::new(config.seed, pictures.len())?;
                let loader = Loader::new(pictures.clone(), sampler, n, config.workers, 0)?;
                let loader = if config.data.mirror { loader.mirrored() } else { loader };
                Ok(SampleSource::Pictures(PictureSource::new(loader, device.clone())))
            }
            Self::Sounds(sounds) => Ok(SampleSource::Sounds(SoundSource {
                sounds: sounds.clone(),
                sampler: Sampler::new(config.seed, sounds.len())?,
                batch: n,
                position: SamplesSeen(0),
                device: device.clone(),
            })),
            Self::Points(mixture) => Ok(SampleSource::Points(PointSource {
                mixture: *mixture,
                address: Address::new(config.seed, Purpose::Data),
                batch: n,
                position: SamplesSeen(0),
                device: device.clone(),
            })),
        }
    }
}

/// The test split, where there is one with pictures like those that are learned from.
fn test_split(config: &DataConfig, like: &Pictures) -> Result<Option<Arc<Pictures>>, DataError> {
    // Pictures from memory are not what the configuration names; a test split that is learned from is not
    // held out.
    if like.kind() == Kind::Memory || config.split == Split::Test {
        return Ok(None);
    }
    match open(&config.source, Split::Test, &config.options_like(like.shape())) {
        Ok(pictures) if pictures.pair_shape() == like.pair_shape() => Ok(Some(Arc::new(pictures))),
        Ok(_) | Err(DataError::NoSuchSplit { .. } | DataError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
