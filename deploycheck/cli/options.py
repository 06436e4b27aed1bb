"""What the commands' options have in common."""

from __future__ import annotations

import re
from typing import Any

import typer

_WHOLE = 100


def one_of(allowed: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of an option that takes one of a few words, and names the nearest."""

    def checked(value: str | None) -> str | None:
        if value is None or value in allowed:
            return value
        from deploycheck.rules import nearest

        near = nearest(value, allowed)
        hint = f"; did you mean {near}?" if near else ""
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(allowed)}{hint}")

    return {"callback": checked, "metavar": f"[{'|'.join(allowed)}]"}


def percentage(value: str | None) -> str | None:
    """Refuse what is no whole number from 0 to 100. Every option of ours is text, so that it starts fast."""
    if value is None or (re.fullmatch("[0-9]{1,3}", value) and int(value) <= _WHOLE):
        return value
    raise typer.BadParameter(f"{value!r} is not a whole number from 0 to {_WHOLE}")


def seconds(value: str) -> str:
    """Refuse what is no number of seconds above 0."""
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", value) and float(value) > 0:
        return value
    raise typer.BadParameter(f"{value!r} is not a number of seconds above 0")
