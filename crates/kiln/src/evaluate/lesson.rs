//! One round of teaching: a batch, distorted, and one update towards a smaller cross-entropy.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use kiln_core::{Address, Purpose, SamplesSeen, Stream};
use kiln_data::{PictureBatch, PixelRange};
use kiln_eval::CLASSES;
use kiln_models::{DigitsClassifier, Pass};
use kiln_train::{Learner, Round};

use super::DigitsTraining;

/// What is shown in one round.
#[derive(Debug)]
pub(super) struct Lesson {
    /// `[batch, 1, 28, 28]`, in `[-1, 1]`.
    pictures: TensorData,
    /// `[batch, 10]`: one where the class is, zero elsewhere.
    classes: TensorData,
}

impl Lesson {
    /// A batch, distorted, with its classes, which must be under ten. Each picture's change has
    /// the address of its position, so it depends on nothing else.
    pub(super) fn new(
        training: &DigitsTraining,
        batch: &PictureBatch,
        position: SamplesSeen,
    ) -> Self {
        let [n, _, side, _] = batch.shape;
        let mut pictures = batch.values(PixelRange::Symmetric);
        for (offset, picture) in pictures.chunks_exact_mut(side * side).enumerate() {
            let address = Address::new(training.seed, Purpose::Augment);
            let mut stream = Stream::new(address.at(position + offset as u64));
            let change = training.distortion.draw(side, &mut stream);
            let old = picture.to_vec();
            change.apply(&old, -1.0, picture);
        }
        let mut classes = vec![0.0; n * CLASSES];
        for (row, class) in batch.labels.iter().flatten().enumerate() {
            classes[row * CLASSES + *class as usize] = 1.0;
        }
        Self {
            pictures: TensorData::new(pictures, batch.shape),
            classes: TensorData::new(classes, [n, CLASSES]),
        }
    }

    /// One update; records the cross-entropy as `loss`, in nats.
    pub(super) fn teach(
        self,
        learner: Learner<DigitsClassifier>,
        round: &mut Round<'_>,
    ) -> Learner<DigitsClassifier> {
        let pictures = Tensor::<4>::from_data(self.pictures, round.device());
        let classes = Tensor::<2>::from_data(self.classes, round.device());
        let pass = Pass::train(Some(round.address(Purpose::Dropout)));
        let logits = learner.network().forward(pictures.into(), &pass).value;
        let [batch, _] = logits.dims();
        let loss = (log_softmax(logits, 1) * classes).sum().neg() / batch as f64;
        round.record("loss", loss.clone());
        learner.learn(&loss, round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Distortion;

    fn batch() -> PictureBatch {
        let upright = |pixel: usize| if pixel % 28 == 14 { 255 } else { 0 };
        PictureBatch {
            bytes: (0..2 * 784).map(upright).collect(),
            shape: [2, 1, 28, 28],
            labels: Some(vec![0, 9]),
        }
    }

    fn lesson(distortion: Distortion, position: u64) -> Lesson {
        let training = DigitsTraining { distortion, ..DigitsTraining::default() };
        Lesson::new(&training, &batch(), SamplesSeen(position))
    }

    #[test]
    fn classes_are_one_where_the_label_says() {
        let classes: Vec<f32> = lesson(Distortion::NONE, 0).classes.iter().collect();
        let ones: Vec<usize> = (0..20).filter(|idx| classes[*idx] == 1.0).collect();
        assert_eq!(ones, [0, 19]);
        assert_eq!(classes.iter().sum::<f32>(), 2.0);
    }

    #[test]
    fn without_distortion_pictures_are_shown_as_they_are() {
        let pictures = lesson(Distortion::NONE, 0).pictures;
        for (a, b) in pictures.iter::<f32>().zip(batch().values(PixelRange::Symmetric)) {
            assert!((a - b).abs() < 1e-4);
        }
    }

    #[test]
    fn a_change_belongs_to_its_position_whatever_the_batch() {
        let pictures = |position| {
            let data = lesson(Distortion::default(), position).pictures;
            data.iter().collect::<Vec<f32>>()
        };
        let (first, next) = (pictures(0), pictures(1));
        assert_ne!(first[..784], first[784..]);
        assert_eq!(first[784..], next[..784]);
    }
}
