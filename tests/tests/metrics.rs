//! Values of evaluation against the reference implementations of each.
//!
//! `golden/metrics.py` wrote the numbers: torch-fidelity's for the Frechet distance, the kernel
//! distance, the Inception score, precision and recall; `prdc`'s for density and coverage;
//! pytorch-msssim's; SciPy's for the rest. Features and pictures follow the script's rule.

use kiln_eval::metric::{
    Moments, Parzen, ParzenSets, Sets, Statistics, SubsetPair, density_coverage, diversity,
    frechet_distance, inception_score, kernel_distance, parzen, path_length, precision_recall,
};
use kiln_eval::{Features, Pixels};
use serde_json::Value;

/// How far from the reference a value may be, relative to it.
const TOLERANCE: f64 = 1e-5;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/metrics.json")).unwrap()
}

fn number(json: &Value) -> f64 {
    json.as_f64().unwrap()
}

fn indices(json: &Value) -> Vec<usize> {
    json.as_array().unwrap().iter().map(|index| index.as_u64().unwrap() as usize).collect()
}

fn close(what: &str, found: f64, expected: &Value) {
    close_to(TOLERANCE, what, found, expected);
}

fn close_to(tolerance: f64, what: &str, found: f64, expected: &Value) {
    let expected = number(expected);
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs(), "{what}: {found} is not {expected}");
}

/// The script's whole numbers in -256..256.
fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        ((state >> 33) % 512) as f64 - 256.0
    };
    (0..count).map(|_| next()).collect()
}

/// The script's rows: exact in `f32`.
fn features(seed: u64, rows: usize, width: usize, shift: f64) -> Features {
    let grid = noise(seed, rows * width);
    let value = |at: usize| {
        let (row, column) = (at / width * width, at % width);
        let before = grid[row + (column + width - 1) % width];
        let mixed = grid[row + column] / 128.0 + before / 256.0;
        (mixed * (1.0 + column as f64 / 4.0) + shift) as f32
    };
    Features::new(width, (0..rows * width).map(value).collect()).unwrap()
}

fn real() -> Features {
    features(1, 60, 12, 0.0)
}

fn fake() -> Features {
    features(2, 50, 12, 0.75)
}

/// The script's picture.
fn picture(seed: u64, [channels, height, width]: [usize; 3]) -> Vec<u8> {
    let rough = noise(seed, channels * height * width);
    let byte = |(at, rough): (usize, &f64)| {
        let (channel, y, x) = (at / (height * width), at / width % height, at % width);
        let pattern = (3 * x + 2 * y + 50 * channel + x * y / 16) % 256;
        (pattern as f64 + (rough * 80.0 / 256.0).floor()).clamp(0.0, 255.0) as u8
    };
    rough.iter().enumerate().map(byte).collect()
}

#[test]
fn the_rule_of_the_features_is_the_scripts() {
    let expected: Vec<f64> = golden()["noise"].as_array().unwrap().iter().map(number).collect();
    assert_eq!(noise(1, 4), expected);
}

#[test]
fn moments_are_numpys() {
    let (golden, moments) = (golden(), Moments::of(&real()).unwrap());
    for (found, expected) in moments.mean().iter().zip(golden["mean"].as_array().unwrap()) {
        close("mean", *found, expected);
    }
    let covariance = golden["covariance"].as_array().unwrap();
    assert_eq!(covariance.len(), 36);
    for (found, expected) in moments.covariance().iter().zip(covariance) {
        close("covariance", *found, expected);
    }
}

#[test]
fn statistics_that_numpy_saved_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/metrics.npz");
    let saved = Statistics::read(path.as_ref()).unwrap();
    assert_eq!((saved.moments.count(), saved.provenance), (None, None));
    let found = frechet_distance(&saved.moments, &Moments::of(&real()).unwrap()).unwrap();
    assert!(found.distance.abs() < 1e-6, "{found:?}");
}

#[test]
fn the_frechet_distance_is_torch_fidelitys_and_scipys() {
    let golden = golden();
    let of = |fake: &Features| {
        let [fake, real] = [fake, &real()].map(|features| Moments::of(features).unwrap());
        frechet_distance(&fake, &real).unwrap().distance
    };
    let low_rank = features(3, 9, 12, 0.0);
    for (name, fake) in [("frechet", fake()), ("frechet_of_low_rank", low_rank)] {
        close(name, of(&fake), &golden[name]["torch_fidelity"]);
        close(name, of(&fake), &golden[name]["scipy"]);
    }
}

