"""Which typer application a command line is for, built only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer

from deploycheck.cli.main import COMMANDS

Application = Callable[..., object]


def app_for(arguments: Sequence[str]) -> Application:
    """Return the application for these arguments: one of the commands, or the check.

    The check is an application of its own and no subcommand, so that its help, its usage and its
    errors are those of `deploycheck` itself.
    """
    return _commands() if arguments and arguments[0] in COMMANDS else _check()


def _new(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def _check() -> typer.Typer:
    from deploycheck.cli import check

    app = _new("")
    app.command(epilog=check.EPILOG)(check.check)
    return app


def _commands() -> typer.Typer:
    from deploycheck.cli import explain, rules

    app = _new("What will happen in production, and is that safe?")
    app.command()(rules.rules)
    app.command()(explain.explain)
    return app
