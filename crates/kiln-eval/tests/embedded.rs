//! The classifier that comes with Kiln, on real digits.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use burn::tensor::{Device, Tensor};
use kiln_data::{OpenOptions, PictureBatch, Pictures, Source, Split, open};
use kiln_eval::{CONFIDENT, Digits};

fn test_pictures(size: usize, channels: usize) -> Pictures {
    let options =
        OpenOptions { size: Some(size), channels: Some(channels), ..OpenOptions::default() };
    open(&Source::Mnist, Split::Test, &options).unwrap()
}

/// The first `n`, in `[-1, 1]`, with their labels.
fn first(pictures: &Pictures, n: usize) -> (Tensor<4>, Vec<u32>) {
    let [channels, height, width] = pictures.shape();
    let few: Vec<_> = (0..n).map(|idx| pictures.picture(idx).unwrap()).collect();
    let labels = few.iter().map(|picture| picture.label.unwrap()).collect();
    let batch = PictureBatch {
        shape: [n, channels, height, width],
        bytes: few.into_iter().flat_map(|picture| picture.pixels).collect(),
        labels: None,
    };
    (batch.to_tensor(&Device::flex()), labels)
}

fn digits() -> Digits {
    Digits::embedded(&Device::flex()).unwrap()
}

/// Share of the first 200 test pictures that are put into their class.
fn check(size: usize, channels: usize, at_least: f64) {
    let (pictures, labels) = first(&test_pictures(size, channels), 200);
    let verdicts = digits().judge(pictures).unwrap();
    let share = verdicts.accuracy(&labels).unwrap().share();
    assert!(share >= at_least, "{size} x {size}: {share}");
    assert!(verdicts.confident_share(CONFIDENT) >= at_least - 0.02);
}

#[test]
fn test_digits_are_recognised() {
    check(28, 1, 0.98);
}

#[test]
fn padding_changes_nothing() {
    let digits = digits();
    let (plain, _) = first(&test_pictures(28, 1), 20);
    let (padded, _) = first(&test_pictures(32, 1), 20);
    assert_eq!(digits.judge(plain).unwrap(), digits.judge(padded).unwrap());
}

#[test]
fn large_and_coloured_digits_are_recognised() {
    check(64, 3, 0.98);
    check(128, 1, 0.98);
}

#[test]
fn a_verdict_depends_on_neither_neighbours_nor_chunk() {
    let (pictures, _) = first(&test_pictures(28, 1), 30);
    let together = digits().judge(pictures.clone()).unwrap();
    for chunk in [1, 7] {
        let apart = digits().with_chunk(chunk).judge(pictures.clone()).unwrap();
        for (a, b) in together.rows().iter().zip(apart.rows()) {
            // Matrix products of another size may add in another order.
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }
    let last = digits().judge(pictures.slice([29..30, 0..1])).unwrap();
    let (alone, among) = (&last.rows()[0], &together.rows()[29]);
    assert!(alone.iter().zip(among).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn features_of_a_class_are_alike() {
    let (pictures, labels) = first(&test_pictures(28, 1), 200);
    let features = digits().features(pictures).unwrap();
    let [n, width] = features.dims();
    assert_eq!((n, width), (200, 128));
    let values: Vec<f32> = features.into_data().iter().collect();
    assert!(values.iter().all(|value| *value >= 0.0));
    let rows: Vec<&[f32]> = values.chunks_exact(width).collect();
    let distance =
        |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum() };
    let right = (0..n)
        .filter(|idx| {
            let others = (0..n).filter(|other| other != idx);
            let nearest = others.min_by(|a, b| {
                distance(rows[*idx], rows[*a]).total_cmp(&distance(rows[*idx], rows[*b]))
            });
            nearest.is_some_and(|nearest| labels[nearest] == labels[*idx])
        })
        .count();
    assert!(right >= 194, "{right} of 200 have a neighbour of their class");
}

#[test]
fn a_picture_that_holds_nan_is_named() {
    let (pictures, _) = first(&test_pictures(28, 1), 2);
    let nan = Tensor::full([1, 1, 28, 28], f32::NAN, &Device::flex());
    let refusal = digits().judge(Tensor::cat(vec![pictures, nan], 0)).unwrap_err();
    assert!(refusal.to_string().contains("sample 2"), "{refusal}");
}
