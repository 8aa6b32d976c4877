//! BigGAN's parts against PyTorch, its paper's sizes, and a run from the command line.
//!
//! `golden/biggan.py` wrote the numbers, and has each network once more.

use std::fs;

use burn::tensor::{Device, Tensor};
use kiln::data::{Labels, Pictures};
use kiln::{Layers, Recipe, RecipeConfig, RunConfig};
use kiln_models::{LayerRow, Pass, ResnetGeneratorConfig, SelfAttentionConfig};
use kiln_objective::penalty::{Phi, gradient_penalty};
use kiln_ops::Dual;
use kiln_tests::golden::{check, check_gradients, close, weighed};
use kiln_tests::{golden_tensor as tensor, golden_values as values, refused, told, write_corners};
use serde_json::Value;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn golden(network: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/biggan.json")).unwrap();
    all[network].clone()
}

#[test]
fn self_attention_is_pytorchs() {
    let layer = SelfAttentionConfig::new(8).init(&Device::flex().autodiff());
    check(layer, &golden("attention"), |layer, x: Dual<4>| layer.forward(x, &Pass::eval()));
}

#[test]
fn a_penalty_through_self_attention_is_pytorchs() {
    let (device, golden) = (Device::flex().autodiff(), golden("attention"));
    let layer = weighed(SelfAttentionConfig::new(8).init(&device), &golden);
    let points = tensor::<4>(&golden["input"], &device);
    let penalty = gradient_penalty(points, Phi::Square, |x: Dual<4>| {
        let y = layer.forward(x, &Pass::eval()).tanh().flatten();
        y.linear_map(|y: Tensor<2>| y.sum_dim(1))
    });
    close("penalty", penalty.value.reshape([1]), &values(&golden["penalty"]));
    check_gradients(&layer, &penalty.surrogate, &golden, "penalty");
}

#[test]
fn the_generator_with_slices_embedding_and_attention_is_pytorchs() {
    let config = ResnetGeneratorConfig {
        latents: 4,
        channels: 1,
        width: 3,
        widest: 4,
        size: 14,
        classes: 2,
        shared: 3,
        hierarchical: true,
        attention: 14,
        ..ResnetGeneratorConfig::default()
    };
    let device = Device::flex().autodiff();
    let generator = config.init(&device).unwrap();
    check(generator, &golden("generator"), |generator, latents: Dual<2>| {
        let asked = Tensor::from_floats([[1.0, 0.0], [0.0, 1.0]], &device);
        generator.forward(latents, &Pass::train(None).of(Some(asked)))
    });
}

/// Counted by hand at a width of 256. Generator: embedding 10 x 128; first layer 20 x 4096 + 4096; three
/// blocks of two norms (2 x 148 x 256 each), convolutions 9 x 256 x 256, the same + 256 and 256 x 256 +
/// 256; attention 2 x 256 x 32 + 2 x 256 x 128 + 1; norm 512; paint 9 x 256 x 3 + 3. Critic: blocks of
/// 598272, 1245952 and twice 1180160; the same attention; judge 257; classes 10 x 256.
#[test]
fn the_papers_sizes_for_32_pixels_are_its_preset() {
    let (config, counts) = of_ten(include_str!("../../assets/presets/paper/biggan.toml"));
    let RecipeConfig::Biggan(biggan) = &config.recipe else { panic!("{config:?}") };
    assert_eq!((biggan.latents, config.batch_size, biggan.pace.critic_turns), (80, 50, 4));
    assert_eq!(counts, [("generator", 4_368_388), ("critic", 4_289_282)]);
}

/// Counted by hand. Generator of 256: first layer 128 x 4096 + 4096; three blocks of two norms (2 x 10 x 256
/// each) and the convolutions above; another norm 2 x 10 x 256; paint 9 x 256 x 3 + 3. Critic of 128: blocks
/// of 151680, 311680 and twice 295168; judge 129; classes 10 x 128.
#[test]
fn the_papers_sizes_of_projection_are_its_preset() {
    let (config, counts) = of_ten(include_str!("../../assets/presets/paper/projection.toml"));
    let RecipeConfig::Projection(projection) = &config.recipe else { panic!("{config:?}") };
    let sizes = (projection.latents, config.batch_size, projection.pace.critic_turns);
    assert_eq!(sizes, (128, 64, 5));
    assert_eq!(counts, [("generator", 4_308_227), ("critic", 1_055_105)]);
}

/// What a preset comes to on ten classes of pictures of 32 x 32, and each network's parameters.
fn of_ten(text: &str) -> (RunConfig, Vec<(&'static str, usize)>) {
    let layers = Layers::file(text, "preset.toml", false).unwrap();
    let labels = Labels::numbered((0..10).collect());
    let pictures = Pictures::new("ten", [3, 32, 32], vec![0; 10 * 3072], Some(labels)).unwrap();
    let session = Recipe::over(layers).pictures(pictures).open().unwrap();
    let config = session.config().clone();
    let layers = config.recipe.layers(session.world()).unwrap().into_iter();
    let sum = |rows: Vec<_>| rows.iter().map(|row: &LayerRow| row.parameters).sum();
    let counts = layers.map(|(side, rows)| (side, sum(rows))).collect();
    (config, counts)
}

/// Trains a tiny run on labelled corners.
const TRAIN: &str = "train --recipe biggan --data corners --size 16 --samples 64 --batch-size 16 \
    --quiet --set sheet=8 --set recipe.latents=6 --set recipe.networks.generator.width=4 \
    --set recipe.networks.critic.width=4 --set recipe.networks.critic.attention=8";

#[test]
fn a_run_is_sampled_by_class_and_measured_at_several_truncations() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 64).unwrap();
    let attention = "--set recipe.networks.generator.attention=8";
    told(KILN, folder, &format!("{TRAIN} {attention} --run-dir run"));
    assert!(folder.join("run/sheets/fakes-000000064.png").is_file());
    told(KILN, folder, "sample run --class 2 --count 4 --truncate 0.5 --out two");
    assert_eq!(fs::read_dir(folder.join("two")).unwrap().count(), 4);
    let measure = "eval run --metric frechet --extractor pixels --count 40 --json";
    let all: Value =
        serde_json::from_str(&told(KILN, folder, &format!("{measure} --truncate 0.2,4"))).unwrap();
    let course = all["course"].as_array().unwrap();
    let at: Vec<_> = course.iter().map(|point| point["truncation"].as_f64().unwrap()).collect();
    assert!((at[0] - 0.2).abs() < 1e-6 && at[1] == 4.0, "{at:?}");
    assert_ne!(course[0]["frechet"], course[1]["frechet"]);
    let one: Value =
        serde_json::from_str(&told(KILN, folder, &format!("{measure} --truncate 4"))).unwrap();
    assert_eq!((&one["frechet"], one.get("course")), (&course[1]["frechet"], None));
    assert!(refused(KILN, folder, "eval run --each --truncate 1,2").contains("--each"));
}

#[test]
fn sizes_that_do_not_fit_are_refused_before_anything_is_trained() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 64).unwrap();
    let says = |more: &str| refused(KILN, folder, &format!("{TRAIN} --run-dir run {more}"));
    let attention = "--set recipe.networks.generator.attention=8";
    assert!(says("").contains("`attention` is 14: give the side of a block's maps, 8, 16"));
    assert!(says(&format!("{attention} --set recipe.latents=5")).contains("multiple of 3"));
    let concat = "--set recipe.condition.generator=concat";
    assert!(says(&format!("{attention} {concat}")).contains("`shared` embeds the classes"));
    assert!(!folder.join("run").exists());
}
