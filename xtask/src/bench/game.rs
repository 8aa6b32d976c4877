//! The registry: every game that is timed.

use std::process::Command;

/// One game, in kiln's words.
#[derive(Debug)]
pub(super) struct Game {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// What `kiln rounds` is told of the pictures.
    pub(super) data: &'static [&'static str],
    /// And of the recipe.
    pub(super) words: &'static [&'static str],
    /// Least and wanted ratio of images a second to PyTorch's on two cores.
    pub(super) bar: f64,
    pub(super) aim: f64,
}

impl Game {
    /// Has `command`, which is kiln or ends with it, play this game's first `rounds` rounds.
    pub(super) fn tell(
        &self,
        command: &mut Command,
        (batch, threads): (usize, usize),
        rounds: usize,
    ) {
        command.args(["rounds", "--recipe", "dcgan"]).args(self.data).args(self.words);
        command.arg("--batch-size").arg(batch.to_string());
        command.arg("--rounds").arg(rounds.to_string());
        command.env("RAYON_NUM_THREADS", threads.to_string());
    }
}

/// Finds a game by name.
pub(super) fn find(name: &str) -> Option<&'static Game> {
    GAMES.iter().find(|game| game.name == name)
}

/// A game's constants as the benchmark has them, whatever the presets become.
macro_rules! set {
    ($($key:literal = $value:literal),* $(,)?) => {
        &[$("--set", concat!($key, "=", $value)),*]
    };
}

/// Low rates: a first step of Adam has the sign of each gradient, and that of the smallest is rounding.
const DCGAN: &[&str] = set!(
    "recipe.latents" = "100",
    "recipe.penalties" = "[]",
    "recipe.generator.rate" = "2e-5",
    "recipe.critic.rate" = "2e-5",
    "recipe.networks.generator" = "{kind=\"dcgan\",width=64,extra-layers=0}",
    "recipe.networks.critic" = "{kind=\"dcgan\",width=64}",
);

pub(super) const GAMES: &[Game] = &[
    Game {
        name: "mlp",
        what: "perceptrons 100-256-512-1024-784 and 784-512-256-1",
        data: &[],
        words: set!(
            "recipe.latents" = "100",
            "recipe.penalties" = "[]",
            "recipe.generator.rate" = "2e-4",
            "recipe.critic.rate" = "2e-4",
            "recipe.networks.generator" = "{kind=\"perceptron\",hidden=[256,512,1024],\
                activation={kind=\"leaky-relu\",slope=0.2},output={kind=\"tanh\"}}",
            "recipe.networks.critic" = "{kind=\"perceptron\",hidden=[512,256],\
                activation={kind=\"leaky-relu\",slope=0.2}}",
        ),
        bar: 1.4,
        aim: 2.5,
    },
    Game {
        name: "dcgan-32",
        what: "DCGAN on grey 32 x 32 pictures, 64 base channels",
        data: set!("data.size" = "32"),
        words: DCGAN,
        bar: 1.1,
        aim: 1.6,
    },
    Game {
        name: "dcgan-64",
        what: "DCGAN on colour 64 x 64 pictures, 64 base channels",
        data: set!("data.source" = "stacked-mnist", "data.size" = "64"),
        words: DCGAN,
        bar: 1.0,
        aim: 1.4,
    },
    Game {
        name: "wgan-gp",
        what: "WGAN-GP on grey 32 x 32 pictures, 64 base channels, exact penalty in every round",
        data: set!("data.size" = "32"),
        words: set!(
            "recipe.latents" = "100",
            "recipe.objective" = "wasserstein",
            "recipe.penalties" = "[{kind=\"wgan-gp\",weight=10}]",
            "recipe.generator.rate" = "1e-4",
            "recipe.critic.rate" = "1e-4",
            "recipe.networks.generator" = "{kind=\"dcgan\",width=64,extra-layers=0}",
            "recipe.networks.critic" = "{kind=\"dcgan\",width=64,norm=\"none\"}",
        ),
        bar: 1.0,
        aim: 1.5,
    },
    Game {
        name: "sngan-32",
        what: "SNGAN's residual networks on colour 32 x 32 pictures, 64 channels, spectral norm",
        data: set!("data.source" = "stacked-mnist", "data.size" = "32"),
        words: set!(
            "recipe.latents" = "128",
            "recipe.objective" = "hinge",
            "recipe.penalties" = "[]",
            "recipe.generator.rate" = "2e-4",
            "recipe.critic.rate" = "2e-4",
            "recipe.networks.generator" = "{kind=\"resnet\",width=64,widest=64}",
            "recipe.networks.critic" = "{kind=\"resnet\",width=64,widest=64,flat-blocks=2,\
                norm=\"spectral\"}",
        ),
        bar: 0.85,
        aim: 1.3,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_game_has_a_name_of_its_own_and_whole_words() {
        for (idx, game) in GAMES.iter().enumerate() {
            assert!(GAMES[..idx].iter().all(|other| other.name != game.name));
            let words = [game.data, game.words].concat();
            assert!(words.chunks(2).all(|pair| pair[0] == "--set" && pair[1].contains('=')));
            assert!(!words.concat().contains("  "), "{}", game.name);
            assert!(game.bar <= game.aim);
        }
    }
}
