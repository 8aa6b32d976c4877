//! The same command goes on with a run, to the bit, however it was stopped.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kiln_core::{Address, Purpose, Stream};
use kiln_tests::{newest_state, stats_without_times, write_corners};

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

/// A small game with batch norm, averages and a tick that checkpoints do not fall on.
fn train(folder: &Path, run: &str, until: u64, more: &[&str]) -> Command {
    let mut command = kiln_tests::kiln(KILN, folder);
    command
        .args(["train", "--recipe", "dcgan", "--data", "corners", "--run-dir", run, "--quiet"])
        .args(["--samples", &until.to_string(), "--batch-size", "8"])
        .args(["--set", "recipe.networks.generator.width=4"])
        .args(["--set", "recipe.networks.critic.width=4"])
        .args(["--set", "recipe.latents=6", "--set", "sheet=4"])
        .args(["--set", "plan.tick=56", "--set", "plan.sheet-every=160"])
        .args(["--set", "plan.checkpoint-every=24", "--set", "plan.snapshot-every=400"])
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn assert_same_run(folder: &Path, one: &str, other: &str) {
    let (one, other) = (folder.join(one), folder.join(other));
    assert_eq!(stats_without_times(&one).unwrap(), stats_without_times(&other).unwrap());
    assert!(newest_state(&one).unwrap() == newest_state(&other).unwrap(), "the tensors differ");
    let snapshot = |run: &Path| fs::read(run.join("snapshots/000000800.safetensors")).unwrap();
    let tensors = |bytes: Vec<u8>| {
        let (mut state, _) = kiln_train::State::from_safetensors(&bytes).unwrap();
        let device = kiln::Backend::Cpu.device(0).unwrap();
        let weight: burn::tensor::Tensor<2> =
            state.take_tensor("generator/project.weight", &device).unwrap();
        weight.into_data()
    };
    assert_eq!(tensors(snapshot(&one)), tensors(snapshot(&other)));
}

fn terminate(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
}

#[test]
fn a_run_goes_on_to_the_bit_after_clean_stops_and_with_other_workers() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 50).unwrap();
    assert!(train(folder, "whole", 800, &[]).status().unwrap().success());

    // Stopped in the middle of a tick, by SIGTERM, as often as it takes.
    let mut stops = 0;
    loop {
        let mut child = train(folder, "parts", 800, &["--set", "workers=2"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150));
        if stops < 3 && child.try_wait().unwrap().is_none() {
            terminate(&child);
        }
        let status = child.wait().unwrap();
        match status.code() {
            Some(143) => stops += 1,
            Some(0) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_same_run(folder, "whole", "parts");
}

/// A run that was complete and goes on equals one that was long from the start. 560 samples end on a
/// tick; sheets of both runs are the same up to there.
fn check_longer(settings: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 50).unwrap();
    let cadences = ["plan.sheet-every=560", "plan.snapshot-every=560"];
    let settings = cadences.iter().chain(settings);
    let more: Vec<&str> = settings.flat_map(|setting| ["--set", *setting]).collect();
    for until in [560, 1120] {
        assert!(train(folder, "parts", until, &more).status().unwrap().success());
    }
    assert!(train(folder, "whole", 1120, &more).status().unwrap().success());
    let (whole, parts) = (folder.join("whole"), folder.join("parts"));
    assert_eq!(stats_without_times(&whole).unwrap(), stats_without_times(&parts).unwrap());
    assert!(newest_state(&whole).unwrap() == newest_state(&parts).unwrap());
}

#[test]
fn a_longer_budget_equals_one_long_run() {
    // With all that has a state or draws random numbers of its own.
    check_longer(&[
        "recipe.lecam={weight=0.3}",
        "recipe.labels={real=0.9, flip=0.1}",
        "recipe.augment={kind=\"diff\", colour=true, translation=true, cutout=true}",
        "recipe.penalties=[{kind=\"wgan-gp\", weight=1}, {kind=\"dragan\", weight=1}]",
    ]);
}

#[test]
fn a_longer_budget_equals_one_long_run_at_another_pace() {
    check_longer(&[
        "recipe.objective=wasserstein",
        "recipe.balance={}",
        "recipe.clip-weights=0.05",
        "recipe.networks.critic.norm=spectral",
        "recipe.pace={critic-turns=2, opening={critic-turns=3, updates=2, every=0}, fresh=true}",
        "recipe.switch={above-accuracy=0.5}",
        "recipe.look-every=3",
    ]);
}

#[test]
fn a_longer_budget_equals_one_long_run_with_every_regulariser() {
    check_longer(&[
        "recipe.augment={kind=\"ada\", strength={kind=\"adaptive\", target=-0.5, span=1000}}",
        "recipe.regularisers.consistency={}",
        "recipe.regularisers.feature-matching=0.5",
        "recipe.regularisers.pulling-away=0.1",
        "recipe.regularisers.historical-averaging={weight=1e-3}",
        "recipe.regularisers.image-pool={images=5}",
        "recipe.regularisers.orthogonality={kind=\"off-diagonal\", weight=1e-4}",
        "recipe.regularisers.path-length={}",
    ]);
}

