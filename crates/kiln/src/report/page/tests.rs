//! What the page says of a run, and that it stays whole whatever the run is called.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;

const TICK: &str = r#"{"event":"tick","clock":{"samples":64,"rounds":4,"critic":4,"generator":4},"means":{"critic/loss":0.5,"generator/loss":null},"rates":{"critic":0.25},"non_finite":1,"timing":{"seconds":2.0,"samples_per_second":32.0,"peak_memory_bytes":1048576}}"#;
const SHEET: &str = r#"{"event":"sheet","clock":{"samples":64,"rounds":4,"critic":4,"generator":4},"spread":0.125,"real_spread":0.5}"#;

/// A run with these lines and a sheet at each of these times.
fn write_run(folder: &Path, lines: &[&str], sheets: &[u64]) {
    let config = json!({
        "recipe": {"name": "dcgan"}, "data": {"source": "some/where/faces"}, "seed": 1,
        "plan": {"until": 128},
    });
    fs::create_dir_all(folder.join("sheets")).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    fs::write(folder.join("stats.jsonl"), lines.join("\n")).unwrap();
    for samples in sheets {
        fs::write(folder.join(format!("sheets/fakes-{samples:09}.png")), [1, 2, 3]).unwrap();
    }
}

fn beside() -> Pictures {
    Pictures::Beside { version: 7 }
}

fn data(account: &Account, since: Option<u64>) -> Value {
    serde_json::to_value(account.data(since, &beside()).unwrap()).unwrap()
}

#[test]
fn the_data_block_has_everything_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let evaluated = r#"{"event":"evaluated","clock":{"samples":64},"values":{"fid":9.5}}"#;
    write_run(&run, &[TICK, SHEET, evaluated, ""], &[0, 64]);
    fs::write(run.join("log.txt"), "starts\n    64 samples  finished: as asked\n").unwrap();
    fs::write(run.join("sheets/interpolation.png"), [0]).unwrap();
    let expected = json!({
        "name": "run",
        "title": "dcgan on faces",
        "config": {
            "recipe": {"name": "dcgan"}, "data": {"source": "some/where/faces"}, "seed": 1,
            "plan": {"until": 128},
        },
        "state": {"samples": 64, "until": 128, "seconds": 2.0, "ending": "as asked"},
        "curves": {
            "critic/loss": {"x": [64], "y": [0.5]},
            "critic/rate": {"x": [64], "y": [0.25]},
            "metric/fid": {"x": [64], "y": [9.5]},
            "sheet/spread-fakes": {"x": [64], "y": [0.125]},
            "sheet/spread-reals": {"x": [64], "y": [0.5]},
            "timing/peak-memory-bytes": {"x": [64], "y": [1_048_576.0]},
            "timing/samples-per-second": {"x": [64], "y": [32.0]},
            "watch/non-finite": {"x": [64], "y": [1.0]},
        },
        "events": [],
        "sheets": [
            {"samples": 0, "src": "sheet/fakes-000000000.png?v=7"},
            {"samples": 64, "src": "sheet/fakes-000000064.png?v=7"},
        ],
        "reals": null,
        "pictures": [{
            "name": "interpolation.png", "words": "A walk through the latents",
            "src": "sheet/interpolation.png?v=7",
        }],
        "log": ["starts", "    64 samples  finished: as asked"],
        "notes": [],
    });
    assert_eq!(data(&Account::read(&run, 0).unwrap(), None), expected);
}

#[test]
fn pictures_within_the_page_are_data_uris() {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &[TICK, ""], &[64]);
    let account = Account::read(folder.path(), 0).unwrap();
    let pictures = Pictures::Within { folder: folder.path().join("sheets"), budget: 1000 };
    let data = serde_json::to_value(account.data(None, &pictures).unwrap()).unwrap();
    // The bytes 1, 2, 3 are 000000 010000 001000 000011.
    assert_eq!(data["sheets"][0]["src"], "data:image/png;base64,AQID");
}

#[test]
fn torn_and_broken_lines_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &[TICK, "{broken", SHEET, &TICK[..20]], &[]);
    let data = data(&Account::read(folder.path(), 0).unwrap(), None);
    assert_eq!(data["curves"]["critic/loss"]["x"], json!([64]));
    assert_eq!(data["curves"]["sheet/spread-fakes"]["x"], json!([64]));
    assert_eq!(data["notes"], json!(["line 2 of stats.jsonl cannot be read and is left out"]));
}

