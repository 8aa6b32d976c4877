//! The report of a run and the page of one that goes on, opened in a real browser.
//!
//! They run where there is a Chromium (`CHROME` names it, or one of the usual names on the path)
//! and say so where there is none.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use kiln_tests::browser::{Browser, chromium};
use kiln_tests::write_corners;
use serde_json::{Value, json};

const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");
const HOME: (&str, u32) = ("Home", 36);
const RIGHT: (&str, u32) = ("ArrowRight", 39);

fn browser() -> Option<Browser> {
    let Some(program) = chromium() else {
        eprintln!("not tested: there is no Chromium here (set CHROME to the path of one)");
        return None;
    };
    Some(Browser::start(&program).unwrap())
}

/// A run of ten reports and six sheets, as if it had been trained.
fn write_run(home: &Path, name: &str, seed: u64) -> PathBuf {
    let run = home.join(name);
    fs::create_dir_all(run.join("sheets")).unwrap();
    let config = json!({
        "recipe": {"name": "vanilla"}, "data": {"source": "corners"}, "seed": seed,
        "plan": {"until": 160},
    });
    fs::write(run.join("config.json"), config.to_string()).unwrap();
    let mut lines = String::new();
    for samples in (0..=160).step_by(16) {
        if samples > 0 {
            lines.push_str(&format!("{}\n", tick(samples)));
        }
        if samples % 32 == 0 {
            let sheet = json!({
                "event": "sheet", "clock": clock(samples), "spread": 0.25, "real_spread": 0.5,
            });
            lines.push_str(&format!("{sheet}\n"));
            paint(&run.join(format!("sheets/fakes-{samples:09}.png")), samples as u32);
        }
    }
    fs::write(run.join("stats.jsonl"), lines).unwrap();
    run
}

fn clock(samples: u64) -> Value {
    json!({"samples": samples, "rounds": samples / 16, "critic": 0, "generator": 0})
}

fn tick(samples: u64) -> Value {
    let loss = 1.0 / samples as f64;
    json!({
        "event": "tick", "clock": clock(samples),
        "means": {"critic/loss": loss, "generator/loss": 2.0 * loss, "critic/accuracy-real": 0.75},
        "rates": {"critic": 2e-4}, "non_finite": 0,
        "timing": {"seconds": 1.0, "samples_per_second": 160.0, "peak_memory_bytes": 1 << 20},
    })
}

/// A picture of many colours that is another for each `seed`.
fn paint(path: &Path, seed: u32) {
    let colour = |x: u32, y: u32| image::Rgb([2 * x, 2 * y, x * y + seed].map(|value| value as u8));
    image::RgbImage::from_fn(128, 128, colour).save(path).unwrap();
}

fn kiln(home: &Path, arguments: &[&str]) -> Output {
    kiln_tests::kiln(KILN, home).args(arguments).output().unwrap()
}

fn done(home: &Path, arguments: &[&str]) {
    let output = kiln(home, arguments);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
}

#[track_caller]
fn hears_no_complaint(browser: &Browser, page: &str) {
    let complaints = browser.complaints(page);
    assert!(complaints.is_empty(), "{complaints:?}");
}

fn address(path: &Path) -> String {
    format!("file://{}", path.canonicalize().unwrap().display())
}

#[test]
fn the_report_is_drawn_by_day_and_night_narrow_and_wide() {
    let Some(mut browser) = browser() else { return };
    let home = tempfile::tempdir().unwrap();
    let run = write_run(home.path(), "run", 1);
    done(home.path(), &["report", "run"]);
    let page = address(&run.join("report.html"));
    let mut grounds = Vec::new();
    for (width, scheme) in [(400, "light"), (1400, "light"), (400, "dark"), (1400, "dark")] {
        browser.visit(&page, width, scheme).unwrap();
        let curves = "document.querySelectorAll('.chart path.line').length > 5";
        browser.wait_for(curves).unwrap();
        let widths = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(browser.evaluate(widths).unwrap(), true, "{width} {scheme}");
        hears_no_complaint(&browser, &page);
        let ground = "getComputedStyle(document.body).backgroundColor";
        grounds.push(browser.evaluate(ground).unwrap().to_string());
    }
    assert_eq!((&grounds[0], &grounds[2]), (&grounds[1], &grounds[3]));
    assert_ne!(grounds[0], grounds[2]);
}

#[test]
fn the_slider_turns_through_the_sheets_and_a_picture_is_seen() {
    let Some(mut browser) = browser() else { return };
    let home = tempfile::tempdir().unwrap();
    write_run(home.path(), "run", 1);
    done(home.path(), &["report", "run", "--out", "page.html"]);
    let page = address(&home.path().join("page.html"));
    browser.visit(&page, 1400, "light").unwrap();
    let loaded = "document.querySelector('#sheet-0').complete";
    browser.wait_for(loaded).unwrap();
    let slider = "document.querySelector('#slider')";
    assert_eq!(browser.evaluate(&format!("Number({slider}.max)")).unwrap(), 5);
    let newest = browser.look_at("#sheet-0").unwrap();

    browser.evaluate(&format!("{slider}.focus()")).unwrap();
    let mut seen = vec![newest.clone()];
    for ((key, code), when) in [(HOME, "0 samples"), (RIGHT, "32 samples"), (RIGHT, "64 samples")] {
        browser.press(key, code).unwrap();
        browser
            .wait_for(&format!("document.querySelector('#when').textContent.startsWith('{when}')"))
            .unwrap();
        browser.wait_for(loaded).unwrap();
        seen.push(browser.look_at("#sheet-0").unwrap());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4, "every sheet looks like itself");
    // A single colour of this size is a PNG of some 3 KB.
    assert!(newest.len() > 20_000, "{}", newest.len());
    hears_no_complaint(&browser, &page);
}

