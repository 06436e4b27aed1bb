"""Defaults that a library hands on as they are, while it casts what the environment gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.python.values import Literal, Operation, Value, Variable, Via

if TYPE_CHECKING:
    from deploycheck.python.values import Data


class DefaultText(str):
    """A default that is text, told apart from text of the environment."""

    __slots__ = ()


def marked(default: Value) -> Value:
    """Return a default whose text, if it is text, is a `DefaultText`."""
    if isinstance(default, Via):
        return Via(default.step, marked(default.inner))
    if isinstance(default, Literal) and isinstance(default.data, str):
        return Literal(DefaultText(default.data), at=default.at)
    if isinstance(default, (Operation, Variable)):
        return Operation(_mark, (default,), "its default", at=default.at)
    return default


def _mark(data: Data) -> Data:
    return DefaultText(data) if isinstance(data, str) else data


def is_default(data: Data) -> bool:
    """Tell whether data comes from a marked default: the environment gives plain text only."""
    return not isinstance(data, str) or isinstance(data, DefaultText)


def unmarked(data: Data) -> Data:
    """Return a default as the code gave it."""
    return str(data) if isinstance(data, DefaultText) else data
