"""Origin patterns: an origin of somebody else's that a regular expression lets in, found and proved.

Nothing is concluded from how a pattern looks: candidates are made from it and then tried against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

STRANGERS = ("https://stranger.example", "https://a-b.net", "https://x1.co.uk:8443")
"""Origins that have nothing to do with anybody; a pattern that takes them all takes any."""

SHARED = frozenset(
    {
        "amplifyapp.com", "azurewebsites.net", "cloudfront.net", "databricksapps.com", "fly.dev", "github.io",
        "herokuapp.com", "netlify.app", "ngrok-free.app", "ngrok.io", "onrender.com", "pages.dev",
        "railway.app", "run.app", "streamlit.app", "vercel.app", "web.app", "workers.dev",
    },
)  # fmt: skip
"""Domains below which anybody can have a name: one label more is needed to tell owners apart."""

_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?[:=!<a-zP]*|.", re.DOTALL)
_QUANTIFIER = re.compile(r"[*+?]\??|\{\d*,?\d*\}\??")
MAX_PATTERN = 500


def matches(pattern: str, origin: str, *, prefix: bool) -> bool:
    """Tell whether a pattern lets an origin in; `prefix` when the library does not match it whole."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE if prefix else 0)
    except (re.error, RecursionError, OverflowError):
        return False
    return bool(compiled.match(origin) if prefix else compiled.fullmatch(origin))


def takes_any(pattern: str, *, prefix: bool) -> bool:
    """Tell whether a pattern lets every origin in."""
    return all(matches(pattern, origin, prefix=prefix) for origin in STRANGERS)


def stranger(pattern: str, *, prefix: bool) -> str:
    """Return an origin under another registrable domain than is meant, that is let in; or an empty string."""
    if len(pattern) > MAX_PATTERN or takes_any(pattern, prefix=prefix):
        return ""
    sample = "".join(text for text, _ in _pieces(pattern))
    if not matches(pattern, sample, prefix=prefix):
        return ""
    meant = _registrable(sample)
    for candidate in _candidates(pattern, sample, prefix=prefix):
        if _registrable(candidate) != meant and matches(pattern, candidate, prefix=prefix):
            return candidate
    return ""


def _candidates(pattern: str, sample: str, *, prefix: bool) -> Iterator[str]:
    pieces = list(_pieces(pattern))
    for index, (_, kind) in enumerate(pieces):
        for instead in {"any": ("x",), "run": ("evil", "com.evil.net")}.get(kind, ()):
            texts = [t for t, _ in pieces]
            texts[index] = instead
            yield "".join(texts)
    if prefix:
        yield sample + ".evil.net"


def _pieces(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of a sample that matches, each with its kind: `text`, `any` (a bare dot) or `run`."""
    position = 0
    skipping = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            return
        position = token.end()
        quantifier = _QUANTIFIER.match(pattern, position) if token[0] not in "()|^$" else None
        if token[0] == ")":
            quantifier = _QUANTIFIER.match(pattern, position)
            skipping = 0
        position = quantifier.end() if quantifier is not None else position
        if token[0] == "|":
            skipping = 1
        if not skipping:
            yield _piece(token[0], quantifier[0] if quantifier is not None else "")


def _piece(part: str, quantifier: str) -> tuple[str, str]:
    if part in {"^", "$", "(", ")"} or part.startswith("(?"):
        return "", "text"
    if quantifier.startswith("?"):
        return "", "text"
    if part == ".":
        return ("a", "run") if quantifier else (".", "any")
    if part.startswith("["):
        return _of_class(part), "text"
    if part.startswith("\\"):
        return {"d": "1", "w": "a", "S": "a", "Z": "", "A": "", "b": ""}.get(part[1], part[1]), "text"
    return part, "text"


def _of_class(token: str) -> str:
    """Return a character that a class takes."""
    return next((c for c in "a1-." if re.fullmatch(token, c)), "a")


def _registrable(origin: str) -> str:
    """Return the last two labels of an origin's host."""
    host = origin.partition("://")[2].partition("/")[0].partition(":")[0]
    shared = any(host.endswith(f".{suffix}") for suffix in SHARED)
    return ".".join(host.split(".")[-3 if shared else -2 :])
