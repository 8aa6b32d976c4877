//! The variational auto-encoder from the command line: it goes on to the bit, its samples are drawn and
//! measured as any generator's, and pictures come back from their latents.

use std::fs;
use std::path::Path;

use kiln_tests::{newest_state, write_corners, write_held_out_corners};
use serde_json::Value;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

#[track_caller]
fn told(folder: &Path, arguments: &str) -> String {
    kiln_tests::told(KILN, folder, arguments)
}

#[track_caller]
fn refused(folder: &Path, arguments: &str) -> String {
    kiln_tests::refused(KILN, folder, arguments)
}

const SMALL: &str = "--data corners --size 16 --batch-size 8 --set sheet=4 --set plan.tick=160 \
    --set plan.checkpoint-every=160 --set recipe.latents=4 --quiet --samples";

fn vae(until: u64, run: &str) -> String {
    let widths = "--set recipe.networks.encoder.width=4 --set recipe.networks.decoder.width=4 \
                  --lr 2e-3";
    let beta = "--set recipe.beta={kind=\"linear\",from=0,to=1,until=200}";
    format!("train --recipe vae {SMALL} {until} --run-dir {run} {beta} {widths}")
}

#[test]
fn it_goes_on_to_the_bit() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 32).unwrap();
    told(folder, &vae(320, "whole"));
    told(folder, &vae(160, "parts"));
    told(folder, &vae(320, "parts"));
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");
}

#[test]
fn its_samples_and_what_comes_back_are_drawn_and_measured() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 32).unwrap();
    write_held_out_corners(folder, 12).unwrap();
    told(folder, &vae(1600, "run"));
    let evaluated = told(folder, "eval run --metric reconstruction,sharpness --count 40 --json");
    let evaluated: Value = serde_json::from_str(&evaluated).unwrap();
    let number = |key: &str| evaluated[key].as_f64().unwrap();
    assert_eq!(evaluated["reconstructed"], 12);
    assert!(number("squared-error") < number("squared-error-of-mean"), "{evaluated}");
    assert!(number("sharpness") > 0.0 && number("sharpness-of-reals") > 0.0, "{evaluated}");
    assert!(told(folder, "eval run").contains("held-out pictures"), "by default, too");

    assert!(told(folder, "sample run --count 4").contains("4 samples are in samples.png"));
    assert!(told(folder, "sample run --interpolate 3 --count 2").contains("6 frames"));
    fs::create_dir(folder.join("mine")).unwrap();
    image::GrayImage::from_pixel(20, 16, image::Luma([200]))
        .save(folder.join("mine/a.jpg"))
        .unwrap();
    assert!(told(folder, "sample run --input mine").starts_with("remade: 1 remade"));
    assert!(folder.join("remade/a.png").is_file());
    told(folder, "sample run --input mnist --out beside.png");
    // 32 pairs of 16 x 16 pixels, about square: 11 of 6 pairs side by side.
    let beside = image::open(folder.join("beside.png")).unwrap();
    assert!(beside.width() > 8 * 16 && beside.height() > 4 * 16, "{:?}", beside.width());
}

#[test]
fn a_generator_without_an_encoder_says_so() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 32).unwrap();
    let widths = "--set recipe.networks.generator.width=2 --set recipe.networks.critic.width=2";
    told(folder, &format!("train --recipe dcgan {SMALL} 32 --run-dir run {widths}"));
    let told = refused(folder, "sample run --input mnist");
    assert!(told.contains("--recipe vae"), "{told}");
    let told = refused(folder, "eval run --metric reconstruction");
    assert!(told.contains("without an encoder"), "{told}");
}
