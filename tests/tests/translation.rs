//! The networks of translations against PyTorch, and translators from the command line.
//!
//! `golden/translation.py` wrote the numbers, and has each network once more.

use std::fs;
use std::path::Path;
use std::process::Output;

use burn::tensor::Device;
use image::{Rgb, RgbImage};
use kiln_models::{Norm, Pass, PatchCriticConfig, ResnetTranslatorConfig, UnetConfig};
use kiln_tests::{check_golden as check, newest_state};
use serde_json::Value;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn golden(network: &str, norm: Norm) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/translation.json")).unwrap();
    let norm = if norm == Norm::Batch { "batch" } else { "instance" };
    all[network][norm].clone()
}

#[test]
fn the_unet_is_pytorchs() {
    for norm in [Norm::Batch, Norm::Instance] {
        let (inputs, outputs, size, width, widest) = (1, 2, 16, 2, 5);
        let config = UnetConfig { inputs, outputs, size, width, widest, norm, dropout: 0.5 };
        let unet = config.init(&Device::flex().autodiff()).unwrap();
        check(unet, &golden("unet", norm), |unet, x| unet.forward(x, &Pass::train(None)));
    }
}

#[test]
fn the_patch_critic_is_pytorchs() {
    for norm in [Norm::Batch, Norm::Instance] {
        let (channels, width, widest, size, field) = (3, 2, 5, 16, 34);
        let config = PatchCriticConfig { channels, width, widest, size, field, norm };
        let critic = config.init(&Device::flex().autodiff()).unwrap();
        check(critic, &golden("patch", norm), |critic, x| critic.patches(x, &Pass::train(None)));
    }
}

#[test]
fn the_resnet_translator_is_pytorchs() {
    for norm in [Norm::Batch, Norm::Instance] {
        let (inputs, outputs, size, width, blocks) = (1, 2, 16, 2, 2);
        let config = ResnetTranslatorConfig { inputs, outputs, size, width, blocks, norm };
        let network = config.init(&Device::flex().autodiff()).unwrap();
        check(network, &golden("resnet", norm), |network, x| {
            network.forward(x, &Pass::train(None))
        });
    }
}

/// Pictures of a coloured square on a coloured ground, in a folder of pairs with their outlines.
fn write_pairs(folder: &Path, n: u8) {
    for idx in 0..n {
        let inside = |x: u32, y: u32| (4..12).contains(&x) && (4..12).contains(&y);
        let colour = |on: bool| if on { [200, 20 * idx, 40] } else { [20, 60, 250 - 20 * idx] };
        let made = RgbImage::from_fn(16, 16, |x, y| Rgb(colour(inside(x, y))));
        let input = RgbImage::from_fn(16, 16, |x, y| Rgb([if inside(x, y) { 0 } else { 255 }; 3]));
        for (side, picture) in [("A", input), ("B", made)] {
            fs::create_dir_all(folder.join(side)).unwrap();
            picture.save(folder.join(side).join(format!("{idx}.png"))).unwrap();
        }
    }
}

fn kiln(folder: &Path, arguments: &str) -> Output {
    let mut command = kiln_tests::kiln(KILN, folder);
    command.args(arguments.split_whitespace()).output().unwrap()
}

const SMALL: &str = "--recipe pix2pix --data pairs --size 16 --set data.pairs=folders --batch-size 2 \
    --set recipe.networks.generator.width=2 --set recipe.networks.critic.width=2 \
    --set recipe.networks.critic.field=16 --set sheet=6 --set plan.tick=24 \
    --set plan.checkpoint-every=16 --quiet --samples";

