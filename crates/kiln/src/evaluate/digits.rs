//! Teaches the classifier that judges samples, of digits or others: 28 x 28 grey pictures in ten classes,
//! cross-entropy, Adam, half a cosine of learning rate, small distortions of the pictures.

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Device;
use kiln_core::{Address, Clock, Purpose, SamplesSeen, Schedule, Side};
use kiln_data::{Loader, OpenOptions, Pictures, Sampler, Source, Split};
use kiln_eval::{CLASSES, Digits};
use kiln_models::{DigitsClassifier, DigitsClassifierConfig, Initial, initialise};
use kiln_train::{Learner, LearnerConfig, Meters, OptimizerConfig, Round};
use serde::{Deserialize, Serialize};

use super::lesson::Lesson;
use super::trained::examine;
use super::{Distortion, EvaluateError, TrainedDigits};

/// How the classifier is taught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DigitsTraining {
    /// Seed of first weights, order, dropout and distortions.
    pub seed: u64,
    /// How often every picture is shown.
    pub epochs: u64,
    /// Pictures in a batch.
    pub batch: usize,
    /// Learning rate at the start; half a cosine takes it to zero.
    pub rate: f64,
    /// Changes of the pictures.
    pub distortion: Distortion,
    /// The network.
    pub network: DigitsClassifierConfig,
}

impl Default for DigitsTraining {
    fn default() -> Self {
        Self {
            seed: 1,
            epochs: 4,
            batch: 64,
            rate: 2e-3,
            distortion: Distortion::default(),
            network: DigitsClassifierConfig::default(),
        }
    }
}

/// How a training stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DigitsProgress {
    /// Pictures shown.
    pub samples: SamplesSeen,
    /// Pictures to be shown in all.
    pub of: SamplesSeen,
    /// Mean cross-entropy since the last report, in nats.
    pub loss: f64,
    /// Since the start.
    pub seconds: f64,
}

/// Pictures shown between two reports.
const REPORT: u64 = 12_800;

/// Teaches the classifier on the training pictures of `source`, such as MNIST's 60,000 digits, on
/// `device`, and tests it on those that are held out. Pictures are made grey and 28 x 28. On the CPU,
/// equal training gives equal weights.
///
/// # Errors
///
/// When the training is not possible, the pictures cannot be read or have no labels of at most ten
/// classes, or the device fails.
pub fn train_digits(
    training: &DigitsTraining,
    source: &Source,
    device: &Device,
    progress: impl FnMut(&DigitsProgress),
) -> Result<TrainedDigits, EvaluateError> {
    let options = OpenOptions { size: Some(28), channels: Some(1), ..OpenOptions::default() };
    let part = |split| kiln_data::open(source, split, &options);
    train_on(training, Arc::new(part(Split::Train)?), &part(Split::Test)?, device, progress)
}

/// The names of the classes of pictures.
fn class_names(pictures: &Pictures) -> Vec<String> {
    pictures.labels().map(|labels| labels.classes.clone()).unwrap_or_default()
}

pub(super) fn train_on(
    training: &DigitsTraining,
    pictures: Arc<Pictures>,
    test: &Pictures,
    device: &Device,
    mut progress: impl FnMut(&DigitsProgress),
) -> Result<TrainedDigits, EvaluateError> {
    check_pictures(test)?;
    let [told, data] = [&*pictures, test].map(class_names);
    if pictures.labels().is_some() && told != data {
        return Err(EvaluateError::OtherClasses { told, data });
    }
    let (start, device) = (Instant::now(), device.clone().autodiff());
    let network = teach(training, pictures, &device, |samples, of, loss| {
        let seconds = start.elapsed().as_secs_f64();
        progress(&DigitsProgress { samples, of, loss, seconds });
    })?;
    Ok(TrainedDigits {
        seconds: start.elapsed().as_secs_f64(),
        test: examine(&Digits::new(&network, &device), test)?,
        training: training.clone(),
        network,
    })
}

/// Gives every lesson; tells the samples shown, all there are to be, and the mean loss.
fn teach(
    training: &DigitsTraining,
    pictures: Arc<Pictures>,
    device: &Device,
    mut tell: impl FnMut(SamplesSeen, SamplesSeen, f64),
) -> Result<DigitsClassifier, EvaluateError> {
    let of = training.check(&pictures)?;
    let sampler = Sampler::new(training.seed, pictures.len())?;
    let mut loader = Loader::new(pictures, sampler, training.batch, 0, 0)?;
    let mut learner = training.pupil(of, device)?;
    let (mut clock, mut meters) = (Clock::default(), Meters::default());
    while clock.samples < of {
        let lesson = Lesson::new(training, &loader.next_batch()?, clock.samples);
        let mut round = Round::new(clock, training.seed, device);
        learner = lesson.teach(learner, &mut round);
        clock = round.clock;
        meters.add(&round.into_readings());
        let reported = clock.samples.0 / REPORT;
        clock.count_round(training.batch as u64);
        if clock.samples.0 / REPORT > reported || clock.samples >= of {
            tell(clock.samples, of, mean_loss(&mut meters, clock.samples)?);
        }
    }
    Ok(learner.network().clone())
}

impl DigitsTraining {
    /// Checks that the training is possible with these pictures; gives its length.
    fn check(&self, pictures: &Pictures) -> Result<SamplesSeen, EvaluateError> {
        check_pictures(pictures)?;
        for (field, value) in [("epochs", self.epochs), ("batch", self.batch as u64)] {
            if value == 0 {
                return Err(EvaluateError::Zero { field });
            }
        }
        Ok(SamplesSeen(self.epochs.saturating_mul(pictures.len() as u64)))
    }

