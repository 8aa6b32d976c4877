//! What the command promises: help, errors that help, exit statuses.

use std::fs;
use std::path::Path;
use std::process::Output;

use kiln_tests::write_corners;

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

fn kiln(folder: &Path, args: &[&str]) -> Output {
    kiln_tests::kiln(KILN, folder).args(args).output().unwrap()
}

fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// Runs a command that fails: its status, what it must say, and that it is no panic.
fn refused(folder: &Path, args: &[&str], status: i32, says: &[&str]) {
    let output = kiln(folder, args);
    let words = words(&output);
    assert_eq!(output.status.code(), Some(status), "{args:?}: {words}");
    assert!(!words.contains("panicked"), "{args:?}: {words}");
    for part in says {
        assert!(words.contains(part), "{args:?} should say {part:?}: {words}");
    }
}

const TINY: [&str; 14] = [
    "train",
    "--recipe",
    "vanilla",
    "--data",
    "corners",
    "--run-dir",
    "run",
    "--samples",
    "160",
    "--batch-size",
    "16",
    "--set",
    "recipe.generator-hidden=[8]",
    "--set",
];

fn tiny(folder: &Path, more: &[&str]) -> Output {
    write_corners(folder, 32).unwrap();
    kiln(folder, &[&TINY[..], &["recipe.critic-hidden=[8]"], more].concat())
}

#[test]
fn help_names_every_command_and_every_flag_of_train() {
    let home = tempfile::tempdir().unwrap();
    let help = words(&kiln(home.path(), &["--help"]));
    for command in
        ["train", "sample", "eval", "inspect", "report", "plot", "data", "recipes", "doctor"]
    {
        assert!(help.contains(command), "{help}");
    }
    let help = words(&kiln(home.path(), &["train", "--help"]));
    for flag in [
        "--recipe",
        "--config",
        "--data",
        "--backend",
        "--device",
        "--run-dir",
        "--samples",
        "--epochs",
        "--stop-when",
        "--batch-size",
        "--size",
        "--lr",
        "--seed",
        "--set",
        "--serve",
        "--dry-run",
        "--fresh",
        "--quiet",
        "--json",
    ] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
}

#[test]
fn wrong_arguments_exit_with_2_and_failures_with_1() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    refused(folder, &["trian"], 2, &["train"]);
    refused(folder, &["train", "--samples", "many"], 2, &["--samples"]);
    refused(folder, &["train", "vanilla"], 2, &["--recipe vanilla"]);
    refused(folder, &["train", "faces"], 2, &["--data faces", "--config faces"]);
    refused(folder, &["train", "--backend", "gpu"], 2, &["gpu", "wgpu"]);
    refused(folder, &["train", "--backend", "rocm"], 1, &["cargo xtask train --backend rocm"]);
    refused(folder, &["train", "--device", "7"], 1, &["device 7", "has 1"]);
    refused(folder, &["train", "--recipe", "dcgn"], 1, &["dcgn", "dcgan", "vanilla"]);
    refused(folder, &["train", "--data", "nowhere"], 1, &["nowhere", "does not exist"]);
    refused(folder, &["train", "--set", "recipe.latent=3"], 1, &["latent", "latents"]);
    refused(folder, &["train", "--set", "width"], 1, &["key=value"]);
    refused(folder, &["train", "--config", "nofile.toml"], 1, &["nofile.toml"]);
    refused(folder, &["train", "--batch-size", "0"], 1, &["batch-size"]);
    refused(folder, &["train", "--size", "30"], 1, &["30"]);
    refused(folder, &["sample", "nowhere"], 1, &["nowhere"]);
    refused(folder, &["inspect", "nowhere"], 1, &["nowhere"]);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "a refusal writes nothing");
}

#[test]
fn a_small_run_leaves_what_it_promises_and_is_then_complete() {
    let home = tempfile::tempdir().unwrap();
    let output = tiny(home.path(), &[]);
    assert!(output.status.success(), "{}", words(&output));
    let run = home.path().join("run");
    for name in [
        "config.json",
        "stats.jsonl",
        "log.txt",
        "curves.svg",
        "tensorboard",
        "sheets/reals.png",
        "sheets/fakes-000000000.png",
        "sheets/fakes-000000160.png",
        "snapshots/000000160.safetensors",
        "checkpoints/000000160/manifest.json",
    ] {
        assert!(run.join(name).exists(), "{name} is missing");
    }
    let again = tiny(home.path(), &[]);
    assert!(again.status.success());
    assert!(words(&again).contains("complete") && words(&again).contains("--fresh"));
}

