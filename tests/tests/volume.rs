//! Volumes: the networks against PyTorch, and the recipe from the command line.
//!
//! `golden/volume.py` wrote the numbers, and has each network once more.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use kiln_models::{CriticHeadConfig, Norm, Pass, VolumeCriticConfig, VolumeGeneratorConfig};
use kiln_tests::golden::check;
use kiln_tests::newest_state;
use serde_json::Value;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn golden(network: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/volume.json")).unwrap();
    all[network].clone()
}

#[test]
fn the_generator_of_volumes_is_pytorchs() {
    let config = VolumeGeneratorConfig { latents: 3, width: 2, size: 16, smooth: false };
    let generator = config.init(&Device::flex().autodiff()).unwrap();
    check(generator, &golden("generator"), |generator, latents| {
        generator.forward(latents, &Pass::train(None))
    });
}

#[test]
fn the_critic_of_volumes_is_pytorchs() {
    let (norm, head, outputs) = (Norm::Batch, CriticHeadConfig::default(), 1);
    let config = VolumeCriticConfig { width: 2, size: 16, norm, head, outputs };
    let critic = config.init(&Device::flex().autodiff()).unwrap();
    check(critic, &golden("critic"), |critic, volumes| critic.forward(volumes, &Pass::train(None)));
}

#[track_caller]
fn told(folder: &Path, arguments: &str) -> String {
    kiln_tests::told(KILN, folder, arguments)
}

#[track_caller]
fn refused(folder: &Path, arguments: &str) -> String {
    kiln_tests::refused(KILN, folder, arguments)
}

const SMALL: &str = "train --recipe gan3d --size 8 --batch-size 4 --set recipe.latents=4 \
    --set recipe.networks.generator.width=2 --set recipe.networks.critic.width=2 \
    --set sheet=4 --set plan.tick=32 --set plan.checkpoint-every=32 --quiet";

#[test]
fn it_goes_on_to_the_bit_and_its_samples_are_drawn_written_and_read_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let train = |run: &str, until: u64| {
        told(folder, &format!("{SMALL} --samples {until} --run-dir {run}"));
    };
    train("whole", 64);
    train("parts", 32);
    train("parts", 64);
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");

    // Four pictures of 16 x 16 pixels, enlarged eight times.
    let reals = image::open(folder.join("whole/sheets/reals.png")).unwrap().into_luma8();
    assert_eq!(reals.dimensions(), (2 + 2 * 130, 2 + 2 * 130));
    assert!(reals.pixels().any(|pixel| pixel.0[0] > 128), "solids are lit");

    told(folder, "sample whole --count 3 --out made");
    for extension in ["obj", "npy", "png"] {
        assert!(folder.join(format!("made/000002.{extension}")).is_file(), "{extension}");
    }
    let surface = fs::read_to_string(folder.join("made/000000.obj")).unwrap();
    assert!(surface.lines().all(|line| ["# ", "v ", "f "].iter().any(|s| line.starts_with(s))));
    fs::remove_file(folder.join("made/000000.png")).unwrap();
    fs::remove_file(folder.join("made/000001.png")).unwrap();
    fs::remove_file(folder.join("made/000002.png")).unwrap();
    assert!(told(folder, "data check solids").contains("volumes    30000, 32 x 32 x 32"));
    assert!(told(folder, "data check made").contains("volumes    3, 8 x 8 x 8"));
    told(folder, &format!("{SMALL} --data made --samples 32 --run-dir again"));

    let evaluated = told(folder, "eval whole --metric pieces --count 20 --json");
    let evaluated: Value = serde_json::from_str(&evaluated).unwrap();
    let share = evaluated["connected-share"].as_f64().unwrap();
    assert!(evaluated["n"] == 20 && share < 0.9, "{evaluated}");
    for run in ["whole", "again"] {
        assert!(told(folder, &format!("eval {run} --count 5")).contains("one piece"), "by default");
    }
    let early = refused(
        folder,
        &format!("{SMALL} --samples 32 --eval-every 16 --metric classes --run-dir early"),
    );
    assert!(early.contains("--size 8"), "{early}");
    let augmented =
        refused(folder, &format!("{SMALL} --samples 32 --set recipe.augment={{kind=\"ada\"}}"));
    assert!(augmented.contains("volumes are none"), "{augmented}");
    assert!(refused(folder, "eval again --metric classes").contains("kiln classifier"));
}

#[test]
fn what_makes_volumes_and_what_does_not_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let told = refused(folder, "train --recipe dcgan --data solids --run-dir run");
    assert!(told.contains("volumes") && told.contains("--recipe gan3d"), "{told}");
    let told = refused(folder, "train --recipe gan3d --data mnist --size 32 --run-dir run");
    assert!(told.contains("pictures") && told.contains("--recipe dcgan"), "{told}");
    let told = refused(folder, "train --recipe gan3d --size 12 --run-dir run");
    assert!(told.contains("`size` is 12"), "{told}");
    let told = refused(folder, "train --recipe gan3d --set recipe.pack=2 --run-dir run");
    assert!(told.contains("no cubes"), "{told}");
    assert!(!folder.join("run").exists());
}

/// Teaches on few solids of few voxels: better than chance, which is 17 % of six kinds.
#[test]
fn a_classifier_is_taught_saved_and_judges() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let taught = told(
        folder,
        "classifier --data solids --size 8 --samples 2000 --out solids.safetensors --json",
    );
    let taught: Value = serde_json::from_str(&taught).unwrap();
    assert!(taught["accuracy"].as_f64().unwrap() > 0.4, "{taught}");
    told(folder, &format!("{SMALL} --samples 32 --run-dir run"));
    let judged = told(folder, "eval run --metric classes --classifier solids.safetensors --json");
    let judged: Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(
        (&judged["classes"]["n"], judged["classes"]["class-shares"].as_array().unwrap().len()),
        (&1000.into(), 6)
    );
    assert!(
        judged["classes"]["score-reals"].as_f64().unwrap()
            > judged["classes"]["score"].as_f64().unwrap()
    );
    assert!(refused(folder, "classifier --data ring8 --out x").contains("labelled"));
}
