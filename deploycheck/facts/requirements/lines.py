"""One requirement as text: PEP 508, and what pip takes besides."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.requirements.model import Requirement, canonical

if TYPE_CHECKING:
    from deploycheck.findings import Location

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(.*)")
_OPTION = re.compile(r"\s--?[A-Za-z].*")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)(\[[^\]]*\])?")
_WHEEL = re.compile(r"([A-Za-z0-9][\w.]*)-(\d[\w.!+]*)-[\w.-]+\.whl\b")
_PLATFORM = re.compile(r"\b(?:sys_platform|platform_system|os_name)\b")
_PYTHONS = tuple(f"3.{minor}" for minor in range(8, 16))


def parse_line(line: str, at: Location, *, group: str = "", development: bool = False) -> Requirement | None:
    """Return the requirement on one line (PEP 508 or a pip line), or None when there is none.

    There is none either where the line's marker rules out every production (`; sys_platform == "win32"`).
    """
    text = re.split(r"(?:^|\s)#(?!egg=)", line, maxsplit=1)[0].strip()
    if not text or text.startswith("-"):
        return None
    match = _NAME.match(text)
    if match is None or re.match(r"(?:\+\w+)?:/|/", match[3]) or _WHEEL.match(text):
        return _addressed(text, at, group=group, development=development)
    rest, _, marker = match[3].partition("; " if match[3].startswith("@") else ";")
    specifier = "" if rest.startswith("@") else _plain(rest)
    if (specifier and specifier[0] not in "=<>!~^") or left_out(_plain(marker)):
        return None
    return Requirement(canonical(match[1]), specifier, at, extras_of(match[2]), group, development)


def extras_of(written: str | None) -> frozenset[str]:
    """Return the extras of `[a, b]`, canonical; none of an empty text."""
    return frozenset(e.strip().lower() for e in (written or "").strip("[]").split(",") if e.strip())


def left_out(marker: str) -> bool:
    """Tell whether an environment marker rules out Linux, where production runs, for every Python."""
    if not _PLATFORM.search(marker):
        return False
    # Imported late: most projects have no marker that names a system.
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
    try:
        parsed = Marker(marker)
        return not any(
            parsed.evaluate({**linux, "python_version": version, "python_full_version": f"{version}.9"})
            for version in _PYTHONS
        )
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return False


def _plain(text: str) -> str:
    """Return a specifier or marker without pip's options, brackets and the sign of a continued line."""
    return (
        _OPTION.sub("", f" {text}").strip().rstrip("\\").strip().removeprefix("(").removesuffix(")").strip()
    )


def _addressed(text: str, at: Location, *, group: str, development: bool) -> Requirement | None:
    """Return the requirement of an address or path that tells the name: by `#egg=`, or as a wheel's file."""
    egg = _EGG.search(text)
    if egg is not None:
        return Requirement(canonical(egg[1]), "", at, extras_of(egg[2]), group, development)
    wheel = _WHEEL.match(posixpath.basename(text.split(maxsplit=1)[0]))
    return (
        Requirement(canonical(wheel[1]), f"=={wheel[2]}", at, frozenset(), group, development)
        if wheel
        else None
    )
