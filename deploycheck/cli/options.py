"""What the commands' options have in common."""

from __future__ import annotations

from typing import Any

import typer


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
