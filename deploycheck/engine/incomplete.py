"""Which rules could not look at everything, because an input of theirs could not be read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.engine.boundary import Crash, guarded
from deploycheck.python.modules import Role, role_of
from deploycheck.rules import Reads

if TYPE_CHECKING:
    from deploycheck.project import Project
    from deploycheck.sources.errors import Unread

_REQUIREMENTS = re.compile(
    r"(?:.*requirements.*\.(?:txt|in)|pyproject\.toml|setup\.(?:py|cfg)|Pipfile(?:\.lock)?|.*\.lock|constraints.*\.txt)$"
)
_MANIFESTS = re.compile(
    r"(?:.*\.(?:ya?ml|toml|json|sh|bash|ini|cfg|conf|properties)|.*\.?env(?:\.(?!py$).*)?|Procfile.*|.*Dockerfile.*"
    r"|Containerfile.*|Makefile|justfile|gunicorn\.conf\.py|[^.]+)$",
    re.IGNORECASE,
)
_MIGRATIONS = re.compile(
    r"(?:.*/)?(?:alembic|migrations?|versions\w*)/.*\.pyi?$|(?:.*/)?[\w.-]*alembic[\w.-]*\.ini$",
    re.IGNORECASE,
)
_NOT_THE_APP = frozenset({Role.TEST, Role.EXAMPLE, Role.DOCS, Role.TEMPLATE})
_PYTHON = (".py", ".pyi")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Which Python files production loads: `paths` for sure, and perhaps whatever lies in `folders`."""

    paths: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ("",)

    def perhaps(self, path: str) -> bool:
        """Tell whether production may load a file."""
        return path in self.paths or any(not f or path.startswith(f + "/") for f in self.folders)


def loaded_by(project: Project) -> Loaded:
    """Return what production loads: where no deployment is known, perhaps anything."""
    found = guarded(lambda: project.deployments)
    if isinstance(found, Crash) or not found:
        return Loaded()
    paths = frozenset[str]().union(*(d.modules for d in found))
    return Loaded(paths, tuple(d.directory for d in found if not d.whole))


def kinds(path: str) -> Reads:
    """Return which inputs a path may be. One without an ending may be a folder, so anything."""
    name = posixpath.basename(path)
    found = Reads.NOTHING
    if path.endswith(_PYTHON) and role_of(path) not in _NOT_THE_APP:
        found |= Reads.PYTHON
    if _MIGRATIONS.match(path) and (found or not path.endswith(_PYTHON)):
        found |= Reads.MIGRATIONS
    if _REQUIREMENTS.match(name):
        found |= Reads.REQUIREMENTS
    if _MANIFESTS.match(name):
        found |= Reads.MANIFESTS
    if "." not in name and found is Reads.MANIFESTS and not re.match(r"(?i).*file", name):
        found = ~Reads.NOTHING
    return found


def missing_for(reads: Reads, unread: Iterable[Unread], loaded: Loaded | None = None) -> str:
    """Return why a rule that needs `reads` is incomplete ("incomplete: app.yaml …"), or an empty string."""
    needed = [u for u in unread if _inputs(u.path, loaded or Loaded()) & reads]
    if not needed:
        return ""
    more = f" (and {len(needed) - 1} more)" if len(needed) > 1 else ""
    return f"incomplete: {needed[0].path} {needed[0].reason}{more}"


def _inputs(path: str, loaded: Loaded) -> Reads:
    """Return which inputs of a rule a path is, by what production loads.

    A script counts where production may load it, a test or example where it does for sure. A file of the
    app always counts: something may load it by a name that nobody could follow.
    """
    found = kinds(path)
    if not path.endswith(_PYTHON):
        return found
    if path in loaded.paths:
        return found | Reads.PYTHON
    unused = role_of(path) is Role.SCRIPT and not loaded.perhaps(path)
    return found & ~Reads.PYTHON if unused else found
