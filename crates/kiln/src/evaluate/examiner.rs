//! Measures generators, or folders of pictures, against real pictures that are looked at once.

use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::{Address, Purpose, Sheet};
use kiln_data::Pictures;
use kiln_eval::metric::{Statistics, nearest, path_length_of};
use kiln_eval::{Extractor, ExtractorConfig, ExtractorKind, Features, Provenance};

use super::gather::{Gathered, Wants, gather};
use super::measure::{Comparison, Measurement};
use super::nearest_pictures::beside;
use super::picture_set::{Held, PictureSet};
use super::{EvaluateError, Metric};

/// What is to be measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The metrics of features and of pictures among these are measured here; the others are not.
    pub metrics: Vec<Metric>,
    /// What sees the features.
    pub extractor: ExtractorConfig,
    /// Real pictures that are compared one by one, at most: as many as there are samples, usually.
    pub rows: usize,
    /// What every random choice follows from.
    pub seed: u64,
}

/// What samples are compared with.
#[derive(Debug, Clone)]
pub enum Against {
    /// Real pictures.
    Pictures(Arc<Pictures>),
    /// Real pictures that were trained on, and others like them that were not.
    Parts {
        /// What the samples are compared with.
        training: Arc<Pictures>,
        /// What tells whether they are more like these than they should be.
        held_out: Arc<Pictures>,
    },
    /// The mean and covariance of real pictures' features.
    Statistics(Statistics),
    /// Nothing: some metrics need no real picture.
    Nothing,
}

impl Against {
    /// The extractor that statistics say they are of, unless it is none of ours.
    pub fn extractor(&self) -> Option<ExtractorKind> {
        let Self::Statistics(Statistics { provenance: Some(known), .. }) = self else {
            return None;
        };
        let Provenance { extractor, layer, .. } = known;
        format!("{extractor}:{layer}").parse().or_else(|_| extractor.parse()).ok()
    }
}

/// Told how many pictures were seen, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// An extractor, where a metric needs one, and what was seen of the real pictures.
pub struct Examiner {
    request: Request,
    extractor: Option<Box<dyn Extractor>>,
    reals: Gathered,
    held_out: Option<Gathered>,
    /// The real pictures with features of all of them, to find copies in.
    training: Option<(Arc<Pictures>, Features)>,
}

impl Examiner {
    /// Opens the extractor for pictures of `shape` (channels, height, width), and looks at the real
    /// pictures with it.
    ///
    /// # Errors
    ///
    /// When the extractor cannot be had, or the real pictures cannot be read or are of another
    /// extractor's statistics.
    pub fn open(
        request: Request,
        against: &Against,
        shape: [usize; 3],
        device: &Device,
        progress: Progress<'_>,
    ) -> Result<Self, EvaluateError> {
        let wanted = request.metrics.iter().any(|metric| metric.needs_extractor());
        let extractor = wanted.then(|| request.extractor.open(shape, device)).transpose()?;
        let (reals, held_out, training) = (Gathered::default(), None, None);
        let mut examiner = Self { request, extractor, reals, held_out, training };
        match against {
            Against::Pictures(pictures) => examiner.look_at(pictures, progress)?,
            Against::Parts { training, held_out } => {
                examiner.look_at(training, progress)?;
                examiner.held_out = Some(examiner.look_at_held_out(held_out, progress)?);
            }
            Against::Statistics(statistics) => examiner.take(statistics)?,
            Against::Nothing => {}
        }
        Ok(examiner)
    }

    fn take(&mut self, statistics: &Statistics) -> Result<(), EvaluateError> {
        if let Some(provenance) = self.provenance() {
            statistics.check(provenance)?;
        }
        self.reals.groups = vec![statistics.moments.clone()];
        Ok(())
    }

    fn look_at(
        &mut self,
        pictures: &Arc<Pictures>,
        progress: Progress<'_>,
    ) -> Result<(), EvaluateError> {
        let Request { metrics, rows, .. } = &self.request;
        if !metrics.iter().any(|metric| metric.compares()) {
            return Ok(());
        }
        let searched = metrics.contains(&Metric::Memorisation);
        let (rows, wants) = (*rows, Wants::of_reals(metrics, *rows));
        let subject = Held::new(pictures, wants.most(), self.address("reals"));
        self.reals = self.see(&subject, wants, progress)?;
        if let Some(all) = self.reals.rows.take_if(|_| searched) {
            let first: Vec<usize> = (0..rows.min(all.len())).collect();
            self.reals.rows = Some(all.select(&first));
            // In the order of the data set, so that a row's index is a picture's.
            self.training = Some((pictures.clone(), all.select(&subject.places())));
        }
        Ok(())
    }

