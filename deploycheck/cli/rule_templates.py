"""What `new-rule` writes: a small rule that is true as it stands, and is there to be changed."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

_RULE = '''"""{sentence}."""

from __future__ import annotations

from collections.abc import Iterator

from deploycheck.checks.applies import a_server
from deploycheck.findings import Draft, Fix, Severity
from deploycheck.project import Project
from deploycheck.rules import Reads, rule
{api}

@rule(
    "{code}",
    "{name}",
    severity=Severity.{severity},{debt}
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def {function}(project: Project) -> Iterator[Draft]:
    """Production serves visitors with a server that is meant for development.

    **Why.** Say here what it costs in production.

    **Fix.** Say here what to do.

    **Silent when** the server is not known, or is one for production.
    """
    # To begin with, this judges the server. `Project` lists all that there is to judge.
    for deployment in project.deployments:
        server = deployment.server
        if server is not None and not server.production:
            yield Draft(
                f"{{deployment.name}} serves visitors with {{server.program}}, one at a time.",
                server.at,
                subject=f"{{deployment.name}}: {{server.program}}",
                certain=server.certain,
                fix=Fix("start gunicorn or uvicorn"),
            )
'''

_TEST = '''"""{code} on its examples: what is marked is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from deploycheck.testing import expected, found

from {module} import {function}

CASES = sorted(path for path in (Path(__file__).parent / "rules" / "{code}").iterdir() if path.is_dir())


def test_there_are_examples_of_both_kinds() -> None:
    assert {{case.name[:3] for case in CASES}} == {{"bad", "goo"}}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_example(case: Path) -> None:
    places = found({function}, case)
    assert places == expected({function}, case)
    assert bool(places) is case.name.startswith("bad")
'''

_APP = "from flask import Flask\n\napp = Flask(__name__)\n"
_MANIFEST = "{mark}command: {command}\n"


@dataclass(frozen=True, slots=True)
class Words:
    """What a new rule is called, its module as an import spells it, and what is said about it."""

    code: str
    name: str
    module: str
    severity: str
    debt: str = ""

    @property
    def family(self) -> str:
        """The letters of the code."""
        return re.sub(r"\d+$", "", self.code)

    @property
    def function(self) -> str:
        """The name of the function, and of its module."""
        return identifier(self.name)

    @property
    def words(self) -> str:
        """The name, as words."""
        return self.name.replace("-", " ")


def identifier(name: str) -> str:
    """Return a rule's name as Python spells one."""
    return name.replace("-", "_")


def is_keyword(name: str) -> bool:
    """Tell whether a rule's name means something else to Python."""
    return keyword.iskeyword(identifier(name))


def rule_module(rule: Words) -> str:
    """Return the module of a rule."""
    return _RULE.format(
        sentence=rule.words[0].upper() + rule.words[1:],
        code=rule.code,
        name=rule.name,
        severity=rule.severity.upper(),
        debt=f'\n    debt="{rule.debt}",' if rule.debt else "",
        function=rule.function,
        api="\nDEPLOYCHECK_API = 1\n" if rule.module else "",
    )


def examples(rule: Words, folder: str) -> dict[str, str]:
    """Return the examples of a rule, by path: one in which it speaks, and one in which it is silent."""
    bad = _MANIFEST.format(mark=f"# expect: {rule.code}\n", command="[flask, run]")
    good = _MANIFEST.format(mark="", command="[gunicorn, app:app]")
    return {
        f"{folder}/bad/app.py": _APP,
        f"{folder}/bad/app.yaml": bad,
        f"{folder}/good/app.py": _APP,
        f"{folder}/good/app.yaml": good,
    }


def test_module(rule: Words) -> str:
    """Return the test of a plug-in's rule."""
    return _TEST.format(code=rule.code, module=rule.module, function=rule.function)
