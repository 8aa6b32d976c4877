//! Games whose samples are asked to be of a class.

use kiln_core::Medium;
use kiln_ops::Dual;

use super::super::{Coded, Condition, FakeClasses, Labelled, ToldCritic, ToldGenerator};
use super::*;
use crate::recipe::{Classes, Conditions, RecipeError};

const TOLD: [ToldCritic; 3] = [
    ToldCritic::Concat { planes: 1 },
    ToldCritic::Projection,
    ToldCritic::Auxiliary { real: 1.0, fake: 0.5, generator: 1.0 },
];

/// Three classes, of which the data has no sample of the second.
fn subject() -> Subject {
    let names = ["cat", "cow", "dog"].map(str::to_owned).into();
    let classes = Some(Classes { names, shares: vec![0.25, 0.0, 0.75] });
    Subject { medium: kiln_core::Medium::Image, picture: [1, 16, 16], classes, input: None }
}

fn condition(critic: ToldCritic, generator: ToldGenerator) -> Condition {
    Condition::Labels(Labelled { critic, generator, ..Labelled::default() })
}

fn told(critic: ToldCritic, config: GanConfig) -> GanConfig {
    // Each way of telling the generator is met.
    let generator = match critic {
        ToldCritic::Projection => ToldGenerator::BatchNorm,
        _ => ToldGenerator::Concat,
    };
    GanConfig { condition: Some(condition(critic, generator)), ..config }
}

/// Every way of telling the critic, and codes, in each of the games.
fn conditional() -> impl Iterator<Item = GanConfig> {
    let by_class = TOLD.into_iter().flat_map(|critic| configs().map(|config| told(critic, config)));
    by_class.chain(configs().map(coded))
}

fn coded(config: GanConfig) -> GanConfig {
    let coded = Coded { categories: vec![3, 2], hidden: 6, ..Coded::default() };
    GanConfig { condition: Some(Condition::Codes(coded)), ..config }
}

fn game(config: GanConfig) -> Gan {
    super::start(config, subject()).unwrap()
}

fn labelled() -> Vec<Images> {
    batch().into_iter().map(|batch| Images { labels: Some(vec![2, 0, 2, 2]), ..batch }).collect()
}

fn parts(game: &Gan, round: &Round<'_>) -> Vec<Part> {
    game.parts(0, labelled().remove(0), round)
}

fn host(tensor: &Tensor<2>) -> Vec<f32> {
    tensor.to_data().iter().collect()
}

#[test]
fn the_critics_turn_moves_the_critic_alone() {
    for config in conditional() {
        let game = game(config);
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let fake = Some(game.fake(&parts[0], 0));
        let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
        let game = game.critic_turn(&parts, fake, &mut round);
        assert_eq!(bits(game.generator.network()), generator);
        assert_ne!(bits(game.critic.network()), critic);
    }
}

#[test]
fn the_generators_turn_moves_the_generator_alone() {
    for config in conditional() {
        let game = game(config);
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let fake = Some(game.fake(&parts[0], 0));
        let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
        let game = game.generator_turn(&parts, fake, &mut round);
        assert_eq!(bits(game.critic.network()), critic);
        assert_ne!(bits(game.generator.network()), generator);
    }
}

/// The paths of what a turn left as it was.
fn unmoved<M: Module>(before: &M, after: &M) -> Vec<String> {
    let named = |network: &M| {
        let trained = parameters(network).into_iter().filter(|p| p.trained);
        let (paths, values): (Vec<_>, Vec<_>) = trained.map(|p| (p.path, p.values)).unzip();
        paths.into_iter().zip(read_tensors(values).unwrap()).collect::<Vec<_>>()
    };
    let (before, after) = (named(before), named(after));
    let still = before.into_iter().zip(after).filter(|(before, after)| before == after);
    still.map(|((path, _), _)| path).collect()
}

