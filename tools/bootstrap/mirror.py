"""Content-addressed folders and mirrors: `sha256/<hex>`, the form that stock Nix reads as `hashed-mirrors`."""

from __future__ import annotations

import http.client
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import address, process
from .cache import BLOCK_BYTES, Cache, difference, wrong_bytes
from .errors import BootstrapError, Exit
from .lock import Input

TIMEOUT_SECONDS = 60
# A mirror that brings less in that time is given up: the timeout alone lets it send a byte a minute.
PACE_SECONDS = 60
PACE_BYTES = 60_000
CONNECTIONS = 8
# A crate's size is not in Cargo.lock; nothing that a crate registry serves comes near this.
UNKNOWN_SIZE_MAX_BYTES = 512 << 20
MISSING_SHOWN = 10


class NotThere(Exception):
    """The folder or mirror does not have a file."""


def fetch(source: str, inputs: list[Input], cache: Cache) -> None:
    """Bring every input from a folder or an http(s) address into the cache, each checked against the lock.

    Raises BootstrapError: one that lists all files that are not there, or the first other failure.
    """
    address.check("--from", source)
    remote = source.startswith(("http://", "https://"))
    if not remote and "://" in source:
        raise BootstrapError(
            "--from takes a folder or an http(s) address",
            why="this scheme is not supported",
            where=source,
            hint="give the path of the folder that holds `sha256/`",
        )
    if not remote and not (Path(source) / "sha256").is_dir():
        raise BootstrapError(
            "this is not a folder of inputs",
            why="there is no folder `sha256` in it",
            where=source,
            hint="write one on a machine that has the inputs: ./bootstrap --export DIR",
        )
    missing: list[Input] = []
    with cache.temporary("from") as folder, ThreadPoolExecutor(CONNECTIONS if remote else 1) as pool:

        def one(each: Input) -> None:
            path = folder / each.sha256
            try:
                _download(f"{source.rstrip('/')}/sha256/{each.sha256}", path, each) if remote else _copy(
                    source, path, each
                )
            except NotThere:
                missing.append(each)
            else:
                cache.put(path, each, source)

        futures = [pool.submit(one, each) for each in inputs]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if missing:
        names = [each.file for each in sorted(missing)]
        more = [f"and {len(names) - MISSING_SHOWN} more"] if len(names) > MISSING_SHOWN else []
        raise BootstrapError(
            f"{len(names)} of {len(inputs)} inputs are not there",
            why="\n".join(names[:MISSING_SHOWN] + more),
            where=source,
            hint="use the inputs of the same commit; or leave --from out to fetch the rest with apt-get, pip and cargo",
            code=Exit.NO,
        )


def export(inputs: list[Input], cache: Cache, folder: Path) -> int:
    """Write the inputs as `folder`/sha256/<hex>; returns how many were not there yet.

    A file comes from the cache, or from the store when the cache was emptied. What a killed run left is removed.
    """
    target = folder / "sha256"
    target.mkdir(parents=True, exist_ok=True)
    for left in target.glob(".export-*"):
        left.unlink(missing_ok=True)
    written = 0
    for each in inputs:
        path = target / each.sha256
        if path.is_file() and not difference(path, each):
            continue
        origin = cache.path(each.sha256) if cache.holds(each) else Path(each.store_path)
        handle, temporary = tempfile.mkstemp(prefix=".export-", dir=target)
        os.close(handle)
        try:
            shutil.copyfile(origin, temporary)
            problem = difference(Path(temporary), each)
            if problem:
                raise wrong_bytes(each, str(origin), problem)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        written += 1
    return written


def _copy(source: str, path: Path, each: Input) -> None:
    origin = Path(source) / "sha256" / each.sha256
    if not origin.is_file():
        raise NotThere
    shutil.copyfile(origin, path)


def _refuse_slow(got: int, seconds: float, each: Input, url: str) -> None:
    if got < PACE_BYTES:
        raise BootstrapError(
            f"cannot fetch `{each.file}`: the mirror is too slow",
            why=f"{got} bytes came in {seconds:.0f} seconds, at least {PACE_BYTES} should",
            where=url,
            hint="try again later, or use another mirror",
        )


def _download(url: str, path: Path, each: Input) -> None:
    """Stream one file; what is longer than it may be is not read to its end."""
    most = each.size if each.size is not None else UNKNOWN_SIZE_MAX_BYTES
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response, path.open("wb") as stream:
            announced = response.headers.get("Content-Length")
            got = counted = 0
            since = time.monotonic()
            # Not `read`, which returns only when a whole block is there.
            while block := response.read1(min(BLOCK_BYTES, most - got + 1)):
                got += len(block)
                if got > most:
                    raise wrong_bytes(each, url, f"it is longer than the {most} bytes it may have")
                stream.write(block)
                if process.stopping():
                    raise BootstrapError("interrupted")
                if (seconds := time.monotonic() - since) > PACE_SECONDS:
                    _refuse_slow(got - counted, seconds, each, url)
                    counted, since = got, time.monotonic()
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise NotThere from error
        raise BootstrapError(
            f"cannot fetch `{each.file}`",
            why=f"the mirror answers {error.code} {error.reason}",
            where=url,
            hint="try again later, or use another mirror",
        ) from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise BootstrapError(
            f"cannot fetch `{each.file}`: the mirror cannot be reached",
            why=str(reason).lower(),
            where=url,
            hint="check the address and this machine's network, then run it again",
        ) from error
    if announced is not None and announced.isdigit() and int(announced) != got:
        raise BootstrapError(
            f"`{each.file}` arrived incomplete",
            where=url,
            why=f"the connection ended after {got} of {announced} bytes",
            hint="run ./bootstrap again",
        )
