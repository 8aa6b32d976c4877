//! f-AnoGAN from the command line: the game and then the encoder in one run, what was left out told from
//! the rest, pictures scored.

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

/// Learns three corners of four for `game` samples, then the encoder.
fn train(run: &str, game: u64, until: u64) -> String {
    format!(
        "train --recipe anogan --data corners --size 16 --batch-size 8 --set data.without=[3] \
         --set sheet=4 --set plan.tick=240 --set plan.checkpoint-every=240 --set recipe.latents=4 \
         --set recipe.networks.generator.width=4 --set recipe.networks.critic.width=4 --lr 2e-3 \
         --set recipe.encoder.from={game} \
         --set recipe.encoder.rate=2e-3 --quiet --samples {until} --run-dir {run}"
    )
}

#[test]
fn it_goes_on_to_the_bit_in_both_of_its_parts() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 32).unwrap();
    told(folder, &train("whole", 480, 960));
    for until in [240, 720, 960] {
        told(folder, &train("parts", 480, until));
    }
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");
}

#[test]
fn the_corner_that_was_left_out_is_told_and_pictures_are_scored() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 64).unwrap();
    write_held_out_corners(folder, 40).unwrap();
    told(folder, &train("run", 4_000, 8_000));
    let found: Value =
        serde_json::from_str(&told(folder, "eval run --metric auroc --json")).unwrap();
    assert_eq!((&found["normal"], &found["anomalous"]), (&30.into(), &10.into()));
    // Seeds 1 to 4 end at 1, as the distance to the nearest training picture does.
    let area = found["auroc"].as_f64().unwrap();
    assert!(area > 0.9, "{found}");
    assert!(told(folder, "eval run").contains("AUROC"), "by default, too");

    image::GrayImage::from_pixel(16, 16, image::Luma([90])).save(folder.join("grey.png")).unwrap();
    assert!(told(folder, "sample run --input grey.png").contains("remade.csv"));
    let table = std::fs::read_to_string(folder.join("remade.csv")).unwrap();
    let line: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    let [score, pixels, features] = [1, 3, 4].map(|at| line[at].parse::<f64>().unwrap());
    assert!(line[0] == "grey.png" && (score - pixels - features).abs() < 1e-6, "{table}");
    // Input, what came back and where they differ.
    let (width, height) = image::image_dimensions(folder.join("remade.png")).unwrap();
    assert!(width > 2 * height, "{width} x {height}");
}

#[test]
fn without_anything_left_out_there_is_nothing_to_tell() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 32).unwrap();
    let told_of = |arguments: &str| refused(folder, arguments);
    let train = train("run", 16, 32);
    let wrong = train.replace("data.without=[3]", "data.without=[\"left\"]");
    let message = told_of(&wrong);
    assert!(message.contains("no class `left`; there are 0, 1, 2, 3"), "{message}");
    told(folder, &train.replace("--set data.without=[3]", ""));
    let message = told_of("eval run --metric auroc");
    assert!(message.contains("data.without"), "{message}");
}
