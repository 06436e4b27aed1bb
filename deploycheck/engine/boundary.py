"""The boundary around everything that may fail for reasons nobody foresaw: one broad `except`."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeVar

from deploycheck.engine.packages import hint_for

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Crash:
    """What went wrong inside of us: one line for the report, the whole for `--verbose`. Not masked yet."""

    line: str
    traceback: str


def guarded(work: Callable[[], T]) -> T | Crash:
    """Do `work`, and turn any exception into a `Crash`. Interrupts pass through."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - one rule that crashes must not take the others with it
        return Crash(one_line(error), "".join(traceback.format_exception(error)))


def one_line(error: BaseException) -> str:
    """Name an exception, its message's first line, and the line of code that raised it.

    Where that is a package of ours that is missing, say so instead.
    """
    if hint := hint_for(error):
        return hint
    first = next(iter(str(error).strip().splitlines()), "")
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if first else ''}{first}{where}"
