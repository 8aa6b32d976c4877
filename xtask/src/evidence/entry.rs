//! The registry: every piece of evidence, with the commands that make it.

/// One claim and how it is measured.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) seeds: &'static [u64],
    /// Command lines of kiln, in order; `SEED` stands for the seed and `RUN` for the run folder,
    /// alone or before a slash, which has it made first.
    /// The object that a command with `--json` prints last goes into the row.
    pub(super) commands: &'static [&'static str],
    /// What the run of the first seed leaves behind.
    pub(super) keeps: &'static [Keep],
    pub(super) needs: Option<Need>,
}

/// A file of the run folder that is committed.
#[derive(Debug)]
pub(super) struct Keep {
    /// In the run folder; of several that match a `*`, the last in order of names.
    pub(super) from: &'static str,
    /// In `assets/`.
    pub(super) to: &'static str,
}

/// A folder that is not in the box.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) folder: &'static str,
    pub(super) advice: &'static str,
}

/// Finds an entry by name.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "digits",
        what: "The classifier of digits that judges the other runs, and its share of right \
               answers on MNIST's test images.",
        seeds: &[1],
        commands: &["digits --backend cpu --seed SEED --out RUN/digits.safetensors --json"],
        keeps: &[Keep { from: "digits.safetensors", to: "digits.safetensors" }],
        needs: None,
    },
    Entry {
        name: "default",
        what: "The default command: DCGAN on the MNIST in the box, from nothing. Of 1,000 samples, \
               how many the classifier is sure of, and how evenly they fall into the ten classes.",
        seeds: &[1, 2, 3],
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
        name: "ring8",
        what: "A ring of eight Gaussians: modes found, and the share of 2,500 points within three \
               deviations of one. Published: VEEGAN 8 modes and 53 %, Unrolled GAN 7.6 and 36 % \
               (Srivastava et al. 2017, table 1).",
        seeds: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
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
        commands: &["train --recipe dcgan --data /usr/share/datasets/fashion-mnist \
             --backend cpu --seed SEED --run-dir RUN"],
        keeps: &[
            Keep { from: "sheets/fakes-*.png", to: "results/fashion-sheet.png" },
            Keep { from: "curves.svg", to: "results/fashion-curves.svg" },
        ],
        needs: Some(Need {
            folder: "/usr/share/datasets/fashion-mnist",
            advice: "apt-get install -y dataset-fashion-mnist",
        }),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_trains_with_its_seed_in_its_run_folder() {
        for entry in ENTRIES {
            let words: Vec<_> = entry.commands[0].split_whitespace().collect();
            let in_run = |word: &&str| *word == "RUN" || word.starts_with("RUN/");
            assert!(words.contains(&"SEED") && words.iter().any(in_run), "{}", entry.name);
            assert!(!entry.seeds.is_empty());
        }
    }

    #[test]
    fn no_two_entries_share_a_name_or_a_file() {
        let mut names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
        let keeps = ENTRIES.iter().flat_map(|entry| entry.keeps);
        names.extend(keeps.map(|keep| keep.to));
        let n_names = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n_names);
    }
}
