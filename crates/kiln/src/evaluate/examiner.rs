//! Measures generators, or folders of pictures, against real pictures that are looked at once.

use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::{Address, Purpose};
use kiln_data::Pictures;
use kiln_eval::metric::{Moments, Statistics};
use kiln_eval::{Extractor, ExtractorConfig, Features, Provenance};

use super::gather::{Gathered, Wants, gather};
use super::measure::{Comparison, Measurement};
use super::picture_set::{Held, PictureSet};
use super::{EvaluateError, Metric};

/// What is to be measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The metrics of features among these are measured here; the others are not.
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
    /// The mean and covariance of real pictures' features.
    Statistics(Statistics),
    /// Nothing: some metrics need no real picture.
    Nothing,
}

/// Told how many pictures were seen, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// An extractor, and what it saw of the real pictures.
pub struct Examiner {
    request: Request,
    extractor: Box<dyn Extractor>,
    moments: Option<Moments>,
    rows: Option<Features>,
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
        let extractor = request.extractor.open(shape, device)?;
        let mut examiner = Self { request, extractor, moments: None, rows: None };
        match against {
            Against::Pictures(pictures) => examiner.look_at(pictures, progress)?,
            Against::Statistics(statistics) => {
                statistics.check(examiner.extractor.provenance())?;
                examiner.moments = Some(statistics.moments.clone());
            }
            Against::Nothing => {}
        }
        Ok(examiner)
    }

    fn look_at(
        &mut self,
        pictures: &Pictures,
        progress: Progress<'_>,
    ) -> Result<(), EvaluateError> {
        let Request { metrics, rows, .. } = &self.request;
        if !metrics.iter().any(|metric| metric.compares()) {
            return Ok(());
        }
        let wants = Wants::of_reals(metrics, *rows, self.address("reals"));
        let seen = if wants.groups.is_some() { None } else { Some(*rows) };
        let subject = Held::new(pictures, seen, wants.address);
        let mut found = self.see(&subject, wants, progress)?;
        (self.moments, self.rows) = (found.groups.pop(), found.rows);
        Ok(())
    }

    /// What the features depend on.
    pub fn provenance(&self) -> &Provenance {
        self.extractor.provenance()
    }

    /// The statistics of the real pictures, to be kept in a file, where they were looked at.
    pub fn statistics(&self) -> Option<Statistics> {
        let provenance = Some(self.provenance().clone());
        self.moments.clone().map(|moments| Statistics { moments, provenance })
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
        let wants = Wants::of_samples(metrics, self.address("samples"));
        let fakes = self.see(subject, wants, progress)?;
        let comparison = Comparison {
            fakes: &fakes,
            moments: self.moments.as_ref(),
            rows: self.rows.as_ref(),
            seed: self.request.seed,
        };
        let values = metrics.iter().map(|metric| comparison.measure(*metric));
        Ok(values.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn see(
        &self,
        subject: &dyn PictureSet,
        wants: Wants,
        progress: Progress<'_>,
    ) -> Result<Gathered, EvaluateError> {
        let of = subject.count();
        gather(subject, &*self.extractor, wants, &mut |seen| progress(seen, of))
    }

    fn address(&self, name: &str) -> Address {
        Address::new(self.request.seed, Purpose::Evaluation).named(name)
    }
}
