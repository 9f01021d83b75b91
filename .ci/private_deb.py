"""Programs of other Debian suites, unpacked beside the system's; for those that need no other libraries than its own."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from bootstrap import apt, debfile
from bootstrap.cache import Cache, default_folder
from bootstrap.errors import BootstrapError

COSIGN_SUITES = ("trixie", "forky")


def cosigns() -> list[tuple[Path, str]]:
    """The cosign of each suite that has one, the older first, and its version. Raises as `of_suite` does."""
    cache = Cache(default_folder())
    with cache.locked():
        found = [of_suite(suite, "cosign", cache) for suite in COSIGN_SUITES]
    return [(place / "usr/bin/cosign", version) for place, version in found]


def of_suite(suite: str, package: str, cache: Cache) -> tuple[Path, str]:
    """The folder that `package` of the suite is unpacked in, and its version; fetched by apt-get unless it is there.

    Raises BootstrapError when the suite cannot be reached or has no such package.
    """
    client = apt.Apt(cache.folder / f"apt-{suite}", suite, apt.configured_mirror())
    client.prepare()
    try:
        return _unpacked(client, package, cache)
    except BootstrapError:
        # There is no list yet, or it is older than the mirror.
        client.update()
        return _unpacked(client, package, cache)


def _unpacked(client: apt.Apt, package: str, cache: Cache) -> tuple[Path, str]:
    found = client.index().get(package)
    if found is None:
        raise BootstrapError(f"{client.suite} has no package {package}", where=client.mirror)
    place = cache.folder / package / re.sub(r"[^A-Za-z0-9.+~-]", "-", found.version)
    if not (place / "complete").is_file():
        print(f"fetching {package} {found.version} of {client.suite}: {found.size / 1e6:.0f} MB", file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        debs = place / "debs"
        debs.mkdir(parents=True)
        client.download([(found.name, found.version)], debs)
        for deb in debs.glob("*.deb"):
            debfile.extract(deb, place)
        shutil.rmtree(debs)
        (place / "complete").touch()
    return place, found.version
