//! What can go wrong while samples are judged, or the judge is taught.

use std::io;
use std::path::PathBuf;

use kiln_core::Medium;
use kiln_data::{DataError, Source};
use kiln_eval::metric::StatisticsError;
use kiln_eval::{EvalError, WeightsError};
use kiln_models::ConfigError;
use kiln_train::{CheckpointError, OptimizerError, StateError};
use thiserror::Error;

use super::Metric;
use crate::recipe::{AskError, RecipeError};

/// An evaluation that came to nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The classifier cannot judge these samples.
    #[error(transparent)]
    Judge(#[from] EvalError),
    /// Samples that are no pictures.
    #[error("the classifier judges pictures; these samples have shape {shape:?}")]
    NoPictures {
        /// Shape of one sample.
        shape: Vec<usize>,
    },
    /// A sample that is not finite.
    #[error("sample {sample} holds a number that is not finite: the generator has broken down")]
    NotFinite {
        /// Its index.
        sample: usize,
    },
    /// A metric of another name.
    #[error("there is no metric `{name}`; there are {}", Metric::list())]
    UnknownMetric {
        /// The name that was given.
        name: String,
    },
    /// A comparison without the other side.
    #[error(
        "`{metric}` compares the samples with real pictures, of which there are none or only \
         statistics: give pictures as --against"
    )]
    NothingToCompare {
        /// Which metric.
        metric: Metric,
    },
    /// A comparison with held-out pictures without any.
    #[error(
        "`{metric}` compares with pictures that were held out, too: give data of two parts, \
         training and test, and no statistics"
    )]
    NoHeldOut {
        /// Which metric.
        metric: Metric,
    },
    /// A critic that cannot be asked.
    #[error("`critic` cannot be measured: {reason}")]
    NoCritic {
        /// Why.
        reason: &'static str,
    },
    /// What is measured of a generator, asked of a translator.
    #[error(
        "a translator is measured on held-out pictures by all that there is (of pairs L1, PSNR, perceptual \
         and frechet distance; of two sets the way there and back): leave --metric {metric} out"
    )]
    OfGenerators {
        /// Which metric.
        metric: Metric,
    },
    /// A translator without anything to measure it by.
    #[error(
        "a translator is measured by what it makes of held-out pictures, and {data} has none like those \
         that it learns from: leave --eval-every (`plan.evaluate-every`) out, or give data on disk with a \
         test part"
    )]
    NothingHeldOut {
        /// What is learned from.
        data: String,
    },
    /// A critic that should be asked while it learns.
    #[error(
        "`{metric}` asks a run's checkpoint: leave it out while training, where \
         `critic/accuracy-real` is reported anyway, and give `kiln eval RUN --metric {metric}`"
    )]
    AskedAfterwards {
        /// Which metric.
        metric: Metric,
    },
    /// The run's checkpoints cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Nothing that was left out of training.
    #[error(
        "`{metric}` tells classes that were not learned from, and the run left none out: train with \
         such as --set data.without=[3]"
    )]
    NoAnomalies {
        /// Which metric.
        metric: Metric,
    },
    /// A score of classes with an extractor that knows none.
    #[error("the extractor has no classes to make a score of: take `inception-tf` or `digits`")]
    NoClasses,
    /// Statistics that cannot be used.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// Data of which the modes are not known.
    #[error("the modes of `{data}` are not known: there are those of ring8, grid25, stacked-mnist")]
    NoModes {
        /// The data.
        data: String,
    },
    /// Samples that cannot be asked for classes.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// A class that the classifier does not know.
    #[error("the classifier tells digits, 0 to 9, and the class `{class}` is none")]
    NoDigit {
        /// Its name.
        class: String,
    },
    /// The classifier's weights cannot be used.
    #[error("the classifier of digits: {0}")]
    Weights(#[from] WeightsError),
    /// The pictures to learn from cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The pictures to learn from are not of the kind that the classifier looks at.
    #[error("the classifier learns from labelled pictures of shape [1, 28, 28], not {found}")]
    Unfit {
        /// What they are.
        found: String,
    },
    /// Samples that are no volumes.
    #[error("pieces are counted of volumes; these samples have shape {shape:?}")]
    NoVolumes {
        /// Shape of one sample.
        shape: Vec<usize>,
    },
    /// A classifier for other samples.
    #[error(
        "the classifier judges {} of shape {wanted:?}, and these are {} of shape {found:?}",
        named(*.taught),
        named(*.medium)
    )]
    OtherSamples {
        /// What the samples are.
        medium: Medium,
        /// Shape of one.
        found: Vec<usize>,
        /// What they would have to be.
        taught: Medium,
        /// Shape of one of those.
        wanted: [usize; 3],
    },
    /// A metric of pictures, and samples that are none.
    #[error("`{metric}` is measured of pictures, and these are {}: ask for `classes`", .medium.plural())]
    OfPictures {
        /// The metric.
        metric: Metric,
        /// What the samples are.
        medium: Medium,
    },
    /// Data that no classifier comes with.
    #[error(
        "no classifier in the box tells the classes of `{data}` of this size: teach one with `kiln \
         classifier --data {data} {flags} --out FILE`, and give `kiln eval` --classifier FILE"
    )]
    NoneForData {
        /// The data.
        data: String,
        /// What says the size of its samples on the command line.
        flags: String,
    },
    /// A classifier of other classes, or parts of data with different ones.
    #[error(
        "the classes differ: {told:?} were taught, and the data has {data:?}; both parts need a folder \
         for every class"
    )]
    OtherClasses {
        /// What the classifier tells.
        told: Vec<String>,
        /// What the data has.
        data: Vec<String>,
    },
    /// A file that holds no classifier.
    #[error("it is no classifier: {reason}")]
    NoClassifier {
        /// Why not.
        reason: String,
    },
    /// A file that cannot be used.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Data without classes.
    #[error("a classifier learns from labelled data: put each class into a folder of its own")]
    Unlabelled,
    /// A network for other samples.
    #[error("the network is not one for {medium}")]
    OtherNetwork {
        /// What the data is made of.
        medium: &'static str,
    },
    /// The data cannot be drawn from.
    #[error("{0}")]
    Drawn(String),
    /// There is no such generator.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// There is no such network.
    #[error(transparent)]
    Network(#[from] ConfigError),
    /// The optimiser cannot work.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// A training of nothing.
    #[error("`{field}` is 0: give at least 1")]
    Zero {
        /// The field.
        field: &'static str,
    },
    /// Readings or weights could not be fetched or put into a file.
    #[error(transparent)]
    State(#[from] StateError),
    /// Training went wrong.
    #[error("the loss is not a finite number after {samples} samples: lower `rate`")]
    Diverged {
        /// Samples shown so far.
        samples: u64,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {cause}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// A medium in words, with the rate of sounds.
fn named(medium: Medium) -> String {
    match medium {
        Medium::Sound { rate } => format!("sounds of {rate} samples a second"),
        other => other.plural().to_owned(),
    }
}

impl EvaluateError {
    /// That no classifier comes for such samples, and how one is taught.
    pub(super) fn none_for(data: &Source, medium: Medium, [side, _, length]: [usize; 3]) -> Self {
        let flags = match medium {
            Medium::Sound { rate } => format!("--size {length} --rate {rate}"),
            _ => format!("--size {side}"),
        };
        Self::NoneForData { data: data.to_string(), flags }
    }
}
