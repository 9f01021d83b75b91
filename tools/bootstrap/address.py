"""Addresses of servers, and what of them may be told."""

from __future__ import annotations

import urllib.parse

from .errors import BootstrapError


def check(option: str, text: str) -> None:
    """Raise BootstrapError, which does not show it, when `text` is an address with what gives access.

    It would end up in messages; and nothing here signs in to a server.
    """
    if "://" in text and (shown(text) != text or "?" in text or "#" in text):
        raise BootstrapError(
            f"{option} has an address that is not asked",
            why="it has a user name, a password, a query, or no number for its port",
            where=_scheme(text),
            hint="fetch what wants a password with another program; --from takes the folder",
        )


def shown(text: str) -> str:
    """The address without user name and password; only its scheme when nobody knows where these end."""
    if "://" not in text:
        return text
    try:
        parts = urllib.parse.urlsplit(text)
        user, _, place = parts.netloc.rpartition("@")
        # Behind a colon is a number, or a part of a password with a slash in it.
        odd = ":" in place.rpartition("]")[2] and parts.port is None
    except ValueError:
        return _scheme(text)
    if odd or (user and "@" in parts.path):
        return _scheme(text)
    return text.replace(f"{user}@", "", 1) if user else text


def _scheme(text: str) -> str:
    scheme = text.partition("://")[0]
    return f"{scheme}://…" if scheme.isalnum() else "…"
