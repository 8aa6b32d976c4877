//! The turns: who learns, from what.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Medium, Purpose, SamplesSeen, Schedule, Stream};
use kiln_data::Arrangement;
use kiln_models::Norm;
use kiln_objective::Adversarial;
use kiln_objective::penalty::{GradientPenalty, PenaltyKind};
use kiln_train::{Game, Means, Round, State, parameters};
use safetensors::tensor::TensorView;

use super::*;
use crate::recipe::{Conditions, Family, Images, RecipeConfig, RecipeError, Subject, World};

fn world(input: Option<[usize; 3]>) -> World {
    let subject =
        Subject { medium: kiln_core::Medium::Image, picture: [3, 16, 16], classes: None, input };
    let device = Device::flex().autodiff();
    World { subject, seed: 1, batch_size: 2, sheet: 6, examples: None, device }
}

fn small() -> TranslationConfig {
    let mut config = TranslationConfig::default();
    let (widest, norm) = (512, Norm::Instance);
    config.networks.generator = TranslatorShape::Unet { width: 2, widest, norm, dropout: 0.5 };
    config.networks.critic = TranslationCriticShape::Patch { width: 2, widest, field: 16, norm };
    config
}

fn started(config: &TranslationConfig) -> Translation {
    config.start(&world(Some([1, 16, 16]))).unwrap()
}

fn batch() -> Vec<Images> {
    let values = Stream::new(Address::new(1, Purpose::Data)).uniforms(2 * 4 * 256, -1.0, 1.0);
    let device = Device::flex().autodiff();
    let pixels = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([2, 4, 16, 16]);
    vec![Images { pixels, labels: None }]
}

/// Plays a round; says what was read and which parameters of generator and critic moved.
fn played(config: &TranslationConfig) -> (Vec<&'static str>, [Vec<bool>; 2]) {
    let game = started(config);
    let state = |game: &Translation| {
        let values = |all: Vec<kiln_train::Parameter>| -> Vec<Vec<f32>> {
            let trained = all.into_iter().filter(|parameter| parameter.trained);
            trained.map(|parameter| parameter.values.into_data().iter().collect()).collect()
        };
        [parameters(game.generator.network()), parameters(game.critic.network())].map(values)
    };
    let before = state(&game);
    let device = Device::flex().autodiff();
    let mut round = Round::new(Clock::default(), 1, &device);
    let after = state(&game.play(batch(), &mut round));
    let moved = |side: usize| {
        before[side].iter().zip(&after[side]).map(|(before, after)| before != after).collect()
    };
    let moved = [moved(0), moved(1)];
    (round.into_readings().into_iter().map(|(name, _)| name).collect(), moved)
}

#[test]
fn a_round_moves_every_weight_of_both_sides() {
    let (readings, [generator, critic]) = played(&small());
    assert!(generator.iter().all(|moved| *moved), "{generator:?}");
    assert!(critic.iter().all(|moved| *moved), "{critic:?}");
    for name in ["critic/loss", "critic/accuracy-fake", "generator/loss", "generator/l1"] {
        assert!(readings.contains(&name), "{readings:?}");
    }
}

#[test]
fn each_turn_leaves_the_other_side_as_it_is() {
    let (device, config) = (Device::flex().autodiff(), small());
    let still = |name: &str, turn: &dyn Fn(Translation, &mut Round<'_>) -> Translation| {
        let game = started(&config);
        let values = |game: &Translation| -> Vec<Vec<f32>> {
            let all = match name {
                "generator" => parameters(game.generator.network()),
                _ => parameters(game.critic.network()),
            };
            all.into_iter().map(|p| p.values.into_data().iter().collect()).collect()
        };
        let before = values(&game);
        let mut round = Round::new(Clock::default(), 1, &device);
        assert_eq!(values(&turn(game, &mut round)), before, "{name}");
    };
    still("generator", &|game, round| game.critic_alone(&batch()[0], round));
    still("critic", &|game, round| game.generator_alone(&batch()[0], round));
}

#[test]
fn without_its_weight_there_is_no_game() {
    let (readings, [generator, critic]) =
        played(&TranslationConfig { adversarial: 0.0, ..small() });
    assert!(generator.iter().all(|moved| *moved) && critic.iter().all(|moved| !moved));
    assert_eq!(readings.iter().filter(|name| **name == "critic/loss").count(), 0);
    assert!(readings.contains(&"generator/l1"));
}

