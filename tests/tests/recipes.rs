//! Each recipe learns its own miniature: squares in one of four corners.

use kiln::{Backend, Recipe, Snapshot, paint_sheet};
use kiln_core::{Address, Purpose};
use kiln_tests::{corners, nearest_corner};

/// Trains, draws 100 samples, and holds them to the miniature: how near they are to their
/// corner on average (a generator that has hardly learned is at 0.85), and how many corners at least occur.
fn check(recipe: Recipe, seed: u64, farthest: f32, corners_wanted: usize) {
    let folder = tempfile::tempdir().unwrap();
    let seed = seed.to_string();
    recipe
        .pictures(corners(64))
        .set("batch-size", "16")
        .set("sheet", "4")
        .set("plan.tick", "4000")
        .set("seed", &seed)
        .train(folder.path().join("run"))
        .unwrap();
    let snapshot = Snapshot::read(&folder.path().join("run")).unwrap();
    let painter = snapshot.painter(&Backend::Cpu.device(0).unwrap()).unwrap();
    let latents = painter.latents().draw(100, Address::new(1, Purpose::Sample));
    let sheet = paint_sheet(&*painter, &latents).unwrap();
    let nearest: Vec<_> = sheet.samples().map(nearest_corner).collect();
    let distance = nearest.iter().map(|(_, distance)| distance).sum::<f32>() / 100.0;
    let counts = [0, 1, 2, 3].map(|idx| nearest.iter().filter(|(at, _)| *at == idx).count());
    println!("distance {distance}, corners {counts:?}");
    assert!(distance < farthest, "distance {distance}, corners {counts:?}");
    assert!(counts.iter().filter(|n| **n >= 5).count() >= corners_wanted, "corners {counts:?}");
}

fn dcgan() -> Recipe {
    let small = Recipe::dcgan().unwrap().set("recipe.networks.generator.width", "8");
    let small = small.set("recipe.networks.critic.width", "8").set("recipe.latents", "8");
    let quick = small.set("recipe.average.half-life", "500").samples(12_000);
    quick.set("recipe.generator.rate", "1e-3")
}

fn vanilla() -> Recipe {
    let small = Recipe::vanilla().unwrap().set("recipe.generator-hidden", "[32, 64]");
    small.set("recipe.critic-hidden", "[64, 32]").set("recipe.latents", "8").samples(16_000)
}

fn goodfellow2014() -> Recipe {
    let small = Recipe::named("goodfellow2014").unwrap();
    let small = small.set("recipe.generator-hidden", "[64, 64]").set("recipe.pieces", "3");
    small.set("recipe.critic-units", "[24, 24]").set("recipe.latents", "8").samples(24_000)
}

#[test]
fn dcgan_learns_the_corners() {
    check(dcgan(), 1, 0.6, 3);
}

#[test]
fn vanilla_learns_the_corners() {
    check(vanilla(), 1, 0.45, 2);
}

/// Descent with momentum finds one corner of four and stays there, whatever its rates (tried:
/// 0.003 to 0.1 on either side, one critic turn and two): the collapse that later work is about.
#[test]
fn goodfellow2014_learns_a_corner() {
    check(goodfellow2014(), 1, 0.3, 1);
}

#[test]
fn lsgan_learns_the_corners() {
    check(lsgan(), 1, 0.6, 3);
}

#[test]
fn wgan_learns_the_corners() {
    check(wgan(), 1, 0.7, 3);
}

#[test]
fn wgan_gp_learns_the_corners() {
    check(wgan_gp(), 1, 0.65, 3);
}

/// A perceptron with one hidden layer and no batch norm finds one corner and stays there, as
/// `goodfellow2014` does, in each of three seeds.
#[test]
fn dragan_learns_a_corner() {
    check(dragan(), 1, 0.6, 1);
}

#[test]
fn hinge_dcgan_learns_the_corners() {
    check(hinge_dcgan(), 1, 0.5, 3);
}

#[test]
fn sngan_learns_the_corners() {
    check(sngan(), 1, 0.76, 3);
}

#[test]
fn rpgan_r1r2_learns_the_corners() {
    check(rpgan_r1r2(), 1, 0.6, 3);
}

/// A recipe of the family with small networks; `networks` are settings of theirs.
fn small(name: &str, networks: &[(&str, &str)], samples: u64) -> Recipe {
    let recipe = Recipe::named(name).unwrap().set("recipe.latents", "8").samples(samples);
    let recipe = recipe.set("recipe.average.half-life", "500");
    networks
        .iter()
        .fold(recipe, |recipe, (key, value)| recipe.set(&format!("recipe.networks.{key}"), value))
}

fn at_rate(recipe: Recipe, rate: &str) -> Recipe {
    recipe.set("recipe.generator.rate", rate).set("recipe.critic.rate", rate)
}

const DCGAN: &[(&str, &str)] = &[("generator.width", "8"), ("critic.width", "8")];
const RESNET: &[(&str, &str)] = &[
    ("generator.width", "4"),
    ("generator.widest", "8"),
    ("critic.width", "4"),
    ("critic.widest", "8"),
];

fn lsgan() -> Recipe {
    at_rate(small("lsgan", DCGAN, 12_000), "1e-3")
}

fn wgan() -> Recipe {
    let opening = "{ critic-turns = 10, updates = 5, every = 200 }";
    at_rate(small("wgan", DCGAN, 40_000), "5e-4").set("recipe.pace.opening", opening)
}

fn wgan_gp() -> Recipe {
    at_rate(small("wgan-gp", DCGAN, 24_000), "1e-3")
}

fn dragan() -> Recipe {
    let hidden = &[("generator.hidden", "[64]"), ("critic.hidden", "[64]")];
    at_rate(small("dragan", hidden, 48_000), "1e-4")
}

fn hinge_dcgan() -> Recipe {
    at_rate(small("hinge-dcgan", DCGAN, 12_000), "1e-3")
}

fn sngan() -> Recipe {
    at_rate(small("sngan", RESNET, 12_000), "4e-3").set("recipe.pace.critic-turns", "1")
}

fn began() -> Recipe {
    let widths = &[("generator.width", "4"), ("critic.width", "4"), ("critic.codes", "8")];
    at_rate(small("began", widths, 12_000), "4e-3").set("recipe.balance.lambda", "0.01")
}

fn rpgan_r1r2() -> Recipe {
    at_rate(small("rpgan-r1r2", RESNET, 6_000), "3e-3")
}

/// Every recipe of the family with its miniature.
fn family() -> Vec<(&'static str, Recipe)> {
    vec![
        ("lsgan", lsgan()),
        ("wgan", wgan()),
        ("wgan-gp", wgan_gp()),
        ("dragan", dragan()),
        ("hinge-dcgan", hinge_dcgan()),
        ("sngan", sngan()),
        ("began", began()),
        ("rpgan-r1r2", rpgan_r1r2()),
    ]
}

/// The margins above were measured with this: `cargo test -p kiln-tests --test recipes -- --ignored
/// --nocapture`.
#[test]
#[ignore = "measures the margins over several seeds"]
fn margins_over_seeds() {
    for seed in 1..=3 {
        for (name, recipe) in family() {
            let began = std::time::Instant::now();
            print!("{name} {seed}: ");
            check(recipe, seed, 9.0, 0);
            println!("  {:.1} s", began.elapsed().as_secs_f64());
        }
        check(dcgan(), seed, 9.0, 0);
        check(vanilla(), seed, 9.0, 0);
        check(goodfellow2014(), seed, 9.0, 0);
    }
}