#[test]
fn the_kernel_distance_over_the_same_subsets_is_torch_fidelitys() {
    let golden = &golden()["kernel"];
    let pairs = golden["subsets"].as_array().unwrap().iter();
    let pair =
        |pair: &Value| SubsetPair { real: indices(&pair["real"]), fake: indices(&pair["fake"]) };
    let subsets: Vec<_> = pairs.map(pair).collect();
    let sets = Sets { real: &real(), fake: &fake() };
    let found = kernel_distance(&sets, &subsets).unwrap().estimate;
    close("mean", found.value, &golden["mean"]);
    close("deviation", found.spread.deviation, &golden["deviation"]);
}

#[test]
fn the_inception_score_in_the_same_order_is_torch_fidelitys() {
    let golden = &golden()["score"];
    let (logits, order) = (features(4, 43, 7, 0.0), indices(&golden["order"]));
    let splits = golden["splits"].as_u64().unwrap() as usize;
    let found = inception_score(&logits, &order, splits).unwrap().estimate;
    close("mean", found.value, &golden["mean"]);
    close("deviation", found.spread.deviation, &golden["deviation"]);
}

#[test]
fn precision_and_recall_are_torch_fidelitys() {
    let golden = &golden()["precision"];
    let found = precision_recall(&Sets { real: &real(), fake: &fake() }, 3).unwrap();
    close("precision", found.precision.value, &golden["precision"]);
    close("recall", found.recall.value, &golden["recall"]);
    close("f score", found.f_score, &golden["f_score"]);
}

#[test]
fn density_and_coverage_are_prdcs() {
    let golden = &golden()["density"];
    let found = density_coverage(&Sets { real: &real(), fake: &fake() }, 5).unwrap();
    close("density", found.density.value, &golden["density"]);
    close("coverage", found.coverage.value, &golden["coverage"]);
}

#[test]
fn similarity_is_pytorch_msssims_at_any_number_of_scales() {
    for golden in golden()["similarity"].as_array().unwrap() {
        let shape = indices(&golden["shape"]);
        let shape = [shape[0], shape[1], shape[2]];
        let bytes = [picture(1, shape), picture(2, shape)].concat();
        let pictures = Pixels::new([2, shape[0], shape[1], shape[2]], bytes).unwrap();
        let found = diversity(&pictures, &[[0, 1]]).unwrap();
        assert_eq!(found.scales as u64, golden["scales"].as_u64().unwrap());
        // pytorch-msssim's window is in f32 and does not quite add up to one, which the differences
        // of squares of bytes magnify.
        close_to(1e-4, &format!("{shape:?}"), found.estimate.value, &golden["value"]);
    }
}

#[test]
fn parzen_windows_are_scipys() {
    let golden = golden();
    let golden = golden["parzen"].as_array().unwrap();
    let (fake, test) = (features(5, 30, 4, 0.0), features(6, 20, 4, 0.0));
    let sets = ParzenSets { fake: &fake, validation: &test, test: &test };
    let of = |sigmas: &[f64]| -> Parzen { parzen(&sets, sigmas).unwrap() };
    for row in golden {
        let found = of(&[number(&row["sigma"])]).estimate;
        close("mean", found.value, &row["mean"]);
        close("error", found.spread.deviation, &row["error"]);
    }
    let sigmas: Vec<f64> = golden.iter().map(|row| number(&row["sigma"])).collect();
    assert_eq!(of(&sigmas).sigma, 1.0);
}

#[test]
fn path_lengths_are_filtered_as_torch_fidelity_filters_them() {
    let golden = &golden()["path_length"];
    let distances: Vec<f64> =
        noise(7, 250).iter().map(|n| (n + 256.0) / f64::from(1 << 20)).collect();
    let found = path_length(&distances, 1e-4).unwrap();
    let kept = golden["kept"].as_u64().unwrap() as usize;
    assert_eq!((found.estimate.spread.n, found.dropped), (kept, 250 - kept));
    close("mean", found.estimate.value, &golden["mean"]);
    // The script has the deviation of the steps, we the error of their mean.
    let deviation = found.estimate.spread.deviation * ((kept - 1) as f64).sqrt();
    close("deviation", deviation, &golden["deviation"]);
}
