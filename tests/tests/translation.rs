//! The networks of translations against PyTorch, and translators from the command line.
//!
//! `golden/translation.py` wrote the numbers, and has each network once more.

use std::fs;
use std::path::Path;
use std::process::Output;

use burn::tensor::{Device, Tensor};
use image::{Rgb, RgbImage};
use kiln::data::{Pairing, Pictures};
use kiln::{Layers, Recipe};
use kiln_eval::read_vgg;
use kiln_models::{
    Norm, Pass, PatchCriticConfig, ResnetTranslatorConfig, SrganCriticConfig, SrresnetConfig,
    UnetConfig, VggConfig,
};
use kiln_tests::golden::{check, close};
use kiln_tests::{golden_tensor as tensor, golden_values as values, newest_state};
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

#[test]
fn srresnet_is_pytorchs() {
    for norm in [Norm::Batch, Norm::Instance] {
        let (inputs, outputs, size, times) = (1, 2, 16, 4);
        let (width, blocks, kernel) = (3, 2, 9);
        let config = SrresnetConfig { inputs, outputs, size, times, width, blocks, kernel, norm };
        let network = config.init(&Device::flex().autodiff()).unwrap();
        check(network, &golden("srresnet", norm), |network, x| {
            network.forward(x, &Pass::train(None))
        });
    }
}

#[test]
fn srgans_critic_is_pytorchs() {
    let config = SrganCriticConfig { channels: 2, size: 16, width: 2, norm: Norm::Batch };
    let critic = config.init(&Device::flex().autodiff()).unwrap();
    check(critic, &golden("srgan", Norm::Batch), |critic, x| {
        let logits = critic.forward(x, &Pass::train(None));
        logits.reshape([2, 1, 1, 1])
    });
}

