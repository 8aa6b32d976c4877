//! Labels from end to end: a conditional run, what it may be asked for, and what is refused.

use std::fs;
use std::path::Path;
use std::process::Output;

use kiln::Snapshot;
use kiln::data::{OpenOptions, Source, Split};
use kiln_tests::{write_corners, write_held_out_corners};

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn kiln(folder: &Path, args: &[&str]) -> Output {
    kiln_tests::kiln(KILN, folder).args(args).output().unwrap()
}

fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[track_caller]
fn done(folder: &Path, args: &[&str]) -> String {
    let output = kiln(folder, args);
    assert!(output.status.success(), "{args:?}: {}", words(&output));
    words(&output)
}

#[track_caller]
fn refused(folder: &Path, args: &[&str], says: &[&str]) {
    let output = kiln(folder, args);
    let words = words(&output);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {words}");
    for part in says {
        assert!(words.contains(part), "{args:?} should say {part:?}: {words}");
    }
}

/// A tiny run of the recipe on labelled corners, in `run`.
fn train(folder: &Path, recipe: &str) {
    train_at(folder, recipe, "16");
}

fn train_at(folder: &Path, recipe: &str, size: &str) {
    write_corners(folder, 32).unwrap();
    let train = ["train", "--recipe", recipe, "--data", "corners", "--run-dir", "run", "--quiet"];
    let few = ["--samples", "64", "--batch-size", "16", "--size", size];
    let small = [
        "recipe.networks.generator.width=4",
        "recipe.networks.critic.width=4",
        "recipe.latents=6",
        "sheet=8",
    ];
    let small = small.map(|setting| ["--set", setting]).concat();
    done(folder, &[&train[..], &few[..], &small[..]].concat());
}

fn picture_size(path: &Path) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    // The header of a PNG: width and height stand at bytes 16 and 20.
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn samples_are_drawn_by_class_and_a_sheet_has_a_row_a_class() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    train(folder, "cgan");
    // Two columns of four classes, enlarged as far as a grid is.
    assert_eq!(
        picture_size(&folder.join("run/sheets/fakes-000000064.png")),
        (2 * 130 + 2, 4 * 130 + 2)
    );
    done(folder, &["sample", "run"]);
    let (width, height) = picture_size(&folder.join("samples.png"));
    assert_eq!(width - 2, 2 * (height - 2), "8 columns, 4 rows");
    for (class, out) in [("3", "three"), ("0", "none")] {
        done(folder, &["sample", "run", "--class", class, "--count", "2", "--out", out]);
        assert_eq!(fs::read_dir(folder.join(out)).unwrap().count(), 2);
    }
    done(folder, &["sample", "run", "--interpolate", "2", "--count", "4"]);
    assert!(folder.join("interpolation.gif").is_file());
    let snapshot = "run/snapshots/000000064.safetensors";
    assert!(done(folder, &["inspect", snapshot]).contains("a class: 0, 1, 2, 3"));
    let classes = Snapshot::read(&folder.join(snapshot)).unwrap().subject.classes.unwrap();
    assert_eq!(
        (classes.names, classes.shares),
        (vec!["0".into(), "1".into(), "2".into(), "3".into()], vec![0.25; 4])
    );
}

#[test]
fn samples_of_each_class_are_labelled_data_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    train(folder, "projection");
    done(folder, &["sample", "run", "--per-class", "3", "--out", "made"]);
    assert!(
        folder.join("made/2/000001.png").is_file() && folder.join("made/2/000003.png").is_file()
    );
    let source = Source::Path(folder.join("made"));
    let pictures = kiln::data::open(&source, Split::Train, &OpenOptions::default()).unwrap();
    assert_eq!((pictures.len(), pictures.shape()), (12, [1, 16, 16]));
    let labels = pictures.labels().unwrap();
    assert_eq!((labels.classes.join(" "), labels.counts()), ("0 1 2 3".to_owned(), vec![3; 4]));
    refused(folder, &["sample", "run", "--per-class", "3", "--out", "made"], &["not empty"]);
    refused(folder, &["sample", "run", "--per-class", "0"], &["--per-class"]);
}

#[test]
fn evaluation_tells_how_many_are_as_asked() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    train(folder, "acgan");
    let told =
        kiln(folder, &["eval", "run", "--metric", "labels", "--count", "8", "--json"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(
        (&told["labels"]["n"], told["labels"]["classes"].as_array().unwrap().len()),
        (&8.into(), 4)
    );
    let share = told["labels"]["right-share"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&share), "{told}");
}

#[test]
fn a_classifier_learns_less_from_an_untrained_generator_than_from_reals() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    train_at(folder, "cgan", "28");
    let asked = ["eval", "run", "--metric", "cas", "--json"];
    write_corners(folder, 200).unwrap();
    write_held_out_corners(folder, 40).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&kiln(folder, &asked).stdout).unwrap();
    let [fakes, reals] = ["accuracy", "accuracy-of-reals"].map(|name| told[name].as_f64().unwrap());
    assert!(fakes < 0.75 && reals > 0.9, "{told}");
    assert_eq!((&told["taught-on"], &told["tested-on"]), (&200.into(), &40.into()));
}

#[test]
fn codes_are_asked_for_by_value_and_along_rows() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    train(folder, "infogan");
    done(folder, &["sample", "run", "--code", "c2=-2..2", "--code", "c1=3", "--count", "30"]);
    let (width, height) = picture_size(&folder.join("samples.png"));
    assert_eq!((width - 2) * 3, (height - 2) * 10, "10 columns, 3 rows");
    refused(folder, &["sample", "run", "--code", "c1=10"], &["c1=10", "c1: 0 to 9", "c3"]);
    refused(folder, &["sample", "run", "--class", "3"], &["class", "cgan"]);
    refused(folder, &["eval", "run", "--metric", "labels"], &["class", "cgan"]);
    let snapshot = "run/snapshots/000000064.safetensors";
    assert!(done(folder, &["inspect", snapshot]).contains("codes: c1: 0 to 9"));
    let told =
        kiln(folder, &["eval", "run", "--metric", "codes", "--count", "20", "--json"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert!(
        told["purity"].as_f64().unwrap() > 0.0 && told["values"].as_array().unwrap().len() == 10
    );
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    train(folder, "acgan");
    refused(folder, &["sample", "run", "--class", "cat"], &["no class `cat`", "0, 1, 2, 3"]);
    fs::remove_dir_all(folder.join("run")).unwrap();
    train(folder, "dcgan");
    for asked in [["--class", "3"], ["--per-class", "2"]] {
        refused(folder, &[&["sample", "run"][..], &asked[..]].concat(), &["class", "cgan"]);
    }
    refused(folder, &["eval", "run", "--metric", "labels"], &["class", "cgan"]);
    refused(folder, &["sample", "run", "--truncate", "0"], &["truncation at 0", "0.01"]);
    refused(folder, &["sample", "run", "--code", "c1=0"], &["codes", "infogan"]);
    fs::remove_file(folder.join("corners/train-labels-idx1-ubyte")).unwrap();
    let unlabelled = ["train", "--recipe", "cgan", "--data", "corners", "--size", "16"];
    refused(folder, &unlabelled, &["no labels", "folder", "dcgan"]);
}
