"""What a command asks of a run, and how its outcome is to be shown."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.cli.options import COLORS, Fixes, fixes, fixes_of, one_of, percentage
from deploycheck.cli.outputs import parsed
from deploycheck.cli.patching import beside_patch
from deploycheck.cli.settings import completed, from_outside, option
from deploycheck.cli.targets import configured, folder_of
from deploycheck.configuration import PRODUCTION
from deploycheck.engine.report import ExitCode
from deploycheck.findings import Severity
from deploycheck.reports import style

if TYPE_CHECKING:
    from deploycheck.cli.outputs import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is asked for. A field that is unset may still be set by a variable or by the file."""

    select: tuple[str, ...] = option((), commas=True)
    ignore: tuple[str, ...] = option((), commas=True, adds=True)
    fail_on: str | None = option(default=Severity.CRITICAL, check=one_of(tuple(Severity))["callback"])
    min_downgrade_coverage: str | int | None = option(check=percentage)
    exit_zero: bool | None = option(default=False, flag=True)
    env_files: tuple[str, ...] = option((), name="env-file")
    isolated: bool | None = option(default=False, flag=True)
    database_url: str | None = field(default=None, repr=False)
    database_env: bool | None = option(default=False, flag=True)
    compare_models: bool | None = option(default=False, flag=True)
    profile: str | None = option(default=PRODUCTION)
    target: str | None = None
    baseline: str | None = option()
    write_baseline: bool = False
    grow_baseline: bool = False
    since: str | None = option()
    allow_plugins: bool | None = option(default=False, flag=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the outcome is shown; unset fields as with `Asked`."""

    format: tuple[str, ...] = option((), default=("terminal",), commas=True)
    color: str | None = option(default="auto", check=one_of(COLORS)["callback"])
    fix_suggestions: str | bool | None = option(default=False, check=fixes)
    quiet: bool | None = option(default=False, flag=True)
    verbose: bool | None = option(default=False, flag=True)
    show_suppressed: bool = False


def split(option: str, values: list[str] | None) -> tuple[str, ...]:
    """Return the rules that an option names. An option that names none would mean all: refused."""
    parts = tuple(part.strip() for value in values or () for part in value.split(",") if part.strip())
    if values and not parts:
        raise Stop(f"{option} names no rule", ExitCode.USAGE)
    return parts


def shown_for(path: str, asked: Asked, wanted: Shown) -> tuple[Shown, str]:
    """Return how to show the outcome, and who names the formats; names a file that is not used on stderr."""
    given = from_outside(asked, os.environ).options
    configuration = configured(folder_of(path), given.profile or PRODUCTION)
    if configuration.beside:
        note = f"{configuration.file} is used, and not {configuration.beside} beside it: keep one"
        style.write(sys.stderr, f"deploycheck: {note}\n")
    resolved = completed(from_outside(wanted, os.environ), configuration)
    origin = resolved.origins["format"][0]
    return resolved.options, f"{origin}: format" if origin.at is not None else str(origin)


def outputs_for(shown: Shown, said: str) -> tuple[Output, ...]:
    """Return where the outcome goes; `said` is who names the formats. Raises `Stop` for what cannot be."""
    outputs = parsed(shown.format, said)
    return beside_patch(outputs) if fixes_of(shown.fix_suggestions) is Fixes.PATCH else outputs


def style_for(shown: Shown) -> style.Style:
    """Return how the report is to look."""
    return style.Style(
        color=style.wants_color(shown.color or "auto", os.environ, is_terminal=sys.stdout.isatty()),
        width=style.width_of(sys.stdout),
        fixes=fixes_of(shown.fix_suggestions) is Fixes.TERMINAL,
        quiet=bool(shown.quiet),
        verbose=bool(shown.verbose),
        aside=bool(shown.show_suppressed),
    )
