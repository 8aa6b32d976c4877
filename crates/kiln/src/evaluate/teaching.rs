//! Teaches a [`Classifier`] on labelled data of any kind: cross-entropy, Adam, half a cosine of learning
//! rate, and a test on the data's other part.

use std::path::Path;
use std::time::Instant;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Clock, Medium, Purpose, SamplesSeen, Schedule, Side, atomic};
use kiln_data::Split;
use kiln_eval::{Accuracy, Verdicts};
use kiln_models::{CriticHeadConfig, Initial, Norm, Pass, initialise};
use kiln_train::{
    Learner, LearnerConfig, Meters, OptimizerConfig, Round, Source, State, StateError,
};
use serde::{Deserialize, Serialize};

use super::classifier::{CARD, WEIGHTS};
use super::digits::mean_loss;
use super::{Classifier, ClassifierCard, EvaluateError};
use crate::config::{DataConfig, RunConfig};
use crate::material::Material;
use crate::recipe::{CriticBody, CriticNetwork, Images};

/// How a classifier is taught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Teaching {
    /// What it learns from; it is tested on the other part.
    pub data: DataConfig,
    /// Its network; the one that fits the data unless given.
    pub network: Option<CriticNetwork>,
    /// Seed of first weights and order.
    pub seed: u64,
    /// Samples to show.
    pub samples: u64,
    /// Samples in a batch.
    pub batch: usize,
    /// Learning rate at the start.
    pub rate: f64,
}

/// A classifier that was taught, and how it did.
#[derive(Debug, Clone)]
pub struct TaughtClassifier {
    /// What it is.
    pub card: ClassifierCard,
    /// How it was taught.
    pub teaching: Teaching,
    /// On the test samples, of which it has seen none.
    pub test: Accuracy,
    /// The share of these that it is at least 0.9 sure of.
    pub confident_share: f64,
    /// What the teaching took.
    pub seconds: f64,
    network: CriticBody,
}

/// Key of the metadata that say how a classifier was made.
const MADE: &str = "kiln.classifier.made";
/// Samples shown between two reports.
const REPORT: u64 = 6400;

/// Teaches a classifier on `device`; tells the samples shown and the mean loss since the last time. On
/// the CPU, equal teaching gives equal weights.
///
/// # Errors
///
/// When the data cannot be read, has no labels or no other part, there is no such network, or the device
/// fails.
pub fn teach_classifier(
    teaching: &Teaching,
    device: &Device,
    mut tell: impl FnMut(SamplesSeen, f64),
) -> Result<TaughtClassifier, EvaluateError> {
    let start = Instant::now();
    if teaching.batch == 0 || teaching.samples == 0 {
        let field = if teaching.batch == 0 { "batch" } else { "samples" };
        return Err(EvaluateError::Zero { field });
    }
    let device = device.clone().autodiff();
    let material = Material::open(&teaching.data)?;
    let card = teaching.card(&material)?;
    let network = card.network.init(card.sample, card.classes.len(), &device)?;
    let weights = Address::new(teaching.seed, Purpose::Weights);
    let network = initialise(network, &Initial::kaiming(0.2), weights);
    let network = teaching.teach(network, &card, &material, &device, &mut tell)?;
    let (test, confident_share) =
        teaching.test(&Classifier::new(card.clone(), network.clone(), &device))?;
    let (teaching, seconds) = (teaching.clone(), start.elapsed().as_secs_f64());
    Ok(TaughtClassifier { card, teaching, test, confident_share, seconds, network })
}

impl Teaching {
    fn card(&self, material: &Material) -> Result<ClassifierCard, EvaluateError> {
        let (medium, sample) = (material.medium(), material.shape());
        let classes = material.classes().ok_or(EvaluateError::Unlabelled)?.names;
        let network = self.network.clone().unwrap_or_else(|| fitting(medium));
        if !network.takes(medium) {
            return Err(EvaluateError::OtherNetwork { medium: medium.plural() });
        }
        Ok(ClassifierCard { network, medium, sample, classes })
    }

