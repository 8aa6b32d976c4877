//! The tables of results: every recipe on the same data for the same time, and what real pictures get.

use super::entries::FASHION;
use super::entry::{Case, Entry, Keep};

/// A recipe for five minutes of two cores.
macro_rules! five_minutes {
    ($name:literal, $samples:literal) => {
        Case::new($name, concat!($name, " --samples ", $samples))
    };
    // With rates that fall to their end by then.
    ($name:literal, annealed $samples:literal) => {
        Case::new(
            $name,
            concat!(
                $name,
                " --samples ",
                $samples,
                " --set recipe.generator.rate.until=",
                $samples,
                " --set recipe.critic.rate.until=",
                $samples,
            ),
        )
    };
}

/// A recipe whose paper's constants take hours, for five minutes: small batches, more updates, rates that
/// fall to almost nothing.
macro_rules! hurried {
    ($name:literal, $samples:literal, $rate:literal $(, $key:literal)*) => {
        Case::new(
            $name,
            concat!(
                $name,
                " --batch-size 16 --samples ",
                $samples,
                " --set recipe.generator.rate={kind=\"linear\",from=",
                $rate,
                ",to=1e-5,until=",
                $samples,
                "} --set recipe.critic.rate={kind=\"linear\",from=",
                $rate,
                ",to=1e-5,until=",
                $samples,
                "}",
                $(" --set recipe.", $key,)*
            ),
        )
    };
}

/// Of the recipes that people come for.
const HEADLINE: &[u64] = &[1, 2, 3];

/// Every recipe that makes pictures of latents, each for the samples that it is shown in five minutes
/// of two cores.
const RECIPES: &[Case] = &[
    five_minutes!("dcgan", annealed "160000").seeds(HEADLINE),
    hurried!("wgan-gp", "288000", "1e-3", "pace.critic-turns=2").seeds(HEADLINE),
    five_minutes!("hinge-dcgan", "240000").seeds(HEADLINE),
    Case::new(
        "r3gan",
        "r3gan --samples 20000 --set recipe.generator.rate.until=20000 \
         --set recipe.critic.rate.until=20000 --set recipe.penalties.0.weight.until=4000 \
         --set recipe.penalties.1.weight.until=4000 \
         --set recipe.generator.optimizer.beta2.until=4000 \
         --set recipe.critic.optimizer.beta2.until=4000",
    )
    .seeds(HEADLINE),
    five_minutes!("cgan", annealed "160000").seeds(HEADLINE),
    five_minutes!("lsgan", "256000"),
    hurried!("wgan", "360000", "8e-4", "pace.opening="),
    five_minutes!("dragan", "6000000"),
    hurried!("sngan", "112000", "6e-4"),
    five_minutes!("began", "48000"),
    five_minutes!("rpgan-r1r2", "35200"),
    five_minutes!("acgan", annealed "160000"),
    five_minutes!("projection", annealed "112000"),
    five_minutes!("infogan", "112000"),
    five_minutes!("vanilla", "600000"),
    five_minutes!("goodfellow2014", "540000"),
];

pub(super) const RESULTS: &[Entry] = &[
    Entry {
        name: "results-mnist",
        what: "Every recipe that makes pictures of latents, on MNIST, each for the samples that it is \
               shown in five minutes of two cores: distances to the training pictures by the features \
               of the classifier of digits, precision and recall, log likelihood of held-out pictures. \
               Those whose paper's constants take hours (WGAN, WGAN-GP, SNGAN) play with batches \
               of 16 and higher rates that fall, WGAN-GP with two turns of the critic in place of five, WGAN \
               without the many turns at its beginning. The samples were chosen \
               beforehand: a row's seconds depend on what else the machine does. \
               Real held-out pictures stand in results-reals.md.",
        seeds: &[1],
        cases: RECIPES,
        commands: &[
            "train --recipe CASE --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 10000 --extractor digits \
             --metric frechet,kernel,precision-recall,parzen --json",
        ],
        keeps: &[],
        needs: &[],
    },
    Entry {
        name: "results-fashion",
        what: "The same on Fashion-MNIST, from the folder of Debian's package. The features are those \
               of the classifier of digits all the same: they tell pictures apart, and mean nothing.",
        seeds: &[1],
        cases: RECIPES,
        commands: &[
            "train --recipe CASE --data /usr/share/datasets/fashion-mnist --backend cpu --seed SEED \
             --run-dir RUN",
            "eval RUN --count 10000 --extractor digits --metric frechet,kernel,precision-recall --json",
        ],
        keeps: &[],
        needs: &[FASHION],
    },
    Entry {
        name: "results-reals",
        what: "What real pictures get: the line that no generator can be expected to pass. Held-out \
               pictures in the place of samples, against the training pictures; for the log likelihood, \
               10,000 training pictures in their place, and held-out ones judged by them.",
        seeds: &[1],
        cases: &[
            Case::new("mnist", "mnist --part test --against mnist --metric frechet,kernel,pr"),
            Case::new("mnist-likelihood", "mnist --against mnist --metric parzen"),
            Case::new(
                "fashion",
                "/usr/share/datasets/fashion-mnist --part test --against \
                 /usr/share/datasets/fashion-mnist --metric frechet,kernel,pr",
            ),
        ],
        commands: &["eval CASE --extractor digits --count 10000 --seed SEED --json"],
        keeps: &[],
        needs: &[FASHION],
    },
    Entry {
        name: "goodfellow2014",
        what: "The first paper's game at the preset's length, by the first paper's measure: the log \
               likelihood of MNIST's test pictures under Gaussian windows on 10,000 samples, their \
               deviation chosen on other pictures. Published: 225 ± 2 (Goodfellow et al. 2014, table 1).",
        seeds: &[1],
        cases: &[],
        commands: &[
            "train --recipe goodfellow2014 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 10000 --metric parzen,frechet,digits --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/goodfellow2014-sheet.png" },
            Keep { from: "curves.svg", to: "results/goodfellow2014-curves.svg" },
        ],
        needs: &[],
    },
];