#[test]
fn a_reader_gets_what_is_new_and_after_a_roll_back_all() {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &[TICK, ""], &[0, 64]);
    let mut account = Account::read(folder.path(), 5).unwrap();
    assert_eq!(account.cursor().to_string(), "5.1");
    let mut later: Value = serde_json::from_str(SHEET).unwrap();
    later["clock"]["samples"] = json!(96);
    account.hear(&later);
    let news = data(&account, Some(1));
    assert_eq!(news["curves"]["sheet/spread-fakes"], json!({"x": [96], "y": [0.125]}));
    assert_eq!(news["curves"]["critic/loss"], Value::Null);
    assert_eq!(news["sheets"].as_array().unwrap().len(), 1);
    assert_eq!(news["config"], Value::Null);

    let clock =
        |samples: u64| json!({"samples": samples, "rounds": 0, "critic": 0, "generator": 0});
    account.hear(&json!({
        "event": "rolled-back", "from": clock(96), "to": clock(64), "attempt": 1,
        "rate_factor": 0.5, "reason": "3 readings are not finite numbers",
    }));
    assert_eq!(account.cursor().to_string(), "6.3");
    let all = data(&account, None);
    assert_eq!(all["curves"]["sheet/spread-fakes"], Value::Null);
    assert_eq!(all["sheets"].as_array().unwrap().len(), 2);
    let words = "3 readings are not finite numbers: back to 64 samples (attempt 1, learning rates \
                 x 0.5)";
    assert_eq!(
        all["events"],
        json!([{"samples": 96, "to": 64, "kind": "roll-back", "words": words}])
    );
    assert_eq!(all["state"]["samples"], 64);
}

#[test]
fn a_long_run_is_thinned_to_a_bounded_page() {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &[], &[]);
    let mut account = Account::read(folder.path(), 0).unwrap();
    let mut tick: Value = serde_json::from_str(TICK).unwrap();
    for samples in 0..4001 {
        tick["clock"]["samples"] = json!(2 * samples);
        tick["means"]["critic/loss"] = json!(samples);
        account.hear(&tick);
    }
    let loss = &data(&account, None)["curves"]["critic/loss"];
    // 2000 pairs and the one after.
    assert_eq!(loss["x"].as_array().unwrap().len(), 2001);
    assert_eq!((&loss["x"][0], &loss["y"][0]), (&json!(1), &json!(0.5)));
    assert_eq!((&loss["x"][2000], &loss["y"][2000]), (&json!(8000), &json!(4000.0)));
    assert_ne!(account.cursor().epoch, 0);
}

#[test]
fn no_name_gets_out_of_the_data_block() {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &[TICK, ""], &[]);
    let hostile = "</script><script>alert(1)</script><!-- {{script}} & \u{2028}";
    fs::write(folder.path().join("log.txt"), hostile).unwrap();
    let account = Account::read(folder.path(), 0).unwrap();
    let run = account.data(None, &beside()).unwrap();
    let page = Document::of(hostile.to_owned(), vec![run]).render().unwrap();
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(page.matches("\"use strict\"").count(), 1);
    assert!(page.contains("<title>&lt;/script&gt;"));
    let block = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(block).unwrap();
    assert_eq!(data["runs"][0]["log"][0], hostile);
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let page = Document::of("empty".into(), Vec::new()).render().unwrap();
    for word in ["http://", "https://", "url(//", "@import", "src=\"", "href=\"/"] {
        let outward = page.matches(word).count();
        // The name space of SVG is a name, not an address.
        let allowed = page.matches("\"http://www.w3.org/2000/svg\"").count();
        assert_eq!(outward, if word == "http://" { allowed } else { 0 }, "{word}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("connect-src") && !page.contains("unsafe"));
}

#[test]
fn only_names_of_a_runs_pictures_pass() {
    let accepted = ["fakes-000000064.png", "reals.png", "interpolation-1.gif", "nearest.png"];
    assert!(accepted.iter().all(|name| Picture::of(name).is_some()));
    let refused = [
        "",
        ".",
        "..",
        "../config.json",
        "fakes-.png",
        "fakes-+1.png",
        "fakes-1.png/..",
        "fakes-1/../../x.png",
        "fakes-1.png\0",
        "fakes-%2e.png",
        "reals.png.png",
        "interpolation/../x.png",
        "interpolation\\x.png",
        "config.json",
        "fakes-99999999999999999999999.png",
    ];
    for name in refused {
        assert_eq!(Picture::of(name), None, "{name}");
    }
}

#[test]
fn what_is_no_run_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let refusal =
        |path: &Path| Account::read(path, 0).and_then(Account::not_empty).unwrap_err().to_string();
    assert!(refusal(&folder.path().join("absent")).contains("there is no run at"));
    assert!(refusal(folder.path()).contains("has no config.json"));
    write_run(&folder.path().join("one"), &[], &[]);
    assert!(refusal(folder.path()).contains("one"));
    assert!(refusal(&folder.path().join("one")).contains("nothing to show yet"));
    fs::write(folder.path().join("one/config.json"), "{").unwrap();
    assert!(refusal(&folder.path().join("one")).contains("not the configuration"));
}