    fn teach(
        &self,
        network: CriticBody,
        card: &ClassifierCard,
        material: &Material,
        device: &Device,
        tell: &mut impl FnMut(SamplesSeen, f64),
    ) -> Result<CriticBody, EvaluateError> {
        let (from, to, until) = (self.rate, 0.0, SamplesSeen(self.samples));
        let how = LearnerConfig {
            optimizer: OptimizerConfig::adam(0.9, 0.999),
            rate: Schedule::Cosine { from, to, until },
            clip_norm: None,
        };
        how.check()?;
        let mut learner = how.init(Side::Critic, network);
        let mut source = material.source(self.batch, &self.run(), device)?;
        let (mut clock, mut meters) = (Clock::default(), Meters::default());
        while clock.samples < until {
            let mut round = Round::new(clock, self.seed, device);
            let batch = source.draw().map_err(|error| EvaluateError::Drawn(error.to_string()))?;
            learner = lesson(learner, &batch, card.classes.len(), &mut round);
            clock = round.clock;
            meters.add(&round.into_readings());
            let reported = clock.samples.0 / REPORT;
            clock.count_round(self.batch as u64);
            if clock.samples.0 / REPORT > reported || clock.samples >= until {
                tell(clock.samples, mean_loss(&mut meters, clock.samples)?);
            }
        }
        Ok(learner.network().clone())
    }

    /// Judges the data's other part, each sample once.
    fn test(&self, classifier: &Classifier) -> Result<(Accuracy, f64), EvaluateError> {
        const BATCH: usize = 50;
        let data = DataConfig { split: Split::Test, ..self.data.clone() };
        let material = Material::open(&data)?;
        let classes = material.classes().ok_or(EvaluateError::Unlabelled)?.names;
        if classes != classifier.card.classes {
            let (told, data) = (classifier.card.classes.clone(), classes);
            return Err(EvaluateError::OtherClasses { told, data });
        }
        let mut source = material.source(BATCH, &self.run(), classifier.device())?;
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        let n = material.len().unwrap_or(BATCH);
        for _ in 0..n.div_ceil(BATCH) {
            let batch = source.draw().map_err(|error| EvaluateError::Drawn(error.to_string()))?;
            rows.extend(classifier.probabilities(batch.pixels)?);
            labels.extend(batch.labels.unwrap_or_default());
        }
        // The last batch may go on with a second epoch.
        rows.truncate(n);
        labels.truncate(n);
        let verdicts = Verdicts::new(rows)?;
        Ok((verdicts.accuracy(&labels)?, verdicts.confident_share(kiln_eval::CONFIDENT)))
    }

    fn run(&self) -> RunConfig {
        RunConfig { data: self.data.clone(), seed: self.seed, ..RunConfig::default() }
    }
}

/// A small network for samples of this kind.
fn fitting(medium: Medium) -> CriticNetwork {
    let (norm, head) = (Norm::Batch, CriticHeadConfig::default());
    match medium {
        Medium::Volume => CriticNetwork::Volume { width: 4, norm, head },
        Medium::Sound { .. } => CriticNetwork::Wave { width: 8, shuffle: 2, norm, head },
        _ => CriticNetwork::Dcgan { width: 8, extra_layers: 0, norm, head },
    }
}

/// One update towards a smaller cross-entropy, which is recorded as `loss`, in nats.
fn lesson(
    learner: Learner<CriticBody>,
    batch: &Images,
    n_classes: usize,
    round: &mut Round<'_>,
) -> Learner<CriticBody> {
    let labels = batch.labels.as_deref().unwrap_or_default();
    let mut classes = vec![0.0_f32; labels.len() * n_classes];
    for (row, class) in labels.iter().enumerate() {
        classes[row * n_classes + *class as usize] = 1.0;
    }
    let classes = TensorData::new(classes, [labels.len(), n_classes]);
    let classes = Tensor::<2>::from_data(classes, round.device());
    let pass = Pass::train(Some(round.address(Purpose::Dropout))).iterating_power();
    let logits = learner.network().forward(batch.pixels.clone().into(), &pass).value;
    let loss = (log_softmax(logits, 1) * classes).sum().neg() / labels.len().max(1) as f64;
    round.record("loss", loss.clone());
    learner.learn(&loss, round)
}

impl TaughtClassifier {
    /// Writes the classifier to `path`; the file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// When the device fails or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), EvaluateError> {
        let made = serde_json::json!({
            "teaching": self.teaching,
            "test-right": self.test.right,
            "test-of": self.test.of,
        });
        let card = serde_json::to_string(&self.card);
        let card = card.map_err(|cause| StateError::Format(cause.to_string()))?;
        let mut state = State::new();
        state.put_module(WEIGHTS, &self.network);
        state.read()?;
        let bytes = state.to_safetensors(&[(CARD, card), (MADE, made.to_string())])?;
        let path = path.to_owned();
        atomic::write(&path, &bytes).map_err(|cause| EvaluateError::Unwritable { path, cause })
    }
}
