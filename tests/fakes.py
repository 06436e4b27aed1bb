"""Stand-ins for a project, so that the engine and the reports are tested apart from the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from deploycheck.engine import Report, Selection, run
from deploycheck.findings import Draft, Location, Severity
from deploycheck.rules import Reads, Rule, rule
from deploycheck.sources.tree import Tree

if TYPE_CHECKING:
    from deploycheck.project import Project


@dataclass
class FakeProject:
    tree: Tree
    nothing_to_check: str = ""
    deployments: tuple[Any, ...] = ()
    coverages: tuple[Any, ...] = ()
    rehearsal: Any = None
    target: Any = None
    suppressions: tuple[Any, ...] = ()
    judged: tuple[Any, ...] = ()
    program: Any = field(default_factory=lambda: SimpleNamespace(unparsed=()))


def written(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, and return the folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def fake_project(root: Path, files: Mapping[str, str | bytes] | None = None, **attributes: Any) -> Project:
    return cast("Project", FakeProject(Tree(written(root, files or {})), **attributes))


def make_rule(
    check: Callable[[Project], Iterable[Draft]] | Iterable[Draft] = (),
    code: str = "TST001",
    severity: Severity = Severity.CRITICAL,
    **settings: Any,
) -> Rule:
    """Make a rule of a check, or of the drafts that it shall yield."""
    work = check if callable(check) else lambda _: check
    return rule(
        code,
        f"name-{code.lower()}",
        severity=severity,
        **{"debt": "DEPLOY-1", "reads": Reads.NOTHING, **settings},
    )(work)


def draft(
    message: str = "It breaks.", path: str = "app.py", line: int = 1, subject: str = "x", **more: Any
) -> Draft:
    return Draft(message, more.pop("at", Location(path, line)), subject, **more)


def run_rules(project: Project, *rules: Rule, **selection: Any) -> Report:
    return run(project, Selection(rules, **selection), "shop")
