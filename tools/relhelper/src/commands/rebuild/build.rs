//! Building, and finding out what was really built.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use sha2::Digest as _;

use super::built;
use super::progress::Display;
use crate::error::CommandError;
use crate::io::files::failed_to;
use crate::io::nix::Nix;
use crate::nix::hash::Algorithm;
use crate::nix::{Closure, Method, StorePath};
use crate::rebuild::derivations::{self, Again, Repeated, State};
use crate::rebuild::findings::{Derivation, Outcome, Step, StepName};
use crate::rebuild::words;

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    pub step: Step,
    pub derivations: Vec<Derivation>,
}

/// Builds `wanted`, and once more what was there and is doubtful.
///
/// # Errors
///
/// When Nix cannot be asked. That something could not be built is told in the result.
pub fn build(
    nix: &Nix,
    closure: &Closure,
    wanted: &BTreeSet<StorePath>,
    policy: Again,
) -> Result<Built, CommandError> {
    let made = derivations::made(closure, wanted);
    let outputs: Vec<_> = made.iter().flat_map(|(_, outputs)| outputs.clone()).collect();
    let before = nix.observe(&outputs)?;

    let mut problems = Vec::new();
    let display = Display::new("building");
    let roots: Vec<_> = wanted.iter().collect();
    let ended = nix.build(&roots, false, &mut |change, progress| display.show(change, progress))?;
    drop(display);
    if !ended.status.success() {
        problems.extend(ended.errors);
    }
    let mut repeated = Repeated::new();
    let again = derivations::again(&made, wanted, &before, policy);
    for (index, path) in again.iter().enumerate() {
        let title = format!("building again {} of {}", index + 1, again.len());
        let display = Display::new(&title);
        let ended =
            nix.build(&[path], true, &mut |change, progress| display.show(change, progress))?;
        let state = match (ended.status.success(), ended.differs()) {
            (true, _) => State::BuiltAgain,
            (false, true) => State::Differs,
            (false, false) => State::Failed,
        };
        if state != State::BuiltAgain {
            problems.extend(ended.errors);
        }
        repeated.insert((*path).clone(), state);
    }

    let after = nix.observe(&outputs)?;
    let unbuilt = |path: &StorePath| {
        made.iter().any(|(made, outputs)| {
            made == path && !outputs.iter().all(|output| after.valid.contains(output))
        })
    };
    let failed = wanted.iter().filter(|path| unbuilt(path)).cloned().collect();
    let states = derivations::states(&made, &before, &after, &repeated, &failed);
    Ok(Built { step: step(&states, problems), derivations: list(states) })
}

fn list(states: BTreeMap<StorePath, State>) -> Vec<Derivation> {
    states.into_iter().map(|(path, state)| Derivation { path, state }).collect()
}

fn step(states: &BTreeMap<StorePath, State>, problems: Vec<String>) -> Step {
    let count = |state| states.values().filter(|other| **other == state).count();
    let told = words::STATES.into_iter().filter_map(|state| match count(state) {
        0 => None,
        number => Some(format!("{number} {}", words::state(state))),
    });
    let summary = format!("{} derivations: {}", states.len(), told.collect::<Vec<_>>().join("; "));
    let outcome = if count(State::Differs) > 0 {
        Outcome::No
    } else if count(State::Failed) + count(State::Copied) > 0 || !problems.is_empty() {
        Outcome::Unknown
    } else {
        Outcome::Yes
    };
    Step { name: StepName::Build, outcome, summary, problems }
}

/// Reads every input that was built from, and compares it with its pinned digest.
///
/// # Errors
///
/// When one that is there cannot be read.
pub fn inputs(
    nix: &Nix,
    closure: &Closure,
    wanted: &BTreeSet<StorePath>,
) -> Result<Step, CommandError> {
    let needed: BTreeSet<_> = derivations::order(closure, wanted).into_iter().collect();
    let (mut checked, mut bytes, mut absent) = (0, 0, 0);
    let mut problems = Vec::new();
    for (path, fixed) in closure.fixed_outputs() {
        if !closure.maker(path).is_some_and(|(maker, _)| needed.contains(maker)) {
            continue;
        }
        let place = nix.locate(path);
        if place.symlink_metadata().is_err() {
            absent += 1;
        } else if fixed.method != Method::Flat || fixed.algorithm != Algorithm::Sha256 {
            let how = fixed.method_and_algorithm();
            problems.push(format!("{path} is pinned by `{how}`, which is not checked here"));
        } else {
            let mut file = built::open(&place)?;
            let (digest, size) = measure(&mut file).map_err(failed_to("read", &place))?;
            if digest[..] == fixed.digest[..] {
                checked += 1;
                bytes += size;
            } else {
                problems.push(format!("{path} has other bytes than it is pinned to"));
            }
        }
    }
    let rest = match absent {
        0 => String::new(),
        number => format!("; {number} are not in the store and were not needed"),
    };
    let summary = format!("{checked} inputs ({bytes} bytes) have the pinned SHA-256{rest}");
    let outcome = if problems.is_empty() { Outcome::Yes } else { Outcome::Unknown };
    Ok(Step { name: StepName::Inputs, outcome, summary, problems })
}

fn measure(reader: &mut impl Read) -> std::io::Result<([u8; 32], u64)> {
    let mut digest = sha2::Sha256::new();
    let mut chunk = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok((digest.finalize().into(), size)),
            Ok(length) => {
                digest.update(&chunk[..length]);
                size += length as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
