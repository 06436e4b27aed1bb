"""Keeps the values of secrets out of everything that is shown: names and shapes only.

The ground floor: it knows text, not files or findings. The engine masks each text once, where a
draft becomes a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from deploycheck.masking.names import is_placeholder, is_secret_name
from deploycheck.masking.spans import secret_spans

__all__ = ["MASK", "Masker", "is_placeholder", "is_secret_name", "secret_spans"]

MASK = "***"
"""What stands in place of a secret."""

_SHORTEST = 6
_LONG_WORD = 16


class Masker:
    """Masks known secrets wherever they stand, and whatever is written where a secret is.

    It changes nothing else, and never the number of lines. `know` and `learn` make it know more.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Start with the secrets that are known from elsewhere (environment files, the shell)."""
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.know(*known)

    def know(self, *secrets: str) -> None:
        """Remember values to mask wherever they stand; too short or too ordinary ones are passed over."""
        lines = {line.strip() for secret in secrets for line in secret.splitlines()}
        new = {line for line in lines if _is_telling(line)} - self._known
        if new:
            self._known |= new
            forms = {form for secret in self._known for form in (secret, quote(secret, safe=""))}
            longest_first = sorted(forms, key=lambda s: (-len(s), s))
            self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")

    def learn(self, text: str, path: str) -> None:
        """Remember the secrets that the text of a whole file gives away. `path` tells its syntax."""
        self.know(*(text[start:end] for start, end in secret_spans(text, path)))

    def mask(self, text: str, path: str = "") -> str:
        """Return `text` with each secret replaced. `path` tells its syntax; empty means prose."""
        parts, last = [], 0
        for start, end in secret_spans(text, path):
            parts += [text[last:start], _blank(text[start:end])]
            last = end
        masked = "".join([*parts, text[last:]])
        return self._pattern.sub(MASK, masked) if self._pattern else masked


def _blank(secret: str) -> str:
    """Replace a secret line by line: one of several lines stays as many."""
    return "\n".join(MASK if line.strip() else line for line in secret.split("\n"))


def _is_telling(value: str) -> bool:
    """Tell whether a value may be masked wherever it stands without eating ordinary words."""
    if len(value) < _SHORTEST or is_placeholder(value):
        return False
    ordinary = re.fullmatch(r"[A-Za-z]?[a-z]*|[A-Z_]*|[\d.]*", value)
    return ordinary is None or len(value) >= _LONG_WORD
