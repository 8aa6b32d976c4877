//! The arguments of every command.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use kiln_data::{Source, Split};
use kiln_eval::ExtractorKind;
use kiln_train::StopWhen;

use super::count::count;
use crate::backend::Backend;
use crate::config::Preset;
use crate::evaluate::Metric;
use crate::live::Address;

/// Train generative adversarial networks on any GPU and on the CPU.
#[derive(Debug, Parser)]
#[command(name = "kiln", version, max_term_width = 100, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train a recipe, or go on with an unfinished run
    Train(TrainArgs),
    /// Draw samples from a run or a snapshot
    Sample(SampleArgs),
    /// Measure the samples of a run or a snapshot, or pictures
    Eval(EvalArgs),
    /// Tell what a run, a snapshot or a data source is and holds
    Inspect(InspectArgs),
    /// Write a page about a run, or about several side by side: one HTML file that needs no network
    Report(ReportArgs),
    /// Draw the curves of a run, or of several in one plot
    Plot(PlotArgs),
    /// Work with data
    Data(DataArgs),
    /// Teach the classifier that evaluation uses: of MNIST's digits, or of pictures of yours
    #[command(hide = true)]
    Digits(DigitsArgs),
    /// Teach a classifier of the classes of labelled data, for `kiln eval --metric classes`; features of
    /// pictures are taught by `kiln digits`
    Classifier(ClassifierArgs),
    /// Play rounds when told to, to be timed beside another program
    #[command(hide = true)]
    Rounds(RoundsArgs),
    /// Time single operations when told to
    #[command(hide = true)]
    Operations(DeviceArgs),
    /// List the recipes
    Recipes,
    /// List the backends of this build and the devices of this machine
    Doctor,
}

/// Trains a recipe. The same command goes on with an unfinished run.
#[derive(Debug, clap::Args)]
pub(super) struct TrainArgs {
    // No word is taken here: it tells whoever left an option's name out.
    #[arg(hide = true, value_name = "WORD", value_parser = Stray)]
    _stray: Option<Infallible>,
    /// What to train (`kiln recipes` lists them) [default: dcgan]
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub(super) recipe: Option<String>,
    /// A configuration: TOML, or the config.json of a run
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// `mnist`, a folder of pictures, an IDX folder, or a CIFAR-10 folder
    #[arg(long, value_name = "SOURCE")]
    pub(super) data: Option<String>,
    /// Where to compute: cpu, ndarray, wgpu, vulkan, metal, cuda, rocm
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Backend>)]
    pub(super) backend: Option<Backend>,
    /// Which device of the backend, counted from 0
    #[arg(long, value_name = "N")]
    pub(super) device: Option<usize>,
    /// Where the run lives [default: runs/RECIPE-DATA]
    #[arg(long, value_name = "DIR")]
    pub(super) run_dir: Option<PathBuf>,
    /// Real samples to show in all
    #[arg(long, value_name = "N", conflicts_with = "epochs", value_parser = count)]
    pub(super) samples: Option<u64>,
    /// The same, in passes through the data
    #[arg(long, value_name = "N")]
    pub(super) epochs: Option<u64>,
    /// End earlier when this is reached
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(super) stop_when: Option<Goal>,
    /// Samples in a batch
    #[arg(long, value_name = "N")]
    pub(super) batch_size: Option<usize>,
    /// Side of the pictures in pixels, of volumes in voxels, or samples of a sound
    #[arg(long, value_name = "PX")]
    pub(super) size: Option<usize>,
    /// Samples a second of sounds
    #[arg(long, value_name = "HZ")]
    pub(super) rate: Option<u32>,
    /// Learning rate of both sides, constant
    #[arg(long, value_name = "X")]
    pub(super) lr: Option<f64>,
    /// What every random number follows from
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Measure the averaged generator every so many samples
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) eval_every: Option<u64>,
    /// What is measured then, several times or with commas, as for `kiln eval`
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = str::parse::<Metric>)]
    pub(super) metric: Vec<Metric>,
    /// Set anything by its dotted key, such as recipe.latents=64; an empty value clears what may be
    /// absent; may be given several times
    #[arg(long, value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub(super) set: Vec<String>,
    /// Serve a page about the run while it trains, to this machine only unless an address says
    /// otherwise [default address: 127.0.0.1:7860, or the next free port]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "")]
    pub(super) serve: Option<Address>,
    /// Show what would be trained, how long it takes and how much memory; write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Remove the run that is in the folder and start anew
    #[arg(long)]
    pub(super) fresh: bool,
    /// Say only what must be looked at
    #[arg(long, conflicts_with = "json")]
    pub(super) quiet: bool,
    /// Write every event as a line of JSON to standard output
    #[arg(long)]
    pub(super) json: bool,
}