    fn look_at_held_out(
        &self,
        pictures: &Pictures,
        progress: Progress<'_>,
    ) -> Result<Gathered, EvaluateError> {
        let wants = Wants::of_held_out(&self.request.metrics, self.request.rows);
        let subject = Held::new(pictures, wants.most(), self.address("held-out"));
        self.see(&subject, wants, progress)
    }

    /// What the features depend on, where a metric is of features.
    pub fn provenance(&self) -> Option<&Provenance> {
        self.extractor.as_ref().map(|extractor| extractor.provenance())
    }

    /// The statistics of the real pictures, to be kept in a file, where they were looked at.
    pub fn statistics(&self) -> Option<Statistics> {
        let provenance = self.provenance().cloned();
        let moments = self.reals.groups.first().cloned();
        moments.map(|moments| Statistics { moments, provenance })
    }

    /// Looks at every sample and measures.
    ///
    /// # Errors
    ///
    /// When the samples cannot be drawn or read, are too few, hold numbers that are not finite, or
    /// a metric needs real pictures or classes and has none.
    pub fn examine(
        &self,
        subject: &dyn PictureSet,
        progress: Progress<'_>,
    ) -> Result<Vec<Measurement>, EvaluateError> {
        let metrics = &self.request.metrics;
        let wants = Wants::of_samples(metrics);
        if wants.most() == Some(0) {
            return Ok(Vec::new());
        }
        let fakes = self.see(subject, wants, progress)?;
        let comparison = Comparison {
            fakes: &fakes,
            reals: &self.reals,
            training: self.training.as_ref().map(|(_, features)| features),
            held_out: self.held_out.as_ref(),
            seed: self.request.seed,
        };
        let values = metrics.iter().map(|metric| comparison.measure(*metric));
        Ok(values.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The path length of steps of `epsilon` between latents, from samples at their starts and at their
    /// ends.
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine), and when there are not as many of both.
    pub fn path_length(
        &self,
        [starts, ends]: [&dyn PictureSet; 2],
        epsilon: f64,
        progress: Progress<'_>,
    ) -> Result<Measurement, EvaluateError> {
        let wants = Wants { rows: Some(usize::MAX), ..Wants::default() };
        let [starts, ends] = [self.see(starts, wants, progress)?, self.see(ends, wants, progress)?];
        let metric = Metric::PathLength;
        let none = || EvaluateError::NothingToCompare { metric };
        let (from, to) = (starts.rows.ok_or_else(none)?, ends.rows.ok_or_else(none)?);
        let found = path_length_of(&from, &to, epsilon)?;
        let value = Measurement::of_features(metric.name(), found.estimate, from.len());
        Ok(value.given("epsilon", epsilon))
    }

    /// The first `n` samples, each beside the training picture that is nearest to it by its features:
    /// a sheet of pairs, the most alike first. Nothing unless [`Metric::Memorisation`] was asked for.
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    pub fn neighbours(
        &self,
        subject: &dyn PictureSet,
        n: usize,
    ) -> Result<Option<Sheet>, EvaluateError> {
        let (Some(extractor), Some((training, features))) = (&self.extractor, &self.training)
        else {
            return Ok(None);
        };
        let samples = subject.portion(0..n.min(subject.count()))?;
        let found = nearest(&extractor.see(&samples)?.features, features)?;
        Ok(Some(beside(&samples, training, &found)?))
    }

    fn see(
        &self,
        subject: &dyn PictureSet,
        wants: Wants,
        progress: Progress<'_>,
    ) -> Result<Gathered, EvaluateError> {
        let of = subject.count();
        gather(subject, self.extractor.as_deref(), wants, &mut |seen| progress(seen, of))
    }

    fn address(&self, name: &str) -> Address {
        Address::new(self.request.seed, Purpose::Evaluation).named(name)
    }
}
