"""Where a report goes: several formats in one run, each to stdout or to a file of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode
from deploycheck.reports import FORMATS, MACHINE_FORMATS, load, style

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.reports.style import Style

OPTION = "--format"


@dataclass(frozen=True, slots=True)
class Output:
    """One format, and the file that it goes to, empty for stdout."""

    format: str
    file: str = ""


def parsed(values: Sequence[str]) -> tuple[Output, ...]:
    """Return what `terminal`, `sarif=out.sarif` and the like ask for, comma-separated or repeated.

    Raises `Stop` for an unknown format, for two that want stdout, and for two that want one file.
    """
    outputs = tuple(_output(part.strip()) for value in values for part in value.split(",") if part.strip())
    if values and not outputs:
        raise Stop(f"{OPTION} names no format: {', '.join(FORMATS)}", ExitCode.USAGE)
    seen: dict[str, str] = {}
    for output in outputs:
        if output.file in seen and seen[output.file] != output.format:
            where = f"the file {output.file}" if output.file else "stdout: give one of them a file, as in "
            hint = "" if output.file else f"{output.format}=FILE"
            raise Stop(
                f"{OPTION} {seen[output.file]} and {output.format} both go to {where}{hint}", ExitCode.USAGE
            )
        seen[output.file] = output.format
    return tuple(dict.fromkeys(outputs)) or (Output("terminal"),)


def _output(text: str) -> Output:
    name, equals, file = text.partition("=")
    if name not in FORMATS:
        from deploycheck.rules import nearest

        near = nearest(name, FORMATS)
        hint = f"; did you mean {near}?" if near else ""
        raise Stop(f"{OPTION}: {name!r} is not one of {', '.join(FORMATS)}{hint}", ExitCode.USAGE)
    if equals and not file:
        raise Stop(f"{OPTION} {name}= names no file", ExitCode.USAGE)
    return Output(name, file)


def show(report: Report, outputs: Iterable[Output], wanted: Style) -> None:
    """Write a report in every format that is asked for. Raises `Stop` for a file that cannot be written."""
    for output in outputs:
        if output.file:
            _save(
                output.file,
                load(output.format).render(report, replace(wanted, color=False, width=style.PIPE)),
            )
        else:
            style.write(sys.stdout, load(output.format).render(report, wanted))
            if report.nothing and output.format in MACHINE_FORMATS:
                style.write(sys.stderr, f"deploycheck: nothing to check: {report.nothing}\n")


def fail(arguments: Sequence[str], target: str, exit_code: int, reason: str) -> None:
    """Write the document of a run that came to no report, in every machine format that is asked for.

    The arguments may be what could not be understood, so they are read leniently.
    """
    for output in _asked(arguments):
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


def _asked(arguments: Sequence[str]) -> tuple[Output, ...]:
    values = [
        one.partition("=")[2] if one.startswith(f"{OPTION}=") else two
        for one, two in zip(arguments, [*arguments[1:], ""], strict=True)
        if one == OPTION or one.startswith(f"{OPTION}=")
    ]
    try:
        return parsed(values)
    except Stop:
        return ()


def _save(file: str, text: str) -> None:
    try:
        # Written beside its place and then moved there: a reader never sees half a document.
        beside = Path(f"{file}.{os.getpid()}.tmp")
        if Path(file).exists() and not Path(file).is_file():  # a pipe or /dev/stderr cannot be moved onto
            Path(file).write_text(text, encoding="utf-8")
            return
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise Stop(f"{OPTION}: {file} cannot be written: {error.strerror}", ExitCode.USAGE) from error
