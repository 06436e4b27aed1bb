"""Which environment variables the project asks for and does not find."""

from __future__ import annotations

import _collections_abc
import os
import sys
from typing import Any

from .refusing import Project

missing: list[str] = []
"""Names that the project's own code looked up in vain, in order, each once."""


class _Recording(type(os.environ)):  # type: ignore[misc]
    """The environment as it is, which remembers what it was asked for."""

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            if isinstance(key, str) and key not in missing and _is_asked_by_the_project():
                missing.append(key)
            raise


def record_lookups() -> None:
    """Record from here on."""
    os.environ.__class__ = _Recording


def _is_asked_by_the_project() -> bool:
    """Whether the line that asks is the project's own, and not a library's."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename in _BETWEEN:
        frame = frame.f_back
    return Project.owns(frame.f_code.co_filename)


_BETWEEN = (os.__file__, _collections_abc.__file__, "<frozen os>", "<frozen _collections_abc>")