#[test]
fn every_critic_learns_all_that_it_is_told_by() {
    let auto_encoder = CriticNetwork::AutoEncoder { width: 4, codes: 5, error: Default::default() };
    let critics = critics_with_heads().into_iter().chain([auto_encoder]);
    for (critic, way) in critics.flat_map(|critic| TOLD.map(|way| (critic.clone(), way))) {
        let networks = Networks { critic, ..networks(0) };
        let initial = Some(Initial::kaiming(0.2));
        let game = game(told(way, GanConfig { networks, initial, ..plain() }));
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let before = game.critic.network().clone();
        let game = game.critic_turn(&parts, None, &mut round);
        assert_eq!(unmoved(&before, game.critic.network()), Vec::<String>::new(), "{way:?}");
    }
}

#[test]
fn a_told_critics_logit_follows_the_class_and_its_tangent_too() {
    for way in [ToldCritic::Concat { planes: 2 }, ToldCritic::Projection] {
        // A smooth critic, for the differences.
        let critic = CriticNetwork::Perceptron {
            hidden: vec![8],
            activation: Activation::Tanh,
            dropout: 0.0,
            spectral_norm: true,
            head: CriticHeadConfig::default(),
        };
        let networks = Networks { critic, ..networks(0) };
        let initial = Some(Initial::kaiming(0.2));
        let game = game(told(way, GanConfig { networks, initial, ..plain() }));
        let device = game.device.clone();
        let critic = game.critic.frozen();
        let one_hot = |class| {
            let rows = Conditions::Classes(subject().classes.unwrap())
                .of(&[class; 2], round(&device).address(kiln_core::Purpose::Sample));
            Some(Tensor::<1>::from_floats(rows.as_slice(), &device).reshape([2, 3]))
        };
        let x = round(&device).normals(kiln_core::Purpose::Data, 0, [2, 1, 16, 16]);
        let along = x.clone().flip([3]);
        let logits = |x: Tensor<4>, class| {
            critic.forward(x.into(), &Pass::keeping().of(one_hot(class))).value
        };
        assert_ne!(host(&logits(x.clone(), 0)), host(&logits(x.clone(), 2)));
        let mut tangents = Vec::new();
        for class in [0, 2] {
            let moving = Dual::along(x.clone(), along.clone());
            let tangent =
                critic.forward(moving, &Pass::keeping().of(one_hot(class))).tangent.unwrap();
            let at = |step: f64| logits(x.clone() + along.clone() * step, class);
            let numeric = host(&((at(1e-2) - at(-1e-2)) / 2e-2));
            for (exact, numeric) in host(&tangent).into_iter().zip(&numeric) {
                assert!((exact - numeric).abs() < 2e-3, "{way:?}: {exact}, not {numeric}");
            }
            tangents.push(host(&tangent));
        }
        assert_ne!(tangents[0], tangents[1], "{way:?}");
    }
}

#[test]
fn fakes_are_asked_to_be_of_the_datas_classes_of_all_or_of_the_reals() {
    let asked = |fakes| {
        let labelled = Labelled { fakes, ..Labelled::default() };
        let game = game(GanConfig { condition: Some(Condition::Labels(labelled)), ..plain() });
        let device = game.device.clone();
        let asked = game.asked(Some(&[2, 0, 2, 2]), 400, 0, &round(&device));
        let fakes = asked.fake.unwrap();
        (host(&asked.real.unwrap()), fakes.dims(), host(&fakes.sum_dim(0)))
    };
    let real = vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let (reals, shape, data) = asked(FakeClasses::Data);
    assert_eq!((reals, shape), (real.clone(), [400, 3]));
    // 100 and 300, within four deviations of 8.7.
    assert!((data[0] - 100.0).abs() < 35.0 && data[1] == 0.0, "{data:?}");
    let (_, _, even) = asked(FakeClasses::Uniform);
    assert!(even.iter().all(|n| (n - 133.3).abs() < 38.0), "{even:?}");
    let (_, shape, reals) = asked(FakeClasses::Reals);
    assert_eq!((shape, reals), ([4, 3], vec![1.0, 0.0, 3.0]));
}

