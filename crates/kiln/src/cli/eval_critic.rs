//! `kiln eval RUN --metric critic`: what the run's critic says.

use anyhow::{Result, bail};

use super::args::EvalArgs;
use crate::config::RunConfig;
use crate::evaluate::{CriticReport, Metric, judge_critic};
use crate::run_folder::read_config;
use crate::session::Session;

/// What the critic of the run's newest checkpoint says of `count` pictures of each kind, where one of
/// `metrics` asks it.
pub(super) fn eval_critic(
    args: &EvalArgs,
    metrics: &[Metric],
    count: usize,
) -> Result<Option<CriticReport>> {
    let Some(metric) = metrics.iter().find(|metric| metric.needs_run()) else {
        return Ok(None);
    };
    let config = if args.from.is_dir() { read_config(&args.from)? } else { None };
    let Some(config) = config else {
        bail!("`{metric}` asks the critic, which a snapshot does not hold: give the run folder");
    };
    let (backend, device) = (args.device.backend, args.device.device);
    let session = Session::open(RunConfig { backend, device, ..config })?;
    Ok(Some(judge_critic(&session, &args.from, count)?))
}
