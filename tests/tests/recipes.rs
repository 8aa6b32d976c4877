//! Each recipe learns its own miniature: squares in one of four corners.

use std::sync::Arc;

use kiln::data::{Pairing, Pictures, Source};
use kiln::{Backend, Origins, Recipe, Snapshot, draw_origins, paint_sheet};
use kiln_core::{Address, Purpose, Sheet};
use kiln_tests::{
    bars, corners, labelled_corners, labelled_stripes, nearest_bar, nearest_corner, nearest_tone,
    stripes, write_tones,
};

/// Trains, draws 100 samples, and holds them to the miniature: how near they are to their corner on
/// average (a generator that has hardly learned is at 0.85), and how many corners at least occur.
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
    let drawn = draw_origins(&*painter, 100, Address::new(1, Purpose::Sample));
    let sheet = paint_sheet(&*painter, &drawn).unwrap();
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

/// Trains on labelled pictures and asks for 50 of each of `n` classes.
fn asked(recipe: Recipe, pictures: Pictures, seed: u64, n: usize) -> Sheet {
    let folder = tempfile::tempdir().unwrap();
    let recipe = recipe.pictures(pictures).set("batch-size", "16").set("sheet", "4");
    let recipe = recipe.set("plan.tick", "4000").set("seed", &seed.to_string());
    recipe.train(folder.path().join("run")).unwrap();
    let snapshot = Snapshot::read(&folder.path().join("run")).unwrap();
    let painter = snapshot.painter(&Backend::Cpu.device(0).unwrap()).unwrap();
    let address = Address::new(1, Purpose::Sample);
    let asked = painter.conditions().evenly(n * 50, &painter.latents(), address);
    paint_sheet(&*painter, &asked).unwrap()
}

/// The share of each class's 50 samples for which `is` says so.
fn shares(sheet: &Sheet, is: impl Fn(usize, &[f32]) -> bool) -> Vec<f32> {
    let samples: Vec<_> = sheet.samples().collect();
    let classes = samples.chunks(50).enumerate();
    let share =
        |(class, of): (usize, &[&[f32]])| of.iter().filter(|s| is(class, s)).count() as f32 / 50.0;
    classes.map(share).collect()
}

/// Labelled corners: the least share of a class that is nearest to its corner, and how near samples
/// are to a corner on average.
fn check_corners(recipe: Recipe, seed: u64, least: f32, farthest: f32) {
    let sheet = asked(recipe, labelled_corners(64), seed, 4);
    let distance = sheet.samples().map(|sample| nearest_corner(sample).1).sum::<f32>() / 200.0;
    let right = shares(&sheet, |class, sample| nearest_corner(sample).0 == class);
    println!("distance {distance}, as asked {right:?}");
    assert!(distance < farthest, "distance {distance}");
    assert!(right.iter().all(|share| *share >= least), "as asked {right:?}");
}

/// Unlabelled corners: how much of a value's samples are at the most frequent corner of it at least,
/// and how many corners are the most frequent of a value.
fn check_codes(recipe: Recipe, seed: u64, purest: f32, wanted: usize) {
    let sheet = asked(recipe, corners(64), seed, 4);
    let samples: Vec<_> = sheet.samples().map(|sample| nearest_corner(sample).0).collect();
    let most = |of: &[usize]| {
        let count = |corner: usize| of.iter().filter(|at| **at == corner).count();
        let most = (0..4).max_by_key(|corner| count(*corner)).unwrap();
        (most, count(most) as f32 / of.len() as f32)
    };
    let values: Vec<_> = samples.chunks(50).map(most).collect();
    println!("values {values:?}");
    let found = (0..4).filter(|corner| values.iter().any(|(at, _)| at == corner)).count();
    assert!(found >= wanted && values.iter().all(|(_, share)| *share >= purest), "{values:?}");
}

/// Level and upright stripes: the least share of a class whose stripes are its own, and how much of a
/// sample's variance is between stripes on average.
fn check_stripes(recipe: Recipe, seed: u64, least: f32, clear: f32) {
    let sheet = asked(recipe, labelled_stripes(64), seed, 2);
    let clearest = |sample: &[f32]| stripes(sample).into_iter().fold(0.0, f32::max);
    let found = sheet.samples().map(clearest).sum::<f32>() / 100.0;
    let right = shares(&sheet, |class, sample| stripes(sample)[class] > stripes(sample)[1 - class]);
    println!("clear {found}, as asked {right:?}");
    assert!(found > clear, "clear {found}");
    assert!(right.iter().all(|share| *share >= least), "as asked {right:?}");
}

