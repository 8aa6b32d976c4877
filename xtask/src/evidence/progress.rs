//! How far the commands of one seed have come, on disk, so that the same command goes on.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::measure::{Stops, Usage, measure};
use super::record::{Measured, write_whole};

/// The scratch folder of one seed.
#[derive(Debug)]
pub(super) struct Progress {
    folder: PathBuf,
    state: State,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct State {
    done: Vec<Measured>,
    /// What the next command took before it was stopped.
    spent: Usage,
    result: Map<String, Value>,
}

impl Progress {
    /// Opens the scratch folder, where an earlier start may have left something.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, or what it holds is not ours.
    pub(super) fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join("progress.json");
        let state = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged: delete it", path.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => State::default(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        Ok(Self { folder, state })
    }

    /// Where kiln keeps the run.
    pub(super) fn run_folder(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// Runs the commands that have not been run, and returns all measurements with the results.
    ///
    /// # Errors
    ///
    /// When a command fails or is stopped; the next call goes on.
    pub(super) fn finish(
        mut self,
        kiln: &Path,
        lines: &[String],
        stops: &Stops,
    ) -> Result<(Vec<Measured>, Map<String, Value>)> {
        for line in lines.iter().skip(self.state.done.len()) {
            eprintln!("-- kiln {line}");
            self.step(kiln, line, stops)?;
        }
        Ok((self.state.done, self.state.result))
    }

    fn step(&mut self, kiln: &Path, line: &str, stops: &Stops) -> Result<()> {
        let printed = line.contains("--json").then(|| self.folder.join("printed.json"));
        let mut command = self.command(kiln, line)?;
        if let Some(path) = &printed {
            command.stdout(File::create(path)?);
        }
        let before = self.state.spent;
        let n_interruptions = u32::from(before.wall_seconds > 0.0);
        let total = |usage| before.and(Usage { n_interruptions, ..usage });
        let (status, usage) = measure(&mut command, stops, |usage| {
            self.state.spent = total(usage);
            self.save()
        })?;
        self.state.spent = total(usage);
        if !status.success() {
            self.save()?;
            bail!("`kiln {line}` ended with {status}; the same command goes on from there");
        }
        if let Some(path) = &printed {
            let object = last_object(&fs::read_to_string(path)?, line)?;
            self.state.result.extend(object);
        }
        self.state.done.push(Measured {
            command: format!("kiln {line}"),
            usage: std::mem::take(&mut self.state.spent),
        });
        self.save()
    }

    /// The command line with the run folder in its place.
    fn command(&self, kiln: &Path, line: &str) -> Result<Command> {
        let run = self.run_folder();
        let mut command = Command::new(kiln);
        for word in line.split_whitespace() {
            if let Some(file) = word.strip_prefix("RUN/") {
                fs::create_dir_all(&run)?;
                command.arg(run.join(file));
            } else if word == "RUN" {
                command.arg(&run);
            } else {
                command.arg(word);
            }
        }
        Ok(command)
    }

    fn save(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.state)?;
        write_whole(&self.folder.join("progress.json"), &text)
    }
}

/// The JSON object that a command printed: its whole output, or the last line of it.
fn last_object(printed: &str, line: &str) -> Result<Map<String, Value>> {
    let last = printed.lines().rfind(|line| !line.trim().is_empty());
    let candidates = [Some(printed), last];
    let parsed = candidates.into_iter().flatten();
    let mut objects = parsed.filter_map(|text| serde_json::from_str(text).ok());
    objects
        .next()
        .with_context(|| format!("`kiln {line}` printed no JSON object, but: {}", printed.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_the_whole_output_or_its_last_line() {
        let whole = last_object("{\n \"sure\": 0.9\n}\n", "eval").unwrap();
        assert_eq!(whole["sure"], 0.9);
        let last = last_object("{\"event\": 1}\n{\"sure\": 0.8}\n\n", "eval").unwrap();
        assert_eq!(last["sure"], 0.8);
        let error = last_object("no\n", "eval RUN").unwrap_err().to_string();
        assert!(error.contains("`kiln eval RUN` printed no JSON object, but: no"));
    }

    #[test]
    fn the_run_folder_stands_alone_or_before_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let progress = Progress::open(folder.path().join("seed-1")).unwrap();
        let words = |line| {
            let command = progress.command(Path::new("kiln"), line).unwrap();
            command.get_args().map(Path::new).map(Path::to_owned).collect::<Vec<_>>()
        };
        let run = progress.run_folder();
        assert_eq!(words("eval RUN"), [Path::new("eval"), &run]);
        assert!(!run.exists());
        assert_eq!(words("digits RUN/x"), [Path::new("digits"), &run.join("x")]);
        assert!(run.is_dir());
    }

    #[cfg(unix)]
    mod with_a_stand_in {
        use super::*;
        use std::os::unix::fs::PermissionsExt;

        /// A kiln that writes its arguments down, fails once if told to, and prints a result.
        fn stand_in(folder: &Path) -> PathBuf {
            let script = "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/calls\"\n\
                          if [ -e \"$(dirname \"$0\")/fail\" ]; then sleep 0.1; exit 130; fi\n\
                          echo '{\"sure\": 0.9}'\n";
            let path = folder.join("kiln");
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        }

        #[test]
        fn a_stopped_command_goes_on_and_a_finished_one_is_not_run_again() {
            let folder = tempfile::tempdir().unwrap();
            let kiln = stand_in(folder.path());
            let stops = Stops::listen().unwrap();
            let lines = ["train --run-dir RUN".to_owned(), "eval RUN --json".to_owned()];
            let scratch = folder.path().join("seed-1");
            let start = || Progress::open(scratch.clone()).unwrap();

            fs::write(folder.path().join("fail"), "").unwrap();
            let error = start().finish(&kiln, &lines, &stops).unwrap_err().to_string();
            assert!(error.contains("ended with exit status: 130"), "{error}");
            fs::remove_file(folder.path().join("fail")).unwrap();
            for _ in 0..2 {
                let (measured, result) = start().finish(&kiln, &lines, &stops).unwrap();
                assert_eq!(result["sure"], 0.9);
                assert_eq!(measured[0].command, "kiln train --run-dir RUN");
                assert_eq!(measured[0].usage.n_interruptions, 1);
                assert!(measured[0].usage.wall_seconds > 0.1);
                assert_eq!(measured[1].usage.n_interruptions, 0);
            }
            let run = scratch.join("run").display().to_string();
            let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
            let train = format!("train --run-dir {run}");
            assert_eq!(
                calls.lines().collect::<Vec<_>>(),
                [&train, &train, &format!("eval {run} --json")]
            );
        }
    }
}
