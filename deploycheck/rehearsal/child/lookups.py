"""Which environment variables the project asks for and does not find."""

from __future__ import annotations

import os
from typing import Any

from .refusing import calling_line

missing: list[str] = []
"""Names that the project's own code looked up in vain, in order, each once."""


class _Recording(type(os.environ)):  # type: ignore[misc]
    """The environment as it is, which remembers what it was asked for."""

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            if isinstance(key, str) and key not in missing and calling_line()[0]:
                missing.append(key)
            raise


def record_lookups() -> None:
    """Record from here on."""
    os.environ.__class__ = _Recording
