"""Which typer application a command line is for, built only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import typer

from deploycheck.cli.main import COMMANDS


def app_for(arguments: Sequence[str]) -> Callable[..., object]:
    """Return the application for these arguments: one of the commands, or the check.

    The check is an application of its own and no subcommand, so that its help, its usage and its
    errors are those of `deploycheck` itself.
    """
    command = typer.main.get_command(_commands() if arguments and arguments[0] in COMMANDS else _check())
    for part in (command, *getattr(command, "commands", {}).values()):
        for parameter in part.get_params(typer.Context(part, **part.context_settings)):
            # Every parameter of ours is text or a flag, so there is nothing to convert. typer would
            # import pydantic to find that out, which takes as long as all the rest of starting up.
            vars(parameter)["_runtime_param"] = _AsItIs()
            if parameter.name == "help":
                parameter.callback = _help
    return command


def _help(ctx: typer.Context, param: object, value: bool) -> None:  # noqa: ARG001 - typer's signature
    """Show the help as all else is written: typer would end with 1 when its reader is gone."""
    from deploycheck.reports.style import write

    if value and not ctx.resilient_parsing:
        write(sys.stdout, f"{ctx.get_help()}\n")
        ctx.exit()


class _AsItIs:
    """Stands for typer's conversion of one parameter."""

    def coerce(self, value: object, param: object, ctx: object) -> object:  # noqa: ARG002 - typer's signature
        """Return the value."""
        return value


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
    from deploycheck.cli import completion, config, debts, explain, init, new_rule, rehearse, rules

    app = _new("What will happen in production, and is that safe?")
    app.command()(rules.rules)
    app.command()(explain.explain)
    app.command()(debts.debts)
    app.command()(config.config)
    app.command()(init.init)
    app.command()(completion.completion)
    app.command("new-rule")(new_rule.new_rule)
    app.command(epilog=rehearse.EPILOG)(rehearse.rehearse)
    return app
