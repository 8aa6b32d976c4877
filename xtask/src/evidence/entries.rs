//! The registry: every piece of evidence, with the commands that make it. The tables of results, a row
//! a recipe, are in [`results`](super::results).

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
pub(super) const FASHION: Option<Need> = Some(Need {
    folder: "/usr/share/datasets/fashion-mnist",
    advice: "apt-get install -y dataset-fashion-mnist",
});
/// A digit that is left out of training.
macro_rules! without {
    ($digit:literal) => {
        Case::new(concat!("without-", $digit), concat!("data.without=[", $digit, "]"))
    };
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "digits",
        what: "The classifier of digits that judges the other runs, and its share of right \
               answers on MNIST's test images.",
        seeds: &[1],
        cases: &[],
        commands: &["digits --backend cpu --seed SEED --out RUN/digits.safetensors --json"],
        keeps: &[Keep { from: "digits.safetensors", to: "digits.safetensors" }],
        needs: None,
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
        needs: None,
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
        needs: None,
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
        needs: None,
    },
    Entry {
        name: "classes",
        what: "Asked for a class of MNIST, how often the classifier of digits says that class; and what \
               samples are worth to a classifier that is taught on them and tested on real pictures.",
        seeds: &[1],
        cases: &[annealed!("cgan"), annealed!("acgan"), Case::new("projection", "projection")],
        commands: &[
            "train --recipe CASE --samples 96000 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 10000 --metric labels,frechet,kernel,precision-recall,cas --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/classes-sheet.png" },
            Keep { from: "curves.svg", to: "results/classes-curves.svg" },
        ],
        needs: None,
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
        needs: None,
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
        needs: None,
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
        needs: FASHION,
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
        needs: None,
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
        needs: None,
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
        needs: None,
    },
    Entry {
        name: "pix2pix",
        what: "Emoji of their outlines: what pix2pix makes of 238 held-out outlines, with its game and \
               from the distance to the target (L1) alone, for the same samples. The distance is a \
               mean absolute difference with values in [-1, 1]; the Frechet distance is of the \
               features of random convolutions, which tell textures apart and know nothing of emoji.",
        seeds: &[1],
        cases: &[
            Case::new("game", "recipe.adversarial=1"),
            Case::new("l1-alone", "recipe.adversarial=0"),
        ],
        commands: &[
            "train --recipe pix2pix --data target/data/emoji --size 64 --samples 12000 --set CASE \
             --set recipe.generator.rate.until=12000 --set recipe.critic.rate.until=12000 \
             --set plan.snapshot-every=4000 --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --each --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/pix2pix-sheet.png" },
            Keep { from: "curves.svg", to: "results/pix2pix-curves.svg" },
        ],
        needs: Some(Need { folder: "target/data/emoji", advice: "cargo xtask fetch emoji" }),
    },
    Entry {
        name: "cyclegan",
        what: "Two sets of pictures translated into each other without pairs: MNIST's digits and other \
               digits with dark and light exchanged; Twitter's emoji and Google's, no emoji in both. Of \
               held-out pictures: the mean absolute difference after the way there and back (values in \
               [-1, 1]), beside that of the set's mean picture; the share of translated digits that the \
               classifier takes for what they were; the Frechet distance of what is made from the \
               other set, beside that of the pictures as they were (features of the classifier for \
               digits, of random convolutions for emoji).",
        seeds: &[1],
        cases: &[
            Case::new("digits", "mnist"),
            Case::new("emoji", "target/data/emoji-styles --set data.pairs=unpaired --size 32"),
        ],
        commands: &[
            "train --recipe cyclegan --data CASE --backend cpu --seed SEED --run-dir RUN",
            "eval RUN --count 2000 --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/cyclegan-sheet.png" },
            Keep { from: "curves.svg", to: "results/cyclegan-curves.svg" },
        ],
        needs: Some(Need {
            folder: "target/data/emoji-styles",
            advice: "cargo xtask fetch emoji-styles",
        }),
    },
    Entry {
        name: "colorize",
        what: "Colours for 238 held-out emoji in grey: by content alone (L1) and by NoGAN's schedule, which \
               ends with the critic alone and a short game, for as many samples. The distance is a mean \
               absolute difference with values in [-1, 1]; the Frechet distance is of the features of \
               random convolutions; colourfulness is Hasler and Suesstrunk's (2003), in which grey is 0.",
        seeds: &[1],
        cases: &[
            Case::new("nogan", "recipe.adversarial=1"),
            Case::new("content-alone", "recipe.adversarial=0"),
        ],
        commands: &[
            "train --recipe colorize --data target/data/emoji --size 32 --set CASE --backend cpu \
             --seed SEED --run-dir RUN",
            "eval RUN --each --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/colorize-sheet.png" },
            Keep { from: "curves.svg", to: "results/colorize-curves.svg" },
        ],
        needs: Some(Need { folder: "target/data/emoji", advice: "cargo xtask fetch emoji" }),
    },
    Entry {
        name: "vae",
        what: "A variational auto-encoder beside DCGAN on MNIST, for the same samples, with the same \
               decoder and an encoder of the critic's layers: what the classifier is sure of, the \
               distance, precision and recall of its features, the path length of a walk, and \
               sharpness (the variance of the Laplacian), each of 10,000 samples; and how near the \
               10,000 held-out pictures come back from the auto-encoder's latents.",
        seeds: &[1],
        cases: &[
            Case::new("vae", "vae"),
            Case::new(
                "dcgan",
                "dcgan --set recipe.generator.rate.until=48000 \
                        --set recipe.critic.rate.until=48000",
            ),
        ],
        commands: &[
            "train --recipe CASE --samples 48000 --backend cpu --seed SEED --run-dir RUN",
            "sample RUN --count 8 --interpolate 8 --out RUN/walk.png",
            "eval RUN --count 10000 --json",
            "eval RUN --count 10000 --metric frechet,precision-recall,sharpness,path-length --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/vae-CASE-sheet.png" },
            Keep { from: "walk.png", to: "results/vae-CASE-walk.png" },
            Keep { from: "curves.svg", to: "results/vae-curves.svg" },
        ],
        needs: None,
    },
    Entry {
        name: "anogan",
        what: "f-AnoGAN on MNIST, each digit left out of training in turn: the area under the receiver \
               operating characteristic (AUROC) of held-out pictures of that digit against the other \
               nine, by its score, by the difference of the pixels alone, and, without any network, by \
               the distance to the mean and to the nearest of all training pictures. Published for the \
               same task: a variational auto-encoder's scores with 2 latents 0.96, 0.73, 0.97, 0.94, \
               0.73, 0.92, 0.95, 0.77, 0.92 and 0.66 of 0 to 9 (mean 0.855), with 32 latents a mean of \
               0.718 (Tonnaer, thesis, table 3.3).",
        seeds: &[1],
        cases: &[
            without!("0"),
            without!("1"),
            without!("2"),
            without!("3"),
            without!("4"),
            without!("5"),
            without!("6"),
            without!("7"),
            without!("8"),
            without!("9"),
        ],
        commands: &[
            "train --recipe anogan --set CASE --backend cpu --seed SEED --run-dir RUN",
            "sample RUN --input mnist --out RUN/remade.png",
            "eval RUN --metric auroc,reconstruction --json",
        ],
        keeps: &[
            Keep { from: "remade.png", to: "results/anogan-remade.png" },
            Keep { from: "sheets/fakes-*.png", to: "results/anogan-sheet.png" },
            Keep { from: "curves.svg", to: "results/anogan-curves.svg" },
        ],
        needs: None,
    },
    Entry {
        name: "biggan",
        what: "BigGAN at a size for two cores, on Fashion-MNIST by class: precision and recall, and the \
               distance to the training pictures, of 10,000 samples at several truncations (no latent \
               number beyond the threshold), by the features of a classifier of its own data (its share \
               of right answers on held-out pictures is `accuracy`). The row has the last threshold, \
               beyond which hardly a number is drawn.",
        seeds: &[1],
        cases: &[],
        commands: &[
            "train --recipe biggan --data /usr/share/datasets/fashion-mnist --backend cpu --seed SEED \
             --run-dir RUN",
            "sample RUN --truncate 0.5 --count 80 --out RUN/truncated.png",
            "digits --data /usr/share/datasets/fashion-mnist --backend cpu --seed SEED \
             --out RUN/fashion.safetensors --json",
            "eval RUN --metric precision-recall,frechet --extractor digits \
             --weights RUN/fashion.safetensors --count 10000 --truncate 0.3,0.5,0.7,1,1.25,1.5,2,4 \
             --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/biggan-sheet.png" },
            Keep { from: "truncated.png", to: "results/biggan-truncated.png" },
            Keep { from: "curves.svg", to: "results/biggan-curves.svg" },
        ],
        needs: FASHION,
    },
    Entry {
        name: "stylegan2",
        what: "StyleGAN2 at a size for two cores, on Fashion-MNIST: precision and recall, and the distance \
               to the training pictures, of 10,000 samples whose styles are at several shares of the way \
               from the mean style (1, the row's, is all of it), by the features of a classifier of its own \
               data; the path length of walks; and how near the nearest pictures that it can make are to \
               100 held-out ones, by a search among the styles (a mean square, values in [-1, 1], beside \
               that of their mean picture).",
        seeds: &[1],
        cases: &[],
        commands: &[
            "train --recipe stylegan2 --data /usr/share/datasets/fashion-mnist --backend cpu --seed SEED \
             --run-dir RUN",
            "sample RUN --truncate 0.7 --count 64 --out RUN/truncated.png",
            "digits --data /usr/share/datasets/fashion-mnist --backend cpu --seed SEED \
             --out RUN/fashion.safetensors --json",
            "eval RUN --metric reconstruction --count 100 --json",
            "eval RUN --metric precision-recall,frechet,path-length --extractor digits \
             --weights RUN/fashion.safetensors --count 10000 --truncate 0.3,0.5,0.7,1 --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/stylegan2-sheet.png" },
            Keep { from: "truncated.png", to: "results/stylegan2-truncated.png" },
            Keep { from: "curves.svg", to: "results/stylegan2-curves.svg" },
        ],
        needs: FASHION,
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
        needs: None,
    },
];
