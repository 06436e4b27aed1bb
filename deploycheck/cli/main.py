"""Where the program starts: which command it is, and how each end becomes an exit code.

Imports stay inside functions: `--version` must not wait for what only a check needs.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from deploycheck import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

COMMANDS = ("rules", "explain", "debts", "config", "rehearse", "init", "new-rule", "completion")
"""Words that are commands when they come first. Anything else is the folder to check: `./rules` is one."""

SHORT = {"--fix-suggestions": "terminal", "--no-fix-suggestions": "none"}
"""Options that may stand alone, and what they mean then: all that have a value of ours take it as text."""


def main() -> None:
    """Run the command line of this process, and exit."""
    try:
        signal.signal(signal.SIGTERM, _interrupted)  # what is half done is cleared away, as after Ctrl-C
        _open_streams()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # a second one, while the first was being told
        code = _INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said: the interpreter's own end takes a moment
    sys.exit(code)


_INTERRUPTED = 130


def _interrupted(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _open_streams() -> None:
    """Put nothing's file in the place of an output that was closed (`>&-`): the exit code still counts."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - to the end


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Never raises."""
    try:
        return _run(list(arguments))
    except KeyboardInterrupt:
        return _ended("interrupted", _INTERRUPTED, arguments)
    except Exception as error:  # noqa: BLE001 - the last boundary: whatever happens, no traceback with locals
        from deploycheck.engine.report import ExitCode

        return _ended(_failed(error, arguments), ExitCode.INCOMPLETE, arguments)


def _run(arguments: list[str]) -> int:
    """Run one command line; what it foresees becomes its exit code."""
    from deploycheck.reports.style import write

    if arguments == ["--version"]:
        write(sys.stdout, f"deploycheck {__version__}\n")
        return 0
    if arguments[:1] == ["--show-completion"]:
        arguments = ["completion", *arguments[1:]]
    from deploycheck.cli.errors import Stop
    from deploycheck.engine.report import ExitCode

    try:
        return _run_command(spelled_out(arguments))
    except Stop as stop:
        return _ended(_on_one_line(stop.reason), stop.code, arguments, stop.target, stop.formats)
    except BrokenPipeError:
        return ExitCode.READY


def spelled_out(arguments: Sequence[str]) -> list[str]:
    """Return the command line with a value for each option of `SHORT` that stands alone."""
    options = list(arguments)
    end = options.index("--") if "--" in options else len(options)
    short = (
        f"--{word.removeprefix('--no-').removeprefix('--')}={SHORT[word]}" if word in SHORT else word
        for word in options[:end]
    )
    return [*short, *options[end:]]


def _run_command(arguments: list[str]) -> int:
    """Give the arguments to the command that they name, and return its exit code."""
    import typer

    from deploycheck.cli.apps import app_for
    from deploycheck.cli.errors import Stop
    from deploycheck.engine.report import ExitCode

    try:
        code = app_for(arguments)(arguments, prog_name="deploycheck", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        from deploycheck.cli.usage import explained

        raise Stop(explained(error), ExitCode.USAGE) from error
    if code == ExitCode.INTERRUPTED:  # typer has caught the interrupt, and gives its code back
        raise KeyboardInterrupt
    return code if isinstance(code, int) else ExitCode.READY


def _ended(
    reason: str,
    code: int,
    arguments: Sequence[str],
    target: str = ".",
    formats: tuple[str, ...] | None = None,
) -> int:
    """Say why on stderr in one line; a machine format gets its document too.

    Both are masked: a database URL may have been given in the place of something else.
    """
    from deploycheck.cli.outputs import asked_by, fail
    from deploycheck.masking import Masker
    from deploycheck.reports.style import write

    reason, target = Masker().mask(reason), Masker().mask(target)
    write(sys.stderr, f"deploycheck: {reason}\n")
    fail(asked_by(arguments) if formats is None else formats, target, code, reason)
    return code


def _on_one_line(text: str) -> str:
    """Return text with a sign in place of what a terminal would act on: a path may hold anything."""
    from deploycheck.reports.style import harmless

    return harmless(" ".join(text.splitlines()))


def _failed(error: Exception, arguments: Sequence[str]) -> str:
    """Describe in one masked line what nobody foresaw; the masked traceback too, with `--verbose`."""
    from deploycheck.engine.boundary import Crash, guarded, one_line
    from deploycheck.engine.packages import hint_for
    from deploycheck.masking import Masker
    from deploycheck.reports.style import Unwritable

    masker = Masker()
    hint = str(error) if isinstance(error, Unwritable) else hint_for(error)
    what = hint or "crashed, this is a fault of deploycheck"
    if "--verbose" in arguments:
        import traceback

        told = guarded(lambda: "".join(traceback.format_exception(error)))
        if not isinstance(told, Crash):
            return f"{what}\n{masker.mask(masker.mask(told, 'traceback.py'))}"
    return hint or f"{what}: {masker.mask(one_line(error))} (--verbose shows the traceback)"
