"""The licence of a pinned file as an SPDX expression, if the file itself states one; it is never guessed.

What counts as a statement, and why large packages have none: docs/formats/inputs-lock.md.
"""

from __future__ import annotations

import email.parser
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import debfile
from .lock import Input

# Short names of Debian's machine-readable copyright files (copyright-format 1.0, section 7.1), lower case, without a final
# `.0`: SPDX identifier. `MIT` and `public-domain` are left out on purpose: there are many texts of those names.
DEBIAN = {
    "0bsd": "0BSD",
    "apache-2": "Apache-2.0",
    "artistic-2": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsl-1": "BSL-1.0",
    "cc0": "CC0-1.0",
    "cc0-1": "CC0-1.0",
    "expat": "MIT",
    "fsfap": "FSFAP",
    "isc": "ISC",
    "mpl-1.1": "MPL-1.1",
    "mpl-2": "MPL-2.0",
    "python-2": "Python-2.0",
    "unlicense": "Unlicense",
    "zlib": "Zlib",
}
# Families that say `or any later version` with a plus sign.
GNU = {"agpl": ("3",), "gfdl": ("1.1", "1.2", "1.3"), "gpl": ("1", "2", "3"), "lgpl": ("2", "2.1", "3")}
EXCEPTIONS = {"font": "Font-exception-2.0", "llvm": "LLVM-exception"}
# Classifiers of Python packages that mean exactly one licence. `Apache Software License` and `BSD License` do not.
CLASSIFIERS = {
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "OSI Approved :: Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "OSI Approved :: GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "OSI Approved :: GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "OSI Approved :: GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "OSI Approved :: ISC License (ISCL)": "ISC",
    "OSI Approved :: MIT License": "MIT",
    "OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
    "OSI Approved :: zlib/libpng License": "Zlib",
}
WORDS = re.compile(r"[()]|[^\s()]+")


def of(each: Input, path: Path) -> str:
    """The licence that the file of a deb, wheel or crate states; an empty text when it states none."""
    if each.kind == "deb":
        wanted = f"usr/share/doc/{each.name}/copyright"
        # A link to another package's text is not followed: that package has other files.
        return next((of_copyright(content.decode()) for _, content in debfile.members(path, (wanted,))), "")
    if each.kind == "wheel":
        return of_wheel(path)
    return of_crate(path, f"{each.name}-{each.version}") if each.kind == "crate" else ""


def of_copyright(text: str) -> str:
    """Every licence of the files of a Debian source package, joined by AND; nothing if one of them has no SPDX name."""
    terms = set()
    for number, stanza in enumerate(_stanzas(text)):
        if number == 0 and "copyright-format/1.0" not in stanza.get("format", ""):
            return ""
        if "files" in stanza:
            # The short name is the first line; the text of the licence may follow.
            term = of_debian(stanza.get("license", "").partition("\n")[0])
            if not term:
                return ""
            terms.add(term)
    several = len(terms) > 1
    return " AND ".join(sorted(f"({term})" if several and " OR " in term else term for term in terms))


def of_debian(names: str) -> str:
    """A synopsis such as `GPL-2+ or Expat` in SPDX; an empty text if a name has no SPDX name.

    >>> of_debian("Apache-2.0 with LLVM exception or GPL-2+")
    'Apache-2.0 WITH LLVM-exception OR GPL-2.0-or-later'
    """
    if "," in names:  # `a or b, and c` groups otherwise than SPDX
        return ""
    made: list[str] = []
    words = iter(WORDS.findall(names))
    for word in words:
        if word.lower() in ("and", "or"):
            made.append(word.upper())
        elif word.lower() == "with":
            exception, kind = EXCEPTIONS.get(next(words, "").lower()), next(words, "").lower()
            if exception is None or kind != "exception":
                return ""
            made += ["WITH", exception]
        elif word in "()":
            made.append(word)
        elif name := _debian_name(word):
            made.append(name)
        else:
            return ""
    return expression(" ".join(made))


def of_wheel(path: Path) -> str:
    """`License-Expression` of METADATA, or its licence classifier if there is one that means one licence."""
    with zipfile.ZipFile(path) as wheel:
        name = next((name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)), None)
        metadata = email.parser.BytesParser().parsebytes(wheel.read(name) if name else b"", headersonly=True)
    if stated := metadata.get("License-Expression"):
        return expression(stated)
    found = [each.removeprefix("License :: ") for each in metadata.get_all("Classifier", []) if "License ::" in each]
    return CLASSIFIERS.get(found[0], "") if len(found) == 1 else ""


def of_crate(path: Path, folder: str) -> str:
    """`license` of Cargo.toml. Cargo reads the slash of old crates as OR."""
    with tarfile.open(path, "r:gz") as crate:
        manifest = crate.extractfile(f"{folder}/Cargo.toml")
        package = tomllib.loads(manifest.read().decode())["package"] if manifest else {}
    return expression(package.get("license", "").replace("/", " OR "))


def expression(text: str) -> str:
    """The text with single spaces, if it has the form of an SPDX expression; else an empty one.

    >>> expression("MIT  OR (Apache-2.0 WITH LLVM-exception)"), expression("see LICENSE")
    ('MIT OR (Apache-2.0 WITH LLVM-exception)', '')
    """
    words = WORDS.findall(text)
    # In the order of names, operators and parentheses; SPDX's list of names is not looked into.
    shape = "".join(word if word in "()" else {"AND": "o", "OR": "o", "WITH": "w"}.get(word, "n") for word in words)
    while (reduced := shape.replace("nwn", "n").replace("(n)", "n").replace("non", "n")) != shape:
        shape = reduced
    if shape != "n" or not all(re.fullmatch(r"[()]|[A-Za-z0-9.+-]+", word) for word in words):
        return ""
    return re.sub(r"\( | \)", lambda found: found[0].strip(), " ".join(words))


def _debian_name(word: str) -> str:
    name = re.sub(r"\.0(?=\+?$)", "", word.lower())
    family, _, version = name.rpartition("-")
    number = version.removesuffix("+")
    if number in GNU.get(family, ()):
        dotted = number if "." in number else f"{number}.0"
        return f"{family.upper()}-{dotted}-{'or-later' if version.endswith('+') else 'only'}"
    return DEBIAN.get(name, "")


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Fields by their lower-case names; a value keeps its lines, without the space that continues it."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t"):
                fields[name] = fields.get(name, "") + "\n" + line[1:]
            else:
                key, _, value = line.partition(":")
                name = key.lower()
                fields[name] = value.strip()
        if fields:
            yield fields
