//! What each turn moves, and what it leaves alone.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Clock, Purpose, Schedule, Stream};
use kiln_models::{
    Activation, Bottleneck, CriticHeadConfig, Initial, Norm, Pass, WeightRule, initialise,
};
use kiln_objective::ada::{Ada, AdaStrength, AdaTransforms};
use kiln_objective::penalty::{GradientPenalty, PathLength, PenaltyKind};
use kiln_objective::{
    Adversarial, Consistency, DiffAugment, HistoricalAveraging, ImageHistory, Labels, LeCam,
    Orthogonality,
};
use kiln_train::{Game, Gradients, Means, Meters, Round, State, parameters, read_tensors};

use super::asked::Asked;
use super::memories::orthogonal_terms;
use super::part::Part;
use super::{
    Augment, Consistent, Critic, CriticNetwork, Gan, GanConfig, GeneratorNetwork, Networks, Pace,
    Regularisers, Switch,
};
use crate::recipe::{Family, Images, RecipeError, Subject, World};

mod conditional;
mod encoding;

fn game(config: GanConfig) -> Gan {
    start(
        config,
        Subject {
            medium: kiln_core::Medium::Image,
            picture: [1, 16, 16],
            classes: None,
            input: None,
        },
    )
    .unwrap()
}

fn start(config: GanConfig, subject: Subject) -> Result<Gan, RecipeError> {
    let device = Device::flex().autodiff();
    let world = World { subject, seed: 1, batch_size: 4, sheet: 4, examples: None, device };
    GanConfig { latents: 5, ..config }.start(&world)
}

fn batch() -> Vec<Images> {
    let pixels = Tensor::ones([4, 1, 16, 16], &Device::flex().autodiff()) * 0.3;
    vec![Images { pixels, labels: None }]
}

/// Weights and running statistics, to the bit.
fn bits<M: Module>(network: &M) -> Vec<u32> {
    let tensors = parameters(network).into_iter().map(|p| p.values).collect();
    read_tensors(tensors).unwrap().into_iter().flatten().map(f32::to_bits).collect()
}

fn networks(extra_layers: usize) -> Networks {
    let width = 4;
    Networks {
        generator: GeneratorNetwork::Dcgan { width, extra_layers },
        critic: CriticNetwork::Dcgan {
            width,
            extra_layers,
            norm: Norm::Batch,
            head: CriticHeadConfig::default(),
        },
    }
}

fn plain() -> GanConfig {
    GanConfig { networks: networks(0), ..GanConfig::default() }
}

/// Every regulariser, and augmentation that adapts.
fn regularised() -> GanConfig {
    let consistent = Consistent { weights: Consistency::IMPROVED, ..Consistent::default() };
    let regularisers = Regularisers {
        consistency: Some(consistent),
        feature_matching: 0.5,
        pulling_away: 0.1,
        historical_averaging: Some(HistoricalAveraging { weight: 1e-3 }),
        image_pool: Some(ImageHistory { images: 3 }),
        orthogonality: Some(Orthogonality::BIGGAN),
        path_length: Some(PathLength::default()),
    };
    let ada =
        Ada { strength: AdaStrength::Fixed { probability: 0.5 }, transforms: AdaTransforms::ALL };
    GanConfig { regularisers, augment: Augment::Ada(ada), ..plain() }
}

/// The plain game, one with all that may be added to it, and one with every regulariser.
fn configs() -> [GanConfig; 3] {
    let plain = plain();
    let kinds = PenaltyKind::ALL.into_iter();
    let penalties = kinds
        .map(|kind| GradientPenalty { kind, weight: Schedule::constant(1.0), every: 1 })
        .collect();
    let noise = Schedule::constant(0.3);
    let networks = networks(1);
    let objective = Adversarial::RelativisticAverage;
    let labels = Labels { real: 0.9, fake: 0.1, flip: 0.25 };
    let (pack, top_k) = (2, Schedule::constant(0.5));
    let lecam = Some(LeCam { weight: 0.3, decay: 0.99 });
    let augment = Augment::Diff(DiffAugment { colour: true, translation: true, cutout: false });
    let added = GanConfig { penalties, noise, networks, objective, labels, ..plain.clone() };
    [plain, GanConfig { pack, top_k, augment, lecam, ..added }, regularised()]
}

