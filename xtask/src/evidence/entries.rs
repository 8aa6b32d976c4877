//! The registry: every piece of evidence, with the commands that make it. The families beyond pictures
//! of latents are in [`families`](super::families), the tables of results, a row a recipe, in
//! [`results`](super::results).

use super::entry::{Case, Entry, Keep, Need};

macro_rules! objective {
    ($name:literal) => {
        Case::new($name, concat!("recipe.objective=", $name))
    };
}

macro_rules! unnormalised {
    ($name:literal) => {
        Case::new(
            concat!($name, "-unnormalised"),
            concat!("recipe.objective=", $name, " --set recipe.networks.critic.norm=none"),
        )
    };
}

/// A recipe whose rates fall to their end in 96,000 samples.
macro_rules! annealed {
    ($name:literal) => {
        Case::new(
            $name,
            concat!(
                $name,
                " --set recipe.generator.rate.until=96000 --set recipe.critic.rate.until=96000"
            ),
        )
    };
}

/// For entries on Fashion-MNIST.
pub(super) const FASHION: Need = Need {
    folder: "/usr/share/datasets/fashion-mnist",
    advice: "apt-get install -y dataset-fashion-mnist",
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "digits",
        what: "The classifier of digits that judges the other runs, and its share of right \
               answers on MNIST's test images.",
        seeds: &[1],
        cases: &[],
        commands: &["digits --backend cpu --seed SEED --out RUN/digits.safetensors --json"],
        keeps: &[Keep { from: "digits.safetensors", to: "digits.safetensors" }],
        needs: &[],
    },
    Entry {
        name: "default",
        what: "The default command: DCGAN on the MNIST in the box, from nothing. Of 1,000 samples, \
               how many the classifier is sure of, and how evenly they fall into the ten classes.",
        seeds: &[1, 2, 3],
        cases: &[],
        commands: &[
            "train --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 1000 --metric digits --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/default-sheet.png" },
            Keep { from: "curves.svg", to: "results/default-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "vanilla",
        what: "The perceptron GAN of the Keras tutorial after 30 epochs of MNIST.",
        seeds: &[1],
        cases: &[],
        commands: &[
            "train --recipe vanilla --epochs 30 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 1000 --metric digits --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/vanilla-sheet.png" },
            Keep { from: "curves.svg", to: "results/vanilla-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "infogan",
        what: "InfoGAN on MNIST, without labels: the share of 10,000 samples that are the most frequent \
               digit of their value of the first code, and the digits that are found by a value; a code \
               along the rows of a sheet. Published: 5 % of errors where the first code classifies \
               MNIST (Chen et al. 2016, section 7.2).",
        seeds: &[1, 2, 3],
        cases: &[],
        commands: &[
            "train --recipe infogan --backend cpu --seed SEED --run-dir RUN",
            "sample RUN --code c1=0..9 --count 100 --out RUN/c1.png",
            "sample RUN --code c2=-6..6 --count 100 --out RUN/c2.png",
            "sample RUN --code c3=-6..6 --count 100 --out RUN/c3.png",
            "eval RUN --count 10000 --metric digits,codes --json",
        ],
        keeps: &[
            Keep { from: "c1.png", to: "results/infogan-c1.png" },
            Keep { from: "c2.png", to: "results/infogan-c2.png" },
            Keep { from: "c3.png", to: "results/infogan-c3.png" },
            Keep { from: "curves.svg", to: "results/infogan-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "classes",
        what: "Asked for a class of MNIST, how often the classifier of digits says that class; and what \
               samples are worth to a classifier that is taught on them and tested on real pictures.",
        seeds: &[1],
        cases: &[
            annealed!("cgan").seeds(&[1, 2, 3]),
            annealed!("acgan"),
            Case::new("projection", "projection").seeds(&[1, 2, 3]),
        ],
        commands: &[
            "train --recipe CASE --samples 96000 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 10000 --metric labels,frechet,kernel,precision-recall,cas --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/classes-sheet.png" },
            Keep { from: "curves.svg", to: "results/classes-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "ring8",
        what: "A ring of eight Gaussians: modes found, and the share of 2,500 points within three \
               deviations of one. Published: VEEGAN 8 modes and 53 %, Unrolled GAN 7.6 and 36 % \
               (Srivastava et al. 2017, table 1).",
        seeds: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        cases: &[],
        commands: &[
            "train --recipe ring8 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 2500 --metric modes --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/ring8-sheet.png" },
            Keep { from: "curves.svg", to: "results/ring8-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "grid25",
        what: "A grid of twenty-five Gaussians, likewise. Published: VEEGAN 24.6 modes and 40 %, \
               Unrolled GAN 23.6 and 16 % (the same).",
        seeds: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        cases: &[],
        commands: &[
            "train --recipe grid25 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 2500 --metric modes --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/grid25-sheet.png" },
            Keep { from: "curves.svg", to: "results/grid25-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "fashion",
        what: "DCGAN on Fashion-MNIST, read from the folder of Debian's package.",
        seeds: &[1],
        cases: &[],
        commands: &["train --recipe dcgan --data /usr/share/datasets/fashion-mnist \
             --backend cpu --seed SEED --run-dir RUN"],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/fashion-sheet.png" },
            Keep { from: "curves.svg", to: "results/fashion-curves.svg" },
        ],
        needs: &[FASHION],
    },
    Entry {
        name: "stacked-mnist",
        what: "Stacked MNIST: of 1000 triples of digits, how many DCGAN finds when its critic judges \
               samples in pairs (PacGAN, Lin et al. 2018) and when it judges them one by one; 26,000 \
               samples, classified channel by channel, divergence from the data's triples in nats. \
               Published: DCGAN 99 and 3.40, VEEGAN 150 and 2.95 (Srivastava et al. 2017, table 2), \
               PacDCGAN2 1000 and 0.06 (Lin et al. 2018, table 2), WGAN-GP 959 and 0.73, R3GAN's \
               ablation 1000 and 0.078 (Huang et al. 2024, tables 3 and 1).",
        seeds: &[1],
        cases: &[Case::new("pairs", "recipe.pack=2"), Case::new("singly", "recipe.pack=1")],
        commands: &[
            "train --data stacked-mnist --batch-size 32 --set CASE --samples 640000 \
             --set recipe.generator.rate.until=640000 --set recipe.critic.rate.until=640000 \
             --set recipe.penalties.0.weight=0.5 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --each --count 26000 --metric modes --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/stacked-mnist-sheet.png" },
            Keep { from: "curves.svg", to: "results/stacked-mnist-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "stacked-mnist-long",
        what: "Stacked MNIST once more, in pairs alone and for longer: what more samples are worth.",
        seeds: &[1],
        cases: &[],
        commands: &[
            "train --data stacked-mnist --batch-size 32 --set recipe.pack=2 --samples 1600000 \
             --set recipe.generator.rate.until=1600000 --set recipe.critic.rate.until=1600000 \
             --set recipe.penalties.0.weight=0.5 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --each --count 26000 --metric modes --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/stacked-mnist-long-sheet.png" },
            Keep { from: "curves.svg", to: "results/stacked-mnist-long-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "r3gan",
        what: "R3GAN beside its ablation with plain blocks and the default recipe, on MNIST for the same \
               samples: distances to MNIST by the classifier's features, precision and recall.",
        seeds: &[1],
        cases: &[
            Case::new("r3gan", "r3gan"),
            Case::new("rpgan-r1r2", "rpgan-r1r2"),
            Case::new(
                "dcgan",
                "dcgan --set recipe.generator.rate.until=128000 \
                        --set recipe.critic.rate.until=128000",
            ),
        ],
        commands: &[
            "train --recipe CASE --samples 128000 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 10000 --metric digits,frechet,kernel,precision-recall --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/r3gan-sheet.png" },
            Keep { from: "curves.svg", to: "results/r3gan-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "objectives",
        what: "The default game without its penalty, once for each objective, at the same constant \
               rates and for the same samples, three to seven minutes on one core of a loaded machine; then the same \
               with a critic that has no batch norm: which diverge, which collapse, how the critic \
               stands.",
        seeds: &[1],
        cases: &[
            objective!("non-saturating"),
            objective!("minimax"),
            objective!("hinge"),
            objective!("wasserstein"),
            objective!("least-squares"),
            objective!("least-squares-pearson"),
            objective!("relativistic-paired"),
            objective!("relativistic-average"),
            unnormalised!("non-saturating"),
            unnormalised!("minimax"),
            unnormalised!("hinge"),
            unnormalised!("wasserstein"),
            unnormalised!("least-squares"),
            unnormalised!("least-squares-pearson"),
            unnormalised!("relativistic-paired"),
            unnormalised!("relativistic-average"),
        ],
        commands: &[
            "train --backend cpu --seed SEED --run-dir RUN --samples 96000 --set CASE \
             --set recipe.penalties=[] --lr 5e-4",
            "eval RUN --count 1000 --metric digits --json",
            "inspect RUN --json",
        ],
        keeps: &[],
        needs: &[],
    },
];
