//! Sounds: the networks against PyTorch, the readers, and the recipe from the command line.
//!
//! `golden/wave.py` wrote the numbers, and has each network once more.

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use kiln::data::Source;
use kiln::{Layers, Recipe, RecipeConfig};
use kiln_models::{CriticHeadConfig, Norm, Pass, WaveCriticConfig, WaveGeneratorConfig};
use kiln_ops::Dual;
use kiln_tests::{golden::check, golden_tensor, golden_values, newest_state, write_tones};
use serde_json::Value;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn golden(network: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/wave.json")).unwrap();
    all[network].clone()
}

#[test]
fn the_generator_of_sounds_is_pytorchs() {
    let config = WaveGeneratorConfig { latents: 3, channels: 1, width: 2, length: 256 };
    let generator = config.init(&Device::flex().autodiff()).unwrap();
    check(generator, &golden("generator"), |generator, latents| {
        generator.forward(latents, &Pass::train(None))
    });
}

#[test]
fn the_critic_of_sounds_is_pytorchs() {
    let (norm, head, outputs) = (Norm::None, CriticHeadConfig::default(), 1);
    let (channels, width, length, shuffle) = (1, 2, 256, 2);
    let config = WaveCriticConfig { channels, width, length, shuffle, norm, head, outputs };
    let critic = config.init(&Device::flex().autodiff()).unwrap();
    // Without an address nothing is shuffled.
    check(critic, &golden("critic"), |critic, sounds| critic.forward(sounds, &Pass::train(None)));
}

#[test]
fn a_shift_is_that_of_the_authors() {
    let golden = golden("shift");
    let sound = golden_tensor::<4>(&golden["input"], &Device::flex());
    for by in -2..=2 {
        let found: Tensor<4> = Dual::from(sound.clone()).shift(by).value;
        let found: Vec<f32> = found.into_data().iter().collect();
        assert_eq!(found, golden_values(&golden["outputs"][by.to_string()]), "{by}");
    }
}

#[track_caller]
fn told(folder: &Path, arguments: &str) -> String {
    kiln_tests::told(KILN, folder, arguments)
}

#[track_caller]
fn refused(folder: &Path, arguments: &str) -> String {
    kiln_tests::refused(KILN, folder, arguments)
}

const SMALL: &str = "train --recipe wavegan --data tones --size 256 --set data.rate=4000 \
    --batch-size 4 --set recipe.latents=4 --set recipe.networks.generator.width=2 \
    --set recipe.networks.critic.width=2 --set sheet=4 --set plan.tick=80 \
    --set plan.checkpoint-every=80 --quiet";

#[test]
fn it_goes_on_to_the_bit_and_its_samples_are_drawn_written_judged_and_read_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_tones(&folder.join("tones"), 8).unwrap();
    let train = |run: &str, until: u64| {
        told(folder, &format!("{SMALL} --samples {until} --run-dir {run}"));
    };
    train("whole", 160);
    train("parts", 80);
    train("parts", 160);
    let [whole, parts] = ["whole", "parts"].map(|run| newest_state(&folder.join(run)).unwrap());
    assert!(whole == parts, "the tensors differ");
    assert!(folder.join("whole/sheets/reals.png").is_file());

    told(folder, "sample whole --count 3 --out made");
    let wave = fs::read(folder.join("made/000002.wav")).unwrap();
    assert_eq!((wave.len(), &wave[24..28]), (44 + 512, &4000_u32.to_le_bytes()[..]));
    assert!(folder.join("made/000000.png").is_file());
    let again = SMALL.replace("tones", "made");
    told(folder, &format!("{again} --samples 80 --run-dir again"));

    let advice = refused(folder, "eval whole");
    assert!(advice.contains("--data tones --size 256 --rate 4000"), "{advice}");
    told(folder, "classifier --data tones --size 256 --rate 4000 --samples 2000 --out tones.st");
    let judged =
        told(folder, "eval whole --metric classes --classifier tones.st --count 20 --json");
    let judged: Value = serde_json::from_str(&judged).unwrap();
    let judged = &judged["classes"];
    assert!(judged["score-reals"].as_f64().unwrap() > 1.8, "{judged}");
    assert!(judged["class-shares"][0][0] == "high" && judged["n"] == 20, "{judged}");
}

