"""What to write instead: edits of the very lines that a CORS finding is about, where they can be made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploycheck.facts import editing
from deploycheck.facts.imported import with_os
from deploycheck.findings import Edit, Fix
from deploycheck.python.values import Listing, Literal, Value, Variable, Via, peel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.checks.cors.allowed import Allowed
    from deploycheck.findings import Location
    from deploycheck.project import Project

NAME = "CORS_ORIGINS"


def from_environment(project: Project, allowed: Allowed) -> Fix:
    """Read the origins from the environment, with none as the default."""
    written = allowed.origins.value
    names = allowed.policy.origins.variable_names() if allowed.policy.origins is not None else ()
    if names:
        remedy = f"set {names[0]} to production's own origins, and let its default be empty"
        return Fix(
            remedy, question=f"Which https:// origins does the front end of production have ({names[0]})?"
        )
    remedy = (
        f"read the list from {NAME}, with no origin as its default, and set it where production is described"
    )
    at = written.at
    if not isinstance(written, (Listing, Literal)) or at is None or not at.path.endswith(".py"):
        return Fix(remedy)
    text = f'[o.strip() for o in os.environ.get("{NAME}", "").split(",") if o.strip()]'
    edits = editing.rewritten(project.tree, at, text)
    imports = with_os(project.program, at.path)
    return Fix(remedy, (*imports, *edits) if edits and imports is not None else ())


def entry_text(project: Project, at: Location, old: str, new: str) -> tuple[Edit, ...]:
    """Write one entry anew, where just that entry stands in Python."""
    module = project.program.module_at(at.path)
    if module is None or at.line != at.end_line or at.end_column <= 0:
        return ()
    written = module.lines[at.line - 1][at.column - 1 : at.end_column - 1]
    if written not in {json.dumps(old), repr(old)}:
        return ()
    return editing.rewritten(project.tree, at, json.dumps(new))


def only(project: Project, allowed: Allowed, kept: Iterable[str]) -> tuple[Edit, ...]:
    """Keep only these entries of a list that is written out in one place."""
    listing = allowed.origins.value
    if not isinstance(listing, Listing) or listing.at is None or not listing.at.path.endswith(".py"):
        return ()
    inside = all(
        isinstance(i, Literal) and i.at is not None and _within(i.at, listing.at) for i in listing.items
    )
    text = f"[{', '.join(json.dumps(t) for t in kept)}]"
    return editing.rewritten(project.tree, listing.at, text) if inside else ()


def _within(inner: Location, outer: Location) -> bool:
    return inner.path == outer.path and outer.line <= inner.line and inner.end_line <= outer.end_line


def without(project: Project, allowed: Allowed, text: str) -> tuple[Edit, ...]:
    """Take one entry out of a list that is written out in one place."""
    return only(project, allowed, [t for t, _ in allowed.entries if t != text])


def as_list(project: Project, origins: Value) -> Fix:
    """Make a list of the text: brackets around a literal, a split behind a variable."""
    remedy = "pass a list: split the text at commas"
    at = _first_place(origins)
    found = peel(origins)
    if at is None or not at.path.endswith(".py"):
        return Fix(remedy)
    module = project.program.module_at(at.path)
    if module is None:
        return Fix(remedy)
    lines = module.lines
    if at.line != at.end_line or at.end_column <= 0:
        return Fix(remedy)
    written = lines[at.line - 1][at.column - 1 : at.end_column - 1]
    if isinstance(found, Variable):
        new = f'[o.strip() for o in ({written} or "").split(",") if o.strip()]'
    else:
        new = f"[{written}]"
    return Fix(remedy, editing.rewritten(project.tree, at, new))


def _first_place(value: Value) -> Location | None:
    """Return the place of the expression that is passed itself."""
    if isinstance(value, Via):
        return value.step.location if "=" not in value.step.text else value.inner.at
    return value.at
