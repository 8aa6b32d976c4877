//! The turns: who learns, from what.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Purpose, SamplesSeen, Schedule, Stream};
use kiln_models::Norm;
use kiln_objective::Adversarial;
use kiln_objective::penalty::{GradientPenalty, PenaltyKind};
use kiln_train::{Game, Means, Round, State, parameters};

use super::*;
use crate::recipe::{Conditions, Family, Images, RecipeError, Subject, World};

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
    (config.networks.critic.width, config.networks.critic.field) = (2, 16);
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
    let nothing = TranslationConfig { adversarial: 0.0, l1: 0.0, ..small() };
    assert!(matches!(refused(&nothing, pair), RecipeError::NothingToLearn));
    let negative = TranslationConfig { l1: -1.0, ..small() };
    assert!(matches!(refused(&negative, pair), RecipeError::Weight("l1", _)));
    let mut wide = small();
    wide.networks.critic.field = 70;
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