/// A critic of each kind that judges by features, with all that a head may do to them.
fn critics_with_heads() -> [CriticNetwork; 4] {
    let head =
        CriticHeadConfig { minibatch_deviation: 2, minibatch_discrimination: 3, dropout: 0.25 };
    let (width, widest, norm) = (4, 8, Norm::Layer);
    let (hidden, activation) = (vec![8], Activation::Tanh);
    let bottleneck = Bottleneck { expansion: 2, group: Some(4) };
    [
        CriticNetwork::Dcgan { width, extra_layers: 0, norm, head },
        CriticNetwork::Resnet { width, widest, flat_blocks: 1, norm, attention: 0, head },
        CriticNetwork::PlainResnet { width, widest, blocks: 1, bottleneck, head },
        CriticNetwork::Perceptron { hidden, activation, dropout: 0.0, spectral_norm: true, head },
    ]
}

#[test]
fn every_critic_learns_with_a_head() {
    for critic in critics_with_heads() {
        let networks = Networks { critic, ..networks(0) };
        let [_, added, _] = configs();
        // Away from the zeros at which the plain residual network starts.
        let initial = Some(Initial::kaiming(0.2));
        let config = GanConfig { networks, initial, penalties: added.penalties, ..plain() };
        let game = game(config);
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let weights = |game: &Gan| {
            let side = parameters(game.critic.network()).into_iter().filter(|p| p.trained);
            let (paths, values): (Vec<_>, Vec<_>) = side.map(|p| (p.path, p.values)).unzip();
            paths.into_iter().zip(read_tensors(values).unwrap()).collect::<Vec<_>>()
        };
        let before = weights(&game);
        let game = game.critic_turn(&parts, None, &mut round);
        let after = weights(&game);
        let still = before.iter().zip(&after).filter(|(before, after)| before == after);
        let still: Vec<_> = still.map(|((path, _), _)| path).collect();
        assert!(still.is_empty(), "{still:?}");
    }
}

#[test]
fn a_critic_that_looks_at_each_sample_for_itself_says_the_same_of_both_at_once() {
    let head = CriticHeadConfig::default();
    let (width, widest, hidden) = (4, 8, vec![8]);
    let activation = Activation::LeakyRelu { slope: 0.2 };
    let (bottleneck, spectral_norm) = (Bottleneck { expansion: 2, group: Some(4) }, false);
    let critics = [
        CriticNetwork::Dcgan { width, extra_layers: 1, norm: Norm::Layer, head },
        CriticNetwork::Resnet {
            width,
            widest,
            flat_blocks: 1,
            norm: Norm::Spectral,
            attention: 8,
            head,
        },
        CriticNetwork::PlainResnet { width, widest, blocks: 1, bottleneck, head },
        CriticNetwork::Perceptron { hidden, activation, dropout: 0.0, spectral_norm, head },
    ];
    let looks_singly = |critic: &CriticNetwork| {
        let networks = Networks { critic: critic.clone(), ..networks(0) };
        GanConfig { networks, ..plain() }.looks_singly()
    };
    for critic in critics {
        assert!(looks_singly(&critic), "{critic:?}");
        let device = Device::flex();
        let network = critic.init([1, 16, 16], 1, &device).unwrap();
        let network =
            initialise(network, &Initial::kaiming(0.2), Address::new(1, Purpose::Weights));
        let numbers = Stream::new(Address::new(2, Purpose::Data)).normals(6 * 256);
        let seen = Tensor::<4>::from_data(TensorData::new(numbers, [6, 1, 16, 16]), &device);
        let say = |seen: Tensor<4>| network.forward(seen.into(), &Pass::keeping()).value;
        let alone = [seen.clone().narrow(0, 0, 2), seen.clone().narrow(0, 2, 4)].map(say);
        let both = say(seen);
        let apart = (both - Tensor::cat(alone.to_vec(), 0)).abs().max().into_scalar::<f32>();
        assert!(apart < 1e-5, "{apart} of {critic:?}");
    }
    // Reals stay reals, and fakes fakes.
    let (hidden, activation) = (vec![8], Activation::Tanh);
    let critic =
        CriticNetwork::Perceptron { hidden, activation, dropout: 0.0, spectral_norm, head };
    let game = game(GanConfig { networks: Networks { critic, ..networks(0) }, ..plain() });
    let of = |value| Tensor::<4>::full([4, 1, 16, 16], value, &game.device);
    let [real, fake] = [of(0.3), of(-0.7)];
    let both =
        game.look_at_both([&real, &fake], [Pass::keeping(), Pass::keeping()], &Asked::default(), 1);
    let alone = [real, fake].map(|seen| game.critic.network().opinion(seen, &Pass::keeping()));
    for (both, alone) in both.into_iter().zip(alone) {
        let apart = (both.logits - alone.logits).abs().max().into_scalar::<f32>();
        assert!(apart < 1e-5, "{apart}");
    }
    let [_, rest @ ..] = &critics_with_heads();
    assert!(rest.iter().all(|critic| !looks_singly(critic)));
    assert!(!plain().looks_singly());
}

