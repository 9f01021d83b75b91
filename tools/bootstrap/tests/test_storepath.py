"""Store paths and names, against values that Nix 2.8.0 printed."""

import unittest

from ..storepath import fixed_output_path, nix32, store_name


class StorePath(unittest.TestCase):
    def test_agrees_with_nix_store_add_fixed(self) -> None:
        # printf hello > hello.txt; nix-store --add-fixed sha256 hello.txt
        self.assertEqual(
            fixed_output_path("hello.txt", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
            "/nix/store/iixxin28s82lrxs8v4lcf7nha2dkwprm-hello.txt",
        )

    def test_agrees_with_nix_hash_in_base_32(self) -> None:
        # nix-hash --type sha256 --to-base32 2cf24d…
        digest = bytes.fromhex("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        self.assertEqual(nix32(digest), "094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic")

    def test_another_name_or_digest_is_another_path(self) -> None:
        digest = "0" * 64
        paths = {
            fixed_output_path("a", digest),
            fixed_output_path("b", digest),
            fixed_output_path("a", "1" + digest[1:]),
        }
        self.assertEqual(len(paths), 3)

    def test_replaces_what_a_store_name_may_not_contain(self) -> None:
        self.assertEqual(store_name("llvm-22_1%3a22.1.8-1~deb13u4_amd64.deb"), "llvm-22_1-22.1.8-1-deb13u4_amd64.deb")
        self.assertEqual(store_name("libstdc++6_14.2.0-19_amd64.deb"), "libstdc++6_14.2.0-19_amd64.deb")