#[test]
fn what_makes_sounds_and_what_does_not_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_tones(&folder.join("tones"), 4).unwrap();
    let told = refused(folder, "train --recipe wavegan --run-dir run");
    assert!(told.contains("`cargo xtask fetch drums` puts it there"), "{told}");
    let told = refused(folder, "train --recipe dcgan --data tones --run-dir run");
    assert!(told.contains("sounds") && told.contains("--recipe wavegan"), "{told}");
    let told = refused(folder, "train --recipe wavegan --data mnist --size 32 --run-dir run");
    assert!(told.contains("`data.rate` is of sounds") && told.contains("WAV or FLAC"), "{told}");
    let told =
        refused(folder, "train --recipe wavegan --data mnist --set data.rate= --run-dir run");
    assert!(told.contains("pictures") && told.contains("--recipe dcgan"), "{told}");
    let told = refused(folder, "train --recipe wavegan --data tones --size 100 --run-dir run");
    assert!(told.contains("`length` is 100"), "{told}");
    for (setting, expected) in [
        ("recipe.augment={kind=\"ada\"}", "sounds are none"),
        ("data.channels=1", "`channels`"),
        ("data.mirror=true", "mirror image"),
        ("data.pairs=\"grey\"", "`pairs`"),
        ("data.without=[\"low\"]", "`without`"),
    ] {
        let told = refused(folder, &format!("{SMALL} --set {setting} --run-dir run"));
        assert!(told.contains(expected), "{setting}: {told}");
    }
    let told = refused(folder, &format!("{SMALL} --eval-every 80 --metric fid --run-dir run"));
    assert!(told.contains("`frechet` is measured of pictures"), "{told}");
    let told = refused(folder, "train --recipe dcgan --set data.rate=8000 --run-dir run");
    assert!(told.contains("`data.rate` is of sounds"), "{told}");
    assert!(kiln_tests::told(KILN, folder, "inspect tones").contains("8 sounds"));
    fs::write(folder.join("tones/train/low/bad.wav"), b"RIFF1234WAVE").unwrap();
    let told = refused(folder, "train --recipe wavegan --data tones --size 256 --run-dir run");
    assert!(told.contains("bad.wav"), "{told}");
    assert!(!folder.join("run").exists());
}

/// Counted by hand at a width of 64 and 16,384 samples. Generator: 100 x 16384 + 16384; convolutions 25 x
/// (1024 x 512 + 512 x 256 + 256 x 128 + 128 x 64 + 64) + 512 + 256 + 128 + 64 + 1. Critic: the same
/// convolutions + 64 + 128 + 256 + 512 + 1024; judge 16384 + 1.
#[test]
fn the_papers_sizes_are_its_preset() {
    let home = tempfile::tempdir().unwrap();
    write_tones(home.path(), 2).unwrap();
    let text = include_str!("../../assets/presets/paper/wavegan.toml");
    let layers = Layers::file(text, "wavegan.toml", false).unwrap();
    let session = Recipe::over(layers).data(&Source::Path(home.path().into())).open().unwrap();
    let config = session.config();
    let RecipeConfig::Wavegan(wavegan) = &config.recipe else { panic!("{config:?}") };
    assert_eq!((wavegan.latents, config.batch_size, wavegan.pace.critic_turns), (100, 64, 5));
    let counts = config.recipe.layers(session.world()).unwrap().into_iter();
    let counts: Vec<_> = counts
        .map(|(side, rows)| (side, rows.iter().map(|row| row.parameters).sum::<usize>()))
        .collect();
    assert_eq!(counts, [("generator", 19_065_345), ("critic", 17_427_969)]);
}