#[test]
fn two_runs_are_compared() {
    let Some(mut browser) = browser() else { return };
    let home = tempfile::tempdir().unwrap();
    write_run(home.path(), "one", 1);
    write_run(home.path(), "two", 2);
    done(home.path(), &["report", "one", "two"]);
    let page = address(&home.path().join("report.html"));
    browser.visit(&page, 1400, "dark").unwrap();
    browser.wait_for("document.querySelectorAll('.chart path.line').length > 5").unwrap();
    let settings = "document.querySelector('#comparison details').textContent";
    let settings = browser.evaluate(settings).unwrap().to_string();
    assert!(settings.contains("Settings that differ (1)") && settings.contains("seed"));
    assert_eq!(browser.evaluate("document.querySelectorAll('#samples .sheet').length").unwrap(), 2);
    hears_no_complaint(&browser, &page);
}

/// A run that is trained while it is looked at; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_run_that_goes_on_is_seen_to_go_on() {
    let Some(mut browser) = browser() else { return };
    let home = tempfile::tempdir().unwrap();
    write_corners(home.path(), 32).unwrap();
    let arguments = ["train", "--recipe", "vanilla", "--data", "corners", "--serve=127.0.0.1:0"];
    let mut command = kiln_tests::kiln(KILN, home.path());
    command.args(arguments).args(["--quiet", "--samples=100000000", "--set=plan.tick=640"]);
    command.args(["--set=recipe.generator-hidden=[8]", "--set=recipe.critic-hidden=[8]"]);
    let mut run = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut words = BufReader::new(run.0.stderr.take().unwrap()).lines();
    let line = words.find_map(|line| line.ok().filter(|line| line.contains("http://"))).unwrap();
    let page = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();

    browser.visit(&page, 1400, "light").unwrap();
    let shown = "document.querySelector('.facts dd').textContent";
    browser.wait_for("document.querySelector('.facts') !== null").unwrap();
    let first = browser.evaluate(shown).unwrap();
    browser.evaluate("document.body.dataset.same = 'page'").unwrap();
    browser.wait_for(&format!("{shown} !== {first}")).unwrap();
    browser.wait_for("document.querySelectorAll('.chart path.line').length > 5").unwrap();
    assert_eq!(browser.evaluate("document.body.dataset.same").unwrap(), "page", "no reload");
    assert_eq!(browser.evaluate("document.querySelector('#pulse').textContent").unwrap(), "live");
    hears_no_complaint(&browser, &page);

    drop(run);
    done(home.path(), &["report", "runs/vanilla-corners"]);
}

#[test]
fn the_report_of_a_trained_run_shows_a_walk_and_the_nearest_training_pictures() {
    let home = tempfile::tempdir().unwrap();
    write_corners(home.path(), 32).unwrap();
    let train = ["train", "--recipe", "vanilla", "--data", "corners", "--run-dir", "run"];
    let few = ["--samples", "32", "--batch-size", "16", "--quiet"];
    let small = ["--set", "recipe.generator-hidden=[8]", "--set", "recipe.critic-hidden=[8]"];
    done(home.path(), &[&train[..], &few, &small].concat());
    done(home.path(), &["report", "run"]);
    for name in ["interpolation.png", "neighbours.png"] {
        assert!(home.path().join("run/sheets").join(name).is_file(), "{name}");
    }
    let page = fs::read_to_string(home.path().join("run/report.html")).unwrap();
    for words in ["A walk through the latents", "Samples and their nearest neighbours"] {
        assert!(page.contains(words), "{words}");
    }
    // Without its data the run is still told of, and why something is missing is said.
    fs::remove_dir_all(home.path().join("corners")).unwrap();
    let output = kiln(home.path(), &["report", "run"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.contains("corners"), "{words}");
}

#[test]
fn a_plot_has_the_curves_of_every_run() {
    let home = tempfile::tempdir().unwrap();
    write_run(home.path(), "one", 1);
    write_run(home.path(), "two", 2);
    done(home.path(), &["plot", "one", "two", "--out", "both.svg"]);
    let drawing = fs::read_to_string(home.path().join("both.svg")).unwrap();
    for words in ["A one   B two", "A critic", "B generator", "Loss"] {
        assert!(drawing.contains(words), "{words}");
    }
    done(home.path(), &["plot", "one"]);
    assert!(home.path().join("curves.svg").is_file());
}

#[test]
fn what_cannot_be_reported_is_said() {
    let home = tempfile::tempdir().unwrap();
    let says = |arguments: &[&str], part: &str| {
        let output = kiln(home.path(), arguments);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.contains(part), "{arguments:?} should say {part:?}: {words}");
    };
    says(&["report", "absent"], "there is no run at absent");
    says(&["plot", "."], "has no config.json");
    write_run(home.path(), "run", 1);
    says(&["report", "."], "run");
    fs::write(home.path().join("file"), "").unwrap();
    says(&["report", "run", "--out", "file/page.html"], "choose another place with --out");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    says(&["train", "--serve", &port], "choose another address");
    assert!(!home.path().join("runs").exists(), "nothing was begun");
}