fn round(device: &Device) -> Round<'_> {
    Round::new(Clock::default(), 1, device)
}

fn parts(game: &Gan, round: &Round<'_>) -> Vec<Part> {
    game.parts(0, batch().remove(0), round)
}

#[test]
fn the_critics_turn_moves_the_critic_alone() {
    for config in configs() {
        let game = game(config);
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let fake = Some(game.fake(&parts[0], 0));
        let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
        let game = game.critic_turn(&parts, fake, &mut round);
        assert_eq!(bits(game.generator.network()), generator);
        assert_ne!(bits(game.critic.network()), critic);
        assert_eq!((round.clock.critic.0, round.clock.generator.0), (1, 0));
    }
}

#[test]
fn the_penalty_changes_the_critics_step_and_not_its_statistics() {
    let [plain, added, _] = configs();
    let penalised = GanConfig { penalties: added.penalties, ..plain.clone() };
    let [plain, penalised] = [plain, penalised].map(|config| {
        let game = game(config);
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        game.critic_turn(&parts, None, &mut round)
    });
    let named = |game: &Gan, statistics: bool| {
        let all = parameters(game.critic.network()).into_iter();
        let of_kind = all.filter(|p| p.trained != statistics).map(|p| p.values);
        read_tensors(of_kind.collect()).unwrap()
    };
    assert_eq!(named(&plain, true), named(&penalised, true));
    assert_ne!(named(&plain, false), named(&penalised, false));
}

#[test]
fn fakes_made_again_for_the_critic_leave_the_generator_untouched() {
    let game = game(plain());
    let device = game.device.clone();
    let mut round = round(&device);
    let parts = parts(&game, &round);
    let generator = bits(game.generator.network());
    let game = game.critic_turn(&parts, None, &mut round);
    assert_eq!(bits(game.generator.network()), generator);
}

#[test]
fn the_generators_turn_moves_the_generator_alone_through_the_frozen_critic() {
    for config in configs() {
        let game = game(config);
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let fake = Some(game.fake(&parts[0], 0));
        let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
        let game = game.generator_turn(&parts, fake, &mut round);
        assert_eq!(bits(game.critic.network()), critic);
        // Every weight gets a gradient, or a layer would be cut off.
        let moved = bits(game.generator.network());
        let n_moved = moved.iter().zip(&generator).filter(|(a, b)| a != b).count();
        assert!(n_moved * 10 > moved.len() * 9, "{n_moved} of {}", moved.len());
        assert_eq!((round.clock.critic.0, round.clock.generator.0), (0, 1));
    }
}

#[test]
fn a_frozen_critic_gathers_no_gradient() {
    let game = game(plain());
    let part = parts(&game, &round(&game.device)).remove(0);
    let loss =
        |critic: &Critic| critic.forward(game.fake(&part, 0).into(), &Pass::keeping()).value.mean();
    let frozen = game.critic.frozen();
    assert!(Gradients::of(&frozen, &loss(&frozen)).is_empty());
    assert!(!Gradients::of(game.generator.network(), &loss(&frozen)).is_empty());
    let live = game.critic.network();
    assert!(!Gradients::of(live, &loss(live)).is_empty(), "and a live one would");
}

