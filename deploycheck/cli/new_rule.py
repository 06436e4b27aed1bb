"""`deploycheck new-rule CODE NAME`: a rule that works, with its page, examples and test, to begin with."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from deploycheck.cli import rule_templates as templates
from deploycheck.cli.errors import Stop
from deploycheck.cli.options import one_of
from deploycheck.cli.registry import loaded
from deploycheck.cli.writing import new_file
from deploycheck.engine.report import ExitCode
from deploycheck.findings import Severity
from deploycheck.rules import ENTRY_POINTS, OURS, Registry


def new_rule(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="Capital letters and three digits.", show_default=False)
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Words joined by hyphens.", show_default=False)],
    *,
    severity: Annotated[
        str, typer.Option(help="How bad a finding is.", **one_of(tuple(Severity)))
    ] = Severity.MEDIUM.value,
    debt: Annotated[
        str,
        typer.Option(metavar="DEBT", help="The deployment debt that it pays off.", show_default=False),
    ] = "",
    local: Annotated[
        bool, typer.Option("--local", help="For this project alone: no plug-in that others can install.")
    ] = False,
) -> int:
    """Write a new rule into this repository, a plug-in's: the rule, its page, its examples and its test.

    What is written works as it stands. Nothing is overwritten.
    """
    from deploycheck.reports.style import write

    root = Path()
    home = _Local() if local else _home(root)
    _refuse_taken(loaded(), code, name, home.distribution)
    rule = templates.Words(code, name, home.import_name(name), severity, debt)
    files = home.files(rule)
    for file in files:
        if os.path.lexists(root / file):
            raise Stop(f"{file} is already there: nothing was written", ExitCode.USAGE)
    for file, text in files.items():
        _write(root / file, text)
    lines = [*(f"wrote {file}" for file in files), "", *home.register(rule)]
    write(sys.stdout, "\n".join(lines) + "\n")
    return 0


def _write(file: Path, text: str) -> None:
    try:
        new_file(file, text)
    except OSError as error:
        raise Stop(f"{file.as_posix()} cannot be written: {error.strerror}", ExitCode.USAGE) from error


class _PlugIn:
    """The repository of a plug-in: a package, and its tests beside it."""

    def __init__(self, distribution: str, package: Path) -> None:
        """Take the distribution's name, and the folder of its package."""
        self.distribution = distribution
        self.package = package

    def import_name(self, name: str) -> str:
        """Return the module of a new rule, as an import spells it."""
        return f"{self.package.name}.{templates.identifier(name)}"

    def files(self, rule: templates.Words) -> dict[str, str]:
        """Return the texts to write, by path."""
        examples = f"tests/rules/{rule.code}"
        return {
            **self._package(),
            (self.package / f"{rule.function}.py").as_posix(): templates.rule_module(rule),
            **templates.examples(rule, examples),
            f"tests/test_{rule.code.lower()}.py": templates.test_module(rule),
        }

    def _package(self) -> dict[str, str]:
        """Return the package's own file, where there is none yet."""
        file = (self.package / "__init__.py").as_posix()
        return {} if os.path.lexists(file) else {file: f'"""Rules of {self.distribution}."""\n'}

    def register(self, rule: templates.Words) -> Iterator[str]:
        """Say how to register it."""
        table = f'[project.entry-points."{ENTRY_POINTS}"]'
        yield f"register it in pyproject.toml, under {table}, and install again:"
        yield f'{rule.code.lower()} = "{rule.module}"'


class _Local(_PlugIn):
    """A package of rules in the project that they judge."""

    def __init__(self) -> None:
        """Take the working directory for the project's."""
        super().__init__("this project", Path("deploycheck_rules"))

    def register(self, rule: templates.Words) -> Iterator[str]:
        """Say how to register it, and how to run it."""
        yield "register it in the configuration (deploycheck.toml, or [tool.deploycheck] of pyproject.toml):"
        yield f'plugins = ["{rule.module}"]'
        yield f"then: deploycheck --allow-plugins --select {rule.code}"


