//! Extractors as they are opened by name.

use std::path::PathBuf;

use burn::tensor::Device;

use super::{Extractor, ExtractorConfig, ExtractorError, ExtractorKind, Pixels};
use crate::{Digits, EvalError, TensorFileError};

fn open(config: &ExtractorConfig, shape: [usize; 3]) -> Result<Box<dyn Extractor>, EvalError> {
    config.open(shape, &Device::flex())
}

fn opened(kind: ExtractorKind, shape: [usize; 3]) -> Box<dyn Extractor> {
    open(&kind.into(), shape).unwrap()
}

/// Why it cannot be opened for pictures of 3 x 8 x 8.
fn refusal(config: &ExtractorConfig) -> String {
    open(config, [3, 8, 8]).err().unwrap().to_string()
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden")).join(name)
}

/// `n` pictures of 3 x 8 x 8, all unlike.
fn pictures(n: usize) -> Pixels {
    let bytes = (0..n * 192).map(|idx| (idx * idx % 251) as u8).collect();
    Pixels::new([n, 3, 8, 8], bytes).unwrap()
}

/// Those that need no file.
const ALONE: [ExtractorKind; 3] =
    [ExtractorKind::Digits, ExtractorKind::Pixels, ExtractorKind::RandomConv];

#[test]
fn an_extractor_says_its_name_and_its_width() {
    for kind in ALONE {
        let extractor = opened(kind, [3, 8, 8]);
        assert_eq!(extractor.provenance().extractor, kind.to_string());
        let sight = extractor.see(&pictures(2)).unwrap();
        assert_eq!((sight.features.len(), sight.features.width()), (2, extractor.width()));
    }
}

#[test]
fn each_picture_is_looked_at_for_itself() {
    for kind in ALONE {
        let extractor = opened(kind, [3, 8, 8]);
        let [one, both] = [1, 2].map(|n| extractor.see(&pictures(n)).unwrap().features);
        let off = one.row(0).iter().zip(both.row(0)).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-5, "{kind}");
        assert_ne!(both.row(0), both.row(1), "{kind}");
    }
}

#[test]
fn pixels_are_shares_of_white_and_of_one_size() {
    let extractor = opened(ExtractorKind::Pixels, [1, 1, 2]);
    let sight = extractor.see(&Pixels::new([2, 1, 1, 2], vec![0, 255, 51, 102]).unwrap()).unwrap();
    assert_eq!(sight.features.values(), [0.0, 1.0, 0.2, 0.4]);
    assert_eq!((sight.logits, extractor.provenance().weights.as_ref()), (None, None));
    let (expected, given) = ([1, 1, 2], [3, 8, 8]);
    let refused = extractor.see(&pictures(1)).unwrap_err();
    assert_eq!(refused, ExtractorError::OtherSize { expected, given }.into());
}

#[test]
fn digits_has_the_logits_of_the_classifier() {
    let extractor = opened(ExtractorKind::Digits, [3, 8, 8]);
    let logits = extractor.see(&pictures(1)).unwrap().logits.unwrap();
    let values = pictures(1).bytes().iter().map(|byte| f32::from(*byte) / 127.5 - 1.0).collect();
    let data = burn::tensor::TensorData::new::<f32, _>(values, [1, 3, 8, 8]);
    let device = Device::flex();
    let digits = Digits::embedded(&device).unwrap();
    let odds = digits.probabilities(burn::tensor::Tensor::from_data(data, &device)).unwrap();
    let odds: Vec<f32> = odds.into_data().iter().collect();
    let total: f32 = logits.row(0).iter().map(|logit| logit.exp()).sum();
    for (logit, odds) in logits.row(0).iter().zip(odds) {
        assert!((logit.exp() / total - odds).abs() < 1e-6);
    }
}

#[test]
fn digits_takes_a_file_or_its_own() {
    let own = opened(ExtractorKind::Digits, [1, 28, 28]);
    let asset = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/digits.safetensors");
    let given = ExtractorConfig::from(ExtractorKind::Digits).with_weights(asset);
    assert_eq!(own.provenance(), open(&given, [1, 28, 28]).unwrap().provenance());
    let other = given.with_weights(golden("state_dict.safetensors"));
    assert!(refusal(&other).contains("no classifier of digits"));
}

#[test]
fn random_features_never_move() {
    let extractor = opened(ExtractorKind::RandomConv, [3, 8, 8]);
    let sight = extractor.see(&pictures(1)).unwrap();
    let pinned = [0.041897986, 0.3317493, 0.08175303];
    for (own, pinned) in sight.features.row(0).iter().zip(pinned) {
        assert!((own - pinned).abs() < 1e-5, "{:?}", &sight.features.row(0)[..3]);
    }
}

#[test]
fn inception_without_weights_says_where_they_are() {
    let refusal = refusal(&ExtractorConfig::default());
    for word in ["`inception-tf`", "toshas/torch-fidelity", "mseitzer/pytorch-fid", "--weights"] {
        assert!(refusal.contains(word), "{refusal}");
    }
}

#[test]
fn weights_of_another_network_are_told_apart() {
    let config = ExtractorConfig::default().with_weights(golden("state_dict.pth"));
    let Some(EvalError::Extractor(ExtractorError::Weights(TensorFileError::Misfit {
        misfit, ..
    }))) = open(&config, [3, 8, 8]).err()
    else {
        panic!("not refused for its tensors")
    };
    // 94 units of five tensors, and the last layer's two.
    assert_eq!((misfit.missing.len(), misfit.misshaped.len()), (94 * 5 + 2, 0));
    let spare = ["brain", "double", "endless", "half", "part", "plain", "turned"];
    assert_eq!(misfit.unknown, spare);
}

#[test]
fn weights_are_refused_where_there_are_none() {
    for kind in [ExtractorKind::Pixels, ExtractorKind::RandomConv] {
        let config = ExtractorConfig::from(kind).with_weights("w.pth");
        assert_eq!(refusal(&config), format!("`{kind}` takes no weights: leave `w.pth` out"));
    }
}

#[test]
fn pictures_that_cannot_be_looked_at_are_refused() {
    let two = open(&ExtractorKind::Pixels.into(), [2, 8, 8]).err().unwrap();
    assert_eq!(two, EvalError::Channels { channels: 2 });
    let flat = open(&ExtractorKind::Pixels.into(), [1, 0, 8]).err().unwrap();
    assert_eq!(flat, EvalError::NoPixels { height: 0, width: 8 });
}
