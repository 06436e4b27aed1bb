"""What the commands' options have in common."""

from __future__ import annotations

import enum
import re
from typing import Annotated, Any

import typer

from deploycheck.findings import Severity
from deploycheck.reports import FORMATS

_WHOLE = 100
COLORS = ("auto", "always", "never")

ALLOW_PLUGINS = "Run the code of the plug-ins that the project's configuration names."


class Fixes(enum.StrEnum):
    """What becomes of the patches: shown each under its finding, printed as one, or not shown."""

    TERMINAL = "terminal"
    PATCH = "patch"
    NONE = "none"


_AS_FLAG = {
    **dict.fromkeys(("1", "true", "yes", "on"), Fixes.TERMINAL),
    **dict.fromkeys(("0", "false", "no", "off"), Fixes.NONE),
}
FIXES: dict[str, Any] = {
    "metavar": "[=terminal|patch]",
    "help": "Show a patch under each finding that has one; with =patch, print one for all, for git apply.",
}


def fixes(value: str | None) -> str | None:
    """Refuse what is none of `Fixes`. A variable may say on or off, as for a flag."""
    if value is None or value.lower() in _AS_FLAG:
        return value
    checked: str | None = one_of(tuple(Fixes))["callback"](value)
    return checked


def fixes_of(value: str | bool | None) -> Fixes:
    """Return what an option, a variable or a file's true or false asks for."""
    if isinstance(value, str):
        return _AS_FLAG.get(value.lower()) or Fixes(value)
    return Fixes.TERMINAL if value else Fixes.NONE


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


def server_url(value: str) -> str:
    """Refuse what names no PostgreSQL server. It is not quoted: nobody knows where its password begins."""
    if not value or re.match(r"postgres(ql)?(\+\w+)?://", value):
        return value
    raise typer.BadParameter(
        "this is no PostgreSQL server's URL: write postgresql://USER:PASSWORD@HOST/postgres"
    )


Path = Annotated[
    str, typer.Argument(metavar="PATH", help="The project's folder. [default: .]", show_default=False)
]
Format = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT[=FILE]",
        help=f"What to print, or to write to a file: {', '.join(FORMATS)}. Comma-separated or repeated. "
        "[default: terminal]",
    ),
]
FailOn = Annotated[
    str | None,
    typer.Option(help="Exit with 1 from this severity on. [default: critical]", **one_of(tuple(Severity))),
]
ExitZero = Annotated[
    bool | None, typer.Option("--exit-zero/--no-exit-zero", help="Exit with 0 instead of 1.")
]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Run only these: codes or families, comma-separated or repeated."),
]
Ignore = Annotated[list[str] | None, typer.Option(metavar="RULES", help="Leave these out.")]
EnvFile = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="A file of NAME=value that production will have. Repeatable."),
]
Isolated = Annotated[
    bool | None, typer.Option("--isolated/--no-isolated", help="Leave this shell's environment out.")
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="A profile of the configuration. [default: production]")
]
Target = Annotated[
    str | None, typer.Option(metavar="NAME", help="The one of the configuration's targets to check.")
]
AllowPlugins = Annotated[bool | None, typer.Option("--allow-plugins", help=ALLOW_PLUGINS)]
FixSuggestions = Annotated[str | None, typer.Option("--fix-suggestions", callback=fixes, **FIXES)]
Color = Annotated[str | None, typer.Option(help="Whether to use colour. [default: auto]", **one_of(COLORS))]