/// Refuses a word without an option, and says which may have been meant.
#[derive(Clone)]
struct Stray;

impl TypedValueParser for Stray {
    type Value = Infallible;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        word: &OsStr,
    ) -> Result<Infallible, clap::Error> {
        let word = word.display();
        let options = if Preset::names().contains(&word.to_string().as_str()) {
            format!("--recipe {word}")
        } else {
            format!("--data {word} or --config {word} (`kiln recipes` lists what --recipe takes)")
        };
        let told = format!("`{word}` stands alone; name what it is: {options}");
        Err(command.clone().error(ErrorKind::UnknownArgument, told))
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Goal {
    /// The critic's accuracy stays at one half while the samples are varied
    Equilibrium,
    /// Losses and sheets no longer change
    Plateau,
}

impl From<Goal> for StopWhen {
    fn from(goal: Goal) -> Self {
        match goal {
            Goal::Equilibrium => Self::Equilibrium,
            Goal::Plateau => Self::Plateau,
        }
    }
}

/// Where to compute, for commands other than `train`.
#[derive(Debug, clap::Args)]
pub(super) struct DeviceArgs {
    /// Where to compute: cpu, ndarray, wgpu, vulkan, metal, cuda, rocm
    #[arg(long, value_name = "NAME", default_value = "cpu", value_parser = str::parse::<Backend>)]
    pub(super) backend: Backend,
    /// Which device of the backend, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) device: usize,
}

#[derive(Debug, clap::Args)]
pub(super) struct SampleArgs {
    /// A run folder (its newest snapshot is used) or a snapshot file
    #[arg(value_name = "RUN|SNAPSHOT")]
    pub(super) from: PathBuf,
    /// Samples to draw, or latents to walk through [default: 64, or 8; with classes 8 of each]
    #[arg(long, value_name = "N")]
    pub(super) count: Option<usize>,
    /// Draw samples of this class, by its name or number (of a recipe that learns classes)
    #[arg(long, value_name = "CLASS")]
    pub(super) class: Option<String>,
    /// Draw samples with a code of this value, such as c1=3, or with it changing along each row, such as
    /// c2=-2..2 (of a recipe that learns codes); may be given several times
    #[arg(long, value_name = "CODE=VALUE", action = ArgAction::Append, conflicts_with = "class")]
    #[arg(allow_hyphen_values = true)]
    pub(super) code: Vec<String>,
    /// Draw so many samples of each class into a folder a class, as `--data` reads them
    #[arg(long, value_name = "N", conflicts_with_all = ["class", "code", "count", "interpolate"])]
    pub(super) per_class: Option<usize>,
    /// Draw no latent number beyond this, or, of a recipe with styles, take styles at this share of the
    /// way from their mean: more typical samples, of fewer kinds
    #[arg(long, value_name = "X")]
    pub(super) truncate: Option<f32>,
    /// Make a picture of this one, or of every one below a folder (of a recipe that learns from pairs),
    /// or make them again from their latents or styles, with how far each is from its picture (of a
    /// recipe with an encoder, or with styles, among which they are searched for)
    #[arg(long, value_name = "FILE|DIR", visible_alias = "project",
          conflicts_with_all = ["count", "class", "per_class", "interpolate"])]
    pub(super) input: Option<PathBuf>,
    /// Translate the other way: from what looks like the second set (`B`) to the first (of a recipe that
    /// learns from two sets)
    #[arg(long, requires = "input")]
    pub(super) backward: bool,
    /// The pictures are like what is to be made: make the inputs of them, as for training (outlines
    /// of data.pairs=edges, grey of data.pairs=grey, small of data.pairs=shrunk-4)
    #[arg(long, requires = "input")]
    pub(super) as_target: bool,
    /// What the latents follow from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// A .png file for a grid, a .gif file for an animation, or a folder for single pictures
    /// [default: samples.png, interpolation.gif, or samples; translated.png or translated of --input,
    /// remade.png or remade]
    #[arg(long, value_name = "FILE|DIR")]
    pub(super) out: Option<PathBuf>,
    /// Frames from each latent to the next: a walk through the latents
    #[arg(long, value_name = "STEPS")]
    pub(super) interpolate: Option<usize>,
    #[command(flatten)]
    pub(super) device: DeviceArgs,
}