    /// The network before its first lesson.
    fn pupil(
        &self,
        until: SamplesSeen,
        device: &Device,
    ) -> Result<Learner<DigitsClassifier>, EvaluateError> {
        let (from, to) = (self.rate, 0.0);
        let how = LearnerConfig {
            optimizer: OptimizerConfig::adam(0.9, 0.999),
            rate: Schedule::Cosine { from, to, until },
            clip_norm: None,
        };
        how.check()?;
        let weights = Address::new(self.seed, Purpose::Weights);
        let network = initialise(self.network.init(device)?, &Initial::kaiming(0.0), weights);
        Ok(how.init(Side::Critic, network))
    }
}

pub(super) fn mean_loss(meters: &mut Meters, now: SamplesSeen) -> Result<f64, EvaluateError> {
    let means = meters.read()?;
    match means.by_name.get("loss") {
        Some(loss) if means.non_finite == 0 => Ok(*loss),
        _ => Err(EvaluateError::Diverged { samples: now.0 }),
    }
}

/// Refuses pictures that are not the classifier's: grey, 28 x 28, of at most ten classes.
pub(super) fn check_pictures(pictures: &Pictures) -> Result<(), EvaluateError> {
    let classes = pictures.labels().map(|labels| labels.classes.len());
    match (pictures.shape(), classes) {
        ([1, 28, 28], Some(1..=CLASSES)) => Ok(()),
        (shape, classes) => {
            let found = format!("{shape:?} with {} classes", classes.unwrap_or(0));
            Err(EvaluateError::Unfit { found })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use kiln_data::Labels;
    use kiln_eval::NETWORK;
    use kiln_train::State;

    /// Bars of one width, upright (class 0) or level (class 1), at a place of their own.
    fn bars(n: usize) -> Pictures {
        let picture = |idx: usize| {
            let place = 6 + idx % 14;
            (0..784).map(move |pixel| {
                let along = if idx.is_multiple_of(2) { pixel % 28 } else { pixel / 28 };
                if (place..place + 3).contains(&along) { 255 } else { 0 }
            })
        };
        let bytes = (0..n).flat_map(picture).collect();
        let labels = Labels::numbered((0..n).map(|idx| (idx % 2) as u8).collect());
        Pictures::new("bars", [1, 28, 28], bytes, Some(labels)).unwrap()
    }

    fn miniature() -> DigitsTraining {
        DigitsTraining {
            epochs: 6,
            batch: 16,
            rate: 1e-2,
            network: DigitsClassifierConfig { width: 2, features: 8, dropout: 0.1 },
            ..DigitsTraining::default()
        }
    }

    fn train(training: &DigitsTraining) -> (TrainedDigits, Vec<DigitsProgress>) {
        let (device, mut reports) = (Device::flex(), Vec::new());
        let report = |progress: &DigitsProgress| reports.push(*progress);
        let trained = train_on(training, Arc::new(bars(64)), &bars(28), &device, report);
        (trained.unwrap(), reports)
    }

    #[test]
    fn it_learns_its_miniature() {
        let (trained, reports) = train(&miniature());
        assert_eq!((trained.test.right, trained.test.of), (28, 28));
        let last = reports.last().unwrap();
        assert_eq!((last.samples, last.of), (SamplesSeen(384), SamplesSeen(384)));
        // Chance is ln 10 = 2.3; the mean over the whole training was 1.27.
        assert!(last.loss < 1.8, "{last:?}");
    }

    #[test]
    fn equal_training_gives_equal_weights_and_the_file_gives_them_back() {
        let short = DigitsTraining { epochs: 1, ..miniature() };
        let weights = |trained: &TrainedDigits| {
            let mut state = State::new();
            state.put_module(NETWORK, &trained.network);
            state.read().unwrap();
            state.values("digits/describe.weight").unwrap().to_vec()
        };
        let (trained, _) = train(&short);
        assert_eq!(weights(&trained), weights(&train(&short).0));
        assert_ne!(weights(&trained), weights(&train(&DigitsTraining { seed: 2, ..short }).0));

        let bytes = trained.to_safetensors().unwrap();
        let device = Device::flex();
        let (read, live) = (
            Digits::from_safetensors(&bytes, &device).unwrap(),
            Digits::new(&trained.network, &device),
        );
        let pictures = || Tensor::<4>::full([2, 1, 28, 28], 0.25, &device);
        assert_eq!(read.judge(pictures()).unwrap(), live.judge(pictures()).unwrap());
    }

    #[test]
    fn a_training_of_nothing_or_on_other_pictures_is_refused() {
        let refuse = |training: &DigitsTraining, pictures: Pictures| {
            let (test, device) = (bars(2), Device::flex());
            train_on(training, Arc::new(pictures), &test, &device, |_| {}).unwrap_err()
        };
        let none = DigitsTraining { epochs: 0, ..miniature() };
        assert_eq!(refuse(&none, bars(2)).to_string(), "`epochs` is 0: give at least 1");
        let plain = Pictures::new("plain", [1, 28, 28], vec![0; 784], None).unwrap();
        assert!(matches!(refuse(&miniature(), plain), EvaluateError::Unfit { .. }));
    }
}
