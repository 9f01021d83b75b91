"""Which licence a pinned file states, and when it states none."""

import io
import tarfile
import unittest
import zipfile

from .. import licenses
from .support import FolderTest, deb, pinned

HEAD = "Format: https://debian.example/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: p\n"


def copyright_of(*names: str) -> str:
    stanzas = [f"Files: part{place}\nCopyright: 2026 somebody\nLicense: {name}\n" for place, name in enumerate(names)]
    # The texts have stanzas of their own, without files.
    return "\n".join([HEAD, *stanzas, "License: odd\n Permission is granted\n .\n to all.\n"])


class Copyright(unittest.TestCase):
    def test_joins_every_licence_once_and_in_order(self) -> None:
        self.assertEqual(
            licenses.of_copyright(copyright_of("Expat", "GPL-2+ or BSD-3-clause", "Expat", "zlib")),
            "(GPL-2.0-or-later OR BSD-3-Clause) AND MIT AND Zlib",
        )

    def test_one_licence_stands_alone(self) -> None:
        self.assertEqual(licenses.of_copyright(copyright_of("GPL-2 or Expat")), "GPL-2.0-only OR MIT")

    def test_one_unknown_name_makes_the_whole_unknown(self) -> None:
        for name in ("public-domain", "MIT", "GPL", "GPL-9", "", "Expat, and ISC", "GPL-2 with OpenSSL exception"):
            self.assertEqual(licenses.of_copyright(copyright_of("Expat", name)), "", name)

    def test_files_without_a_licence_make_the_whole_unknown(self) -> None:
        text = copyright_of("Expat").replace("License: Expat\n", "")
        self.assertEqual(licenses.of_copyright(text), "")

    def test_prose_states_nothing(self) -> None:
        self.assertEqual(licenses.of_copyright("This is free software.\n\nFiles: *\nLicense: Expat\n"), "")

    def test_names_of_debian_in_spdx(self) -> None:
        for name, expected in {
            "GPL-3.0+": "GPL-3.0-or-later",
            "LGPL-2.1+": "LGPL-2.1-or-later",
            "lgpl-2": "LGPL-2.0-only",
            "Apache-2.0 with LLVM exception": "Apache-2.0 WITH LLVM-exception",
            "GPL-2+ with Font exception and ISC": "GPL-2.0-or-later WITH Font-exception-2.0 AND ISC",
            "(Expat or ISC) and CC0": "(MIT OR ISC) AND CC0-1.0",
            "Expat or": "",
            "Expat with": "",
        }.items():
            self.assertEqual(licenses.of_debian(name), expected, name)


class Files(FolderTest):
    def of(self, content: bytes, **fields: object) -> str:
        path = self.folder / "file"
        path.write_bytes(content)
        return licenses.of(pinned("p", content, **fields), path)

    def test_a_package_states_it_in_its_own_folder(self) -> None:
        text = copyright_of("Expat").encode()
        self.assertEqual(self.of(deb({"usr/share/doc/p/copyright": text}), kind="deb"), "MIT")
        self.assertEqual(self.of(deb({"usr/share/doc/other/copyright": text}), kind="deb"), "")

    def wheel(self, *lines: str) -> str:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("p-1.dist-info/METADATA", "\n".join(["Metadata-Version: 2.4", "Name: p", *lines, "", "x"]))
        return self.of(out.getvalue())

    def test_a_wheel_states_an_expression_or_one_classifier(self) -> None:
        mit = "Classifier: License :: OSI Approved :: MIT License"
        self.assertEqual(self.wheel("License-Expression: MIT OR 0BSD", mit), "MIT OR 0BSD")
        self.assertEqual(self.wheel(mit, "Classifier: Programming Language :: C"), "MIT")
        self.assertEqual(self.wheel(mit, "Classifier: License :: OSI Approved :: ISC License (ISCL)"), "")
        self.assertEqual(self.wheel("Classifier: License :: OSI Approved :: BSD License"), "")
        self.assertEqual(self.wheel("License: MIT"), "")

    def crate(self, license_: str) -> str:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            manifest = f'[package]\nname = "p"\nversion = "1"\n{license_}\n'.encode()
            entry = tarfile.TarInfo("p-1/Cargo.toml")
            entry.size = len(manifest)
            archive.addfile(entry, io.BytesIO(manifest))
        return self.of(out.getvalue(), kind="crate")

    def test_a_crate_states_it_in_its_manifest(self) -> None:
        self.assertEqual(self.crate('license = "MIT/Apache-2.0"'), "MIT OR Apache-2.0")
        self.assertEqual(self.crate('license = "non-standard, see text"'), "")
        self.assertEqual(self.crate('license-file = "LICENSE"'), "")


class Expression(unittest.TestCase):
    def test_has_the_form_of_spdx(self) -> None:
        for text in ("MIT", "MIT OR (A-1.0 AND B+)", "A WITH x OR LicenseRef-own", "((MIT))"):
            self.assertEqual(licenses.expression(text), text)
        for text in ("", "MIT ISC", "MIT OR", "(MIT", "MIT or ISC", "see LICENSE", "A WITH", "MIT AND/OR ISC", "AND"):
            self.assertEqual(licenses.expression(text), "", text)
