"""The methods of plain data that are worked out."""

# ruff: noqa: ANN401 - a method gets whatever the code gives it, and may raise as the code would

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deploycheck.python import paths
from deploycheck.python.errors import NotKnownError
from deploycheck.python.operations import Pure, bounded

if TYPE_CHECKING:
    from deploycheck.python.values import Data

METHODS = frozenset(
    {
        "split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold",
        "startswith", "endswith", "replace", "format", "join", "removeprefix", "removesuffix", "partition",
        "rpartition", "splitlines", "isdigit", "isnumeric", "isalpha", "count", "find", "index", "get",
        "items", "keys", "values", "copy", "encode", "decode", "zfill", "swapcase", "union", "intersection",
        "difference", *paths.METHODS,
    },
)  # fmt: skip
"""Methods of plain data that change nothing and whose result depends on nothing else."""


def method(name: str) -> Pure:
    """Return the pure function that calls a method of `METHODS` on its first argument."""

    def call(receiver: Any, *args: Any, **keywords: Any) -> Data:
        if isinstance(receiver, PurePosixPath) and not keywords:
            return paths.method(receiver, name, *args)
        found = getattr(receiver, name, None)
        if found is None and receiver is not None:
            raise NotKnownError(f"`.{name}()` of {type(receiver).__name__} is not followed")
        if found is None:
            raise AttributeError(name)
        for one in args:
            if isinstance(one, int):
                bounded(one)
        if name == "replace" and len(args) > 1 and isinstance(args[1], str):
            bounded(len(receiver) * max(len(args[1]), 1))
        result = found(*args, **keywords)
        return list(result) if name in {"items", "keys", "values"} else result

    call.__name__ = f".{name}"
    return call
