"""Settings of Nix: which are lacking, and how an existing file gets them."""

import unittest

from ..nixconf import Change, Situation, lacking, merge, parse, with_sandbox

GOOD = {
    "experimental-features": "flakes nix-command",
    "sandbox": "true",
    "sandbox-fallback": "false",
    "build-users-group": "",
    "substituters": "https://cache.invalid",
}
ROOT_ALONE = Situation(fresh=False, single_user=True, build_users=False)


class Lacking(unittest.TestCase):
    def test_nothing_when_all_is_well(self) -> None:
        self.assertEqual(lacking(GOOD, ROOT_ALONE), [])

    def test_adds_features_to_those_in_force(self) -> None:
        changes = lacking({**GOOD, "experimental-features": "ca-derivations flakes"}, ROOT_ALONE)
        self.assertEqual(
            changes, [Change("experimental-features", "ca-derivations flakes", "ca-derivations flakes nix-command")]
        )

    def test_turns_the_sandbox_on_and_its_fallback_off(self) -> None:
        changes = lacking({**GOOD, "sandbox": "relaxed", "sandbox-fallback": "true"}, ROOT_ALONE)
        self.assertEqual(
            [str(each) for each in changes], ["sandbox = true (was: relaxed)", "sandbox-fallback = false (was: true)"]
        )

    def test_empties_the_build_users_group_only_for_root_without_build_users(self) -> None:
        settings = {**GOOD, "build-users-group": "nixbld"}
        self.assertEqual([each.name for each in lacking(settings, ROOT_ALONE)], ["build-users-group"])
        self.assertEqual(lacking(settings, Situation(False, True, build_users=True)), [])
        self.assertEqual(lacking(settings, Situation(False, single_user=False, build_users=False)), [])

    def test_lets_two_derivations_compile_at_once_if_it_installed_nix(self) -> None:
        one = {**GOOD, "max-jobs": "1"}
        self.assertIn(Change("max-jobs", "1", "2"), lacking(one, Situation(True, True, False)))
        self.assertEqual(lacking(one, ROOT_ALONE), [])
        self.assertNotIn(
            "max-jobs", {each.name for each in lacking({**GOOD, "max-jobs": "8"}, Situation(True, True, False))}
        )

    def test_leaves_substituters_alone_unless_it_installed_nix(self) -> None:
        self.assertEqual(
            lacking(GOOD, Situation(True, True, False)), [Change("substituters", "https://cache.invalid", "")]
        )


class WithSandbox(unittest.TestCase):
    FEATURES = Change("experimental-features", "", "nix-command flakes")

    def test_a_file_without_a_sandbox_gets_one_as_a_change_like_all_others(self) -> None:
        changes = with_sandbox("# sandbox = false\n", [self.FEATURES])
        self.assertEqual([str(each) for each in changes], ["sandbox = true", str(self.FEATURES)])

    def test_a_sandbox_that_is_there_or_changed_anyway_is_not_told_again(self) -> None:
        self.assertEqual(with_sandbox("sandbox = true\n", [self.FEATURES]), [self.FEATURES])
        lacking_it = [Change("sandbox", "false", "true")]
        self.assertEqual(with_sandbox("", lacking_it), lacking_it)


class Merge(unittest.TestCase):
    def test_writes_a_new_file(self) -> None:
        changes = [
            Change("experimental-features", "", "nix-command flakes"),
            Change("sandbox-fallback", "true", "false"),
            Change("build-users-group", "nixbld", ""),
        ]
        self.assertEqual(
            merge("", changes),
            "experimental-features = nix-command flakes\nsandbox-fallback = false\nbuild-users-group =\n",
        )

    def test_keeps_comments_order_and_other_settings(self) -> None:
        before = "# ours\nmax-jobs = 4  # two cores\n\nsandbox = false # why not\ncores = 1"
        self.assertEqual(
            merge(before, [Change("sandbox", "false", "true")]),
            "# ours\nmax-jobs = 4  # two cores\n\nsandbox = true # why not\ncores = 1\n",
        )

    def test_edits_the_last_line_of_a_setting_because_that_one_counts(self) -> None:
        before = "sandbox = true\nsandbox = relaxed\n"
        self.assertEqual(merge(before, [Change("sandbox", "relaxed", "true")]), "sandbox = true\nsandbox = true\n")

    def test_adds_to_the_features_of_the_file_only(self) -> None:
        # What another file or the environment adds is not copied into this one.
        change = Change(
            "experimental-features", "recursive-nix ca-derivations", "recursive-nix ca-derivations nix-command flakes"
        )
        self.assertEqual(
            merge("cores = 1\nexperimental-features = ca-derivations # tried\n", [change]),
            "cores = 1\nexperimental-features = ca-derivations nix-command flakes # tried\n",
        )

    def test_does_not_override_the_features_of_an_included_file(self) -> None:
        change = Change("experimental-features", "ca-derivations", "ca-derivations nix-command flakes")
        self.assertEqual(
            merge("!include more.conf\n", [change]),
            "!include more.conf\nextra-experimental-features = nix-command flakes\n",
        )

    def test_a_commented_setting_is_not_a_setting(self) -> None:
        self.assertEqual(
            merge("# sandbox = false\n", [Change("sandbox", "false", "true")]), "# sandbox = false\nsandbox = true\n"
        )

    def test_doing_it_twice_changes_nothing(self) -> None:
        changes = lacking({"experimental-features": "", "sandbox": "false", "sandbox-fallback": "true"}, ROOT_ALONE)
        once = merge("# c\nexperimental-features =\n", changes)
        self.assertEqual(merge(once, changes), once)
        self.assertEqual(lacking({**parse(once), "build-users-group": ""}, ROOT_ALONE), [])
