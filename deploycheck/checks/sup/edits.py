"""Edits of the comment that suppresses something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.findings import Edit

if TYPE_CHECKING:
    from deploycheck.facts.suppressions import Suppression


def without(suppression: Suppression, words: tuple[str, ...]) -> tuple[Edit, ...]:
    """Return the edit that takes words out of a comment, and with the last of them the comment."""
    left = [word for word in suppression.words if word not in words]
    return _edited(suppression, f"[{', '.join(left)}]" if left else "")


def with_word(suppression: Suppression, word: str, instead: str) -> tuple[Edit, ...]:
    """Return the edit that puts one word in place of another; none where that is there already."""
    if instead in suppression.words:
        return without(suppression, (word,))
    return _edited(suppression, f"[{', '.join(instead if w == word else w for w in suppression.words)}]")


def _edited(suppression: Suppression, rules: str) -> tuple[Edit, ...]:
    """Return the edit of the comment's line; with no rules left the comment goes."""
    source, at = suppression.source, suppression.at
    if not source:
        return ()
    before, own, after = (
        source[: at.column - 1],
        source[at.column - 1 : at.end_column - 1],
        source[at.end_column - 1 :],
    )
    if rules:
        own = re.sub(r"\[[^\]]*\]", lambda _: rules, own, count=1)
        return (Edit(at.path, at.line, at.line, before + own + after),)
    line = before.rstrip() + (f"  {after.strip()}" if before.strip() and after.strip() else after.strip())
    indent = before if not before.strip() and after.strip() else ""
    return (Edit(at.path, at.line, at.line, f"{indent}{line}" if line else ""),)
