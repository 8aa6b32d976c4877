//! Alone in its process, because what a process holds belongs to all of it.
#![cfg(target_os = "linux")]

use kiln::{Recipe, RecipeConfig, Session};
use kiln_core::Clock;
use kiln_train::{Game, Meters, Round, Source, peak_resident_bytes};

/// The most memory that the process had held after `rounds[0]` and after `rounds[1]` rounds.
fn peaks(recipe: Recipe, rounds: [u64; 2]) -> [u64; 2] {
    let session: Session = recipe.set("batch-size", "8").open().unwrap();
    let RecipeConfig::Dcgan(config) = &session.config().recipe else { panic!("not dcgan") };
    let mut game = kiln::recipe::Family::start(config, session.world()).unwrap();
    let (mut source, mut meters) = (session.source().unwrap(), Meters::default());
    let mut clock = Clock::default();
    let mut peaks = [0; 2];
    for (until, peak) in rounds.into_iter().zip(&mut peaks) {
        while clock.rounds.0 < until {
            let mut round = Round::new(clock, 1, &session.world().device);
            game = game.play(vec![source.draw().unwrap()], &mut round);
            clock = round.clock;
            meters.add(&round.into_readings());
            clock.count_round(8);
            if clock.rounds.0 % 100 == 0 {
                meters.read().unwrap();
            }
        }
        *peak = peak_resident_bytes();
    }
    peaks
}

fn assert_flat([early, late]: [u64; 2]) {
    let grown = (late - early) >> 10;
    assert!(early > 0 && grown < 4 << 10, "grew by {grown} KiB from {} KiB", early >> 10);
}

#[test]
fn ten_thousand_rounds_take_no_more_memory_than_the_first_thousand() {
    let network = |rest: &str| {
        format!("{{kind=\"perceptron\",hidden=[32,32],activation={{kind=\"relu\"}}{rest}}}")
    };
    let recipe = Recipe::dcgan().unwrap().pictures(kiln_tests::corners(8));
    let generator = network(",output={kind=\"identity\"}");
    let recipe = recipe.set("recipe.networks.generator", &generator);
    assert_flat(peaks(recipe.set("recipe.networks.critic", &network("")), [1_000, 10_000]));
}

#[test]
fn rounds_of_convolutions_take_no_more_memory_than_the_first_hundred() {
    let recipe = Recipe::dcgan().unwrap().pictures(kiln_tests::corners(16));
    let recipe = recipe.set("recipe.networks.generator.width", "4");
    assert_flat(peaks(recipe.set("recipe.networks.critic.width", "4"), [100, 500]));
}
