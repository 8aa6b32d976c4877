//! Evaluation from pictures to values, by the library and by the command.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use burn::tensor::Device;
use kiln::data::{OpenOptions, Pictures, Source, Split, open};
use kiln::evaluate::{Against, Examiner, Held, Measurement, Metric, Request};
use kiln_core::{Address, Purpose, Stream};
use kiln_eval::{ExtractorConfig, ExtractorKind};
use kiln_tests::write_corners;
use serde_json::Value;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn kiln(folder: &Path, args: &[&str]) -> Output {
    kiln_tests::kiln(KILN, folder).args(args).output().unwrap()
}

/// The JSON that a command prints.
fn told(folder: &Path, args: &[&str]) -> Value {
    let output = kiln(folder, args);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command says that fails.
fn refusal(folder: &Path, args: &[&str]) -> String {
    let output = kiln(folder, args);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {words}");
    assert!(!words.contains("panicked"), "{words}");
    words
}

/// `n` of MNIST's test pictures, from `start` on.
fn digits(start: usize, n: usize) -> Pictures {
    let all = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
    let pixels = (start..start + n).flat_map(|idx| all.picture(idx).unwrap().pixels).collect();
    Pictures::new("digits", [1, 28, 28], pixels, None).unwrap()
}

fn noise(n: usize) -> Pictures {
    let mut stream = Stream::new(Address::new(1, Purpose::Data));
    let pixels = (0..n * 784).map(|_| stream.below(256) as u8).collect();
    Pictures::new("noise", [1, 28, 28], pixels, None).unwrap()
}

fn request(metrics: &[Metric]) -> Request {
    let extractor = ExtractorConfig::from(ExtractorKind::Digits);
    Request { metrics: metrics.to_vec(), extractor, rows: 300, seed: 1 }
}

fn measured(metrics: &[Metric], fakes: &Pictures) -> Vec<Measurement> {
    let (request, device) = (request(metrics), Device::flex());
    let reals = Against::Pictures(Arc::new(digits(0, 300)));
    let examiner = Examiner::open(request, &reals, [1, 28, 28], &device, &mut |_, _| {}).unwrap();
    let all = Held::new(fakes, None, Address::new(1, Purpose::Evaluation));
    examiner.examine(&all, &mut |_, _| {}).unwrap()
}

fn value(values: &[Measurement], name: &str) -> f64 {
    values.iter().find(|one| one.name == name).unwrap().estimate.value
}

#[test]
fn reals_are_near_reals_and_noise_is_far() {
    let metrics = [
        Metric::Frechet,
        Metric::Kernel,
        Metric::InceptionScore,
        Metric::PrecisionRecall,
        Metric::DensityCoverage,
    ];
    let (near, far) = (measured(&metrics, &digits(300, 300)), measured(&metrics, &noise(300)));
    // Near: 17, 0.0, 9, 0.8 or more; the two halves differ by chance alone.
    let frechet = [&near, &far].map(|values| value(values, "frechet"));
    assert!(frechet[1] > 10.0 * frechet[0] && frechet[0] > 0.0, "{frechet:?}");
    let kernel = [&near, &far].map(|values| value(values, "kernel"));
    assert!(kernel[1] > 20.0 * kernel[0].abs(), "{kernel:?}");
    let score = [&near, &far].map(|values| value(values, "inception-score"));
    assert!(score[0] > 2.0 * score[1], "{score:?}");
    for name in ["precision", "recall", "coverage"] {
        let [near, far] = [&near, &far].map(|values| value(values, name));
        assert!(near > 0.6 && far < 0.2, "{name}: {near}, {far}");
    }
}

#[test]
fn threads_and_repetition_change_no_value() {
    let metrics = [Metric::Frechet, Metric::Kernel, Metric::PrecisionRecall];
    let fakes = digits(300, 200);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| measured(&metrics, &fakes))
    };
    assert_eq!(with(1), with(3));
}

const RUN: [&str; 16] = [
    "train",
    "--recipe",
    "vanilla",
    "--data",
    "corners",
    "--run-dir",
    "run",
    "--samples",
    "160",
    "--batch-size",
    "16",
    "--quiet",
    "--set",
    "recipe.generator-hidden=[8]",
    "--set",
    "recipe.critic-hidden=[8]",
];

const MEASURED: [&str; 8] = [
    "--eval-every",
    "80",
    "--metric",
    "fid,pr",
    "--set",
    "evaluation.extractor=pixels",
    "--set",
    "evaluation.count=40",
];

#[test]
fn a_run_is_measured_as_it_goes_and_the_command_agrees() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 64).unwrap();
    let output = kiln(folder, &[&RUN[..], &MEASURED[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stats = fs::read_to_string(folder.join("run/stats.jsonl")).unwrap();
    let lines: Vec<Value> = stats.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<&Value> = lines.iter().filter(|line| line["event"] == "evaluation").collect();
    assert_eq!(found.len(), 2, "{stats}");
    let last = &found[1]["values"];
    assert!(last["pixels/recall"].is_number(), "{last}");
    // The same seed, samples and reals: the same value.
    let asked = ["--metric", "frechet", "--extractor", "pixels", "--count", "40", "--json"];
    let again = told(folder, &[&["eval", "run"][..], &asked[..]].concat());
    assert_eq!(again["frechet"], last["pixels/frechet"]);
    assert_eq!((&again["extractor"], &again["seed"]), (&"pixels".into(), &1.into()));
    assert!(again["frechet-spread"].as_f64().unwrap() > 0.0);
    let warnings = again["values"][0]["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty(), "40 samples of width 256 are too few to say nothing");
}

#[test]
fn pictures_are_measured_against_pictures_and_kept_statistics() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 64).unwrap();
    let of = ["eval", "corners", "--metric", "frechet", "--extractor", "pixels", "--json"];
    let kept = ["--against", "corners", "--save-stats", "stats.safetensors"];
    let same = told(folder, &[&of[..], &kept[..]].concat());
    assert!(same["frechet"].as_f64().unwrap().abs() < 1e-3, "{same}");
    let against = told(folder, &[&of[..], &["--against", "stats.safetensors"]].concat());
    assert_eq!(against["frechet"], same["frechet"]);
    let other = [&of[..5], &["random-conv", "--against", "stats.safetensors"]].concat();
    assert!(refusal(folder, &other).contains("not comparable"));
}

#[test]
fn what_cannot_be_measured_is_said_with_a_way_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 64).unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    let says = |args: &[&str], parts: &[&str]| {
        let words = refusal(folder, args);
        parts.iter().for_each(|part| assert!(words.contains(part), "{args:?}: {words}"));
    };
    let pixels = ["--metric", "fid", "--extractor", "pixels"];
    says(&["eval", "corners", "--metric", "fid"], &["--against"]);
    says(&["eval", "corners", "--metric", "fid", "--against", "corners"], &["weights"]);
    says(&[&["eval", "corners"][..], &pixels[..]].concat(), &["--against"]);
    says(&[&["eval", "empty", "--against", "corners"][..], &pixels[..]].concat(), &["empty"]);
    says(&[&["eval", "nowhere", "--against", "corners"][..], &pixels[..]].concat(), &["nowhere"]);
    let one = ["eval", "corners", "--against", "corners", "--count", "1"];
    says(&[&one[..], &pixels[..]].concat(), &["at least", "samples"]);
    let no_classes = ["eval", "corners", "--metric", "is", "--extractor", "pixels"];
    says(&no_classes, &["classes"]);
    says(&["eval", "corners"], &["--metric"]);
    let unknown = kiln(folder, &["eval", "corners", "--metric", "fidd"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("frechet (fid)"));
}