#[test]
fn a_batch_in_parts_still_makes_one_update_a_side() {
    let game = game(GanConfig { accumulate: 2, ..plain() });
    let device = game.device.clone();
    let mut round = round(&device);
    let before = bits(game.generator.network());
    let game = game.play(batch(), &mut round);
    assert_eq!((round.clock.critic.0, round.clock.generator.0), (1, 1));
    assert_ne!(bits(game.generator.network()), before);
}

#[test]
fn pictures_that_are_no_squares_are_refused_with_advice() {
    let subject = Subject {
        medium: kiln_core::Medium::Image,
        picture: [1, 28, 30],
        classes: None,
        input: None,
    };
    let error = plain().painter(&subject, &Device::flex()).err().unwrap();
    assert!(error.to_string().contains("--size"), "{error}");
}

#[test]
fn a_round_shows_the_critic_as_many_batches_as_it_has_turns() {
    let pace = Pace { critic_turns: 3, opening: None, fresh: true };
    for objective in [Adversarial::Wasserstein, Adversarial::RelativisticPaired] {
        let game = game(GanConfig { objective, pace, ..plain() });
        let device = game.device.clone();
        let mut round = round(&device);
        // The relativistic generator asks for reals of its own.
        let n = 3 + usize::from(objective.looks_at_reals());
        assert_eq!(game.batches(&round.clock), n);
        let batches = (0..n).map(|_| batch().remove(0)).collect();
        game.play(batches, &mut round);
        assert_eq!((round.clock.critic.0, round.clock.generator.0), (3, 1));
    }
}

#[test]
fn clipped_weights_stay_within_their_bound() {
    let game = game(GanConfig { clip_weights: Some(0.01), ..plain() });
    let device = game.device.clone();
    let mut round = round(&device);
    let parts = parts(&game, &round);
    let game = game.critic_turn(&parts, None, &mut round);
    let trained = parameters(game.critic.network()).into_iter().filter(|p| p.trained);
    let values = read_tensors(trained.map(|p| p.values).collect()).unwrap().concat();
    assert!(values.iter().all(|value| value.abs() <= 0.01));
    assert!(values.contains(&0.01), "gains start at one");
    let buffers = parameters(game.critic.network()).into_iter().filter(|p| !p.trained);
    let buffers = read_tensors(buffers.map(|p| p.values).collect()).unwrap().concat();
    assert!(buffers.iter().any(|value| *value > 0.01), "running variances are no weights");
}

#[test]
fn a_critic_that_is_far_ahead_rests_and_is_still_heard() {
    let switch = Some(Switch { above_accuracy: Some(0.8), ..Switch::default() });
    let game = game(GanConfig { switch, ..plain() });
    assert_eq!(game.looks_every(), Some(4));
    let by_name = [("critic/accuracy-real", 1.0), ("critic/accuracy-fake", 1.0)];
    let by_name = by_name.map(|(name, mean)| (name.to_owned(), mean)).into();
    let game = game.adapt(&Means { by_name, non_finite: 0 }, 16);
    let critic = bits(game.critic.network());
    let device = game.device.clone();
    let mut round = round(&device);
    let game = game.play(batch(), &mut round);
    assert_eq!(bits(game.critic.network()), critic);
    assert_eq!((round.clock.critic.0, round.clock.generator.0), (0, 1));
    assert!(round.into_readings().iter().any(|(name, _)| *name == "critic/accuracy-real"));
}

#[test]
fn regularisers_leave_readings_and_memories() {
    let game = game(regularised());
    let device = game.device.clone();
    let mut round = round(&device);
    let game = game.play(batch(), &mut round);
    let names: Vec<_> = round.into_readings().into_iter().map(|(name, _)| name).collect();
    for name in ["critic/consistency", "generator/feature-matching", "generator/pulling-away"] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    assert!(names.contains(&"generator/sameness") && names.contains(&"generator/path-length"));
    let mut state = State::new();
    game.save(&mut state);
    state.read().unwrap();
    let saved: Vec<_> = state.shapes().map(|(name, _)| name.to_owned()).collect();
    assert!(saved.iter().any(|name| name == "memories/pool/2"), "{saved:?}");
    assert!(saved.iter().any(|name| name == "memories/path-length"));
    assert!(saved.iter().any(|name| name.starts_with("memories/mean/generator/")));
}

