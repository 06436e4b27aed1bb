"""Where a report goes: several formats in one run, each to stdout or to a file of its own."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.cli.main import COMMANDS
from deploycheck.cli.writing import replace_file
from deploycheck.engine.report import ExitCode
from deploycheck.reports import FORMATS, MACHINE_FORMATS, SEVERAL, load, style, together

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.reports.style import Style

OPTION = "--format"

_WITH_FILES = ("", "rehearse")
"""Commands that write a report: in several formats, to files, and as the environment says too."""


@dataclass(frozen=True, slots=True)
class Output:
    """One format, and the file that it goes to, empty for stdout."""

    format: str
    file: str = ""


def parsed(values: Sequence[str], said: str = OPTION) -> tuple[Output, ...]:
    """Return what `terminal`, `sarif=out.sarif` and the like ask for, comma-separated or repeated.

    `said` is who names them. Raises `Stop` for an unknown format, for two that want stdout, and for two that
    want one file.
    """
    outputs = tuple(
        _output(part.strip(), said) for value in values for part in value.split(",") if part.strip()
    )
    if values and not outputs:
        raise Stop(f"{said} names no format: {', '.join(FORMATS)}", ExitCode.USAGE)
    seen: dict[str, str] = {}
    for output in outputs:
        if output.file in seen and seen[output.file] != output.format:
            where = f"the file {output.file}" if output.file else "stdout: give one of them a file, as in "
            hint = "" if output.file else f"{output.format}=FILE"
            raise Stop(
                f"{said} {seen[output.file]} and {output.format} both go to {where}{hint}", ExitCode.USAGE
            )
        seen[output.file] = output.format
    return tuple(dict.fromkeys(outputs)) or (Output("terminal"),)


def _output(text: str, said: str) -> Output:
    name, equals, file = text.partition("=")
    if name not in FORMATS:
        from deploycheck.rules import nearest

        near = nearest(name, FORMATS)
        hint = f"; did you mean {near}?" if near else ""
        raise Stop(f"{said}: {name!r} is not one of {', '.join(FORMATS)}{hint}", ExitCode.USAGE)
    if equals and not file:
        raise Stop(f"{said} {name}= names no file", ExitCode.USAGE)
    return Output(name, file)


def must_fit(outputs: Iterable[Output], targets: int) -> None:
    """Raise `Stop` for a format whose document holds one target where there are several."""
    for output in outputs:
        if targets > 1 and output.format not in SEVERAL:
            raise Stop(f"{OPTION} {output.format} holds one target: pick it with --target", ExitCode.USAGE)


def show(reports: tuple[Report, ...], outputs: Iterable[Output], wanted: Style, exit_code: int) -> None:
    """Write the reports in every format that is asked for; `exit_code` is what they come to.

    Raises `Stop` for a file that cannot be written.
    """
    for output in outputs:
        if output.file:
            plain = replace(wanted, color=False, width=style.PIPE)
            _save(output.file, together(output.format, reports, plain, exit_code))
            continue
        style.write(sys.stdout, together(output.format, reports, wanted, exit_code))
        for report in reports:
            if report.nothing and output.format in MACHINE_FORMATS:
                style.write(sys.stderr, f"deploycheck: nothing to check: {report.nothing}\n")


def fail(formats: Sequence[str], target: str, exit_code: int, reason: str) -> None:
    """Write the document of a run that came to no report, in every machine format of `formats`.

    They may be what could not be understood, so they are read leniently.
    """
    for output in _leniently(formats):
        if output.format not in MACHINE_FORMATS:
            continue
        text = load(output.format).failure(target, exit_code, reason)
        if not output.file:
            style.write(sys.stdout, text)
            continue
        try:
            _save(output.file, text)
        except Stop as stop:
            if stop.reason != reason:  # said already
                style.write(sys.stderr, f"deploycheck: {stop.reason}\n")


def asked_by(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that a command line asks for, or the environment where it names none."""
    command = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    values = tuple(
        one.partition("=")[2] if one.startswith(f"{OPTION}=") else two
        for one, two in itertools.pairwise([*arguments, ""])
        if one == OPTION or one.startswith(f"{OPTION}=")
    )
    if command not in _WITH_FILES:
        return tuple(value for value in values if "=" not in value)
    if values:
        return values
    return tuple(filter(None, [os.environ.get("DEPLOYCHECK_FORMAT", "").strip()]))


def _leniently(formats: Sequence[str]) -> tuple[Output, ...]:
    try:
        return parsed(formats)
    except Stop:
        return ()


def _save(file: str, text: str) -> None:
    try:
        replace_file(file, text)
    except OSError as error:
        raise Stop(f"{OPTION}: {file} cannot be written: {error.strerror}", ExitCode.USAGE) from error