class _Ours:
    """Our own repository."""

    distribution = OURS

    def import_name(self, name: str) -> str:
        """Return nothing: our own examples are run by a test of them all."""
        del name
        return ""

    def files(self, rule: templates.Words) -> dict[str, str]:
        """Return the texts to write, by path."""
        if not rule.debt:
            raise Stop("a rule of deploycheck's own pays off a debt: name it with --debt", ExitCode.USAGE)
        folder = f"deploycheck/checks/{self._package(rule)}"
        made = {f"{folder}/{rule.function}.py": templates.rule_module(rule)}
        if not os.path.lexists(f"{folder}/__init__.py"):
            made[f"{folder}/__init__.py"] = f'"""{rule.family}: {rule.words}."""\n'
        return {**made, **templates.examples(rule, f"fixtures/rules/{rule.code}")}

    def register(self, rule: templates.Words) -> Iterator[str]:
        """Say how to register it."""
        yield "register it in MODULES of deploycheck/checks/__init__.py, in its place by the alphabet:"
        yield f'    "{self._package(rule)}.{rule.function}",'

    def _package(self, rule: templates.Words) -> str:
        return "timeouts" if rule.family == "TIME" else rule.family.lower()


def _home(root: Path) -> _PlugIn | _Ours:
    """Return what the working directory is the repository of. Raises `Stop` where it is no plug-in's."""
    import tomllib

    file = root / "pyproject.toml"
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except FileNotFoundError as error:
        raise Stop(
            "no pyproject.toml here: go to the folder of a plug-in, or give --local for a rule of this app",
            ExitCode.USAGE,
        ) from error
    except (OSError, ValueError) as error:
        raise Stop(f"pyproject.toml cannot be read: {error}", ExitCode.USAGE) from error
    distribution = project.get("name") if isinstance(project, dict) else None
    if not isinstance(distribution, str):
        raise Stop("pyproject.toml has no [project] with a name", ExitCode.USAGE)
    if distribution == OURS:
        return _Ours()
    wanted = re.sub(r"[-_.]+", "_", distribution).lower()
    folders = [p for p in (root / "src", root) if p.is_dir()]
    packages = [p.parent for folder in folders for p in sorted(folder.glob("*/__init__.py"))]
    packages = [p for p in packages if p.name not in {"tests", "test", "docs"}]
    exact = [p for p in packages if p.name.lower() == wanted]
    found = exact or packages
    if len(found) > 1:
        reason = f"{len(found)} packages here: one named {wanted} (or src/{wanted}) is looked for"
        raise Stop(reason, ExitCode.USAGE)
    return _PlugIn(distribution, found[0] if found else Path(wanted))


def _refuse_taken(registry: Registry, code: str, name: str, distribution: str) -> None:
    """Raise `Stop` for an ill-formed code or name, one in use, or a family that somebody else has."""
    from deploycheck.rules import RegistryError, rule

    try:
        rule(code, name, severity=Severity.LOW)
    except RegistryError as error:
        raise Stop(str(error), ExitCode.USAGE) from error
    if not templates.identifier(name).isidentifier() or templates.is_keyword(name):
        raise Stop(f"{name!r} cannot name a function: begin with a letter", ExitCode.USAGE)
    family = re.sub(r"\d+$", "", code)
    for each in registry.rules:
        origin = registry.origin(each)
        if each.code == code:
            raise Stop(f"{code} is in use: {each.name} of {origin}", ExitCode.USAGE)
        if each.family == family and origin.partition(" ")[0] != distribution:
            raise Stop(f"the family {family} is {origin}'s: take other letters", ExitCode.USAGE)
        if (each.family, each.name) == (family, name):
            raise Stop(f"{name} is in use: {each.code} of {origin}", ExitCode.USAGE)
