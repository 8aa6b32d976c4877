//! `kiln classifier`.

use std::process::ExitCode;

use anyhow::Result;

use super::args::ClassifierArgs;
use super::say;
use crate::config::DataConfig;
use crate::evaluate::{Teaching, teach_classifier};

pub(super) fn classifier(args: &ClassifierArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    let (source, size, rate) = (args.data.clone(), args.size, args.rate);
    let teaching = Teaching {
        data: DataConfig { source, size, rate, ..DataConfig::default() },
        network: None,
        seed: args.seed,
        samples: args.samples,
        batch: 50,
        rate: 2e-3,
    };
    let mut told = Ok(());
    let taught = teach_classifier(&teaching, &device, |samples, loss| {
        if told.is_ok() {
            told = say::note(format!("  {} of {}  loss {loss:.4}", samples.0, args.samples));
        }
    })?;
    told?;
    taught.save(&args.out)?;
    if args.json {
        say::line(serde_json::json!({
            "accuracy": taught.test.share(),
            "right": taught.test.right,
            "of": taught.test.of,
            "confident-share": taught.confident_share,
            "seconds": taught.seconds,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let [right, sure] = [taught.test.share(), taught.confident_share].map(|share| 100.0 * share);
    say::line(format!(
        "{right:.2} % of the test samples are right, and it is sure of {sure:.2} %, after {:.0} s; the \
         weights are in {}",
        taught.seconds,
        args.out.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
