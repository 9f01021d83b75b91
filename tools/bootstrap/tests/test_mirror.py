"""Folders and mirrors that are incomplete, wrong, or lie."""

import threading
from unittest import mock

from .. import address, mirror, process
from ..errors import Exit
from .support import FolderTest, pinned, serving, tree

CONTENT = b"c" * 200_000


class Mirrors(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.wanted = pinned("a", CONTENT)

    def fetch(self, source: str, *inputs: object) -> None:
        with self.cache.locked():
            mirror.fetch(source, list(inputs) or [self.wanted], self.cache)  # type: ignore[arg-type]

    def fails(self, source: str, *inputs: object) -> tuple[str, str, Exit]:
        error = self.error(self.fetch, source, *inputs)
        self.assertFalse(any(self.cache.files.iterdir()))
        self.assert_nothing_half_made()
        return error.what, error.why, error.code

    def test_takes_files_from_a_folder_and_from_a_server(self) -> None:
        self.fetch(str(tree(self.folder / "in", CONTENT)))
        self.assertTrue(self.cache.holds(self.wanted))
        self.cache.path(self.wanted.sha256).unlink()
        with serving(CONTENT) as (url, _):
            self.fetch(url)
        self.assertTrue(self.cache.holds(self.wanted))

    def test_an_address_with_what_gives_access_is_refused_and_not_told(self) -> None:
        for text in (
            "https://me:hunter22@host.invalid/in",
            "https://hunter22@host.invalid/in",
            "https://me:hun/ter22@host.invalid/in",
            "https://host.invalid/in?key=hunter22",
            "http://host.invalid/#hunter22",
            "ftp://me:hunter22@host.invalid/",
        ):
            error = self.error(self.fetch, text)
            self.assertEqual(error.what, "--from has an address that is not asked")
            self.assertNotIn("hun", error.render())
            self.assertNotIn("ter22", error.render())
        for text in ("https://host.invalid:8000/in", "http://[::1]:80/@a/", "http://[::1]/", "folder?x", "a@b"):
            address.check("--from", text)

    def test_an_address_is_told_without_what_gives_access(self) -> None:
        for text, told in (
            ("http://me:hunter22@host.invalid:80/a", "http://host.invalid:80/a"),
            ("http://host.invalid/@a/", "http://host.invalid/@a/"),
            ("http://me:hun/ter22@host.invalid/", "http://…"),
            ("http://me:hun@ter/22@host.invalid/", "http://…"),
            ("folder@", "folder@"),
        ):
            self.assertEqual(address.shown(text), told)

    def test_a_server_that_does_not_say_the_length_is_fine(self) -> None:
        with serving(CONTENT, announced=-1) as (url, _):
            self.fetch(url)
        self.assertTrue(self.cache.holds(self.wanted))

    def test_other_bytes_of_the_same_length_are_refused(self) -> None:
        with serving(b"d" * len(CONTENT)) as (url, _):
            what, why, code = self.fails(url)
        self.assertEqual((what, code), ("`a-1.whl` is not the pinned file", Exit.NO))
        self.assertIn(f"the lock says {self.wanted.sha256}", why)

    def test_a_folder_with_other_bytes_is_refused(self) -> None:
        source = tree(self.folder / "in", CONTENT)
        (source / "sha256" / self.wanted.sha256).write_bytes(b"d" * len(CONTENT))
        self.assertEqual(self.fails(str(source))[0], "`a-1.whl` is not the pinned file")

    def test_a_truncated_answer_is_told_as_such(self) -> None:
        with serving(CONTENT[:1000], announced=len(CONTENT)) as (url, _):
            what, why, _ = self.fails(url)
        self.assertEqual(
            (what, why), ("`a-1.whl` arrived incomplete", "the connection ended after 1000 of 200000 bytes")
        )

    def test_a_short_answer_that_says_so_is_refused(self) -> None:
        with serving(CONTENT[:1000]) as (url, _):
            self.assertEqual(self.fails(url)[1], "it has 1000 bytes, the lock says 200000")

    def test_a_server_that_says_less_than_it_sends_is_refused(self) -> None:
        with serving(CONTENT, announced=10) as (url, _):
            self.assertEqual(self.fails(url)[1], "it has 10 bytes, the lock says 200000")

    def test_an_endless_answer_is_not_read_to_its_end(self) -> None:
        with serving(b"c" * 50_000_000, announced=-1) as (url, written):
            what, why, _ = self.fails(url)
        self.assertEqual(why, "it is longer than the 200000 bytes it may have")
        self.assertLess(sum(written), 20_000_000)

    def test_a_mirror_that_drips_is_given_up(self) -> None:
        with (
            mock.patch.multiple(mirror, PACE_SECONDS=0.1, PACE_BYTES=1000),
            serving(CONTENT[:200], announced=len(CONTENT), drip=0.01) as (url, written),
        ):
            what, why, code = self.fails(url)
        self.assertEqual((what, code), ("cannot fetch `a-1.whl`: the mirror is too slow", Exit.COULD_NOT_TELL))
        self.assertRegex(why, r"^[0-9]+ bytes came in 0 seconds, at least 1000 should$")
        self.assertLess(sum(written), 100)

    def test_a_mirror_that_is_slow_but_quick_enough_is_not_given_up(self) -> None:
        with (
            mock.patch.multiple(mirror, PACE_SECONDS=0.1, PACE_BYTES=2),
            serving(b"slow" * 10, drip=0.01) as (url, _),
        ):
            self.fetch(url, pinned("a", b"slow" * 10))
        self.assertTrue(self.cache.holds(pinned("a", b"slow" * 10)))

    def test_running_downloads_end_when_the_run_is_interrupted(self) -> None:
        stopping = threading.Event()
        with (
            mock.patch.object(process, "_stopping", stopping),
            serving(CONTENT[:200], announced=len(CONTENT), drip=0.01) as (url, written),
        ):
            threading.Timer(0.1, stopping.set).start()
            self.assertEqual(self.fails(url)[0], "interrupted")
        self.assertLess(sum(written), 100)

    def test_lists_every_file_that_is_not_there(self) -> None:
        more = [pinned(f"b{number}", bytes([number])) for number in range(12)]
        with serving(b"", status=404) as (url, _):
            what, why, code = self.fails(url, *more)
        self.assertEqual((what, code), ("12 of 12 inputs are not there", Exit.NO))
        self.assertEqual(why.splitlines()[-1], "and 2 more")

    def test_a_server_error_is_not_taken_for_absence(self) -> None:
        with serving(b"", status=503) as (url, _):
            self.assertEqual(self.fails(url)[1], "the mirror answers 503 Service Unavailable")

    def test_a_server_that_is_not_there(self) -> None:
        with serving(b"") as (url, _):
            pass
        self.assertEqual(self.fails(url)[0], "cannot fetch `a-1.whl`: the mirror cannot be reached")

    def test_refuses_what_is_neither_folder_nor_address(self) -> None:
        self.assertEqual(self.fails("ftp://h.invalid/")[0], "--from takes a folder or an http(s) address")
        self.assertEqual(self.fails(str(self.folder))[1], "there is no folder `sha256` in it")

    def test_a_crate_without_a_known_size_is_checked_by_its_digest(self) -> None:
        crate = pinned("a", CONTENT, kind="crate", size=None)
        self.fetch(str(tree(self.folder / "in", CONTENT)), crate)
        self.assertTrue(self.cache.holds(crate))


class Export(FolderTest):
    def test_writes_what_fetch_reads_and_only_once(self) -> None:
        each = pinned("a", CONTENT)
        self.cache.path(each.sha256).write_bytes(CONTENT)
        out = self.folder / "out"
        self.assertEqual(mirror.export([each], self.cache, out), 1)
        self.assertEqual((out / "sha256" / each.sha256).read_bytes(), CONTENT)
        self.assertEqual(mirror.export([each], self.cache, out), 0)

    def test_removes_what_a_killed_run_left(self) -> None:
        each = pinned("a", CONTENT)
        self.cache.path(each.sha256).write_bytes(CONTENT)
        out = tree(self.folder / "out")
        (out / "sha256" / ".export-abcd1234").write_bytes(CONTENT[:9])
        self.assertEqual(mirror.export([each], self.cache, out), 1)
        self.assertEqual([path.name for path in (out / "sha256").iterdir()], [each.sha256])

    def test_repairs_a_damaged_file(self) -> None:
        each = pinned("a", CONTENT)
        self.cache.path(each.sha256).write_bytes(CONTENT)
        out = tree(self.folder / "out", CONTENT)
        (out / "sha256" / each.sha256).write_bytes(b"x")
        self.assertEqual(mirror.export([each], self.cache, out), 1)
        self.assertEqual([path.name for path in (out / "sha256").iterdir()], [each.sha256])