#[test]
fn parts_of_a_batch_keep_their_labels_and_draw_their_own() {
    let game = game(told(TOLD[0], GanConfig { accumulate: 2, ..plain() }));
    let device = game.device.clone();
    let parts = game.parts(0, labelled().remove(0), &round(&device));
    let real = |part: &Part| host(&part.asked.real.clone().unwrap());
    assert_eq!(real(&parts[0]), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(real(&parts[1]), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    assert_eq!(parts[1].asked.fake.clone().unwrap().dims(), [2, 3]);
}

/// Fakes of the past come with the class that they were asked to be of.
#[test]
fn a_pooled_fake_keeps_its_class() {
    let regularisers =
        Regularisers { image_pool: Some(ImageHistory { images: 5 }), ..Regularisers::default() };
    let labelled = Labelled { fakes: FakeClasses::Uniform, ..Labelled::default() };
    let condition = Some(Condition::Labels(labelled));
    let mut game = game(GanConfig { condition, regularisers, ..plain() });
    let device = game.device.clone();
    let mut exchanged = 0;
    for lane in 0..20 {
        let round = round(&device);
        let mut part = parts(&game, &round).remove(0);
        part.lane = lane;
        part.asked = game.asked(Some(&[0; 4]), 4, lane, &round);
        let class = part.asked.fake.clone().unwrap().argmax(1).float();
        let fake = class.reshape([4, 1, 1, 1]).expand([4, 1, 16, 16]);
        let (seen, asked) = game.pooled(fake.clone(), &part, &round);
        let shade = |images: Tensor<4>| host(&images.reshape([4, 256]).narrow(1, 0, 1));
        assert_eq!(shade(seen.clone()), host(&asked.fake.unwrap().argmax(1).float()));
        exchanged += usize::from(shade(seen) != shade(fake));
    }
    assert!(exchanged > 5, "{exchanged}");
}

#[test]
fn an_auxiliary_critic_tells_how_often_it_is_right() {
    let game = game(told(TOLD[2], plain()));
    let device = game.device.clone();
    let mut round = round(&device);
    let game = game.play(labelled(), &mut round);
    let names: Vec<_> = round.into_readings().into_iter().map(|(name, _)| name).collect();
    for name in ["critic/class-loss", "critic/class-accuracy-real", "critic/class-accuracy-fake"] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    assert!(names.contains(&"generator/class-loss"), "{names:?}");
    let sheet = game.preview().unwrap();
    assert_eq!((sheet.medium, sheet.len(), sheet.columns), (Medium::Image, 3, None));
}

#[test]
fn codes_are_told_by_the_critic_and_asked_of_fakes_alone() {
    let game = game(coded(plain()));
    let device = game.device.clone();
    let mut round = round(&device);
    let part = parts(&game, &round).remove(0);
    assert!(part.asked.real.is_none());
    assert_eq!(part.asked.fake.clone().unwrap().dims(), [4, 3 + 2 + 2]);
    let before = game.critic.network().clone();
    let game = game.critic_turn(&[part], None, &mut round);
    assert_eq!(unmoved(&before, game.critic.network()), Vec::<String>::new());
    let game = game.play(labelled(), &mut round);
    let names: Vec<_> = round.into_readings().into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"critic/code-loss") && names.contains(&"generator/code-loss"));
    // Unlabelled data will do, and a sheet has a row a value of the first category.
    let unlabelled = Subject { classes: None, ..subject() };
    assert!(super::start(coded(plain()), unlabelled).is_ok());
    assert_eq!(game.preview().unwrap().len(), 3);
}

#[test]
fn codes_that_say_nothing_are_refused() {
    let refused = |coded: Coded| {
        let condition = Some(Condition::Codes(coded));
        super::start(GanConfig { condition, ..plain() }, subject()).unwrap_err().to_string()
    };
    let none = Coded { categories: vec![], continuous: 0, ..Coded::default() };
    assert!(refused(none).contains("no codes"));
    assert!(refused(Coded { categories: vec![3, 0], ..Coded::default() }).contains("values"));
    let error = refused(Coded { category_weight: -1.0, ..Coded::default() });
    assert!(error.contains("information is -1"), "{error}");
}