#[test]
fn cgan_makes_what_it_is_asked_for() {
    check_corners(cgan(), 1, 0.9, 0.3);
}

#[test]
fn acgan_makes_what_it_is_asked_for() {
    check_corners(acgan(), 1, 0.9, 0.3);
}

#[test]
fn projection_makes_what_it_is_asked_for() {
    check_stripes(projection(), 1, 0.9, 0.6);
}

/// Seeds 1 to 4 end at 0.93, 0.89, 0.87 and 0.90, each class as asked in all samples.
#[test]
fn biggan_makes_what_it_is_asked_for() {
    check_stripes(biggan(), 1, 0.9, 0.6);
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn biggan_over_seeds() {
    (1..=4).for_each(|seed| check_stripes(biggan(), seed, 0.0, 0.0));
}

/// With path length and second styles, seeds 1 to 4 end at 0.53, 0.44, 0.41 and 0.55, each with three corners.
#[test]
fn stylegan2_learns_the_corners() {
    check(stylegan2(), 1, 0.7, 3);
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn stylegan2_over_seeds() {
    (1..=4).for_each(|seed| check(stylegan2(), seed, 9.0, 0));
}

/// Trains on corners with their outlines, or with small ones, and says how far the pictures that are
/// made of these are from the corners themselves: a mean absolute difference, of values in `[-1, 1]`.
/// The mean picture is at 0.7; with outlines seeds 1 to 5 end at 0.149, 0.131, 0.118, 0.151 and 0.118.
fn translated(recipe: Recipe, pairing: Pairing, seed: u64) -> f32 {
    let folder = tempfile::tempdir().unwrap();
    let pictures = corners(64).paired(pairing).unwrap();
    let recipe = recipe.pictures(pictures).set("batch-size", "4").set("sheet", "6");
    let recipe = recipe.set("plan.tick", "400").set("seed", &seed.to_string());
    let session = recipe.open().unwrap();
    let run = folder.path().join("run");
    session.train(&run, false, &mut (), kiln::train::Stop::default()).unwrap();
    let snapshot = Snapshot::read(&run).unwrap();
    let painter = snapshot.painter(&Backend::Cpu.device(0).unwrap()).unwrap();
    let pairs = corners(64).paired(pairing).unwrap();
    let examples = kiln::Examples::first(Arc::new(pairs), 64, 1).unwrap();
    let made = paint_sheet(&*painter, &examples.origins()).unwrap();
    let targets = examples.targets().values;
    let far: f32 = made.values.iter().zip(&targets).map(|(m, t)| (m - t).abs()).sum();
    far / targets.len() as f32
}

fn pix2pix() -> Recipe {
    let recipe = Recipe::named("pix2pix").unwrap().samples(2_000);
    let recipe = recipe.set("recipe.networks.generator.width", "4");
    let recipe = recipe.set("recipe.networks.critic.width", "4");
    at_rate(recipe.set("recipe.networks.critic.field", "16"), "1e-3")
}

#[test]
fn pix2pix_makes_the_pictures_of_their_outlines() {
    let distance = translated(pix2pix(), Pairing::Edges, 1);
    assert!(distance < 0.2, "{distance}");
}

/// Trains on corners and on corners with dark and light exchanged, and says how far corners are from
/// themselves after the way there and back, and how far what is made of them is from any corner with
/// dark and light exchanged. Which corner becomes which is nobody's to say. Seeds 1 to 5 end at 0.04
/// and 0.27, 0.09, 0.12, 0.20 and 0.10; after 600 samples seeds 1 to 3 are at 0.04 and 0.64, 0.67 and
/// 0.39.
fn cycled(recipe: Recipe, seed: u64) -> [f32; 2] {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = corners(64).bytes().unwrap().iter().map(|value| 255 - value).collect();
    let inverted = Pictures::new("inverted", corners(1).shape(), bytes, None).unwrap();
    let recipe = recipe.pictures(inverted.apart_from(corners(64)).unwrap());
    let recipe = recipe.set("plan.tick", "400").set("seed", &seed.to_string());
    let run = folder.path().join("run");
    recipe.set("batch-size", "2").set("sheet", "6").train(&run).unwrap();
    let forth = Snapshot::read(&run).unwrap().painter(&Backend::Cpu.device(0).unwrap()).unwrap();
    let back = forth.back().unwrap();
    let pairs = Arc::new(corners(64).paired(Pairing::Edges).unwrap());
    let corners = kiln::Examples::first(pairs, 64, 1).unwrap().targets().values;
    let made = paint_sheet(&*forth, &Origins::of_latents(corners.clone())).unwrap();
    let cycled = paint_sheet(&*back, &Origins::of_latents(made.values.clone())).unwrap().values;
    let cycle: f32 = cycled.iter().zip(&corners).map(|(one, other)| (one - other).abs()).sum();
    let exchanged = |picture: &[f32]| picture.iter().map(|value| -value).collect::<Vec<_>>();
    let far: f32 = made.samples().map(|made| nearest_corner(&exchanged(made)).1).sum();
    [cycle / corners.len() as f32, far / made.len() as f32]
}

fn cyclegan() -> Recipe {
    let recipe = Recipe::named("cyclegan").unwrap().samples(2_000);
    let small = "{kind = \"resnet\", width = 4, blocks = 1}";
    let recipe = recipe.set("recipe.networks.generator", small);
    let recipe = recipe.set("recipe.networks.critic.width", "4");
    at_rate(recipe.set("recipe.networks.critic.field", "16"), "1e-3")
}

#[test]
fn cyclegan_exchanges_dark_and_light_and_back() {
    let [cycle, far] = cycled(cyclegan(), 1);
    assert!(cycle < 0.1 && far < 0.4, "{cycle} {far}");
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn cyclegan_over_seeds() {
    (1..=5).for_each(|seed| println!("cyclegan {seed}: {:?}", cycled(cyclegan(), seed)));
}

/// The same miniature by NoGAN's schedule: content, then the critic alone, then a short game. Seeds 1 to
/// 4 end at 0.141, 0.154, 0.145 and 0.164.
fn colorize() -> Recipe {
    let recipe = Recipe::named("colorize").unwrap().samples(2_000);
    let recipe = recipe.set("recipe.nogan.content", "1200").set("recipe.nogan.critic", "200");
    let recipe = recipe.set("recipe.networks.generator.width", "4");
    let recipe = recipe.set("recipe.networks.critic.width", "4");
    at_rate(recipe.set("recipe.networks.critic.field", "16"), "1e-3")
}

#[test]
fn colorize_makes_the_pictures_of_their_outlines() {
    let distance = translated(colorize(), Pairing::Edges, 1);
    assert!(distance < 0.2, "{distance}");
}

/// Small corners made four times larger, by content and then in the game. Seeds 1 to 4 end at 0.035,
/// 0.036, 0.047 and 0.052.
fn srgan() -> Recipe {
    let recipe = Recipe::named("srgan").unwrap().samples(2_000);
    let recipe = recipe.set("recipe.nogan.content", "1200").set("recipe.nogan.critic", "200");
    let recipe = recipe.set("recipe.average.half-life", "40");
    let small = "{kind = \"srresnet\", width = 4, blocks = 1, times = 4, kernel = 9}";
    let recipe = recipe.set("recipe.networks.generator", small);
    let recipe = recipe.set("recipe.networks.critic.width", "2");
    at_rate(recipe.set("recipe.perceptual.network.width", "4"), "2e-3")
}

#[test]
fn srgan_makes_small_pictures_large() {
    let distance = translated(srgan(), Pairing::Shrunk4, 1);
    assert!(distance < 0.1, "{distance}");
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn srgan_over_seeds() {
    (1..=4)
        .for_each(|seed| println!("srgan {seed}: {}", translated(srgan(), Pairing::Shrunk4, seed)));
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn colorize_over_seeds() {
    (1..=4).for_each(|seed| {
        println!("colorize {seed}: {}", translated(colorize(), Pairing::Edges, seed))
    });
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn pix2pix_over_seeds() {
    (1..=5).for_each(|seed| {
        println!("pix2pix {seed}: {}", translated(pix2pix(), Pairing::Edges, seed))
    });
}

/// Seeds 1, 2 and 4 end with a corner a value and not a sample astray; seed 3 with as much as half of a
/// value's samples in other corners.
#[test]
fn infogan_finds_the_corners() {
    check_codes(infogan(), 1, 0.9, 4);
}

/// Seeds 1 to 5 end at 0.27, 0.27, 0.27, 0.24 and 0.26, each with four corners.
#[test]
fn vae_learns_the_corners() {
    check(vae(), 1, 0.35, 4);
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn vae_over_seeds() {
    (1..=5).for_each(|seed| check(vae(), seed, 9.0, 0));
}

/// Trains on bars along the three axes, and says how far samples are from their bar on average (an empty
/// volume is at 1) and how many are like each. Seeds 1 to 4 end at 0.26, 0.34, 0.28 and 0.37, with at
/// least 21 of 90 of each bar.
fn barred(seed: u64) -> (f32, [usize; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let widths = &[("generator.width", "4"), ("critic.width", "4")];
    let recipe = at_rate(small("gan3d", widths, 16_000), "2e-3").pictures(bars(63));
    let recipe = recipe.set("batch-size", "16").set("sheet", "3").set("plan.tick", "4000");
    recipe.set("seed", &seed.to_string()).train(folder.path().join("run")).unwrap();
    let snapshot = Snapshot::read(&folder.path().join("run")).unwrap();
    let painter = snapshot.painter(&Backend::Cpu.device(0).unwrap()).unwrap();
    let drawn = draw_origins(&*painter, 90, Address::new(1, Purpose::Sample));
    let sheet = paint_sheet(&*painter, &drawn).unwrap();
    assert_eq!(sheet.medium, kiln_core::Medium::Volume);
    let nearest: Vec<_> = sheet.samples().map(nearest_bar).collect();
    let count = |bar: usize| nearest.iter().filter(|(at, _)| *at == bar).count();
    (nearest.iter().map(|(_, far)| far).sum::<f32>() / 90.0, [count(0), count(1), count(2)])
}

#[test]
fn gan3d_learns_the_bars() {
    let (distance, bars) = barred(1);
    assert!(distance < 0.45 && bars.iter().all(|n| *n >= 10), "{distance} {bars:?}");
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn gan3d_over_seeds() {
    (1..=5).for_each(|seed| println!("gan3d {seed}: {:?}", barred(seed)));
}

/// Trains on tones; gives the share of a sample's power that is in its tone, on average, and how many are
/// like each. Seeds 1 to 4 end at 0.87, 0.89, 0.81 and 0.84, with at least 42 of 100 of each tone.
fn tuned(seed: u64) -> (f32, [usize; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let tones = folder.path().join("tones");
    write_tones(&tones, 32).unwrap();
    let widths = &[("generator.width", "4"), ("critic.width", "4")];
    let recipe = at_rate(small("wavegan", widths, 40_000), "4e-3").data(&Source::Path(tones));
    let recipe = recipe.set("data.size", "256").set("data.rate", "4000");
    let recipe = recipe.set("recipe.penalties.0.weight", "2");
    let recipe = recipe.set("sheet", "4").set("plan.tick", "4000").set("seed", &seed.to_string());
    recipe.train(folder.path().join("run")).unwrap();
    let snapshot = Snapshot::read(&folder.path().join("run")).unwrap();
    let painter = snapshot.painter(&Backend::Cpu.device(0).unwrap()).unwrap();
    let drawn = draw_origins(&*painter, 100, Address::new(1, Purpose::Sample));
    let sheet = paint_sheet(&*painter, &drawn).unwrap();
    assert_eq!(sheet.medium, kiln_core::Medium::Sound { rate: 4000 });
    let nearest: Vec<_> = sheet.samples().map(nearest_tone).collect();
    let count = |tone: usize| nearest.iter().filter(|(at, _)| *at == tone).count();
    (nearest.iter().map(|(_, share)| share).sum::<f32>() / 100.0, [count(0), count(1)])
}

#[test]
fn wavegan_learns_the_tones() {
    let (share, tones) = tuned(1);
    assert!(share > 0.7 && tones.iter().all(|n| *n >= 20), "{share} {tones:?}");
}

#[test]
#[ignore = "measures the margin over several seeds"]
fn wavegan_over_seeds() {
    (1..=4).for_each(|seed| println!("wavegan {seed}: {:?}", tuned(seed)));
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
    // Seeds 1 to 4 end at 0.78, 0.48, 0.63 and 0.50, with 4, 3, 3 and 2 corners.
    check(sngan(), 3, 0.76, 3);
}

/// Seeds 1 to 4 end at 0.21, 0.76, 0.07 and 0.08, all but the second with one corner alone: the critic
/// is told to make fakes as hard to repeat as reals, on average, which one corner is.
#[test]
fn began_learns_a_corner() {
    check(began(), 3, 0.4, 1);
}

#[test]
fn rpgan_r1r2_learns_the_corners() {
    check(rpgan_r1r2(), 1, 0.6, 3);
}

/// Seeds 1 to 4 end at 0.40, 0.43, 0.34 and 0.41, with 3, 4, 4 and 3 corners.
#[test]
fn r3gan_learns_the_corners() {
    check(r3gan(), 1, 0.6, 3);
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

fn cgan() -> Recipe {
    at_rate(small("cgan", DCGAN, 6_000), "1e-3").set("recipe.networks.generator.extra-layers", "0")
}

fn acgan() -> Recipe {
    at_rate(small("acgan", DCGAN, 6_000), "1e-3").set("recipe.networks.generator.extra-layers", "0")
}

fn projection() -> Recipe {
    at_rate(small("projection", RESNET, 12_000), "4e-3").set("recipe.pace.critic-turns", "1")
}

/// The paper's game, where the preset has R1: with that, seed 1 does not learn in 12,000 samples.
fn biggan() -> Recipe {
    let attention = [("generator.attention", "8"), ("critic.attention", "8")];
    let recipe = small("biggan", &[RESNET, &attention].concat(), 12_000);
    let recipe = at_rate(recipe, "4e-3").set("recipe.pace.fresh", "true").set("batch-size", "32");
    let recipe = recipe.set("recipe.objective", "hinge").set("recipe.penalties", "[]");
    let recipe = recipe.set("recipe.networks.critic.norm", "spectral");
    let recipe = recipe.set("recipe.networks.generator.spectral-norm", "true");
    recipe.set("recipe.latents", "9").set("recipe.average.start", "1000")
}

fn stylegan2() -> Recipe {
    let styles = [("generator.styles", "16"), ("generator.mapping", "1")];
    let recipe = small("stylegan2", &[RESNET, &styles].concat(), 8_000);
    let recipe = recipe.set("recipe.networks.generator.mixing", "0.9");
    let recipe = recipe.set("recipe.regularisers.path-length", "{}");
    at_rate(recipe, "5e-3").set("recipe.penalties.0.weight", "0.3")
}

fn infogan() -> Recipe {
    let codes = "{ kind = \"codes\", categories = [4], continuous = 1, hidden = 16 }";
    let recipe = at_rate(small("infogan", DCGAN, 12_000), "1e-3").set("recipe.condition", codes);
    let recipe = recipe.set("recipe.condition.continuous-weight", "1");
    recipe.set("recipe.networks.generator.extra-layers", "0")
}

fn vae() -> Recipe {
    let recipe = Recipe::named("vae").unwrap().set("recipe.latents", "8").samples(8_000);
    let recipe =
        recipe.set("recipe.networks.encoder.width", "8").set("recipe.average.half-life", "500");
    recipe.set("recipe.networks.decoder.width", "8").set("recipe.generator.rate", "1e-3")
}

fn began() -> Recipe {
    let widths = &[("generator.width", "4"), ("critic.width", "4"), ("critic.codes", "2")];
    let recipe = at_rate(small("began", widths, 9_600), "5e-3");
    recipe.set("recipe.balance.lambda", "0.3").set("recipe.balance.gamma", "0.9")
}

fn rpgan_r1r2() -> Recipe {
    at_rate(small("rpgan-r1r2", RESNET, 6_000), "3e-3")
}

fn r3gan() -> Recipe {
    let groups = [("generator.bottleneck.group", "8"), ("critic.bottleneck.group", "8")];
    let recipe = at_rate(small("r3gan", &[RESNET, &groups].concat(), 5_000), "3e-3");
    recipe.set("recipe.penalties.0.weight", "1").set("recipe.penalties.1.weight", "1")
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
        ("r3gan", r3gan()),
        ("vae", vae()),
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
        check_codes(infogan(), seed, 0.0, 0);
        let began = std::time::Instant::now();
        check_stripes(projection(), seed, 0.0, 0.0);
        println!("projection {seed}: {:.1} s", began.elapsed().as_secs_f64());
        for (name, recipe) in [("cgan", cgan()), ("acgan", acgan())] {
            let began = std::time::Instant::now();
            print!("{name} {seed}: ");
            check_corners(recipe, seed, 0.0, 9.0);
            println!("  {:.1} s", began.elapsed().as_secs_f64());
        }
        check(dcgan(), seed, 9.0, 0);
        check(vanilla(), seed, 9.0, 0);
        check(goodfellow2014(), seed, 9.0, 0);
    }
}
