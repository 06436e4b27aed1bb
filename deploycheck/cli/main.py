"""Where the program starts: which command it is, and how each end becomes an exit code.

Imports stay inside functions: `--version` must not wait for what only a check needs.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from deploycheck import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = ("rules", "explain", "debts", "config", "rehearse")
"""Words that are commands when they come first. Anything else is the folder to check: `./rules` is one."""

SHORT = {"--fix-suggestions": "terminal", "--no-fix-suggestions": "none"}
"""Options that may stand alone, and what they mean then: all that have a value of ours take it as text."""


def main() -> None:
    """Run the command line of this process, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Never raises."""
    if list(arguments) == ["--version"]:
        sys.stdout.write(f"deploycheck {__version__}\n")
        return 0
    from deploycheck.cli.errors import Stop
    from deploycheck.engine.report import ExitCode

    try:
        return _run_command(spelled_out(arguments))
    except KeyboardInterrupt:
        return _ended("interrupted", ExitCode.INTERRUPTED, arguments)
    except Stop as stop:
        return _ended(stop.reason, stop.code, arguments, stop.target, stop.formats)
    except BrokenPipeError:
        return ExitCode.READY
    except Exception as error:  # noqa: BLE001 - the last boundary: whatever happens, no traceback with locals
        return _ended(_crashed(error, arguments), ExitCode.INCOMPLETE, arguments)


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


def _crashed(error: Exception, arguments: Sequence[str]) -> str:
    """Describe a fault of ours in one masked line; the masked traceback too, with `--verbose`."""
    from deploycheck.engine.boundary import Crash, guarded, one_line
    from deploycheck.masking import Masker

    masker = Masker()
    if "--verbose" in arguments:
        import traceback

        told = guarded(lambda: "".join(traceback.format_exception(error)))
        if not isinstance(told, Crash):
            return (
                f"crashed, this is a fault of deploycheck\n{masker.mask(masker.mask(told, 'traceback.py'))}"
            )
    line = masker.mask(one_line(error))
    return f"crashed, this is a fault of deploycheck: {line} (--verbose shows the traceback)"
