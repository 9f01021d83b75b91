"""The command line: what is asked for, in which order things are done, and how it ends."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import address, facts, mirror, nixsetup, pip, process, relock, store
from . import cache as caches
from .cargo import of_machine
from .errors import BootstrapError, Exit, from_os_error
from .fetch import Fetcher
from .lock import GROUPS, Input, Lock
from .progress import Tell
from .repository import Repository

DESCRIPTION = (
    "Bring every pinned input of this repository into the Nix store, installing and configuring Nix where needed."
)
EXAMPLES = """examples:
  ./bootstrap                          everything, by apt-get, pip and cargo as this machine has them configured
  ./bootstrap --check                  say what is missing, change nothing
  ./bootstrap --skip-checks            what `nix build .#release` needs, without what `nix flake check` needs
  ./bootstrap --from /mnt/inputs       from a folder that --export wrote
  ./bootstrap --from http://HOST/in/   from a mirror with the same layout
  ./bootstrap --export /mnt/inputs     write that folder; stock Nix reads it when it is served over HTTP:
                                       nix build .#release --option hashed-mirrors http://HOST/in/
  ./bootstrap --project ../hello       also the crates of a product that is released with this flake
  ./bootstrap --relock                 pin today's versions again

exit codes: 0 all is there; 1 an input is missing or has other bytes; 2 could not tell (usage, network, disk, rights)
"""


@dataclass
class Summary:
    """What a run did, for --json. Counts of files."""

    inputs: int = 0
    fetched: int = 0
    added: int = 0
    exported: int = 0
    missing: list[str] = field(default_factory=list)
    relocked: list[str] = field(default_factory=list)

    def render(self) -> str:
        return json.dumps({"formatVersion": 1, **self.__dict__}, indent=2, sort_keys=True)


def parser() -> argparse.ArgumentParser:
    """All options, with their help."""
    made = argparse.ArgumentParser(
        prog="./bootstrap",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doing = made.add_mutually_exclusive_group()
    doing.add_argument("--check", action="store_true", help="only say what is missing (exit code 1 if anything is)")
    doing.add_argument(
        "--relock",
        action="store_true",
        help="pin today's versions: writes nix/inputs.lock.json and what follows from it",
    )
    doing.add_argument("--export", metavar="DIR", type=Path, help="also write all inputs to DIR/sha256/<hex>")
    made.add_argument(
        "--from", dest="source", metavar="DIR|URL", help="take files from a content-addressed folder or mirror instead"
    )
    made.add_argument(
        "--only-group",
        action="append",
        choices=GROUPS,
        metavar="GROUP",
        help=f"only inputs of this group ({', '.join(GROUPS)}); can be repeated",
    )
    made.add_argument(
        "--project",
        action="append",
        default=[],
        metavar="DIR",
        type=Path,
        help="also the crates of DIR/Cargo.lock, a product of another repository; can be repeated",
    )
    made.add_argument("--skip-checks", action="store_true", help="leave out the group `checks`")
    made.add_argument("--no-install", action="store_true", help="install nothing and leave Nix's settings alone")
    made.add_argument(
        "--debian-mirror", metavar="URL", default="", help="Debian's main archive, where apt is not configured for it"
    )
    made.add_argument("--quiet", action="store_true", help="errors only")
    made.add_argument("--json", action="store_true", help="print a summary as JSON on standard output")
    return made


def main(root: Path, arguments: list[str]) -> int:
    """Run bootstrap for the repository at `root`; returns the exit code."""
    options = parser().parse_args(arguments)
    tell = Tell(options.quiet)
    summary = Summary()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        code = _run(Repository(root, tuple(each.absolute() for each in options.project)), options, tell, summary)
    except BootstrapError as error:
        return _end(error)
    except OSError as error:
        return _end(from_os_error(error, "go on"))
    except process.ProgramFailed as failed:
        hint = "run that command to see what it lacks, then ./bootstrap again"
        return _end(process.explain(failed, "go on", shlex.join(failed.command), hint))
    except KeyboardInterrupt:
        return _end(
            BootstrapError("interrupted", hint="files that were fetched whole are kept; run ./bootstrap again to go on")
        )
    if options.json:
        print(summary.render())
    return code


def _run(repository: Repository, options: argparse.Namespace, tell: Tell, summary: Summary) -> int:
    cache = caches.Cache(caches.default_folder())
    if options.relock:
        with cache.locked():
            _relock(repository, options, cache, tell, summary)
    groups = frozenset(options.only_group or GROUPS) - ({"checks"} if options.skip_checks else set())
    table, lock = repository.table(), repository.lock()
    inputs = [each for each in lock.inputs if each.group in groups] + repository.crates(table, groups)
    summary.inputs = len(inputs)
    changed = not options.no_install and not options.check and nixsetup.ensure(tell)
    have_nix = store.installed()
    try:
        absent = store.absent(inputs) if have_nix else inputs
    except BootstrapError:
        if not (options.export and options.no_install):
            raise
        tell("the Nix store cannot be used by this user: writing the folder without it")
        have_nix, absent = False, inputs
    if options.check:
        return _report_missing(absent, inputs, tell, summary)
    if not absent and not options.export:
        tell(f"{'ready' if changed else 'nothing to do'}: all {len(inputs)} inputs are in the store")
        return Exit.YES
    if not have_nix and not options.export:
        raise BootstrapError(
            "there is no Nix on this machine",
            why="--no-install forbids installing it",
            hint="leave --no-install out, or write the inputs to a folder: --export DIR",
        )
    with cache.locked(absent):
        uncached = [each for each in absent if not cache.holds(each)]
        fetcher = Fetcher(repository, table, lock, cache, tell, options.debian_mirror, not options.no_install)
        _fetch(fetcher, options.source, uncached)
        summary.fetched = len(uncached)
        if have_nix and absent:
            store.add(absent, cache, lambda done: tell.redraw(f"adding to the store: {done}/{len(absent)} files"))
            summary.added = len(absent)
        if options.export:
            summary.exported = mirror.export(inputs, cache, options.export)
            tell(f"wrote {summary.exported} files to {options.export}/sha256 ({len(inputs)} inputs are there)")
    if have_nix:
        tell(f"ready: all {len(inputs)} inputs are in the store ({len(absent)} added)")
    return Exit.YES


def _fetch(fetcher: Fetcher, source: str | None, wanted: list[Input]) -> None:
    if source and wanted:
        address.check("--from", source)
        fetcher.tell(f"taking the files from {source}")
        with fetcher.progress(wanted, by_cargo=False):
            mirror.fetch(source, wanted, fetcher.cache)
    elif wanted:
        fetcher.fetch(wanted)


def _report_missing(absent: list[Input], inputs: list[Input], tell: Tell, summary: Summary) -> int:
    summary.missing = [each.file for each in absent]
    for each in absent:
        tell(f"missing: {each.file} ({each.group})")
    if absent:
        tell(f"{len(absent)} of {len(inputs)} inputs are not in the store; ./bootstrap brings them")
        return Exit.NO
    tell(f"all {len(inputs)} inputs are in the store")
    return Exit.YES


def _relock(
    repository: Repository, options: argparse.Namespace, cache: caches.Cache, tell: Tell, summary: Summary
) -> None:
    if options.source:
        raise BootstrapError(
            "--relock asks apt-get, pip and cargo for today's versions",
            why="--from was given too",
            hint="leave one of them out",
        )
    table = repository.table()
    old = repository.lock() if repository.lock_file.exists() else Lock(())
    fetcher = Fetcher(repository, table, old, cache, tell, options.debian_mirror, not options.no_install)
    tell("asking for today's versions")
    apts = {suite: fetcher.apt(suite) for suite in sorted({row.suite for row in table.inputs if row.suite})}
    for client in apts.values():
        client.update()
    machine_cargo, why_not = of_machine()
    clients = relock.Clients(apts, pip.command(not options.no_install), machine_cargo or fetcher.private_cargo(why_not))
    new, symbols = facts.with_facts(relock.relock(table, cache, clients), table, cache)
    summary.relocked = relock.describe(old, new)
    for line in summary.relocked:
        tell(line)
    changed = relock.write(repository, new, symbols, cache)
    for path in changed:
        tell(f"wrote {path.relative_to(repository.root)}")
    tell(
        "the pinned versions changed: provenance and SBOM will differ from those of earlier releases"
        if summary.relocked
        else "the pinned versions are today's already"
    )


def _end(error: BootstrapError) -> int:
    print(error.render(), file=sys.stderr)
    return error.code


def _interrupt(_signal: int, _frame: object) -> None:
    process.stop_all()
    raise KeyboardInterrupt