#[test]
fn a_longer_budget_equals_one_long_run_by_class() {
    check_longer(&[
        "recipe.condition={kind=\"labels\", critic={kind=\"concat\"}}",
        "recipe.regularisers.image-pool={images=5}",
        "recipe.penalties=[{kind=\"r2\", weight=1}, {kind=\"wgan-gp\", weight=1}]",
    ]);
}

#[test]
fn a_longer_budget_equals_one_long_run_by_class_with_norms_of_their_own() {
    check_longer(&[
        "recipe.condition={kind=\"labels\", fakes=\"uniform\", generator=\"batch-norm\", \
         critic={kind=\"projection\"}}",
        "recipe.networks.critic.norm=spectral",
    ]);
}

#[test]
fn a_longer_budget_equals_one_long_run_with_all_that_biggan_adds() {
    check_longer(&[
        "recipe.condition={kind=\"labels\", fakes=\"uniform\", generator=\"batch-norm\", \
         critic={kind=\"projection\"}}",
        "recipe.initial={weight={kind=\"orthogonal\"}, gain-std=0}",
        "recipe.networks.generator={kind=\"resnet\", width=4, widest=8, shared=3, hierarchical=true, \
         attention=14, spectral-norm=true}",
        "recipe.networks.critic={kind=\"resnet\", width=4, widest=8, flat-blocks=1, norm=\"spectral\", \
         attention=14}",
        "recipe.average={half-life=100, ramp=0, start=600}",
        "recipe.regularisers.orthogonality={kind=\"off-diagonal\", weight=1e-4}",
    ]);
}

#[test]
fn a_longer_budget_equals_one_long_run_by_codes() {
    check_longer(&["recipe.condition={kind=\"codes\", categories=[3], continuous=1, hidden=4}"]);
}

#[test]
fn a_longer_budget_equals_one_long_run_of_bottlenecks() {
    let adam = "{kind=\"adam\", beta1=0, beta2={kind=\"cosine\", from=0.9, to=0.99, until=800}, \
                epsilon=1e-8}";
    let network = "{kind=\"plain-resnet\", width=4, widest=8, blocks=1, \
                   bottleneck={expansion=2, group=4}}";
    check_longer(&[
        &format!("recipe.networks.generator={network}"),
        &format!("recipe.networks.critic={network}"),
        &format!("recipe.generator.optimizer={adam}"),
        &format!("recipe.critic.optimizer={adam}"),
        "recipe.objective=relativistic-paired",
        "recipe.penalties=[{kind=\"r2\", weight={kind=\"cosine\", from=1, to=0.1, until=800}}]",
    ]);
}

#[test]
fn thirty_kills_at_random_instants_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 50).unwrap();
    // A checkpoint after every round: most kills meet one that is being written.
    let every_round = ["--set", "plan.checkpoint-every=8"];
    assert!(train(folder, "whole", 800, &every_round).status().unwrap().success());

    let mut instants = Stream::new(Address::new(1, Purpose::Evaluation));
    let mut killed = 0;
    for _ in 0..30 {
        let mut child = train(folder, "killed", 800, &every_round).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + instants.below(180)));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed >= 5, "only {killed} of 30 kills met a running process");
    assert!(train(folder, "killed", 800, &every_round).status().unwrap().success());
    assert_same_run(folder, "whole", "killed");
}

#[test]
fn a_damaged_newest_checkpoint_falls_back_to_the_one_before_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 50).unwrap();
    assert!(train(folder, "whole", 800, &[]).status().unwrap().success());
    assert!(train(folder, "hurt", 400, &[]).status().unwrap().success());
    let newest = folder.join("hurt/checkpoints/000000400/state.safetensors");
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();

    let output = train(folder, "hurt", 800, &[]).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("000000400"), "{words}");
    assert!(
        newest_state(&folder.join("whole")).unwrap() == newest_state(&folder.join("hurt")).unwrap()
    );
}

#[test]
fn changed_settings_are_refused_by_name_and_nothing_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_corners(folder, 50).unwrap();
    assert!(train(folder, "run", 80, &[]).status().unwrap().success());
    let before = newest_state(&folder.join("run")).unwrap();
    let more = ["--seed", "9", "--set", "recipe.labels.real=0.9"];
    let output = train(folder, "run", 160, &more).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["seed: saved 1, now 9", "recipe.labels.real", "--fresh"] {
        assert!(words.contains(part), "{words}");
    }
    assert!(before == newest_state(&folder.join("run")).unwrap());
    let fresh = [&more[..], &["--fresh"]].concat();
    assert!(train(folder, "run", 160, &fresh).status().unwrap().success());
}
