"""A value more in a TOML file: only its own lines change (tomlkit)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deploycheck.sources.editing import Key

_REMARK = re.compile(r"#.*")


def set_value(text: str, path: Sequence[Key], value: str) -> str | None:
    """Return the text with a string at a path, put last in its table if there is none yet."""

    def change(root: Any) -> None:  # noqa: ANN401 - a table of the library, or a plain one
        _below(root, path[:-1])[path[-1]] = value

    return _changed(text, change)


def insert(text: str, path: Sequence[Key], index: int, item: str) -> str | None:
    """Return the text with one more string in the array at a path, before the item that has the index."""
    return _changed(text, lambda root: _below(root, path).insert(index, item))


def _below(root: Any, path: Sequence[Key]) -> Any:  # noqa: ANN401 - a table of the library, or a plain one
    for key in path:
        root = root[key]
    return root


def _changed(text: str, change: Callable[[Any], None]) -> str | None:
    """Return the text after a change; None unless it says what the change does to the plain data."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        if tomlkit.dumps(document) != text:
            return None
        change(document)
        result = tomlkit.dumps(document)
        plain = tomllib.loads(text)
        change(plain)
        same = tomllib.loads(result) == plain
    except (TOMLKitError, KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None  # not what the path says, or nothing that the library can read
    lost = Counter(_REMARK.findall(text)) - Counter(_REMARK.findall(result))
    return result if same and not lost else None
