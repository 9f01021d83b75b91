//! The program `nix`, with settings of ours and nothing else of the caller's.

mod flake;
mod process;
mod reference;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::nix::StorePath;
use crate::rebuild::derivations::Observed;
use crate::rebuild::log::{Change, Progress, plain};
use crate::rebuild::path_info;
use crate::rebuild::settings::REQUIRED;

pub use process::NixError;
pub use reference::Reference;

/// Variables that are handed on: where Nix's own files are, and the way to the network that inputs
/// of a flake may need.
const KEPT: [&str; 17] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NIX_CONF_DIR",
    "NIX_DAEMON_SOCKET_PATH",
    "NIX_LOG_DIR",
    "NIX_REMOTE",
    "NIX_SSL_CERT_FILE",
    "NIX_STATE_DIR",
    "NO_PROXY",
    "PATH",
    "SSL_CERT_FILE",
    "TMPDIR",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
/// Store paths handed over in one call: far below what Linux takes.
const PATHS_AT_ONCE: usize = 500;

/// How to call Nix.
#[derive(Clone, Debug)]
pub struct Nix {
    program: PathBuf,
    home: PathBuf,
    store: Option<PathBuf>,
    options: Vec<(String, String)>,
}

/// How building ended.
#[derive(Debug)]
pub struct Ended {
    /// Of the program.
    pub status: ExitStatus,
    /// What Nix said went wrong.
    pub errors: Vec<String>,
}

impl Ended {
    /// Whether a derivation that was built again gave other bytes (bit 3 of Nix's exit code).
    #[must_use]
    pub fn differs(&self) -> bool {
        self.status.code() == Some(104)
    }
}

impl Nix {
    /// `program`, or the one of this name in `PATH`; `home` is an empty folder that takes its caches.
    /// `store` is a folder that holds a store of its own; without it, the machine's is used.
    #[must_use]
    pub fn new(program: &Path, home: &Path, store: Option<&Path>) -> Self {
        let required = REQUIRED.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Self {
            program: process::find(program),
            home: home.to_owned(),
            store: store.map(Path::to_owned),
            options: required.collect(),
        }
    }

    /// The same Nix with the machine's store, if it has another one now.
    #[must_use]
    pub fn of_machine(&self) -> Option<Self> {
        self.store.is_some().then(|| Self { store: None, ..self.clone() })
    }

    /// One more setting for every call.
    pub fn set(&mut self, name: &str, value: &str) {
        self.options.push((name.to_owned(), value.to_owned()));
    }

    /// Where the program was found.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Where the files of a store path are.
    #[must_use]
    pub fn locate(&self, path: &StorePath) -> PathBuf {
        let whole = PathBuf::from(path.to_string());
        match (&self.store, whole.strip_prefix("/")) {
            (Some(store), Ok(below)) => store.join(below),
            _ => whole,
        }
    }

    /// What `nix --version` says.
    pub fn version(&self) -> Result<String, NixError> {
        let mut command = self.command("nix", false);
        command.arg("--version");
        Ok(plain(&process::utf8(process::output(command)?)))
    }

    /// The settings in effect as JSON; `ours`: with those that every call is given.
    pub fn settings(&self, ours: bool) -> Result<Vec<u8>, NixError> {
        let ask = |words: &[&str]| {
            let mut command = self.command("nix", ours);
            command.args(words).arg("--json");
            process::output(command)
        };
        // Nix before 2.20 does not know the first, and newer ones may forget the second.
        ask(&["config", "show"]).or_else(|_| ask(&["show-config"]))
    }

    /// What Nix says of its store.
    pub fn ping(&self) -> Result<String, NixError> {
        let mut command = self.command("nix", true);
        self.in_store(&mut command);
        command.args(["store", "ping"]);
        // Nix 2.8 prints it to standard error.
        let done = process::run(command)?;
        Ok(format!("{}\n{}", process::utf8(done.0), done.1.join("\n")))
    }

    /// Copies derivations with all they need, or files, from the machine's store to the store of its own.
    pub fn copy(&self, paths: &[StorePath], derivations: bool) -> Result<(), NixError> {
        let Some(store) = &self.store else { return Ok(()) };
        for some in paths.chunks(PATHS_AT_ONCE) {
            let mut command = self.command("nix", true);
            command.arg("copy").arg("--no-check-sigs").arg("--to").arg(store);
            command.args(derivations.then_some("--derivation"));
            command.args(some.iter().map(StorePath::to_string));
            process::output(command)?;
        }
        Ok(())
    }

    /// Which of `paths` are there, and which of these this machine built.
    pub fn observe(&self, paths: &[StorePath]) -> Result<Observed, NixError> {
        let mut seen = Observed::default();
        for some in paths.chunks(PATHS_AT_ONCE) {
            let mut command = self.command("nix-store", true);
            self.in_store(&mut command);
            command.args(["--check-validity", "--print-invalid"]);
            command.args(some.iter().map(StorePath::to_string));
            let missing = process::utf8(process::output(command)?);
            let missing: BTreeSet<_> = missing.lines().collect();
            let valid: Vec<_> =
                some.iter().filter(|path| !missing.contains(path.to_string().as_str())).collect();
            if valid.is_empty() {
                continue;
            }
            let mut command = self.command("nix", true);
            self.in_store(&mut command);
            command.args(["path-info", "--json"]);
            command.args(valid.iter().map(ToString::to_string));
            let known = path_info::ultimate(&process::output(command)?);
            seen.ultimate.extend(known.into_iter().filter(|path| valid.contains(&path)));
            seen.valid.extend(valid.into_iter().cloned());
        }
        Ok(seen)
    }

    /// Builds derivations, and tells `watch` what happens. `again`: although they are there, to
    /// compare the bytes.
    pub fn build(
        &self,
        derivations: &[&StorePath],
        again: bool,
        watch: &mut dyn FnMut(&Change, &Progress),
    ) -> Result<Ended, NixError> {
        let mut command = self.command("nix-store", true);
        self.in_store(&mut command);
        command.args([
            "--realise",
            "--no-gc-warning",
            "--keep-going",
            "--log-format",
            "internal-json",
        ]);
        command.args(again.then_some("--check"));
        command.args(derivations.iter().map(ToString::to_string));
        command.stdout(Stdio::null());
        let mut child = process::start(&mut command)?;
        let mut progress = Progress::default();
        if let Some(errors) = child.stderr.take() {
            process::lines(errors, &mut |line| {
                if let Some(change) = progress.take(line) {
                    watch(&change, &progress);
                }
            });
        }
        let status = child.wait().map_err(|source| process::not_run(&command, source))?;
        Ok(Ended { status, errors: progress.errors().to_vec() })
    }

    fn command(&self, name: &str, ours: bool) -> Command {
        let program =
            if name == "nix" { self.program.clone() } else { self.program.with_file_name(name) };
        let mut command = Command::new(program);
        command.env_clear();
        command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // In a folder of the store, Nix takes every argument for a path in it.
        command.current_dir(&self.home);
        // No settings, caches or credentials of the caller's home.
        command.env("HOME", &self.home).env("LC_ALL", "C").env("NIX_USER_CONF_FILES", "");
        command.args(["--extra-experimental-features", "nix-command flakes"]);
        for (name, value) in self.options.iter().filter(|_| ours) {
            command.args(["--option", name, value]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn in_store(&self, command: &mut Command) {
        if let Some(store) = &self.store {
            command.arg("--store").arg(store);
        }
    }
}
