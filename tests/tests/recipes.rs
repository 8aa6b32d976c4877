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
    quick.set("recipe.generator.rate", "{ kind = \"constant\", value = 1e-3 }")
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

/// The margins above were measured with this: `cargo test -p kiln-tests --test recipes -- --ignored
/// --nocapture`.
#[test]
#[ignore = "measures the margins over several seeds"]
fn margins_over_seeds() {
    for seed in 1..=5 {
        check(dcgan(), seed, 9.0, 0);
        check(vanilla(), seed, 9.0, 0);
        check(goodfellow2014(), seed, 9.0, 0);
    }
}
