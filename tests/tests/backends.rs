//! The same seed plays the same game on every backend of the build: first weights, latents and
//! masks come from the host.

use kiln::recipe::Family;
use kiln::{Backend, Recipe, with_family};
use kiln_core::Clock;
use kiln_train::{Batch, Game, Meters, Round, Source};

/// Largest relative difference of a mean over three rounds. Measured between Flex and NdArray:
/// 7.5e-7; between Flex and wgpu on Mesa's software Vulkan: 1.5e-6. The rest is room for GPUs, since
/// updates amplify what rounding begins.
const TOLERANCE: f64 = 1e-3;

/// Means of three rounds of a tiny game.
fn play<F: Family>(family: &F, session: &kiln::Session) -> Vec<(String, f64)> {
    let mut game = family.start(session.world()).unwrap();
    let mut source = session.source().unwrap();
    let (mut clock, mut meters) = (Clock::default(), Meters::default());
    for _ in 0..3 {
        let batches = (0..game.batches(&clock)).map(|_| source.draw().unwrap()).collect::<Vec<_>>();
        let shown: usize = batches.iter().map(Batch::samples).sum();
        let mut round = Round::new(clock, session.config().seed, &session.world().device);
        game = game.play(batches, &mut round);
        clock = round.clock;
        clock.count_round(shown as u64);
        meters.add(&round.into_readings());
    }
    meters.read().unwrap().by_name.into_iter().collect()
}

fn losses(recipe: &str, backend: Backend) -> Vec<(String, f64)> {
    let mut small = Recipe::named(recipe).unwrap().set("batch-size", "8").backend(backend);
    let sizes: &[(&str, &str)] = match recipe {
        "dcgan" => {
            &[("networks.generator.width", "4"), ("networks.critic.width", "4"), ("latents", "6")]
        }
        "sngan" | "rpgan-r1r2" => &[
            ("networks.generator.width", "4"),
            ("networks.generator.widest", "4"),
            ("networks.critic.width", "4"),
            ("networks.critic.widest", "4"),
            ("latents", "6"),
        ],
        "biggan" => &[
            ("networks.generator.width", "4"),
            ("networks.generator.attention", "8"),
            ("networks.critic.width", "4"),
            ("networks.critic.attention", "8"),
            ("latents", "6"),
        ],
        "stylegan2" => &[
            ("networks.generator.width", "4"),
            ("networks.generator.styles", "6"),
            ("networks.critic.width", "4"),
            ("latents", "6"),
        ],
        "began" => &[
            ("networks.generator.width", "4"),
            ("networks.critic.width", "4"),
            ("networks.critic.codes", "6"),
            ("latents", "6"),
        ],
        "vanilla" => &[("generator-hidden", "[16]"), ("critic-hidden", "[16]")],
        _ => &[("generator-hidden", "[16]"), ("critic-units", "[8]")],
    };
    for (key, value) in sizes {
        small = small.set(&format!("recipe.{key}"), value);
    }
    let session = small.pictures(kiln_tests::labelled_corners(32)).open().unwrap();
    with_family!(&session.config().recipe, family => play(family, &session))
}

fn agree(recipe: &str) {
    let others: Vec<Backend> = Backend::ALL
        .into_iter()
        .filter(|backend| *backend != Backend::Cpu && backend.is_built())
        .collect();
    assert!(
        !others.is_empty(),
        "build with --features ndarray or wgpu: one backend proves nothing"
    );
    let expected = losses(recipe, Backend::Cpu);
    assert!(expected.len() >= 6, "{expected:?}");
    let mut farthest = 0.0_f64;
    for other in others {
        for ((name, one), (same, two)) in expected.iter().zip(losses(recipe, other)) {
            assert_eq!(*name, same);
            let difference = (one - two).abs() / one.abs().max(1e-2);
            farthest = farthest.max(difference);
            assert!(difference < TOLERANCE, "{recipe} {name}: cpu {one}, {other} {two}");
        }
    }
    println!("{recipe}: {farthest:.1e} at most");
}

#[test]
fn device_dcgan_agrees_on_every_backend() {
    agree("dcgan");
}

#[test]
fn device_vanilla_agrees_on_every_backend() {
    agree("vanilla");
}

/// Spectral normalisation, residual blocks, a hinge.
#[test]
fn device_sngan_agrees_on_every_backend() {
    agree("sngan");
}

/// Relativistic pairs, both penalties in every round.
#[test]
fn device_rpgan_r1r2_agrees_on_every_backend() {
    agree("rpgan-r1r2");
}

/// An auto-encoder as a critic, and its balance. Not one of the device tests: software Vulkan compiles
/// its kernels for more than ten minutes.
#[test]
fn began_agrees_on_every_backend() {
    agree("began");
}

/// Attention, slices of the latent, a shared embedding, orthogonal weights.
#[test]
fn biggan_agrees_on_every_backend() {
    agree("biggan");
}

/// Styles, noise, both lazy penalties in the first round.
#[test]
fn stylegan2_agrees_on_every_backend() {
    agree("stylegan2");
}

#[test]
fn device_goodfellow2014_agrees_on_every_backend() {
    agree("goodfellow2014");
}
