//! The registry, continued: pictures of pictures, encoders, large and styled generators, volumes, sound.

use super::entries::FASHION;
use super::entry::{Case, Entry, Keep, Need};

/// A digit that is left out of training.
macro_rules! without {
    ($digit:literal) => {
        Case::new(concat!("without-", $digit), concat!("data.without=[", $digit, "]"))
    };
}

const EMOJI: Need = Need { folder: "target/data/emoji", advice: "cargo xtask fetch emoji" };
const PHOTOGRAPHS: Need =
    Need { folder: "target/data/photographs", advice: "cargo xtask fetch photographs" };

pub(super) const FAMILIES: &[Entry] = &[
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
        needs: &[EMOJI],
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
        needs: &[Need {
            folder: "target/data/emoji-styles",
            advice: "cargo xtask fetch emoji-styles",
        }],
    },
    Entry {
        name: "colorize",
        what: "Colours for held-out pictures in grey, 238 emoji or squares of six photographs: by content \
               alone (L1) and by NoGAN's schedule, which ends with the critic alone and a short game, for as \
               many samples. The distance is a mean absolute difference with values in [-1, 1]; the Frechet \
               distance is of the features of random convolutions; colourfulness is Hasler and \
               Suesstrunk's (2003), in which grey is 0.",
        seeds: &[1],
        cases: &[
            Case::new("nogan", "target/data/emoji --set recipe.adversarial=1"),
            Case::new("content-alone", "target/data/emoji --set recipe.adversarial=0"),
            Case::new("photographs-nogan", "target/data/photographs --set recipe.adversarial=1"),
            Case::new(
                "photographs-content-alone",
                "target/data/photographs --set recipe.adversarial=0",
            ),
        ],
        commands: &[
            "train --recipe colorize --data CASE --size 32 --backend cpu \
             --seed SEED --run-dir RUN",
            "eval RUN --each --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/colorize-sheet.png" },
            Keep { from: "curves.svg", to: "results/colorize-curves.svg" },
        ],
        needs: &[EMOJI, PHOTOGRAPHS],
    },
    Entry {
        name: "srgan",
        what: "Held-out pictures made four times larger, from 16 x 16 to 64 x 64, 238 emoji or squares of six \
               photographs: by SRResNet, which learns content alone, by SRGAN, for as many samples, \
               and by the bicubic filter. L1 is a mean \
               absolute difference with values in [-1, 1], PSNR of all three colours; the perceptual \
               distance is that of a picture's features from its target's and the Frechet distance that \
               of all, both of random convolutions. Published, with weights of VGG-19 and other pictures \
               (Set5): 32.05 dB for SRResNet, 29.40 dB for SRGAN (Ledig et al. 2017, table 2).",
        seeds: &[1],
        cases: &[
            Case::new("srgan", "target/data/emoji --set recipe.adversarial=2e-3"),
            Case::new("srresnet", "target/data/emoji --set recipe.adversarial=0"),
            Case::new("photographs-srgan", "target/data/photographs --set recipe.adversarial=2e-3"),
            Case::new("photographs-srresnet", "target/data/photographs --set recipe.adversarial=0"),
        ],
        commands: &[
            "train --recipe srgan --data CASE --size 64 --backend cpu \
             --seed SEED --run-dir RUN",
            "eval RUN --each --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/srgan-CASE-sheet.png" },
            Keep { from: "curves.svg", to: "results/srgan-CASE-curves.svg" },
        ],
        needs: &[EMOJI, PHOTOGRAPHS],
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
        needs: &[],
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
        needs: &[],
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
        needs: &[FASHION],
    },
    Entry {
        name: "solids",
        what: "The classifier of solids that judges volumes: its share of right answers on held-out \
               solids, and the share that it is sure of.",
        seeds: &[1],
        cases: &[],
        commands: &["classifier --data solids --samples 60000 --backend cpu --seed SEED \
             --out RUN/solids.safetensors --json"],
        keeps: &[Keep { from: "solids.safetensors", to: "solids.safetensors" }],
        needs: &[],
    },
    Entry {
        name: "gan3d",
        what: "3D-GAN on solids of six kinds, drawn with 32 x 32 x 32 voxels: the share of 1,000 samples \
               that are one piece, and that the classifier of solids is at least 0.9 sure of, beside that \
               of held-out solids.",
        seeds: &[1],
        cases: &[],
        commands: &[
            "train --recipe gan3d --backend cpu --seed SEED --run-dir RUN",
            "sample RUN --count 8 --out RUN/samples",
            "eval RUN --count 1000 --metric classes,pieces --json",
        ],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/gan3d-sheet.png" },
            Keep { from: "curves.svg", to: "results/gan3d-curves.svg" },
        ],
        needs: &[],
    },
    Entry {
        name: "wavegan",
        what: "WaveGAN on drum samples (255 of five instruments, half a second at 8,000 a second) and on digits \
               spoken by espeak-ng (2,880, 0.8 seconds at 5,000 a second): what a classifier of the same \
               sounds says of 1,000 samples and of held-out reals. Its `score` is the formula of the \
               Inception score; its share of right answers on held-out sounds is `accuracy`.",
        seeds: &[1],
        cases: &[
            Case::new("drums", "target/data/drums --rate 8000"),
            Case::new("spoken-digits", "target/data/spoken-digits --rate 5000"),
        ],
        commands: &[
            "train --recipe wavegan --data CASE --backend cpu --seed SEED --run-dir RUN",
            "classifier --data CASE --size 4096 --samples 20000 --backend cpu --seed SEED \
             --out RUN/classifier.safetensors --json",
            "sample RUN --count 8 --out RUN/samples",
            "eval RUN --count 1000 --metric classes --classifier RUN/classifier.safetensors --json",
        ],
        keeps: &[
            Keep { from: "sheets/reals.png", to: "results/wavegan-CASE-reals.png" },
            Keep { from: "sheets/fakes-*.png", to: "results/wavegan-CASE-sheet.png" },
            Keep { from: "curves.svg", to: "results/wavegan-CASE-curves.svg" },
        ],
        needs: &[
            Need { folder: "target/data/drums", advice: "cargo xtask fetch drums" },
            Need { folder: "target/data/spoken-digits", advice: "cargo xtask fetch spoken-digits" },
        ],
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
        needs: &[FASHION],
    },
];
