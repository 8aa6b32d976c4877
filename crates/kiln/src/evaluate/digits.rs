//! Teaches the classifier of digits, which judges samples: 28 x 28 grey pictures in ten classes,
//! cross-entropy, Adam, half a cosine of learning rate, small distortions of the pictures.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Clock, Purpose, SamplesSeen, Schedule, Side, Stream, atomic};
use kiln_data::{Loader, OpenOptions, PictureBatch, Pictures, PixelRange, Sampler, Source, Split};
use kiln_eval::{Accuracy, CLASSES, CONFIG, Digits, NETWORK};
use kiln_models::{DigitsClassifier, DigitsClassifierConfig, Initial, Pass, initialise};
use kiln_train::{Learner, LearnerConfig, Meters, OptimizerConfig, Round, State};
use serde::{Deserialize, Serialize};

use super::{Distortion, EvaluateError};

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
            epochs: 6,
            batch: 128,
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

/// A classifier that was taught, and how it did.
#[derive(Debug, Clone)]
pub struct TrainedDigits {
    /// The network, on the device it was taught on.
    pub network: DigitsClassifier,
    /// How it was taught.
    pub training: DigitsTraining,
    /// On the test pictures, of which it has seen none.
    pub test: Accuracy,
    /// What the training took.
    pub seconds: f64,
}

/// Pictures shown between two reports.
const REPORT: u64 = 12_800;

/// Teaches the classifier on the 60,000 training pictures of MNIST, on `device`, and tests it on
/// the 10,000 others. On the CPU, equal training gives equal weights.
///
/// # Errors
///
/// When the training is not possible, MNIST cannot be read, or the device fails.
pub fn train_digits(
    training: &DigitsTraining,
    device: &Device,
    progress: impl FnMut(&DigitsProgress),
) -> Result<TrainedDigits, EvaluateError> {
    let mnist = |split| kiln_data::open(&Source::Mnist, split, &OpenOptions::default());
    let pictures = Arc::new(mnist(Split::Train)?);
    train_on(training, pictures, &mnist(Split::Test)?, device, progress)
}

