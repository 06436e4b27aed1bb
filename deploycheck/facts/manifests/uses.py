"""Which manifests are deployed: by where they lie, and by what other manifests use them for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from deploycheck.facts.manifests.model import Manifest, Use

_EXAMPLES = frozenset(
    {
        *(".agents", ".claude", ".cursor", ".github", "docs", "doc", "docs_src", "example", "examples"),
        *("fixture", "fixtures", "sample", "samples", "skills", "template", "templates", "test", "testdata"),
        *("testing", "tests", "tutorial", "tutorials"),
    }
)
_DEVELOPMENT = frozenset({".devcontainer", "devcontainer", ".gitpod", ".vscode", "dev", "local"})
_NAMED = re.compile(
    r"(?:^|[._-])(?:ci|debug|dev|development|devel|devcontainer|e2e|example|local|playwright|sample|test|testing|tests|windows)"
    r"(?:$|[._-])"
)


def use_of(path: str) -> Use:
    """Return what a manifest is from its path alone."""
    *folders, name = path.lower().split("/")
    if _EXAMPLES.intersection(folders) or re.search(r"(?:^|[._-])(?:example|sample)(?:$|[._-])", name):
        return Use.EXAMPLE
    if _DEVELOPMENT.intersection(folders) or _NAMED.search(name):
        return Use.DEVELOPMENT
    return Use.PRODUCTION


def chosen(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Mark what other manifests use, and leave out what is not deployed unless there is nothing else.

    A development service that starts a Dockerfile with a command of its own leaves the Dockerfile be.
    """
    found = list(manifests)
    deployed = [m for m in found if m.use is Use.PRODUCTION]
    used = {path for m in deployed for path in m.uses}
    marked = [replace(m, use=Use.PART) if m.path in used and not m.name else m for m in found]
    real = [m for m in marked if m.use is Use.PRODUCTION]
    if not real:
        return tuple(_second_best(marked))
    return tuple(m for m in marked if m.use not in {Use.DEVELOPMENT, Use.EXAMPLE})


def _second_best(manifests: list[Manifest]) -> list[Manifest]:
    """Take what there is when nothing looks deployed: development before examples, as they are marked."""
    for use in (Use.DEVELOPMENT, Use.EXAMPLE):
        taken = [m for m in manifests if m.use is use]
        if taken:
            used = {path for m in taken for path in m.uses}
            rest = [m for m in manifests if m.use in {Use.SERVICE, Use.PART}]
            return [m for m in manifests if (m in taken and not (m.path in used and not m.name)) or m in rest]
    return manifests
