//! Alone in its process, because the count of device reads belongs to the process.

use kiln::{Recipe, RecipeConfig, Session};
use kiln_core::Clock;
use kiln_train::{Game, Meters, Round, Source};

#[test]
fn nothing_is_read_from_the_device_inside_a_round_and_a_tick_is_one_transfer() {
    let session: Session = Recipe::dcgan()
        .unwrap()
        .pictures(kiln_tests::corners(32))
        .set("recipe.networks.generator.width", "4")
        .set("recipe.networks.critic.width", "4")
        .set("batch-size", "8")
        .open()
        .unwrap();
    let RecipeConfig::Dcgan(config) = &session.config().recipe else { panic!("not dcgan") };
    let mut game = kiln::recipe::Family::start(config, session.world()).unwrap();
    let mut source = session.source().unwrap();
    let mut meters = Meters::default();
    let before = kiln_train::reads();
    for _ in 0..3 {
        let batch = source.draw().unwrap();
        let mut round = Round::new(Clock::default(), 1, &session.world().device);
        game = game.play(vec![batch], &mut round);
        meters.add(&round.into_readings());
    }
    assert_eq!(kiln_train::reads() - before, 0);
    let means = meters.read().unwrap();
    assert_eq!(kiln_train::reads() - before, 1);
    assert!(means.by_name.contains_key("critic/accuracy-real"));
}