fn train_on(
    training: &DigitsTraining,
    pictures: Arc<Pictures>,
    test: &Pictures,
    device: &Device,
    mut progress: impl FnMut(&DigitsProgress),
) -> Result<TrainedDigits, EvaluateError> {
    let of = training.check(&pictures)?;
    let (start, device) = (Instant::now(), device.clone().autodiff());
    let sampler = Sampler::new(training.seed, pictures.len())?;
    let mut loader = Loader::new(pictures, sampler, training.batch, 0, 0)?;
    let mut learner = training.pupil(of, &device)?;
    let (mut clock, mut meters) = (Clock::default(), Meters::default());
    while clock.samples < of {
        let lesson = training.lesson(&loader.next_batch()?, clock.samples);
        let mut round = Round::new(clock, training.seed, &device);
        learner = teach(learner, &lesson, &mut round);
        clock = round.clock;
        meters.add(round.into_readings());
        let before = clock.samples.0 / REPORT;
        clock.count_round(training.batch as u64);
        if clock.samples.0 / REPORT > before || clock.samples >= of {
            let (samples, seconds) = (clock.samples, start.elapsed().as_secs_f64());
            let loss = mean_loss(&mut meters, samples)?;
            progress(&DigitsProgress { samples, of, loss, seconds });
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let network = learner.network().clone();
    let test = examine(&Digits::new(&network, &device), test)?;
    let training = training.clone();
    Ok(TrainedDigits { network, training, test, seconds })
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

    /// A batch, distorted, with its classes. Each picture's change has the address of its
    /// position, so it depends on nothing else.
    fn lesson(&self, batch: &PictureBatch, position: SamplesSeen) -> Lesson {
        let old = batch.values(PixelRange::Symmetric);
        let [n, _, side, _] = batch.shape;
        let mut pictures = vec![0.0; old.len()];
        let pairs = old.chunks_exact(side * side).zip(pictures.chunks_exact_mut(side * side));
        for (offset, (old, new)) in pairs.enumerate() {
            let address = Address::new(self.seed, Purpose::Augment).at(position + offset as u64);
            let change = self.distortion.draw(side, &mut Stream::new(address));
            change.apply(old, -1.0, new);
        }
        let mut classes = vec![0.0; n * CLASSES];
        for (row, class) in batch.labels.iter().flatten().enumerate() {
            classes[row * CLASSES + *class as usize] = 1.0;
        }
        Lesson {
            pictures: TensorData::new(pictures, batch.shape),
            classes: TensorData::new(classes, [n, CLASSES]),
        }
    }
}

/// What is shown in one round.
struct Lesson {
    /// `[batch, 1, 28, 28]`, in `[-1, 1]`.
    pictures: TensorData,
    /// `[batch, 10]`: one where the class is, zero elsewhere.
    classes: TensorData,
}

/// One update towards a smaller cross-entropy.
fn teach(
    learner: Learner<DigitsClassifier>,
    lesson: &Lesson,
    round: &mut Round<'_>,
) -> Learner<DigitsClassifier> {
    let pictures = Tensor::<4>::from_data(lesson.pictures.clone(), round.device());
    let classes = Tensor::<2>::from_data(lesson.classes.clone(), round.device());
    let pass = Pass::train(Some(round.address(Purpose::Dropout)));
    let logits = learner.network().forward(pictures.into(), &pass).value;
    let [batch, _] = logits.dims();
    let loss = (log_softmax(logits, 1) * classes).sum().neg() / batch as f64;
    round.record("loss", loss.clone());
    learner.learn(&loss, round)
}

fn mean_loss(meters: &mut Meters, now: SamplesSeen) -> Result<f64, EvaluateError> {
    let means = meters.read()?;
    match means.by_name.get("loss") {
        Some(loss) if means.non_finite == 0 => Ok(*loss),
        _ => Err(EvaluateError::Diverged { samples: now.0 }),
    }
}

/// How many of `pictures` the classifier puts into their class.
fn examine(digits: &Digits, pictures: &Pictures) -> Result<Accuracy, EvaluateError> {
    check_pictures(pictures)?;
    let (device, n) = (digits.device(), 1000);
    let (mut right, of) = (0, pictures.len());
    for start in (0..of).step_by(n) {
        let few = (start..of.min(start + n))
            .map(|idx| pictures.picture(idx))
            .collect::<Result<Vec<_>, _>>()?;
        let labels: Vec<u32> = few.iter().filter_map(|picture| picture.label).collect();
        let batch = PictureBatch {
            shape: [few.len(), 1, 28, 28],
            bytes: few.into_iter().flat_map(|picture| picture.pixels).collect(),
            labels: None,
        };
        right += digits.judge(batch.to_tensor(device))?.accuracy(&labels)?.right;
    }
    Ok(Accuracy { right, of })
}

fn check_pictures(pictures: &Pictures) -> Result<(), EvaluateError> {
    let classes = pictures.labels().map(|labels| labels.classes.len());
    match (pictures.shape(), classes) {
        ([1, 28, 28], Some(1..=CLASSES)) => Ok(()),
        (shape, classes) => {
            let found = format!("{shape:?} with {} classes", classes.unwrap_or(0));
            Err(EvaluateError::Unfit { found })
        }
    }
}

/// Key of the metadata that holds how the classifier was made, as JSON.
const MADE: &str = "kiln.digits.made";

/// What the file says of its making.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Made<'a> {
    training: &'a DigitsTraining,
    test_right: usize,
    test_of: usize,
    seconds: f64,
}

impl TrainedDigits {
    /// The classifier as a safetensors file that [`Digits::from_safetensors`] reads.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, EvaluateError> {
        let made = Made {
            training: &self.training,
            test_right: self.test.right,
            test_of: self.test.of,
            seconds: self.seconds.round(),
        };
        let mut state = State::new();
        state.put_module(NETWORK, &self.network);
        state.read()?;
        let metadata = [(CONFIG, json(&self.training.network)?), (MADE, json(&made)?)];
        Ok(state.to_safetensors(&metadata)?)
    }

    /// Writes the classifier to `path`, such as `assets/digits.safetensors`; the file appears
    /// whole or not at all.
    ///
    /// # Errors
    ///
    /// When the device fails or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), EvaluateError> {
        let bytes = self.to_safetensors()?;
        let path = path.to_owned();
        atomic::write(&path, &bytes).map_err(|cause| EvaluateError::Unwritable { path, cause })
    }
}

fn json(value: &impl Serialize) -> Result<String, EvaluateError> {
    let text = serde_json::to_string(value);
    text.map_err(|cause| kiln_train::StateError::Format(cause.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_data::Labels;

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
            network: DigitsClassifierConfig {
                width: 2,
                features: 8,
                dropout: 0.1,
            },
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
        assert!(last.loss < 1.0, "{last:?}");
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
