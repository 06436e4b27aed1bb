"""The functions of Python and its standard library that are worked out."""

# ruff: noqa: ANN401 - a function gets whatever the code gives it, and may raise as the code would

from __future__ import annotations

import ast
import json
import posixpath
import shlex
import urllib.parse
from typing import TYPE_CHECKING, Any

from deploycheck.python import paths
from deploycheck.python.operations import Pure, bounded, truth

if TYPE_CHECKING:
    from deploycheck.python.values import Data


def _sorted(items: Any, **_: Data) -> Data:
    return sorted(items)


def _loads(text: Any, **_: Data) -> Data:
    return json.loads(text)


def _cast(_: Data, value: Data) -> Data:
    return value


def _ranged(*given: Any) -> Data:
    whole = range(*given)
    bounded(len(whole))
    return list(whole)


def _strtobool(text: Any) -> bool:
    lowered = text.lower()
    if lowered in {"y", "yes", "t", "true", "on", "1"}:
        return True
    if lowered in {"n", "no", "f", "false", "off", "0"}:
        return False
    raise ValueError(f"invalid truth value {text!r}")


FUNCTIONS: dict[str, Pure] = {
    "builtins.int": int,
    "builtins.str": str,
    "builtins.float": float,
    "builtins.bool": truth,
    "builtins.repr": repr,
    "builtins.ord": ord,
    "builtins.chr": chr,
    "builtins.reversed": lambda items: list(reversed(items)),
    "builtins.enumerate": lambda *given: list(enumerate(*given)),
    "builtins.zip": lambda *given: list(zip(*given, strict=False)),
    "builtins.range": _ranged,
    "builtins.len": len,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
    "builtins.dict": dict,
    "builtins.sorted": _sorted,
    "builtins.max": max,
    "builtins.min": min,
    "builtins.any": any,
    "builtins.all": all,
    "builtins.sum": sum,
    "builtins.abs": abs,
    "builtins.round": round,
    "json.loads": _loads,
    "ast.literal_eval": ast.literal_eval,
    "typing.cast": _cast,
    "os.path.join": posixpath.join,
    "os.path.basename": posixpath.basename,
    "os.path.dirname": posixpath.dirname,
    "os.path.abspath": paths.absolute,
    "os.path.realpath": paths.absolute,
    "posixpath.join": posixpath.join,
    "pathlib.Path": paths.from_parts,
    "pathlib.PurePath": paths.from_parts,
    "urllib.parse.quote": urllib.parse.quote,
    "urllib.parse.quote_plus": urllib.parse.quote_plus,
    "urllib.parse.unquote": urllib.parse.unquote,
    "distutils.util.strtobool": lambda text: int(_strtobool(text)),
    "shlex.split": shlex.split,
}