#[test]
fn a_translation_goes_on_to_the_bit_and_its_snapshot_translates_the_users_pictures() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_pairs(&folder.join("pairs"), 6);
    let train = |run: &str, until: u64| {
        let output = kiln(folder, &format!("train {SMALL} {until} --run-dir {run}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    train("whole", 64);
    train("parts", 32);
    train("parts", 64);
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");

    let translate = |arguments: &str| {
        let output = kiln(folder, &format!("sample whole {arguments}"));
        let [out, err] = [output.stdout, output.stderr].map(|t| String::from_utf8(t).unwrap());
        (output.status.success(), out, err)
    };
    let (done, told, _) = translate("--input pairs/A --out made");
    assert!(done && told.contains("centre square at 16 x 16 colour"), "{told}");
    assert_eq!(image::open(folder.join("made/5.png")).unwrap().into_rgb8().dimensions(), (16, 16));
    assert!(translate("--input pairs/A/3.png").0 && folder.join("translated.png").is_file());
    let (done, _, told) = translate("--count 4");
    assert!(!done && told.contains("--input FILE|DIR"), "{told}");
}

#[test]
fn a_schedule_goes_on_to_the_bit_from_any_of_its_phases() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_pairs(&folder.join("pairs"), 6);
    let small = SMALL.replace("pix2pix", "colorize");
    let lengths = "--set recipe.nogan.content=16 --set recipe.nogan.critic=16";
    let train = |run: &str, until: u64| {
        let output = kiln(folder, &format!("train {lengths} {small} {until} --run-dir {run}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    train("whole", 64);
    [8, 24, 48, 64].into_iter().for_each(|until| train("parts", until));
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");
}

const SETS: &str = "--recipe cyclegan --data pairs --size 16 --set data.pairs=unpaired --batch-size 2 \
    --set recipe.networks.generator={kind=\"resnet\",width=2,blocks=1} \
    --set recipe.networks.critic.width=2 --set recipe.networks.critic.field=16 \
    --set recipe.pool.images=5 --set data.mirror=true --set sheet=6 --set plan.tick=24 \
    --set plan.checkpoint-every=16 --quiet --samples";

#[test]
fn a_cycle_goes_on_to_the_bit_and_its_snapshot_translates_both_ways() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_pairs(&folder.join("pairs"), 6);
    let run = |arguments: &str| {
        let output = kiln(folder, arguments);
        let [out, err] = [output.stdout, output.stderr].map(|t| String::from_utf8(t).unwrap());
        (output.status.success(), out, err)
    };
    for (name, until) in [("whole", 64), ("parts", 32), ("parts", 64)] {
        let (done, _, told) = run(&format!("train {SETS} {until} --run-dir {name}"));
        assert!(done, "{told}");
    }
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");

    assert!(run("sample whole --input pairs/A --out forth").0);
    assert!(run("sample whole --input pairs/A --out back --backward").0);
    let made = |way: &str| image::open(folder.join(way).join("5.png")).unwrap().into_rgb8();
    assert_ne!(made("forth"), made("back"));
    let (done, told, wrong) = run("eval whole --against pairs --json");
    assert!(done, "{wrong}");
    let report: Value = serde_json::from_str(&told).unwrap();
    for way in ["forth", "back"] {
        assert!(report[way]["cycle-l1"].as_f64().unwrap() > 0.0, "{report}");
        assert!(report[way]["class-kept"].is_null(), "{report}");
    }
}

#[test]
fn what_is_paired_and_what_is_not_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let refused = |arguments: &str| {
        let output = kiln(home.path(), &format!("train --dry-run {arguments}"));
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let told = refused("--recipe cyclegan --set data.pairs=edges");
    assert!(told.contains("learns from two sets of pictures that are not paired"), "{told}");
    let told = refused("--recipe pix2pix --set data.pairs=inverted");
    assert!(told.contains("the recipe learns from pairs of pictures"), "{told}");
    let told = refused("--recipe dcgan --set data.pairs=inverted");
    assert!(told.contains("--recipe cyclegan (sets)"), "{told}");
    let told = refused("--recipe cyclegan --set data.pairs=unpaired");
    assert!(told.contains("mnist is no folder with `A` and `B`"), "{told}");
}

#[test]
fn a_recipe_for_pairs_wants_pairs_and_no_other_takes_them() {
    let home = tempfile::tempdir().unwrap();
    let refused = |arguments: &str| {
        let output = kiln(home.path(), &format!("train --dry-run {arguments}"));
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let told = refused("--recipe dcgan --set data.pairs=edges");
    assert!(told.contains("`dcgan` learns from pictures alone"), "{told}");
    let told = refused("--recipe pix2pix --config none.toml");
    assert!(!told.is_empty());
    let told = refused("--recipe pix2pix --set data.pairs=grey");
    assert!(told.contains("mnist is grey already"), "{told}");
    let told = refused("--recipe pix2pix --set data.pairs=folders");
    assert!(told.contains("mnist is no folder of pairs"), "{told}");
    let told = refused("--recipe pix2pix --size 30");
    assert!(told.contains("`size` is 30: give a multiple of 4"), "{told}");
    let told = refused("--recipe pix2pix --size 16 --set recipe.networks.critic.field=70");
    assert!(told.contains("at least 24 pixels, and these have 16"), "{told}");
}