/// What is played is said as for `train`.
#[derive(Debug, clap::Args)]
pub(super) struct RoundsArgs {
    #[command(flatten)]
    pub(super) train: TrainArgs,
    /// First weights and the first rounds' samples and random numbers, as safetensors
    #[arg(long, value_name = "FILE")]
    pub(super) stage: Option<PathBuf>,
    /// How many rounds are the first
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(super) rounds: usize,
}

#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {
    /// A run folder (its newest snapshot is used), a snapshot file, or pictures: a folder, or `mnist`
    #[arg(value_name = "RUN|SNAPSHOT|PICTURES")]
    pub(super) from: PathBuf,
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = str::parse::<Metric>,
        help = format!(
            "What to measure, several times or with commas: {} [default: modes where the data's are \
             known, else digits, and reconstruction of a recipe with an encoder]",
            Metric::list()
        ),
        long_help = format!(
            "What to measure, several times or with commas:\n{}\n[default: modes where the data's \
             are known, else digits, and reconstruction of a recipe with an encoder]",
            Metric::legend()
        ),
    )]
    pub(super) metric: Vec<Metric>,
    /// Real pictures, or a file of their statistics (ours, or pytorch-fid's .npz) [default: the
    /// data of the run]
    #[arg(long, value_name = "PICTURES|STATS")]
    pub(super) against: Option<PathBuf>,
    /// Which part of the pictures that are measured, where these are a data set
    #[arg(long, value_name = "PART", value_enum, default_value_t = Part::Train)]
    pub(super) part: Part,
    /// Which part of the real pictures that they are compared with
    #[arg(long, value_name = "PART", value_enum, default_value_t = Part::Train)]
    pub(super) split: Part,
    /// What sees the features: inception-tf, inception-pt, digits, pixels, random-conv [default:
    /// inception-tf with --weights; without, digits where the data is mnist]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<ExtractorKind>)]
    pub(super) extractor: Option<ExtractorKind>,
    /// The extractor's weights: PyTorch's file or safetensors
    #[arg(long, value_name = "FILE")]
    pub(super) weights: Option<PathBuf>,
    /// What tells classes, as `kiln classifier` writes it [default: one that comes with Kiln]
    #[arg(long, value_name = "FILE")]
    pub(super) classifier: Option<PathBuf>,
    /// Draw samples, each beside the training picture that is most like it (memorisation)
    #[arg(long, value_name = "FILE")]
    pub(super) neighbours: Option<PathBuf>,
    /// Keep the statistics of the real pictures, for --against
    #[arg(long, value_name = "FILE")]
    pub(super) save_stats: Option<PathBuf>,
    /// Measure every snapshot of the run, the oldest first, and not the newest alone
    #[arg(long)]
    pub(super) each: bool,
    /// Samples to draw [default: 10000 for features and pictures, else 1000; of an encoder that
    /// searches each takes seconds]; of pictures, all
    #[arg(long, value_name = "N")]
    pub(super) count: Option<usize>,
    /// Draw no latent number beyond this, as `kiln sample --truncate`; of several, separated by commas,
    /// each is measured
    #[arg(long, value_name = "X", value_delimiter = ',')]
    pub(super) truncate: Vec<f32>,
    /// What latents and choices follow from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Write JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) device: DeviceArgs,
}

