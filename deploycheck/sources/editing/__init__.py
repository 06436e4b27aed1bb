"""Changes of YAML and TOML by round-trip libraries, so that comments and layout stay as they are.

Each function takes a file's text (line ends as newlines) and returns the new text, or None where the change
cannot be told apart from what the library would write differently by itself. The libraries are imported when
the first change is made.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from deploycheck.findings import Edit

__all__ = ["Key", "line_edits"]

Key = str | int
"""A mapping's key, or a position in a list, from 0."""


def line_edits(path: str, old: str, new: str | None) -> tuple[Edit, ...]:
    """Return the edits of whole lines that make one text of another; none where there is no new one."""
    if new is None:
        return ()
    before, after = _lines(old), _lines(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        Edit(path, start + 1, end, "".join(f"{line}\n" for line in after[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    )


def _lines(text: str) -> Sequence[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines
