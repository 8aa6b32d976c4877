//! Photographs: those among the desktop backgrounds of three Debian packages, whole pictures held out.
//!
//! They are under CC0, CC-BY, CC-BY-SA and the GPL; the packages' copyright files name who took which.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::emoji::NOTICE;
use crate::product::{Backend, build};

const PACKAGES: &str = "lomiri-wallpapers-16.04 mate-backgrounds plasma-workspace-wallpapers";
const BACKGROUNDS: &str = "/usr/share/backgrounds";
const WALLPAPERS: &str = "/usr/share/wallpapers";
/// Each is shrunk to so many pixels along its shorter side, and cut into squares of so many.
const SHORTER: &str = "512";
const SIZE: &str = "64";

/// To learn from: what the packages call those that are photographs.
const TRAIN: [&str; 27] = [
    "Bridge_by_Sander_Klootwijk.jpg",
    "Dragonfly_by_Bolly.jpg",
    "Picture_0B_by_freespace.jpg",
    "Wine_by_Jakkub_Mede.jpg",
    "free_by_Peter_Nerlich.jpg",
    "greentock_by_Peter_Nerlich.jpg",
    "picosdeeuropa_by_Aitzol_Berasategi.jpg",
    "seeding_by_Clements_Engelhardt.jpg",
    "sunset_by_Aitzol_Berasategi.jpg",
    "mate/nature/Aqua.jpg",
    "mate/nature/Blinds.jpg",
    "mate/nature/Dune.jpg",
    "mate/nature/FreshFlower.jpg",
    "mate/nature/Garden.jpg",
    "mate/nature/GreenMeadow.jpg",
    "mate/nature/RainDrops.jpg",
    "mate/nature/Storm.jpg",
    "mate/nature/TwoWings.jpg",
    "mate/nature/Wood.jpg",
    "mate/nature/YellowFlower.jpg",
    "BytheWater",
    "ColorfulCups",
    "EveningGlow",
    "Kite",
    "OneStandsOut",
    "Path",
    "summer_1am",
];
/// Held out.
const TEST: [&str; 6] = [
    "Picture_1A_by_freespace.jpg",
    "aitzgorri_by_Aitzol_Berasategi.jpg",
    "friends_by_Aitzol_Berasategi.jpg",
    "life_by_Aitzol_Berasategi.jpg",
    "mate/nature/LadyBird.jpg",
    "FallenLeaf",
];

const CREDIT: &str = "\
Squares cut from photographs in Debian's packages lomiri-wallpapers-16.04, mate-backgrounds and
plasma-workspace-wallpapers, shrunk before; who took which, and under which licence, is said in
/usr/share/doc/*/copyright of these packages.
";

/// Cuts them into squares in `into`; says how many there are to learn from, and how many are held out.
///
/// # Errors
///
/// When a package is not installed, kiln is not built, or a file cannot be written.
pub(super) fn fetch(into: &Path) -> Result<[usize; 2]> {
    // What an earlier fetch left half done.
    for part in [".fetched", "train", "test"].map(|part| into.join(part)) {
        if part.exists() {
            fs::remove_dir_all(&part)
                .with_context(|| format!("cannot remove {}", part.display()))?;
        }
    }
    let scratch = into.join(".fetched");
    for (part, names) in [("train", &TRAIN[..]), ("test", &TEST[..])] {
        let folder = scratch.join(part);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for name in names {
            let from = find(name)?;
            let extension = from.extension().unwrap_or_default();
            let stem = Path::new(name).file_stem().unwrap_or_default();
            let to = folder.join(stem).with_extension(extension);
            fs::copy(&from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    let kiln = build(Backend::Cpu)?;
    let counts = ["train", "test"].map(|part| {
        let (from, to) = (scratch.join(part), into.join(part));
        let mut cut = Command::new(&kiln);
        cut.args(["data", "cut", "--shorter", SHORTER, "--size", SIZE]);
        let status = cut.arg("--out").arg(&to).arg(from).status().context("cannot start kiln")?;
        if !status.success() {
            bail!("kiln did not cut them, and said why above");
        }
        Ok(to.read_dir()?.count())
    });
    let [train, test] = counts;
    let counts = [train?, test?];
    fs::remove_dir_all(&scratch)?;
    fs::write(into.join(NOTICE), CREDIT)?;
    Ok(counts)
}

/// Where a package has put a picture. Plasma's are folders that hold it in several sizes: the largest.
fn find(name: &str) -> Result<PathBuf> {
    let file = Path::new(BACKGROUNDS).join(name);
    if file.is_file() {
        return Ok(file);
    }
    let images = Path::new(WALLPAPERS).join(name).join("contents/images");
    let entries = images
        .read_dir()
        .with_context(|| format!("{name} is not there: apt-get install -y {PACKAGES}"))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let bytes = |path: &PathBuf| fs::metadata(path).map_or(0, |about| about.len());
    files.into_iter().max_by_key(bytes).with_context(|| format!("{} is empty", images.display()))
}