#[test]
fn json_is_one_event_a_line_and_quiet_says_nothing() {
    let home = tempfile::tempdir().unwrap();
    let output = tiny(home.path(), &["--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.first().unwrap()["event"], "started");
    assert_eq!(events.last().unwrap()["event"], "finished");
    assert!(events.iter().any(|event| event["event"] == "tick"));

    let output = tiny(home.path(), &["--quiet", "--fresh"]);
    assert!(output.status.success());
    assert_eq!(words(&output), "");
}

#[test]
fn samples_come_as_grid_single_pictures_and_animation() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    assert!(tiny(folder, &["--quiet"]).status.success());
    let snapshot = "run/snapshots/000000160.safetensors";
    for (args, made) in [
        (vec!["sample", "run", "--count", "9"], "samples.png"),
        (vec!["sample", snapshot, "--count", "3", "--out", "singles"], "singles/000002.png"),
        (vec!["sample", "run", "--count", "2", "--interpolate", "3"], "interpolation.gif"),
    ] {
        let output = kiln(folder, &args);
        assert!(output.status.success(), "{}", words(&output));
        assert!(folder.join(made).is_file(), "{made}");
    }
    refused(folder, &["sample", "run", "--out", "x.tiff"], 1, &[".png"]);
    refused(folder, &["sample", "run", "--count", "0"], 1, &["--count"]);
    let inspected = words(&kiln(folder, &["inspect", "run"]));
    assert!(inspected.contains("vanilla") && inspected.contains("Complete"), "{inspected}");
    let told = kiln(folder, &["inspect", "run", "--json"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!((&told["recipe"], &told["complete"]), (&"vanilla".into(), &true.into()));
    assert!(told["means"]["critic/loss"].is_f64() && told["roll-backs"] == 0, "{told}");
    let inspected = words(&kiln(folder, &["inspect", snapshot]));
    assert!(inspected.contains("generator/"), "{inspected}");
}

#[test]
fn a_dry_run_measures_and_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let output = tiny(home.path(), &["--dry-run"]);
    let words = words(&output);
    assert!(output.status.success(), "{words}");
    for part in ["\"seed\"", "generator", "parameters", "ms a round", "MiB"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!home.path().join("run").exists());
}

#[test]
fn data_is_checked_with_an_exit_status() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let path = write_corners(folder, 200).unwrap();
    let output = kiln(folder, &["data", "check", "corners"]);
    assert!(output.status.success(), "{}", words(&output));
    let images = path.join("train-images-idx3-ubyte");
    let bytes = fs::read(&images).unwrap();
    fs::write(&images, &bytes[..bytes.len() - 10]).unwrap();
    refused(folder, &["data", "check", "corners"], 1, &["train-images-idx3-ubyte", "truncated"]);
}

#[test]
fn a_full_or_foreign_folder_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    fs::create_dir(folder.join("run")).unwrap();
    fs::write(folder.join("run/thesis.tex"), "mine").unwrap();
    let output = tiny(folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("nothing there was touched"), "{}", words(&output));
    assert_eq!(fs::read(folder.join("run/thesis.tex")).unwrap(), b"mine");
}

#[test]
fn a_run_whose_listener_leaves_goes_on_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    write_corners(home.path(), 32).unwrap();
    let args = [&TINY[..], &["recipe.critic-hidden=[8]"]].concat();
    let mut command = kiln_tests::kiln(KILN, home.path());
    let mut child = command.args(args).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert!(home.path().join("run/checkpoints/000000160/manifest.json").is_file());
}

/// In a build with wgpu, on a machine whose Vulkan has no driver.
#[cfg(feature = "wgpu")]
mod without_an_adapter {
    use super::*;