#[test]
fn squares_and_features_count_while_their_weights_do() {
    let network = FeatureNetwork::Random { width: 2, blocks: 2 };
    let perceptual = Some(Perceptual { weight: Schedule::constant(0.5), network });
    let one = Schedule::constant(1.0);
    let both = TranslationConfig { perceptual, l2: one, adversarial: 0.0, ..small() };
    let (readings, [generator, critic]) = played(&both);
    assert!(readings.contains(&"generator/features") && readings.contains(&"generator/l2"));
    assert!(generator.iter().all(|moved| *moved) && critic.iter().all(|moved| !moved));
    let alone = TranslationConfig { l1: Schedule::constant(0.0), l2: one, ..both.clone() };
    assert!(played(&alone).1[0].iter().all(|moved| *moved), "features and squares alone");
    let mut never = both.clone();
    never.perceptual.as_mut().unwrap().weight = Schedule::constant(0.0);
    never.l2 = Schedule::constant(0.0);
    let (readings, _) = played(&never);
    assert!(!readings.contains(&"generator/features") && !readings.contains(&"generator/l2"));
}

#[test]
fn a_network_of_features_stands_still_and_is_the_same_for_every_seed() {
    let network = FeatureNetwork::Random { width: 2, blocks: 1 };
    let perceptual = Some(Perceptual { weight: Schedule::constant(0.5), network });
    let config = TranslationConfig { perceptual, ..small() };
    let values = |game: &Translation| -> Vec<Vec<f32>> {
        let all = parameters(game.features.as_ref().unwrap().network());
        all.into_iter().map(|p| p.values.into_data().iter().collect()).collect()
    };
    let game = started(&config);
    let before = values(&game);
    let other = World { seed: 2, ..world(Some([1, 16, 16])) };
    assert_eq!(values(&config.start(&other).unwrap()), before);
    let device = Device::flex().autodiff();
    let game = game.play(batch(), &mut Round::new(Clock::default(), 1, &device));
    assert_eq!(values(&game), before);
}

