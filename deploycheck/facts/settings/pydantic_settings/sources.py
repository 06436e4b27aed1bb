"""Which sources a settings class reads beside the environment, and in which order."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.settings.pydantic_settings.model import Model

USUAL = ("init_settings", "env_settings", "dotenv_settings", "file_secret_settings")


@dataclass(frozen=True, slots=True)
class Order:
    """Names of the sources that come before the environment and after it, empty for none.

    `init_first` is whether the constructor's keywords beat the environment.
    """

    before: str = ""
    after: str = ""
    init_first: bool = True


def order_of(model: Model) -> Order:
    """Return the order of sources: `settings_customise_sources` may change it, `secrets_dir` adds to it."""
    own = "" if model.config.values.get("secrets_dir") is None else "a file of secrets_dir"
    for one in model.own:
        for statement in one.node.body:
            match statement:
                case ast.FunctionDef(name="settings_customise_sources"):
                    return _customised(statement, own)
                case ast.ClassDef(name="Config") if any(
                    isinstance(s, ast.FunctionDef) and s.name == "customise_sources" for s in statement.body
                ):
                    return Order("Config.customise_sources()", "Config.customise_sources()")
    return Order("", own)


def _customised(function: ast.FunctionDef, own: str) -> Order:
    returned = [s.value for s in nodes_in(function) if isinstance(s, ast.Return)]
    if len(returned) != 1 or not isinstance(returned[0], ast.Tuple):
        return Order("settings_customise_sources()", "settings_customise_sources()")
    names = [e.id if isinstance(e, ast.Name) else ast.unparse(e) for e in returned[0].elts]
    if "env_settings" not in names:
        return Order("settings_customise_sources()", "settings_customise_sources()")
    place = names.index("env_settings")
    before = [n for n in names[:place] if n != "init_settings"]
    after = [n for n in names[place + 1 :] if n not in USUAL]
    files_after = own if "file_secret_settings" in names[place:] else ""
    return Order(
        ", ".join(_plain(n) for n in before),
        ", ".join([*(_plain(n) for n in after), *([files_after] if files_after else [])]),
        "init_settings" in names[:place],
    )


def _plain(source: str) -> str:
    return source.partition("(")[0]
