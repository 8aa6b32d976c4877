//! Batches in the order of a sampler, made ahead where that pays.

use std::sync::Arc;

use kiln_core::{Address, Purpose, SamplesSeen, Stream};

use crate::crew::Crew;
use crate::{DataError, PictureBatch, Pictures, Sampler};

/// Batches in the order of a [`Sampler`], all of one size.
///
/// Pictures that lie decoded in memory are copied as they are asked for; picture files are
/// decoded ahead by worker threads, at most `workers + 2` batches of them. Which batches come,
/// and in which order, depends on neither the number of workers nor their speed.
#[derive(Debug)]
pub struct Loader {
    recipe: Arc<Recipe>,
    workers: usize,
    position: u64,
    crew: Option<Crew<Result<PictureBatch, DataError>>>,
}

/// What a batch is made from.
#[derive(Debug)]
struct Recipe {
    pictures: Arc<Pictures>,
    sampler: Sampler,
    /// The order of the other set, of two.
    others: Option<Sampler>,
    batch_size: usize,
    mirror: bool,
}

impl Loader {
    /// A loader of `batch_size` pictures a batch, which begins after `position` samples.
    ///
    /// With no workers, files are decoded by the caller's own thread.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] for an empty batch, or a sampler made for another number of
    /// pictures.
    pub fn new(
        pictures: Arc<Pictures>,
        sampler: Sampler,
        batch_size: usize,
        workers: usize,
        position: u64,
    ) -> Result<Self, DataError> {
        if batch_size == 0 {
            return Err(DataError::BadOption("a batch needs at least 1 picture".into()));
        }
        if sampler.len() != pictures.len() {
            let message = format!(
                "a sampler over {} samples does not fit {} pictures",
                sampler.len(),
                pictures.len()
            );
            return Err(DataError::BadOption(message));
        }
        let others = pictures.other_set().map(|others| sampler.unrelated(others.len()));
        let others = others.transpose()?;
        let recipe = Recipe { pictures, sampler, others, batch_size, mirror: false };
        Ok(Self { recipe: Arc::new(recipe), workers, position, crew: None })
    }

    /// Mirrors every second picture left to right, by chance; the same ones whenever this
    /// position is drawn under this seed.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        self.crew = None;
        // The crew is gone, and with it every other owner.
        if let Some(recipe) = Arc::get_mut(&mut self.recipe) {
            recipe.mirror = true;
        }
        self
    }

    /// The next batch.
    ///
    /// # Errors
    ///
    /// When a picture cannot be decoded; the error names its file. The position then stays, so
    /// another call tries again.
    pub fn next_batch(&mut self) -> Result<PictureBatch, DataError> {
        let batch = if self.workers == 0 || self.recipe.pictures.is_quick() {
            self.recipe.batch(self.position)
        } else {
            self.collect()
        };
        match batch {
            Ok(batch) => {
                self.position += self.recipe.batch_size as u64;
                Ok(batch)
            }
            Err(error) => {
                // Tickets beyond the failed one are void.
                self.crew = None;
                Err(error)
            }
        }
    }

    /// Samples drawn before the next batch.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Goes on after `position` samples.
    pub fn seek(&mut self, position: u64) {
        if position != self.position {
            self.crew = None;
            self.position = position;
        }
    }

    /// The pictures.
    pub fn pictures(&self) -> &Arc<Pictures> {
        &self.recipe.pictures
    }

    /// The order.
    pub fn sampler(&self) -> &Sampler {
        &self.recipe.sampler
    }

    /// Pictures in a batch.
    pub fn batch_size(&self) -> usize {
        self.recipe.batch_size
    }

    fn collect(&mut self) -> Result<PictureBatch, DataError> {
        let crew = match self.crew.take() {
            Some(crew) => crew,
            None => self.start_crew()?,
        };
        let outcome = crew.collect();
        self.crew = Some(crew);
        outcome.unwrap_or_else(|detail| {
            let position = self.position;
            Err(DataError::Worker { position, detail })
        })
    }

    fn start_crew(&self) -> Result<Crew<Result<PictureBatch, DataError>>, DataError> {
        let (recipe, first) = (Arc::clone(&self.recipe), self.position);
        Crew::start(self.workers, move |ticket| {
            recipe.batch(first + ticket * recipe.batch_size as u64)
        })
        .map_err(|cause| DataError::Worker {
            position: self.position,
            detail: format!("the system starts no thread: {cause}"),
        })
    }
}

impl Recipe {
    /// The batch of the samples from `position` on.
    fn batch(&self, position: u64) -> Result<PictureBatch, DataError> {
        let [channels, height, width] = self.pictures.pair_shape();
        let picture_len = channels * height * width;
        let mut bytes = Vec::with_capacity(self.batch_size * picture_len);
        let mut labels = Vec::with_capacity(self.batch_size);
        let indices = self.sampler.indices(position, self.batch_size);
        let others = match &self.others {
            Some(others) => others.indices(position, self.batch_size),
            None => indices.clone(),
        };
        for (offset, (index, other)) in indices.into_iter().zip(others).enumerate() {
            labels.extend(self.pictures.append_pair(index, other, &mut bytes)?);
            if self.mirror {
                let start = bytes.len() - picture_len;
                self.mirror_some(&mut bytes[start..], width, position + offset as u64);
            }
        }
        Ok(PictureBatch {
            bytes,
            shape: [self.batch_size, channels, height, width],
            labels: self.pictures.labels().map(|_| labels),
        })
    }

    /// Mirrors what is at `position` or not; of two sets, each picture by a chance of its own.
    fn mirror_some(&self, pixels: &mut [u8], width: usize, position: u64) {
        let address = Address::new(self.sampler.seed(), Purpose::Augment).at(SamplesSeen(position));
        let by_chance = |pixels: &mut [u8], name| {
            if Stream::new(address.named(name)).bits() & 1 == 1 {
                mirror(pixels, width);
            }
        };
        match self.pictures.other_set() {
            None => by_chance(pixels, "mirror"),
            Some(others) => {
                let (other, own) = pixels.split_at_mut(others.picture_len());
                by_chance(own, "mirror");
                by_chance(other, "mirror the other");
            }
        }
    }
}

/// Reverses every row.
fn mirror(pixels: &mut [u8], width: usize) {
    pixels.chunks_exact_mut(width.max(1)).for_each(<[u8]>::reverse);
}
