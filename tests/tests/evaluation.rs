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
use kiln_tests::{write_corners, write_held_out_corners, write_noise};
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
    let [training, held_out] = [0, 500].map(|start| Arc::new(digits(start, 300)));
    let reals = Against::Parts { training, held_out };
    let examiner = Examiner::open(request, &reals, [1, 28, 28], &device, &mut |_, _| {}).unwrap();
    let all = Held::new(fakes, None, Address::new(1, Purpose::Evaluation));
    examiner.examine(&all, &mut |_, _| {}).unwrap()
}

fn value(values: &[Measurement], name: &str) -> f64 {
    values.iter().find(|one| one.name == name).unwrap().estimate.value
}

/// All that an examiner measures of pictures.
fn of_pictures() -> Vec<Metric> {
    Metric::all().filter(|one| !one.needs_generator() && *one != Metric::Digits).collect()
}

#[test]
fn reals_are_near_reals_and_noise_is_far() {
    let metrics = [
        Metric::Frechet,
        Metric::Kernel,
        Metric::InceptionScore,
        Metric::PrecisionRecall,
        Metric::DensityCoverage,
        Metric::SlicedWasserstein,
        Metric::Similarity,
        Metric::Parzen,
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
    let sliced = [&near, &far].map(|values| value(values, "sliced-wasserstein"));
    assert!(sliced[1] > 3.0 * sliced[0] && sliced[0] > 0.0, "{sliced:?}");
    let parzen = [&near, &far].map(|values| value(values, "parzen"));
    assert!(parzen[0] > parzen[1] + 100.0, "{parzen:?}");
    let alike = ["similarity", "similarity-of-reals"].map(|name| value(&near, name));
    assert!((alike[0] - alike[1]).abs() < 0.05, "{alike:?}");
}

#[test]
fn samples_that_repeat_training_pictures_are_found() {
    let ratio = |fakes: &Pictures| value(&measured(&[Metric::Memorisation], fakes), "memorisation");
    // The training pictures are the first 300.
    assert!(ratio(&digits(100, 100)) < 1e-3);
    // Others keep the distance that held-out ones keep.
    assert!((ratio(&digits(900, 300)) - 1.0).abs() < 0.15);
}

#[test]
fn a_value_does_not_depend_on_what_else_is_measured() {
    let fakes = digits(300, 200);
    let metrics = of_pictures();
    let together = measured(&metrics, &fakes);
    for metric in metrics {
        for alone in measured(&[metric], &fakes) {
            let same = together.iter().find(|one| one.name == alone.name);
            assert_eq!(same, Some(&alone), "{metric}");
        }
    }
}

#[test]
fn samples_are_drawn_beside_what_they_are_most_like_copies_first() {
    let [training, held_out] = [0, 500].map(|start| Arc::new(digits(start, 50)));
    let reals = Against::Parts { training, held_out };
    let request = request(&[Metric::Memorisation]);
    let examiner =
        Examiner::open(request, &reals, [1, 28, 28], &Device::flex(), &mut |_, _| {}).unwrap();
    // Ten strangers, then a copy of a training picture.
    let bytes = [(600, 10), (17, 1)].map(|(start, n)| digits(start, n).bytes().unwrap().to_vec());
    let fakes = Pictures::new("fakes", [1, 28, 28], bytes.concat(), None).unwrap();
    let all = Held::new(&fakes, None, Address::new(1, Purpose::Evaluation));
    let sheet = examiner.neighbours(&all, 11).unwrap().unwrap();
    let samples: Vec<&[f32]> = sheet.samples().collect();
    assert_eq!((samples.len(), sheet.columns), (22, Some(8)));
    assert!(samples[0] == samples[1] && samples[2] != samples[3]);
}

#[test]
fn threads_and_repetition_change_no_value() {
    let metrics = of_pictures();
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

    let ways = ["--metric", "path-length,similarity", "--extractor", "pixels", "--json"];
    let of = |more: &[&str]| {
        told(folder, &[&["eval", "run", "--count", "40"], &ways[..], more].concat())
    };
    let (all, few) = (of(&[]), of(&["--truncate", "0.1"]));
    let [long, short] = [&all, &few].map(|told| told["path-length"].as_f64().unwrap());
    assert!(short > 0.0 && short < 0.1 * long, "latents are near each other: {short} {long}");
    let [varied, alike] = [&all, &few].map(|told| told["similarity"].as_f64().unwrap());
    assert!(alike > varied, "{alike} {varied}");
}

/// A critic of perceptrons that plays `samples` samples of `data`.
fn critic_of(folder: &Path, data: &str, samples: &str) -> Value {
    let run = &format!("{data}-run");
    let play = ["train", "--recipe", "vanilla", "--data", data, "--run-dir", run, "--quiet"];
    let long = ["--samples", samples, "--batch-size", "16", "--lr", "1e-3"];
    let small = ["recipe.generator-hidden=[8]", "recipe.critic-hidden=[64]"];
    let small = small.map(|setting| ["--set", setting]).concat();
    let output = kiln(folder, &[&play[..], &long, &small].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    told(folder, &["eval", run, "--metric", "critic", "--json"])["critic"].clone()
}

#[test]
fn a_critic_that_knows_its_reals_by_heart_is_found_out() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let number = |told: &Value, key: &str| told[key].as_f64().unwrap();
    // Sixteen pictures of noise have nothing in common that others of noise had, too.
    write_noise(folder, 16).unwrap();
    let noise = critic_of(folder, "noise", "4000");
    assert_eq!(noise["n"], 16);
    // With seven seeds at least 0.94, at most 0.06, at least 1.1.
    assert!(number(&noise, "accuracy-training") > 0.8, "{noise}");
    assert!(number(&noise, "accuracy-held-out") < 0.3, "{noise}");
    assert!(number(&noise, "overfitting") > 0.6, "{noise}");
    // Held-out corners are the very same pictures.
    write_corners(folder, 64).unwrap();
    write_held_out_corners(folder, 64).unwrap();
    let corners = critic_of(folder, "corners", "640");
    assert_eq!(number(&corners, "overfitting"), 0.0, "{corners}");
    assert_eq!(corners["accuracy-training"], corners["accuracy-held-out"]);

    let snapshots = fs::read_dir(folder.join("noise-run/snapshots")).unwrap();
    let snapshot = snapshots.map(|entry| entry.unwrap().path()).next().unwrap();
    let of_snapshot = ["eval", snapshot.to_str().unwrap(), "--metric", "critic"];
    assert!(refusal(folder, &of_snapshot).contains("give the run folder"));
    let meanwhile = ["--eval-every", "16", "--metric", "critic"];
    let train = ["train", "--recipe", "vanilla", "--data", "noise", "--run-dir", "other"];
    assert!(refusal(folder, &[&train[..], &meanwhile].concat()).contains("leave it out"));
}

#[test]
fn points_are_measured_by_their_modes_as_they_are_learnt() {
    let home = tempfile::tempdir().unwrap();
    let few =
        ["--samples", "512", "--batch-size", "128", "--eval-every", "256", "--run-dir", "run"];
    let small = ["--set", "recipe.networks.generator.hidden=[8]", "--set"];
    let small = [&small[..], &["recipe.networks.critic.hidden=[8]", "--quiet"]].concat();
    let args = [&["train", "--recipe", "ring8"], &few[..], &small].concat();
    let output = kiln(home.path(), &args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stats = fs::read_to_string(home.path().join("run/stats.jsonl")).unwrap();
    assert_eq!(stats.matches("\"modes/found\"").count(), 2, "{stats}");
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
    let few =
        refusal(folder, &[&of[..5], &["pixels", "--count", "3", "--against", "corners"]].concat());
    assert!(few.contains("needs at least 4 samples, not 3"), "{few}");
    // The statistics say what they are of.
    let unsaid = ["eval", "corners", "--metric", "fid", "--against", "stats.safetensors", "--json"];
    assert_eq!(told(folder, &unsaid)["frechet"], same["frechet"]);
    let other = [&of[..5], &["random-conv", "--against", "stats.safetensors"]].concat();
    assert!(refusal(folder, &other).contains("not comparable"));
}

#[test]
fn a_folder_of_digits_is_judged_as_samples_are() {
    let home = tempfile::tempdir().unwrap();
    let asked = ["eval", "mnist", "--part", "test", "--metric", "digits", "--count", "200"];
    let told = told(home.path(), &[&asked[..], &["--json"]].concat());
    assert_eq!((&told["n"], &told["modes"]), (&200.into(), &10.into()));
    // 98 % of real digits, as the README says; 200 of them are within 3 %.
    assert!(told["confident-share"].as_f64().unwrap() > 0.94, "{told}");
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
    says(&["eval", "corners", "--metric", "ppl"], &["asks a generator"]);
    let memory = ["eval", "corners", "--against", "corners", "--metric", "memorisation"];
    says(&[&memory[..], &["--extractor", "pixels"]].concat(), &["test"]);
    says(&[&memory[..], &["--split", "test"]].concat(), &["both parts", "--split"]);
    let near = ["--neighbours", "near.png", "--against", "corners"];
    says(&[&["eval", "corners"], &pixels[..], &near].concat(), &["--metric memorisation"]);
    let unknown = kiln(folder, &["eval", "corners", "--metric", "fidd"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("frechet (fid)"));
}