#[test]
fn augmentation_follows_the_critic() {
    let ada = Ada {
        strength: AdaStrength::Adaptive { target: 0.6, span: 1000 },
        transforms: AdaTransforms::ALL,
    };
    let game = game(GanConfig { augment: Augment::Ada(ada), ..plain() });
    assert_eq!((game.looks_every(), game.ada.unwrap().p), (Some(4), 0.0));
    let device = game.device.clone();
    let mut round = round(&device);
    let game = game.play(batch(), &mut round);
    let mut meters = Meters::default();
    meters.add(&round.into_readings());
    assert!(meters.read().unwrap().by_name.contains_key("augment/real-signs"));
    let by_name = [("augment/real-signs".to_owned(), 0.9)].into();
    let game = game.adapt(&Means { by_name, non_finite: 0 }, 100);
    assert!((game.ada.unwrap().p - 0.1).abs() < 1e-9);
}

#[test]
fn orthogonality_reaches_every_weight() {
    // A linear layer keeps its outputs last, a transposed convolution second.
    let network = game(plain());
    let own = orthogonal_terms(&regularised().regularisers, network.generator.network());
    let shapes = parameters(network.generator.network());
    let weights: Vec<_> = shapes.iter().filter(|p| p.trained && p.shape.len() > 1).collect();
    assert!(weights.len() > 2);
    for weight in weights {
        let term = own.get(&weight.path).unwrap();
        assert_eq!(term.dims()[0], weight.shape.iter().product::<usize>(), "{}", weight.path);
    }
}

/// StyleGAN2's networks and its lazy penalties, all in the first round.
fn styled() -> GanConfig {
    let networks = Networks {
        generator: GeneratorNetwork::Stylegan2 {
            width: 4,
            widest: 8,
            styles: 6,
            mapping: 2,
            mixing: 0.9,
            residual: false,
        },
        critic: CriticNetwork::Stylegan2 { width: 4, widest: 8, group: 2 },
    };
    let r1 = GradientPenalty { kind: PenaltyKind::R1, weight: Schedule::constant(1.0), every: 16 };
    let path_length = Some(PathLength::default());
    let regularisers = Regularisers { path_length, ..Regularisers::default() };
    GanConfig { networks, penalties: vec![r1], regularisers, ..GanConfig::default() }
}

#[test]
fn a_round_of_stylegan2_moves_every_weight_and_the_mean_style() {
    let (before, after) = (game(styled()), game(styled()));
    let device = before.device.clone();
    let after = after.play(batch(), &mut round(&device));
    let values = |game: &Gan| {
        let sides = parameters(game.generator.network()).into_iter();
        let all: Vec<_> = sides.chain(parameters(game.critic.network())).collect();
        let (paths, tensors): (Vec<_>, Vec<_>) =
            all.into_iter().map(|p| (p.path, p.values)).unzip();
        paths.into_iter().zip(read_tensors(tensors).unwrap()).collect::<Vec<_>>()
    };
    let (before, after) = (values(&before), values(&after));
    let still = before.iter().zip(&after).filter(|(before, after)| before == after);
    let still: Vec<_> = still.map(|((path, _), _)| path.as_str()).collect();
    // The noise for use is drawn once and for all.
    assert!(still.iter().all(|path| path.ends_with("grain")) && still.len() == 5, "{still:?}");
}

#[test]
fn stylegan2_makes_equal_fakes_of_equal_parts_and_other_noise_of_others() {
    let game = game(styled());
    let device = game.device.clone();
    let round = round(&device);
    let part = parts(&game, &round).remove(0);
    let fake = |part: &Part| {
        let pass = part.making(Pass::keeping());
        bits_of(game.generator.network().forward(part.latents.clone(), &pass))
    };
    assert_eq!(fake(&part), fake(&part));
    let noise = round.address(Purpose::Synthesis).lane(77);
    assert_ne!(fake(&part), fake(&Part { noise, ..part.clone() }));
}

fn bits_of(pictures: Tensor<4>) -> Vec<u32> {
    pictures.into_data().iter::<f32>().map(f32::to_bits).collect()
}