    fn kiln_without_drivers(folder: &Path, args: &[&str]) -> Output {
        let mut command = kiln_tests::kiln(KILN, folder);
        for place in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
            command.env(place, "/nonexistent");
        }
        command.env("LIBGL_DRIVERS_PATH", "/nonexistent").args(args).output().unwrap()
    }

    #[test]
    fn device_a_run_on_the_cpu_wakes_no_gpu() {
        let home = tempfile::tempdir().unwrap();
        write_corners(home.path(), 32).unwrap();
        let args = [&TINY[..], &["recipe.critic-hidden=[8]", "--backend", "cpu"]].concat();
        let output = kiln_without_drivers(home.path(), &args);
        assert!(output.status.success(), "{}", words(&output));
    }

    #[test]
    fn device_asking_for_a_gpu_is_one_sentence() {
        let home = tempfile::tempdir().unwrap();
        let output = kiln_without_drivers(home.path(), &["train", "--backend", "wgpu"]);
        let words = words(&output);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("no device for the wgpu backend"), "{words}");
        assert!(!words.contains("panicked"), "{words}");
    }
}

/// A run on the GPU, resumed, and its snapshot sampled on the CPU.
#[cfg(feature = "wgpu")]
#[test]
fn device_a_run_on_wgpu_resumes_and_is_sampled_on_the_cpu() {
    let home = tempfile::tempdir().unwrap();
    let output = tiny(home.path(), &["--backend", "wgpu"]);
    assert!(output.status.success(), "{}", words(&output));
    let output = kiln(
        home.path(),
        &["train", "--config", "run/config.json", "--run-dir", "run", "--samples", "320"],
    );
    assert!(output.status.success(), "{}", words(&output));
    let output = kiln(home.path(), &["sample", "run", "--backend", "cpu", "--count", "4"]);
    assert!(output.status.success(), "{}", words(&output));
    assert!(home.path().join("samples.png").exists());
}

#[test]
fn augmented_reals_come_as_a_sheet() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    kiln_tests::write_corners(folder, 8).unwrap();
    for augment in ["{kind=\"ada\"}", "{kind=\"diff\", colour=true, cutout=true}"] {
        let set = format!("recipe.augment={augment}");
        let set = ["--set", &set, "--set", "data.size=16"];
        let shown = ["data", "augment", "corners", "--count", "4", "--out", "a.png"];
        let output = kiln(folder, &[&shown[..], &set[..]].concat());
        assert!(output.status.success(), "{}", words(&output));
        assert!(folder.join("a.png").is_file());
        fs::remove_file(folder.join("a.png")).unwrap();
    }
    refused(folder, &["data", "augment", "corners"], 1, &["recipe.augment", "ada"]);
    refused(folder, &["data", "augment", "corners", "--recipe", "vanilla"], 1, &["dcgan"]);
}

#[test]
fn points_are_trained_on_drawn_and_counted() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let train = ["train", "--recipe", "ring8", "--samples", "2560", "--run-dir", "run", "--quiet"];
    let small = ["sheet=50", "plan.tick=1280", "plan.snapshot-every=1280"];
    let small = small.map(|setting| ["--set", setting]).concat();
    let output = kiln(folder, &[&train[..], &small[..]].concat());
    assert!(output.status.success(), "{}", words(&output));
    assert!(folder.join("run/sheets/reals.png").is_file());
    let told = kiln(folder, &["eval", "run", "--count", "50", "--json"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!((&told["n"], &told["of"]), (&50.into(), &8.into()));
    let told = kiln(folder, &["eval", "run", "--each", "--count", "50", "--json"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    let course = told["course"].as_array().unwrap();
    let seen: Vec<_> = course.iter().map(|point| point["samples"].as_u64().unwrap()).collect();
    assert_eq!(seen, [1280, 2560]);
    assert_eq!(course[1]["modes"], told["modes"]);
    let told = words(&kiln(folder, &["eval", "run", "--each", "--count", "50"]));
    assert!(told.contains("1280 samples seen") && told.contains("2560 samples seen"), "{told}");
    assert!(words(&kiln(folder, &["inspect", "ring8"])).contains("8 Gaussians"));
    assert!(words(&kiln(folder, &["data", "check", "grid25"])).contains("drawn"));
    refused(folder, &["train", "--recipe", "ring8", "--epochs", "3"], 1, &["--samples"]);
    refused(folder, &["train", "--recipe", "dcgan", "--data", "ring8"], 1, &["points", "ring8"]);
}
