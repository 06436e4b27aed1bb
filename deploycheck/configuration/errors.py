"""What is raised for a configuration that cannot be taken."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ConfigurationError(Exception):
    """A configuration that cannot be taken: one line that names the place and the nearest valid thing."""


def hint(wanted: str, valid: Iterable[str], *, listed: bool = True) -> str:
    """Return the end of a message: the nearest valid word, else all of them where `listed`."""
    known = list(valid)
    near = difflib.get_close_matches(wanted.replace("_", "-").lower(), known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; valid are {', '.join(known)}" if listed and known else ""