#[test]
fn data_without_labels_is_refused_with_advice() {
    let refused = |config: GanConfig, subject: Subject| super::start(config, subject).unwrap_err();
    let unlabelled = Subject { classes: None, ..subject() };
    let error = refused(told(TOLD[0], plain()), unlabelled);
    assert!(matches!(error, RecipeError::NoClasses), "{error}");
    assert!(error.to_string().contains("a folder of its own"), "{error}");
}

#[test]
fn a_condition_that_nothing_can_follow_is_refused() {
    let refused = |config: GanConfig| super::start(config, subject()).unwrap_err().to_string();
    let by_norm = Some(condition(TOLD[0], ToldGenerator::BatchNorm));
    let generator = GeneratorNetwork::Decoder { width: 4 };
    let networks = Networks { generator, ..networks(0) };
    let error = refused(GanConfig { networks, condition: by_norm, ..plain() });
    assert!(error.contains("decoder") && error.contains("concat"), "{error}");
    let error = refused(told(ToldCritic::Concat { planes: 0 }, plain()));
    assert!(error.contains("planes"), "{error}");
    let auxiliary = ToldCritic::Auxiliary { real: -1.0, fake: 1.0, generator: 1.0 };
    let error = refused(told(auxiliary, plain()));
    assert!(error.contains("auxiliary classifier is -1"), "{error}");
}

/// BigGAN's networks for 16 x 16.
fn big() -> Gan {
    let (width, widest, attention) = (4, 8, 8);
    let networks = Networks {
        generator: GeneratorNetwork::Resnet {
            width,
            widest,
            shared: 3,
            hierarchical: true,
            attention,
            spectral_norm: true,
        },
        critic: CriticNetwork::Resnet {
            width,
            widest,
            flat_blocks: 1,
            norm: Norm::Spectral,
            attention,
            head: CriticHeadConfig::default(),
        },
    };
    let initial = Some(Initial::by(WeightRule::Orthogonal));
    let condition = Some(condition(ToldCritic::Projection, ToldGenerator::BatchNorm));
    let config = GanConfig { latents: 6, networks, initial, condition, ..plain() };
    let device = Device::flex().autodiff();
    let subject = subject();
    let world = World { subject, seed: 1, batch_size: 4, sheet: 4, examples: None, device };
    config.start(&world).unwrap()
}

#[test]
fn biggans_sides_move_apart_and_all_of_them_learns_once_attention_counts() {
    let game = big();
    let device = game.device.clone();
    let mut at = round(&device);
    let parts = parts(&game, &at);
    let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
    let fake = Some(game.fake(&parts[0], 0)); // moves the vectors of spectral normalisation
    assert_ne!(bits(game.generator.network()), generator);
    let generator = bits(game.generator.network());
    let game = game.critic_turn(&parts, fake.clone(), &mut at);
    assert_eq!(bits(game.generator.network()), generator);
    assert_ne!(bits(game.critic.network()), critic);
    let critic = bits(game.critic.network());
    let game = game.generator_turn(&parts, fake, &mut at);
    assert_eq!(bits(game.critic.network()), critic);
    // Its share of the sum starts at zero, so what it is made of learns from the second round on.
    let before = big();
    let game = game.play(labelled(), &mut round(&device));
    assert_eq!(unmoved(before.generator.network(), game.generator.network()), Vec::<String>::new());
    assert_eq!(unmoved(before.critic.network(), game.critic.network()), Vec::<String>::new());
}

#[test]
fn an_embedding_is_nobodys_weight() {
    let game = big();
    let own = orthogonal_terms(&regularised().regularisers, game.generator.network());
    assert!(own.get("embed.weight").is_none());
    assert!(own.get("blocks.0.norm_in.to_gain.weight").is_some());
    assert!(own.get("blocks.0.attention.query.weight").is_some());
}
