//! A piece of evidence: what is claimed, and the commands that measure it.

use super::entries::ENTRIES;
use super::families::FAMILIES;
use super::results::RESULTS;

/// One claim and how it is measured.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) seeds: &'static [u64],
    /// What is compared, each with every seed; none for one thing only.
    pub(super) cases: &'static [Case],
    /// Command lines of kiln, in order; `SEED` stands for the seed, `CASE` for the words of the case
    /// and `RUN` for the run folder, alone or before a slash, which has it made first.
    /// The object that a command with `--json` prints last goes into the row.
    pub(super) commands: &'static [&'static str],
    /// What the run of the first trial leaves behind, or that of each case with its first seed where
    /// the file is named by `CASE`.
    pub(super) keeps: &'static [Keep],
    pub(super) needs: &'static [Need],
}

/// One of several things that an entry compares.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    /// Its own seeds, where they are not those of the entry.
    pub(super) seeds: Option<&'static [u64]>,
}

impl Case {
    /// A case with the seeds of its entry.
    pub(super) const fn new(name: &'static str, words: &'static str) -> Self {
        Self { name, words, seeds: None }
    }

    /// The same case with seeds of its own.
    pub(super) const fn seeds(self, seeds: &'static [u64]) -> Self {
        Self { seeds: Some(seeds), ..self }
    }
}

/// A case with a seed: a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial<'a> {
    /// Empty where the entry has no cases.
    pub(super) case: &'a str,
    pub(super) words: &'a str,
    pub(super) seed: u64,
}

impl Entry {
    /// Every row that the entry has when it is complete, in order.
    pub(super) fn trials(&self) -> Vec<Trial<'static>> {
        const ALONE: &[Case] = &[Case::new("", "")];
        let cases = if self.cases.is_empty() { ALONE } else { self.cases };
        let of = |case: &'static Case| {
            let Case { name: case, words, seeds } = *case;
            let seeds = seeds.unwrap_or(self.seeds).iter();
            seeds.map(move |seed| Trial { case, words, seed: *seed })
        };
        cases.iter().flat_map(of).collect()
    }
}

impl Trial<'_> {
    /// What it is called in a table.
    pub(super) fn name(&self) -> String {
        match self.case {
            "" => self.seed.to_string(),
            case => format!("{case}, {}", self.seed),
        }
    }
}

/// A file of the run folder that is committed.
#[derive(Debug)]
pub(super) struct Keep {
    /// In the run folder; of several that match a `*`, the last in order of names.
    pub(super) from: &'static str,
    /// In `assets/`; `CASE` stands for the name of the case.
    pub(super) to: &'static str,
}

impl Keep {
    /// The file in `assets/` that is made of `trial`, if one is.
    pub(super) fn of(&self, entry: &Entry, trial: &Trial<'_>) -> Option<String> {
        let trials = entry.trials();
        let named = self.to.contains("CASE");
        let first = trials.iter().find(|other| !named || other.case == trial.case);
        (first == Some(trial)).then(|| self.to.replace("CASE", trial.case))
    }
}

/// A folder that is not in the box.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) folder: &'static str,
    pub(super) advice: &'static str,
}

/// Every piece of evidence.
pub(super) fn all() -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().chain(FAMILIES).chain(RESULTS)
}

/// Finds an entry by name.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_begins_with_its_seed_and_trains_in_its_run_folder() {
        for entry in all() {
            let words: Vec<_> = entry.commands[0].split_whitespace().collect();
            let in_run = |word: &&str| *word == "RUN" || word.starts_with("RUN/");
            let trains = words[0] != "eval";
            assert!(words.contains(&"SEED"), "{}", entry.name);
            assert_eq!(words.iter().any(in_run), trains, "{}", entry.name);
            assert_eq!(words.contains(&"CASE"), !entry.cases.is_empty(), "{}", entry.name);
            assert!(!entry.seeds.is_empty());
        }
    }

    #[test]
    fn a_trial_is_a_case_with_a_seed() {
        let objectives = find("objectives").unwrap().trials();
        assert_eq!(objectives.len(), 16);
        assert_eq!(objectives[1].name(), "minimax, 1");
        let seeds: Vec<_> = find("default").unwrap().trials().iter().map(Trial::name).collect();
        assert_eq!(seeds, ["1", "2", "3"]);
    }

    #[test]
    fn a_file_is_kept_of_the_first_trial_or_of_each_case() {
        let (first, vae) = (find("objectives").unwrap().trials()[0], find("vae").unwrap());
        let kept = |to| {
            let keep = Keep { from: "curves.svg", to };
            vae.trials().iter().map(|trial| keep.of(vae, trial)).collect::<Vec<_>>()
        };
        assert_eq!(kept("a.png"), [Some("a.png".to_owned()), None]);
        let each = ["a-vae.png", "a-dcgan.png"].map(|name| Some(name.to_owned()));
        assert_eq!(kept("a-CASE.png"), each);
        assert_eq!(Keep { from: "", to: "a" }.of(vae, &first), None);
    }

    #[test]
    fn no_two_entries_share_a_name_or_a_file() {
        let mut names: Vec<_> = all().map(|entry| entry.name).collect();
        let keeps = all().flat_map(|entry| entry.keeps);
        names.extend(keeps.map(|keep| keep.to));
        let n_names = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n_names);
    }
}
