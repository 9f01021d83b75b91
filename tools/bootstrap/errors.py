"""The one error type people see: what happened, why, where, and what to do next."""

from __future__ import annotations

import errno
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes: 0 yes, 1 no (an input is missing or wrong), 2 could not tell."""

    YES = 0
    NO = 1
    COULD_NOT_TELL = 2


class BootstrapError(Exception):
    """An expected failure, rendered as `error:`, `why:`, `where:` and `hint:` lines.

    `where` is a path or an address, `hint` says what to do next; empty parts are left out.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        where: object = "",
        hint: str = "",
        code: Exit = Exit.COULD_NOT_TELL,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.where = str(where)
        self.hint = hint
        self.code = code

    def render(self) -> str:
        """The message without a trailing newline; lines after the first are indented."""
        lines = [f"error: {self.what}"]
        for label, text in (("why", self.why), ("where", self.where)):
            if text:
                lines.append(f"  {label}: " + text.strip().replace("\n", "\n       "))
        if self.hint:
            lines.append("hint: " + self.hint.strip().replace("\n", "\n      "))
        return "\n".join(lines)


def from_os_error(error: OSError, doing: str) -> BootstrapError:
    """Explain an `OSError`; `doing` completes the sentence "cannot …"."""
    where = error.filename or ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        # Of a copy it is the target's disk.
        return disk_full(doing, error.filename2 or where)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BootstrapError(
            f"cannot {doing}",
            why=(error.strerror or str(error)).lower(),
            where=where,
            hint="run it again as root, or as the user that owns this path",
        )
    return BootstrapError(f"cannot {doing}", why=(error.strerror or str(error)).lower(), where=where)


def disk_full(doing: str, where: object, why: str = "no space left on device") -> BootstrapError:
    """The error for a full disk or an exhausted quota."""
    # Inputs have no root in the store; the cache, if it is still there, brings them again.
    garbage = " (`nix-collect-garbage` does so, but removes the inputs that are in the store, too)"
    return BootstrapError(
        f"cannot {doing}: the disk is full",
        why=why,
        where=where,
        hint=f"free some space{garbage if f'{where}/'.startswith('/nix/') else ''}, then run ./bootstrap again;\n"
        "files that were fetched whole are kept and not fetched again",
    )