#[test]
fn vgg_sees_what_pytorch_sees_with_torchvisions_names() {
    let device = Device::flex().autodiff();
    let all: Value = serde_json::from_str(include_str!("../golden/translation.json")).unwrap();
    let golden = &all["vgg"];
    let network = VggConfig { width: 2, blocks: 3 }.init(&device).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/vgg.safetensors");
    let (network, _) = read_vgg(network, &file).unwrap();
    let x = tensor::<4>(&golden["input"], &device).require_grad();
    let y = network.forward(x.clone());
    let flat = |t: Tensor<4>| {
        let n = t.dims().iter().product::<usize>();
        t.reshape([n])
    };
    close("output", flat(y.clone()).inner(), &values(&golden["output"]));
    let loss = (y * tensor::<4>(&golden["probe"], &device)).sum();
    close("input", flat(x.grad(&loss.backward()).unwrap()), &values(&golden["gradient"]));
    let wide = VggConfig { width: 3, blocks: 3 }.init(&device).unwrap();
    let told = read_vgg(wide, &file).unwrap_err().to_string();
    assert!(told.contains("features.0.weight"), "{told}");
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
fn a_translator_is_measured_by_held_out_pairs_as_it_learns() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_pairs(&folder.join("pairs/train"), 6);
    write_pairs(&folder.join("pairs/test"), 5);
    let run = |arguments: &str| {
        let output = kiln(folder, arguments);
        let [out, err] = [output.stdout, output.stderr].map(|t| String::from_utf8(t).unwrap());
        (output.status.success(), out, err)
    };
    let small = "--set evaluation.extractor=pixels --set evaluation.count=4 --eval-every 32";
    for until in [32, 64] {
        let (done, _, told) = run(&format!("train {SMALL} {until} {small} --run-dir run"));
        assert!(done, "{told}");
    }
    let stats = fs::read_to_string(folder.join("run/stats.jsonl")).unwrap();
    let lines = stats.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found: Vec<Value> = lines.filter(|line| line["event"] == "evaluation").collect();
    assert_eq!(found.len(), 2, "{stats}");
    // What is asked for afterwards is the same.
    let (done, told, wrong) = run("eval run --extractor pixels --count 4 --json");
    assert!(done, "{wrong}");
    let report: Value = serde_json::from_str(&told).unwrap();
    let last = found[1]["values"].as_object().unwrap();
    let names =
        ["pairs/l1", "pairs/psnr", "pairs/colourfulness", "pixels/perceptual", "pixels/frechet"];
    for name in names {
        let (_, key) = name.split_once('/').unwrap();
        assert!(report[key].is_f64() && last[name] == report[key], "{name}: {stats} {told}");
    }
    assert_eq!((last.len(), &report["n"]), (names.len(), &4.into()));

    let (done, _, told) =
        run(&format!("train {SMALL} 64 --eval-every 32 --metric fid --run-dir no"));
    assert!(!done && told.contains("leave --metric frechet out"), "{told}");
    for (wrong, says) in [
        ("--set evaluation.count=3", "needs at least 4 samples, not 3"),
        ("--set evaluation.weights=\"lost.pth\"", "lost.pth"),
        ("--set data.split=test", "data on disk with a test part"),
    ] {
        let (done, _, told) =
            run(&format!("train {SMALL} 64 --eval-every 32 {wrong} --run-dir no"));
        assert!(!done && told.contains(says), "{wrong}: {told}");
    }
    write_pairs(&folder.join("whole"), 6);
    let whole = SMALL.replace("--data pairs", "--data whole");
    let (done, _, told) = run(&format!("train {whole} 64 --eval-every 32 --run-dir no"));
    assert!(!done && told.contains("data on disk with a test part"), "{told}");
    assert!(!folder.join("no").exists(), "a run directory of nothing");
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

#[test]
fn small_pictures_are_enlarged_and_go_on_to_the_bit() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_pairs(&folder.join("pairs"), 6);
    let small = "--recipe srgan --data pairs/B --size 16 --batch-size 2 --set sheet=6 \
        --set recipe.networks.generator={kind=\"srresnet\",width=2,blocks=1,times=4} \
        --set recipe.networks.critic.width=1 --set recipe.perceptual.network.width=2 \
        --set recipe.nogan.content=24 --set recipe.nogan.critic=8 --set plan.tick=24 \
        --set plan.checkpoint-every=16 --quiet --samples";
    let run = |arguments: &str| {
        let output = kiln(folder, arguments);
        let [out, err] = [output.stdout, output.stderr].map(|t| String::from_utf8(t).unwrap());
        (output.status.success(), out, err)
    };
    for (name, until) in [("whole", 64), ("parts", 16), ("parts", 40), ("parts", 64)] {
        let (done, _, told) = run(&format!("train {small} {until} --run-dir {name}"));
        assert!(done, "{told}");
    }
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");

    // A picture of 4 x 4 is what the network takes: it is made 16 x 16 as it is.
    RgbImage::from_pixel(4, 4, Rgb([9, 99, 199])).save(folder.join("small.png")).unwrap();
    assert!(run("sample whole --input small.png --out large").0);
    let large = image::open(folder.join("large/small.png")).unwrap().into_rgb8();
    assert_eq!(large.dimensions(), (16, 16));
    let (done, told, wrong) = run("eval whole --against pairs/B --json");
    assert!(done, "{wrong}");
    let report: Value = serde_json::from_str(&told).unwrap();
    assert!(report["bicubic"]["psnr"].as_f64().unwrap() > 10.0, "{report}");
    assert!(report["psnr"].as_f64().unwrap() > 0.0, "{report}");

    let (done, _, told) = run(&format!("train {small} 64 --set data.pairs=shrunk-2"));
    assert!(!done && told.contains("give --set data.pairs=shrunk-4"), "{told}");
    let lost = "--set recipe.perceptual.network={kind=\"vgg19\",weights=\"vgg.pth\",blocks=2}";
    let (done, _, told) = run(&format!("train {small} 64 {lost} --run-dir lost"));
    assert!(!done && told.contains("vgg.pth"), "{told}");
    assert!(!folder.join("lost").exists(), "a run directory of nothing");
}

/// Counted by hand: 15616 + 64, sixteen blocks of 74048, 36992, twice 147776, and 15555; the critic's
/// convolutions 4687232, then 18432 x 1024 + 1024 and 1025.
#[test]
fn srgans_sizes_are_its_preset() {
    let text = include_str!("../../assets/presets/paper/srgan.toml");
    let layers = Layers::file(text, "srgan.toml", false).unwrap();
    let pictures = Pictures::new("two", [3, 96, 96], vec![0; 2 * 3 * 96 * 96], None).unwrap();
    let pictures = pictures.paired(Pairing::Shrunk4).unwrap();
    let session = Recipe::over(layers).pictures(pictures).open().unwrap();
    let counts = session.config().recipe.layers(session.world()).unwrap().into_iter();
    let counts: Vec<_> = counts
        .map(|(side, rows)| (side, rows.iter().map(|row| row.parameters).sum::<usize>()))
        .collect();
    assert_eq!(counts, [("generator", 1_548_547), ("critic", 23_563_649)]);
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