/// VGG's first block in torchvision's names, every weight the same.
fn write_vgg(path: &std::path::Path, weight: f32) {
    let shapes: [(&str, Vec<usize>); 4] = [
        ("features.0.weight", vec![64, 3, 3, 3]),
        ("features.0.bias", vec![64]),
        ("features.2.weight", vec![64, 64, 3, 3]),
        ("features.2.bias", vec![64]),
    ];
    let bytes = |shape: &[usize]| weight.to_le_bytes().repeat(shape.iter().product());
    let all: Vec<_> =
        shapes.into_iter().map(|(name, shape)| (name, bytes(&shape), shape)).collect();
    let views = all.iter().map(|(name, bytes, shape)| {
        let view = TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes);
        (*name, view.unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn a_run_goes_on_with_the_features_that_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("vgg.safetensors");
    let network = FeatureNetwork::Vgg19 { weights: weights.clone(), blocks: 1 };
    let perceptual = Some(Perceptual { weight: Schedule::constant(1.0), network });
    let config = TranslationConfig { perceptual, ..small() };
    let told = config.start(&world(Some([1, 16, 16]))).unwrap_err().to_string();
    assert!(told.contains("vgg.safetensors") && told.contains("https://"), "{told}");
    write_vgg(&weights, 0.01);
    let [mut state, mut again] = [(), ()].map(|()| {
        let mut state = State::new();
        started(&config).save(&mut state);
        state.read().unwrap();
        state
    });
    started(&config).load(&mut state).unwrap();
    state.finish().unwrap();
    write_vgg(&weights, 0.02);
    let told = started(&config).load(&mut again).unwrap_err().to_string();
    assert!(told.contains("`perceptual.network.weights` had SHA-256"), "{told}");
}

#[test]
fn a_critic_may_see_what_was_made_alone() {
    let inputs = |critic_sees| {
        let config = TranslationConfig { critic_sees, ..small() };
        let layers = config.layers(&world(Some([1, 16, 16]))).unwrap();
        played(&config);
        layers[1].1[0].shape[1]
    };
    assert_eq!([CriticSees::Pair, CriticSees::Made].map(inputs), [4, 3]);
}

#[test]
fn small_pictures_are_for_what_makes_them_larger() {
    let (width, blocks, times, kernel) = (2, 1, 4, 3);
    let generator = TranslatorShape::Srresnet { width, blocks, times, kernel, norm: Norm::None };
    let networks = TranslationNetworks { generator, ..small().networks };
    let recipe = RecipeConfig::Srgan(TranslationConfig { networks, ..small() });
    assert!(recipe.check(Medium::Image, Arrangement::Pairs, Some(4)).is_ok());
    let told = recipe.check(Medium::Image, Arrangement::Pairs, Some(2)).unwrap_err().to_string();
    assert!(told.contains("data.pairs=shrunk-4"), "{told}");
    assert!(recipe.check(Medium::Image, Arrangement::Pairs, None).is_err());
    let unet = RecipeConfig::Pix2pix(small());
    assert!(
        unet.check(Medium::Image, Arrangement::Pairs, Some(4)).is_ok(),
        "it makes of blocks what it can"
    );
}

#[test]
fn a_schedule_lets_one_side_learn_after_the_other_and_then_both() {
    let [content, critic] = [2, 2].map(SamplesSeen);
    let nogan = NoGan { content, critic, ..NoGan::default() };
    let config = TranslationConfig { nogan: Some(nogan), ..small() };
    let device = Device::flex().autodiff();
    let learners = |at: u64, loss: f64| {
        let mut clock = Clock::default();
        clock.count_round(at);
        let means = Means { by_name: [("critic/loss".into(), loss)].into(), non_finite: 0 };
        let game = started(&config).adapt(&means, 2);
        let mut round = Round::new(clock, 1, &device);
        let updates = |clock: &Clock| (clock.generator.0, clock.critic.0);
        game.play(batch(), &mut round);
        updates(&round.clock)
    };
    assert_eq!([0, 2, 4].map(|at| learners(at, 0.5)), [(1, 0), (0, 1), (1, 1)]);
    assert_eq!([0, 2, 4].map(|at| learners(at, 0.7)), [(1, 0), (0, 1), (0, 1)]);
    let alone = TranslationConfig { adversarial: 0.0, ..config.clone() };
    let (readings, _) = played(&alone);
    assert!(!readings.contains(&"critic/loss"));
}

#[test]
fn whether_the_generator_waits_is_saved() {
    let config = TranslationConfig { nogan: Some(NoGan::default()), ..small() };
    for waits in [true, false] {
        let mut state = State::new();
        Translation { waits, ..started(&config) }.save(&mut state);
        state.read().unwrap();
        assert_eq!(started(&config).load(&mut state).unwrap().waits, waits);
        state.finish().unwrap();
    }
}

#[test]
fn every_objective_and_penalty_plays() {
    for objective in Adversarial::ALL {
        let kind = PenaltyKind::R1;
        let penalties = vec![GradientPenalty { weight: Schedule::constant(1.0), every: 1, kind }];
        let (readings, _) = played(&TranslationConfig { objective, penalties, ..small() });
        assert!(readings.contains(&PenaltyKind::R1.reading()), "{objective:?}: {readings:?}");
    }
}

#[test]
fn a_sheet_shows_input_output_and_target() {
    let mut world = world(Some([1, 16, 16]));
    let values = vec![0.5; 2 * 4 * 256];
    world.examples = Some(Examples { shape: [4, 16, 16], channels: 1, values });
    let sheet = small().start(&world).unwrap().preview().unwrap();
    assert_eq!(
        (sheet.len(), sheet.columns, sheet.shape.as_slice()),
        (6, Some(3), &[3, 16, 16][..])
    );
    let pictures: Vec<_> = sheet.samples().collect();
    assert!(pictures[0].iter().chain(pictures[2]).all(|value| *value == 0.5));
    assert!(pictures[1].iter().any(|value| *value != 0.5));
}

#[test]
fn what_cannot_be_learned_is_told() {
    let refused = |config: &TranslationConfig, input| config.start(&world(input)).unwrap_err();
    assert!(matches!(refused(&small(), None), RecipeError::NoPairs));
    let pair = Some([1, 16, 16]);
    let nothing = TranslationConfig { adversarial: 0.0, l1: Schedule::constant(0.0), ..small() };
    assert!(matches!(refused(&nothing, pair), RecipeError::NothingToLearn));
    let network = FeatureNetwork::Random { width: 2, blocks: 5 };
    let perceptual = |weight| Some(Perceptual { weight, network: network.clone() });
    let one = Schedule::constant(1.0);
    let deep = TranslationConfig { perceptual: perceptual(one), ..small() };
    assert!(deep.start(&world(Some([1, 16, 16]))).is_ok());
    let mut tiny = world(Some([1, 8, 8]));
    tiny.subject.picture = [3, 8, 8];
    let told = deep.start(&tiny).unwrap_err().to_string();
    assert!(told.contains("pictures of 8 pixels are halved to nothing"), "{told}");
    let less = TranslationConfig { perceptual: perceptual(Schedule::constant(-1.0)), ..small() };
    assert!(matches!(refused(&less, pair), RecipeError::Weight("perceptual.weight", _)));
    let negative = TranslationConfig { l1: Schedule::constant(-1.0), ..small() };
    assert!(matches!(refused(&negative, pair), RecipeError::Weight("l1", _)));
    let mut wide = small();
    wide.networks.critic = TranslationCriticShape::default();
    assert!(refused(&wide, pair).to_string().contains("at least 24 pixels, and these have 16"));
    let conditions = small().conditions(&world(pair).subject).unwrap();
    assert_eq!(conditions, Conditions::Input([1, 16, 16]));
    assert!(conditions.drawable().unwrap_err().to_string().contains("16 x 16 grey"));
}

#[test]
fn what_is_not_said_of_a_translator_is_the_papers() {
    let said = r#"{"kind": "unet", "width": 64, "widest": 512}"#;
    let found: super::TranslatorShape = serde_json::from_str(said).unwrap();
    assert_eq!(found, super::TranslatorShape::default());
}