/// A part of a data set.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Part {
    /// What a generator learns from
    Train,
    /// What it has not seen
    Test,
}

impl From<Part> for Split {
    fn from(part: Part) -> Self {
        match part {
            Part::Train => Self::Train,
            Part::Test => Self::Test,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct InspectArgs {
    /// A run folder, a snapshot file, or a data source
    #[arg(value_name = "RUN|SNAPSHOT|DATA")]
    pub(super) what: String,
    /// Write JSON (of a run)
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Run folders: finished, stopped or going on
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<PathBuf>,
    /// Where the page goes [default: RUN/report.html, or report.html of several]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) device: DeviceArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlotArgs {
    /// Run folders: finished, stopped or going on
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<PathBuf>,
    /// Where the plot goes, an SVG
    #[arg(long, value_name = "FILE", default_value = "curves.svg")]
    pub(super) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct DataArgs {
    #[command(subcommand)]
    pub(super) command: DataCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// Check every file; exit status 0 says fit, 1 says unfit
    Check(super::data::CheckArgs),
    /// Draw reals as the critic of a recipe sees them
    Augment(AugmentArgs),
    /// Cut large pictures into squares, such as super-resolution learns from
    Cut(super::cut::CutArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct AugmentArgs {
    /// `mnist`, `stacked-mnist`, or a folder
    #[arg(value_name = "SOURCE")]
    pub(super) source: String,
    /// The recipe whose `augment` is shown
    #[arg(long, value_name = "NAME", default_value = "dcgan")]
    pub(super) recipe: String,
    /// Set anything by its dotted key, such as recipe.augment='{kind="ada"}'
    #[arg(long, value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub(super) set: Vec<String>,
    /// ADA's probability, in 0 to 1 [default: the recipe's, or 0.6 where it adapts]
    #[arg(long, value_name = "P")]
    pub(super) probability: Option<f64>,
    /// Samples to draw; each is followed by three of its augmentations
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(super) count: usize,
    /// What every random number follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Where the sheet goes
    #[arg(long, value_name = "FILE", default_value = "augmented.png")]
    pub(super) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct ClassifierArgs {
    /// Labelled data with a test part: `solids`, `mnist`, or a folder with a folder for each class
    #[arg(long, value_name = "SOURCE")]
    pub(super) data: Source,
    /// Side of the samples; of sounds, how long they are
    #[arg(long, value_name = "N")]
    pub(super) size: Option<usize>,
    /// Samples a second of sounds
    #[arg(long, value_name = "HZ")]
    pub(super) rate: Option<u32>,
    /// Where the weights go
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Samples to show
    #[arg(long, value_name = "N", default_value = "64000", value_parser = count)]
    pub(super) samples: u64,
    /// What every random number follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Write JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) device: DeviceArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct DigitsArgs {
    /// Where the weights go
    #[arg(long, value_name = "FILE", default_value = "assets/digits.safetensors")]
    pub(super) out: PathBuf,
    /// `mnist`, or labelled pictures of at most ten classes, seen grey and in 28 x 28: what `kiln eval
    /// --extractor digits --weights FILE` sees features with
    #[arg(long, value_name = "SOURCE", default_value = "mnist")]
    pub(super) data: Source,
    /// Passes through the training images
    #[arg(long, value_name = "N")]
    pub(super) epochs: Option<u64>,
    /// What every random number follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Write JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) device: DeviceArgs,
}
